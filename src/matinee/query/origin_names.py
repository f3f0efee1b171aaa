"""What people call where films come from: adjectives, regions, countries and industries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from matinee.catalogue.countries import (
    REGIONS,
    adjectives,
    country_code,
    country_codes,
    country_name,
    region_codes,
)
from matinee.catalogue.languages import language_codes, language_name
from matinee.catalogue.words import plain_words

_ALIASES = {
    "farsi": "fa",
    "mandarin": "zh",
    "cantonese": "zh",
    "flemish": "nl",
    "castilian": "es",
    "oriya": "or",
    "panjabi": "pa",
    "singhalese": "si",
    "uighur": "ug",
}
"""Everyday names of languages besides the usual one."""
_NOT_LANGUAGES = frozenset(
    "gothic latin ido ewe lao cree akan twi komi fula pali venda manx scots breton tonga nauru"
    " zaza interlingua herero sami ganda rundi sango swati avestan coptic irish".split()
)
"""Names of languages that queries use for other things ("gothic horror", "Irish film")."""
_CHIEFLY = {
    "IN": ("hi", "ta", "te", "ml", "kn", "bn", "mr", "pa", "gu", "or", "as", "bho"),
    "NG": ("yo", "ig", "ha"),
    "PH": ("tl",),
    "IL": ("he",),
    "IR": ("fa",),
    "PK": ("ur",),
    "BD": ("bn",),
    "CN": ("zh",),
    "HK": ("zh",),
    "TW": ("zh",),
}
"""Languages by which a country's films are told where a catalogue knows no countries."""
_NOT_OF = {"GB": ("en", "cy", "gd"), "KP": ("ko",)}
"""Languages with the name of an adjective that do not tell the country's films."""
_REGION_NAMES: dict[str, tuple[str, ...]] = {
    "scandinavian": ("DK", "NO", "SE"),
    "nordic": ("DK", "FI", "IS", "NO", "SE"),
    "baltic": ("EE", "LT", "LV"),
    "balkan": ("AL", "BA", "BG", "GR", "HR", "ME", "MK", "RO", "RS", "SI", "XK", "YU"),
    "eastern european": ("BG", "BY", "CZ", "HU", "MD", "PL", "RO", "RU", "SK", "UA", "XC", "SU"),
    "latin american": (
        *region_codes("South America"),
        *("CR", "CU", "DO", "GT", "HN", "MX", "NI", "PA", "PR", "SV"),
    ),
    "middle eastern": (
        *("AE", "BH", "EG", "IL", "IQ", "IR", "JO", "KW", "LB", "OM", "PS", "QA", "SA", "SY"),
        *("TR", "YE"),
    ),
    "southeast asian": ("BN", "ID", "KH", "LA", "MM", "MY", "PH", "SG", "TH", "TL", "VN"),
    "east asian": ("CN", "HK", "JP", "KR", "MO", "TW"),
    "south asian": ("BD", "IN", "LK", "NP", "PK"),
}
INDUSTRIES: dict[str, tuple[str, str]] = {
    "bollywood": ("language", "hi"),
    "kollywood": ("language", "ta"),
    "tollywood": ("language", "te"),
    "mollywood": ("language", "ml"),
    "sandalwood": ("language", "kn"),
    "nollywood": ("country", "NG"),
    "lollywood": ("country", "PK"),
    "ghallywood": ("country", "GH"),
}
"""Names of film industries: the field and code each stands for."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What an adjective may mean: a language, countries, or both.

    Attributes:
        label: how it is shown.
        language: its code, empty if there is none of that name.
        countries: their codes.
    """

    label: str
    language: str = ""
    countries: tuple[str, ...] = ()


def _folded(name: str) -> str:
    return " ".join(plain_words(name))


@cache
def _adjectives() -> dict[str, tuple[str, ...]]:
    return adjectives()


def same_name(language: str) -> tuple[str, ...]:
    """Return the countries whose films people call by the name of a language."""
    name = _folded(language_name(language) or "")
    return tuple(
        code for code in _adjectives().get(name, ()) if language not in _NOT_OF.get(code, ())
    )


def languages_of(country: str) -> tuple[str, ...]:
    """Return the languages by which a country's films are told where no countries are known.

    >>> languages_of("DK"), languages_of("US")
    (('da',), ())
    """
    return _of_countries().get(country, ())


@cache
def _of_countries() -> dict[str, tuple[str, ...]]:
    found = dict(_CHIEFLY)
    for language in language_codes():
        for country in same_name(language):
            if country not in _CHIEFLY:
                found[country] = (*found.get(country, ()), language)
    return found


def origin_adjectives() -> dict[str, Origin]:
    """Return every adjective of a language or country, folded, and what it may mean."""
    table = {}
    for word, codes in _adjectives().items():
        folded = _folded(word)
        table[folded] = Origin(word.title(), countries=codes)
    for code in language_codes():
        name = language_name(code) or ""
        folded = _folded(name)
        if len(folded) < 4 or folded in _NOT_LANGUAGES:
            continue
        table[folded] = Origin(name, code, same_name(code))
    for alias, code in _ALIASES.items():
        table[alias] = Origin(alias.capitalize(), code)
    for word in ("kiwi", "manx", "jersey", "falkland"):
        table.pop(word, None)
    return table


def region_adjectives() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return every adjective of a part of the world, its label and its countries."""
    table = {
        _folded(word): (word, region_codes(name))
        for name, words in REGIONS.items()
        for word in words
    }
    for name, codes in _REGION_NAMES.items():
        table[name] = (name.title(), codes)
    return table


def country_names() -> dict[str, str]:
    """Return every name of a country people write, folded, and its code."""
    table = {_folded(country_name(code) or code): code for code in country_codes()}
    spoken = "usa|us|u s|u s a|uk|u k|america|holland|korea|russia|soviet union|ussr|burma|britain"
    extra = {"britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "u s": "US"}
    extra |= {"u s a": "US", "u k": "GB", "great britain": "GB"}
    for name in spoken.split("|"):
        code = extra.get(name) or country_code(name)
        if code is not None:
            table[name] = code
    return table | extra

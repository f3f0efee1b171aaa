"""Where films come from: languages, countries, parts of the world, and the names of industries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matinee.catalogue.countries import country_name
from matinee.catalogue.languages import language_name
from matinee.query.conditions import Condition
from matinee.query.origin_names import (
    INDUSTRIES,
    Origin,
    country_names,
    languages_of,
    origin_adjectives,
    region_adjectives,
    same_name,
)
from matinee.query.phrases import PhraseTable
from matinee.query.reading import Reading
from matinee.query.vocabulary import FUNCTION_WORDS

if TYPE_CHECKING:
    from matinee.query.frame import Frame
    from matinee.query.lexicon import Lexicon
    from matinee.query.tokens import Query

_OTHER_READING = 0.7
"""Weight of the language of a country, or the country of a language, where both have one name."""
_ATTRIBUTE = 0.5
"""Weight of an adjective that may describe someone in the story."""
_SHORT = 3
"""Words of a query in which an adjective without a noun is what is asked for ("korean revenge")."""

_SHARED = frozenset(("en", "es", "pt", "zh", "ar"))
"""Languages of many countries: they stand for one only where the catalogue knows no countries."""
_PREFIXES = {"k": "ko", "j": "ja", "c": "zh"}
"""The letters of "K-drama" and "J-horror"."""
_WITH_PREFIX = {
    "drama": "series",
    "dramas": "series",
    "horror": "",
    "thriller": "",
    "thrillers": "",
}
_NOT_ORIGINS = PhraseTable(
    dict.fromkeys(
        (
            "native american",
            "african american",
            "african americans",
            "asian american",
            "asian americans",
            "american dream",
            "american indian",
            "american football",
            "american history",
            "american civil war",
            "american psycho",
            "american pie",
            "american beauty",
            "american gangster",
            "american graffiti",
            "american hustle",
            "american sniper",
            "spanish civil war",
            "korean war",
            "russian roulette",
            "russian revolution",
            "french revolution",
            "french resistance",
            "french foreign legion",
            "french kiss",
            "french fries",
            "french quarter",
            "english teacher",
            "english literature",
            "english patient",
            "english channel",
            "italian job",
            "chinese food",
            "chinese restaurant",
            "chinese new year",
            "german shepherd",
            "english subtitles",
            "english subtitled",
            "english subs",
            "english dub",
            "english dubbed",
            "mexican standoff",
            "swiss army",
            "irish pub",
            "indian ocean",
            "indian reservation",
            "cowboys and indians",
            "greek mythology",
            "persian gulf",
            "dutch courage",
        ),
        0,
    )
)
_PEOPLE = frozenset(
    "man woman men women boy girl boys girls guy guys girlfriend boyfriend wife husband family"
    " families couple couples immigrant immigrants refugee refugees soldier soldiers army navy"
    " general officer officers spy spies agent agents mafia mob mobster mobsters gang gangs"
    " gangster gangsters cartel cartels police cop cops detective detectives prince princess king"
    " queen emperor empress president politician politicians student students teacher teachers"
    " chef cook scientist scientists artist artists painter writer poet singer band pop rock music"
    " musician dancer actor actress model prostitute nun nuns priest monk orphan orphans hero"
    " village villages city town town countryside coast border embassy prison empire revolution"
    " resistance war invasion occupation government politics history mythology gods god legend"
    " legends folklore culture food restaurant cuisine accent accents language language tourist"
    " tourists expat expats community neighborhood neighbourhood americans peasants farmer farmers"
    " fishermen nanny maid doctor nurse submarine troops pilot pilots wrestler boxer".split()
)
"""Nouns whose nationality says who is in the story, not where the film is from."""
_SPOKEN = PhraseTable(
    dict.fromkeys(
        (
            "in",
            "in the",
            "in original",
            "speaking",
            "spoken in",
            "made in",
            "filmed in",
            "dubbed in",
            "audio in",
            "language is",
        ),
        0,
    )
)
_MADE = PhraseTable(
    dict.fromkeys(("made in", "produced in", "produced by", "films of", "movies of"), True)
    | dict.fromkeys(("cinema of", "cinema from", "movies from", "films from"), True)
    | dict.fromkeys(("movie from", "film from", "series from", "shows from"), True)
    | dict.fromkeys(("from", "out of"), False)
)
_LEAVING = frozenset(
    "escape escapes escaped escaping flee flees fled fleeing come comes came moves moved returns"
    " return returning travels traveling home back away far letter letters visitor exile exiled"
    " smuggled drugs ship train alien stranger hails originally evacuated banished".split()
)
"""Words before "from" that make the country one of the story."""
_CONTINUES = frozenset(
    "shorter longer less more since until released made starring featuring directed written set"
    " please only below around between under maybe preferably".split()
)
"""Words that begin the next wish behind "in French"."""
_JOINTS = frozenset("but or and not non be is are only strictly maybe preferably".split())
"""Words after which an adjective at the end of a phrase is asked for."""
_ABOUT = frozenset(("about", "where", "featuring", "follows", "involving", "with"))


class Origins:
    """Reads languages and countries.

    Args:
        lexicon: the languages and countries of the catalogue.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._languages = frozenset(lexicon.languages)
        self._countries = frozenset(lexicon.countries)
        self._adjectives = PhraseTable(origin_adjectives())
        self._regions = PhraseTable(region_adjectives())
        self._names = PhraseTable(country_names())
        self._industries = PhraseTable(INDUSTRIES)

    def read(self, query: Query, frame: Frame) -> list[Reading]:
        """Return the origins a query asks for."""
        blocked = [(start, end) for start, end, _ in _NOT_ORIGINS.scan(query)]
        readings = self._industry(query, frame)
        for start, end, origin in self._adjectives.scan(query):
            if not any(low < end and start < high for low, high in blocked):
                readings += self._adjective(query, frame, start, end, origin)
        for start, end, (label, codes) in self._regions.scan(query):
            if frame.lead(query, end) and not any(a < end and start < b for a, b in blocked):
                readings.append(Reading(start, end, (self._country(codes, label),)))
        for start, end, code in self._names.scan(query):
            if (reading := self._named(query, start, end, code)) is not None:
                readings.append(reading)
        return readings

    def _adjective(
        self, query: Query, frame: Frame, start: int, end: int, origin: Origin
    ) -> list[Reading]:
        following = query.word(end) if end < len(query) and not query.breaks[end] else ""
        if origin.language:
            spoken = following in ("language", "speaking", "spoken", "audio", "dialogue")
            if spoken and following != "spoken":
                cue = _SPOKEN.ending(query, start)
                begin = cue[0] if cue and not query.breaks[start] else start
                return [Reading(begin, end + 1, (self._language(origin, only=True),))]
            cue = _SPOKEN.ending(query, start)
            if cue and not query.breaks[start] and not _noun_follows(query, frame, end):
                return [Reading(cue[0], end, (self._language(origin, only=True),))]
        if following in _PEOPLE and not frame.filmish[end]:
            return []
        hard = self._asked(query, frame, start, end, following)
        if hard is None:
            return []
        condition = (
            self._language(origin)
            if origin.language
            else self._country(origin.countries, origin.label)
        )
        if not hard:
            condition = replace(condition, hard=False, weight=_ATTRIBUTE)
        return [Reading(start, end, (condition,))]

    def _asked(
        self, query: Query, frame: Frame, start: int, end: int, following: str
    ) -> bool | None:
        """Return whether an adjective says where the films are from; None if someone in them is."""
        if start and query.words[start - 1] in ("a", "an", "the", "young", "old"):
            before = query.word(start - 2)
            if before in _ABOUT or (before and before in FUNCTION_WORDS and before not in _FRAMING):
                return None if not frame.lead(query, end) else False
        if start and query.words[start - 1] in _ABOUT:
            return None
        if frame.lead(query, end) or (start and frame.filmish[start - 1]):
            return True
        if following in FUNCTION_WORDS and query.word(end + 1):
            # "French or Italian thriller"
            after = end + 1
            if following in ("or", "and") and self._adjectives.at(query, after):
                return True
        only = start == 0 or all(word in _FRAMING for word in query.words[:start])
        if only and len(query) - start <= _SHORT:
            return True
        if not following and query.word(start - 1) in _JOINTS:
            return True
        return only and not following

    def _named(self, query: Query, start: int, end: int, code: str) -> Reading | None:
        if query.word(start - 1) == "the":
            start -= 1
        elif query.raw(start, end) == "us":
            return None
        if query.breaks[start] or not (found := _MADE.ending(query, start)):
            return None
        begin, sure = found
        before = query.word(begin - 1) if not query.breaks[begin] else ""
        if not sure and (before in _PEOPLE or before in _LEAVING):
            return None
        condition = self._country((code,), country_name(code) or code)
        only = (replace(condition, alternatives=()),) if code in self._countries else None
        return Reading(begin, end, (condition,), negative=only)

    def _industry(self, query: Query, frame: Frame) -> list[Reading]:
        readings = []
        for start, end, (field, code) in self._industries.scan(query):
            label = query.words[start].capitalize()
            if field == "language":
                condition = self._language(Origin(label, code), only=True)
            else:
                condition = self._country((code,), label)
            readings.append(Reading(start, end, (condition,)))
        for i, word in enumerate(query.words):
            language = _PREFIXES.get(word)
            if language and query.word(i + 1) in _WITH_PREFIX and query.stops[i] > i + 1:
                name = language_name(language) or language
                condition = self._language(Origin(name, language, same_name(language)))
                kind = _WITH_PREFIX[query.words[i + 1]]
                more = (Condition(field="kind", values=(kind,), label=kind),) if kind else ()
                # "horror" is read for itself; of "K-drama" nothing is left to find by.
                end = i + 2 if kind else i + 1
                shown = query.raw(i, i + 2).lower()
                negative = (Condition(field="theme", values=(shown,), label=shown),)
                readings.append(
                    Reading(i, end, (condition, *more), negative=negative if kind else None)
                )
            if word == "hollywood" and frame.lead(query, i + 1):
                country = self._country(("US",), "Hollywood")
                condition = replace(country, hard=False, weight=_ATTRIBUTE)
                readings.append(Reading(i, i + 1, (condition,)))
        return readings

    def _language(self, origin: Origin, *, only: bool = False) -> Condition:
        others = [] if only else [code for code in origin.countries if code in self._countries]
        known = origin.language in self._languages or bool(others)
        return Condition(
            field="language",
            values=(origin.language,),
            hard=known,
            label=origin.label,
            alternatives=tuple(
                Condition(
                    field="country",
                    values=(code,),
                    weight=_OTHER_READING,
                    label=country_name(code) or code,
                )
                for code in others
            ),
        )

    def _country(self, codes: tuple[str, ...], label: str) -> Condition:
        spoken = dict.fromkeys(language for code in codes for language in languages_of(code))
        listed = not self._countries.isdisjoint(codes)
        others = tuple(
            language
            for language in spoken
            if language in self._languages and not (listed and language in _SHARED)
        )
        known = listed or bool(others)
        alternatives: tuple[Condition, ...] = ()
        if others:
            names = ", ".join(filter(None, map(language_name, others)))
            alternatives = (
                Condition(field="language", values=others, weight=_OTHER_READING, label=names),
            )
        return Condition(
            field="country", values=codes, hard=known, label=label, alternatives=alternatives
        )


_FRAMING = frozenset(
    "show me find give want to watch see i a an the some any good great best movie movies film"
    " films something anything please recommend looking for is are it not no from new recent old"
    " only non top classic in made".split()
)
"""Words after which an adjective still begins what is asked."""


def _noun_follows(query: Query, frame: Frame, end: int) -> bool:
    """Return whether "in French ..." goes on to a noun that is not about films: "cinema"."""
    if end >= len(query) or query.breaks[end]:
        return False
    following = query.words[end]
    known = following in FUNCTION_WORDS or following in _CONTINUES or following[0].isdigit()
    return not known and not frame.filmish[end]

"""The languages of the pages: texts are written in English, and looked up by what they say.

Catalogues lie in ``locale/LANGUAGE/LC_MESSAGES``; ``tools/translations`` collects the texts and
makes them. See docs/how-to/translate-the-pages.md.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from matinee.phrase import message as message

if TYPE_CHECKING:
    from collections.abc import Mapping

DOMAIN = "matinee"
FOLDER = Path(__file__).parent / "locale"
LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}
"""Code and own name of each; the first is that of the texts themselves."""
DEFAULT = next(iter(LANGUAGES))
_SIGNS = {"de": str.maketrans(",.", ".,")}
"""Of numbers, where they are not the English ones."""
_MOST = 50
"""Languages of a browser that are looked at."""


@cache
def translations(language: str) -> gettext.NullTranslations:
    """Return the texts of a language, one of :data:`LANGUAGES`."""
    if language == DEFAULT:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, FOLDER, [language])


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says texts in a language; see :mod:`matinee.phrase`.

    Attributes:
        language: one of :data:`LANGUAGES`.
    """

    language: str

    def gettext(self, text: str, /) -> str:
        """Return a text in the language."""
        return translations(self.language).gettext(text)

    def ngettext(self, one: str, many: str, number: int, /) -> str:
        """Return a text of a number of things in the language."""
        return translations(self.language).ngettext(one, many, number)

    def number(self, value: float, places: int = 0, /) -> str:
        """Return a number as the language writes it.

        >>> Speaker("de").number(12345.5, 1)
        '12.345,5'
        """
        return f"{value:,.{places}f}".translate(_SIGNS.get(self.language, {}))


@cache
def speaker(language: str) -> Speaker:
    """Return who speaks a language."""
    return Speaker(language)


def negotiated(accepted: str) -> str:
    """Return which of our languages a browser wants most, by its Accept-Language (RFC 9110).

    >>> negotiated("fr;q=0.9, de-AT;q=0.8, en;q=0.1"), negotiated("*"), negotiated("")
    ('de', 'en', 'en')
    """
    wanted: list[tuple[float, int, str]] = []
    for place, entry in enumerate(accepted.split(",")[:_MOST]):
        name, _, rest = entry.partition(";")
        code = name.strip().partition("-")[0].casefold()
        try:
            weight = float(rest.partition("=")[2]) if rest.strip().startswith("q") else 1.0
        except ValueError:
            continue
        if code in LANGUAGES and weight > 0:
            wanted.append((-weight, place, code))
    return min(wanted)[2] if wanted else DEFAULT

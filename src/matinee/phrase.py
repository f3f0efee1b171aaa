"""Sentences that are made of figures, and can be said in another language all the same."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def message(text: str) -> str:
    """Mark a text for translators that is shown later, and elsewhere."""
    return text


def messages(one: str, many: str) -> tuple[str, str]:
    """Mark a text of a number of things for translators."""
    return one, many


class Speaker(Protocol):
    """Says texts in a language."""

    def gettext(self, text: str, /) -> str:
        """Return a text in the language; what it has no words for stays as it is."""

    def ngettext(self, one: str, many: str, number: int, /) -> str:
        """Return a text of a number of things in the language."""

    def number(self, value: float, places: int = 0, /) -> str:
        """Return a number as the language writes it, with so many places after the point."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A number with places after the point.

    Attributes:
        value: the number.
        places: how many.
    """

    value: float
    places: int


class Phrase(str):
    """A text in English that knows how it is made.

    Wherever a text is wanted it is one. Templates are those of the ``%`` operator, so that a per
    cent sign is written twice.

    Attributes:
        one: the template, or that for one thing.
        many: the template for several things; None where nothing is counted.
        number_of: of the things.
        values: what is put in, by name: whole numbers, :class:`Fixed` ones, phrases, and plain
            texts, which are the same in every language.
        parts: of a list, instead of all that.
        between: what stands between those.
    """

    one: str
    many: str | None
    number_of: int
    values: Mapping[str, object]
    parts: tuple[str, ...]
    between: str

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to copy it: as a plain text, to be read and not said again."""
        return str, (str(self),)


def phrase(template: str, /, **values: object) -> Phrase:
    """Return a text.

    >>> phrase("%(title)s has %(votes)s votes", title="Heat", votes=12_000)
    'Heat has 12,000 votes'
    """
    return _made(template, None, 0, values)


def plural(one: str, many: str, count: int, /, **values: object) -> Phrase:
    """Return a text of a number of things; the number itself is the value ``number``.

    >>> plural("%(number)s film", "%(number)s films", 2)
    '2 films'
    """
    return _made(one, many, count, {"number": count, **values})


def listed(parts: Iterable[str], between: str = ", ") -> Phrase:
    """Return texts one after the other.

    >>> listed([phrase("years"), phrase("genres")])
    'years, genres'
    """
    kept = tuple(parts)
    made = Phrase(between.join(kept))
    made.parts, made.between, made.one = kept, between, ""
    return made


@contextmanager
def speaking(speaker: Speaker) -> Iterator[None]:
    """Have :func:`said` and :func:`number` speak a language for a while."""
    before = _SPEAKER.set(speaker)
    try:
        yield
    finally:
        _SPEAKER.reset(before)


def said(text: str) -> str:
    """Return a text in the language that is spoken, English unless :func:`speaking` says otherwise.

    A plain text is looked up as it is.
    """
    return _said(text, _SPEAKER.get())


def number(value: float, places: int = 0) -> str:
    """Return a number as the language that is spoken writes it.

    >>> number(1234.5, 1)
    '1,234.5'
    """
    return _SPEAKER.get().number(value, places)


def _said(text: str, speaker: Speaker) -> str:
    if not isinstance(text, Phrase):
        return speaker.gettext(text) if text else text
    if not text.one:
        return text.between.join(_said(part, speaker) for part in text.parts)
    if text.many is None:
        template = speaker.gettext(text.one)
    else:
        template = speaker.ngettext(text.one, text.many, text.number_of)
    return template % {name: _told(value, speaker) for name, value in text.values.items()}


def _made(one: str, many: str | None, count: int, values: Mapping[str, object]) -> Phrase:
    template = one if many is None or count == 1 else many
    made = Phrase(template % {name: _told(value, _ENGLISH) for name, value in values.items()})
    made.one, made.many, made.number_of, made.values = one, many, count, values
    return made


def _told(value: object, speaker: Speaker) -> str:
    if isinstance(value, Fixed):
        return speaker.number(value.value, value.places)
    if isinstance(value, int):
        return speaker.number(value)
    return _said(value, speaker) if isinstance(value, Phrase) else str(value)


class _English:
    def gettext(self, text: str, /) -> str:
        return text

    def ngettext(self, one: str, many: str, number: int, /) -> str:
        return one if number == 1 else many

    def number(self, value: float, places: int = 0, /) -> str:
        return f"{value:,.{places}f}"


_ENGLISH = _English()
_SPEAKER: ContextVar[Speaker] = ContextVar("speaker", default=_ENGLISH)

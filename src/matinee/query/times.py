"""When films were made: years, decades, and what stands before or between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.query.conditions import Condition
from matinee.query.phrases import PhraseTable
from matinee.query.reading import Reading
from matinee.query.vocabulary import FILM_NOUNS, FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.query.lexicon import Lexicon
    from matinee.query.tokens import Query

FIRST_YEAR = 1874
"""The oldest moving pictures kept; earlier years are of stories."""
_AHEAD = 3
"""Years by which films are announced before they come out."""
_LAST_YEAR = 2099
"""Later numbers count something."""
_NEAR = 2
"""Years on either side of "around 1994"."""
_SHORT = 8
"""Words of a query whose last word is a year and means when, whatever stands before it."""
_UNCERTAIN = 0.5
"""Weight of a time that may be when the story happens."""

_CUES = PhraseTable(
    dict.fromkeys(("after", "later than", "newer than", "more recent than", "post"), "after")
    | dict.fromkeys(
        ("since", "no earlier than", "not older than", "starting", "starting in", "not before"),
        "since",
    )
    | dict.fromkeys(("before", "earlier than", "older than", "prior to", "pre"), "before")
    | dict.fromkeys(("until", "till", "up to", "no later than", "not newer than"), "until")
    | dict.fromkeys(("from", "made in", "released in", "came out in", "produced in"), "from")
    | dict.fromkeys(("from the year", "in the year", "made during", "from around"), "from")
    | dict.fromkeys(("in", "of", "during"), "in")
    | dict.fromkeys(("around", "about", "circa", "approximately", "roughly"), "around")
    | dict.fromkeys(("between", "anywhere between", "made between", "released between"), "between")
    | dict.fromkeys(
        (
            "set in",
            "set during",
            "set around",
            "set between",
            "set after",
            "set before",
            "takes place in",
            "takes place during",
            "taking place in",
            "take place in",
            "that happens in",
            "happens in",
            "happening in",
            "story of",
            "events of",
            "back in",
            "summer of",
            "winter of",
            "spring of",
            "based in",
            "life in",
            "living in",
            "back to",
            "year is",
        ),
        "setting",
    )
)
_LATER = PhraseTable(
    dict.fromkeys(
        ("or later", "or newer", "or after", "or above", "and later", "and newer", "and after"),
        "since",
    )
    | dict.fromkeys(("onwards", "onward", "and onwards", "and onward", "and up"), "since")
    | dict.fromkeys(
        ("or earlier", "or older", "or before", "and earlier", "and older", "and before"), "until"
    )
)
_TO = frozenset(("to", "and", "through", "until", "till"))
_WORD_DECADES = {
    word: 1900 + 10 * n
    for n, word in enumerate(
        "twenties thirties forties fifties sixties seventies eighties nineties".split(), start=2
    )
}
_PARTS = {"early": (0, 3), "mid": (3, 6), "middle": (3, 6), "late": (6, 9)}
"""First and last year of a part of a decade; they overlap, as people's use of the words does."""
_SHORT_DECADE = re.compile(r"([0-9])0s")
_DECADE = re.compile(r"((?:18|19|20)[0-9])0s")
_CENTURIES = PhraseTable(
    {
        "20th century": (1900, 1999),
        "twentieth century": (1900, 1999),
        "21st century": (2000, None),
        "twenty first century": (2000, None),
    }
)
_UNITS = frozenset(
    "years year miles people men women soldiers dollars votes ratings km feet meters tons pounds"
    " days hours minutes times ad bc".split()
)
"""What follows a number that counts something."""
_OWNERS = frozenset("his her their my your our an someones ones".split())
"""Whose "twenties" are an age."""
_NAMELESS = FILM_NOUNS | FUNCTION_WORDS


@dataclass(frozen=True, slots=True)
class _Atom:
    """A time: ``start`` and ``end`` in words; ``high`` None for "until now"."""

    start: int
    end: int
    low: int
    high: int | None
    label: str
    single: bool
    other: tuple[int, int] | None = None


class Times:
    """Reads years and decades.

    Args:
        lexicon: tells the years that belong to a name ("Blade Runner 2049").
        year: the current year.
    """

    def __init__(self, lexicon: Lexicon, year: int) -> None:
        self._lexicon = lexicon
        self._year = year

    def read(self, query: Query, about_films: Sequence[bool]) -> list[Reading]:
        """Return the times of a query; ``about_films`` tells the words that describe films."""
        atoms = self._atoms(query)
        readings = []
        i = 0
        while i < len(atoms):
            first = atoms[i]
            second = atoms[i + 1] if i + 1 < len(atoms) else None
            if second is not None and (span := _joined(query, first, second)):
                start, cue = span
                if cue != "setting":
                    readings.append(self._range(start, first, second))
                i += 2
                continue
            reading = self._one(query, first, about_films)
            if reading is not None:
                readings.append(reading)
            i += 1
        return readings

    def _atoms(self, query: Query) -> list[_Atom]:
        atoms = []
        words = query.words
        i = 0
        while i < len(words):
            found = self._atom(query, i)
            if found is None:
                i += 1
            else:
                atoms.append(found)
                i = found.end
        return atoms

    def _atom(self, query: Query, i: int) -> _Atom | None:
        word = query.words[i]
        if word in _WORD_DECADES:
            return self._decade(query, i, i + 1, _WORD_DECADES[word], spelt=True)
        if not "0" <= word[0] <= "9":
            if word in ("twentieth", "twenty"):
                return _century(query, i)
            return None
        following = query.word(i + 1)
        split = following == "s" and query.stops[i] > i + 1
        if split:
            word += "s"
        end = i + 1 + split
        if match := _DECADE.fullmatch(word):
            return self._decade(query, i, end, int(match[1]) * 10)
        if match := _SHORT_DECADE.fullmatch(word):
            return self._decade(query, i, end, _century_of(int(match[1]) * 10))
        if len(word) == 4 and word.isascii() and word.isdigit() and following not in _UNITS:
            year = int(word)
            if FIRST_YEAR <= year <= _LAST_YEAR:
                return _Atom(i, end, year, year, word, single=True)
        return _century(query, i)

    def _decade(
        self, query: Query, i: int, end: int, decade: int, *, spelt: bool = False
    ) -> _Atom | None:
        start = i
        low, high, label = decade, decade + 9, f"{decade}s"
        part = _PARTS.get(query.word(start - 1))
        if part is not None:
            start -= 1
            low, high, label = decade + part[0], decade + part[1], f"{query.word(start)} {label}"
        the = query.word(start - 1) == "the"
        start -= the
        if query.word(start - 1) in _OWNERS or (spelt and part is None and not the):
            return None
        if low > self._year or high < FIRST_YEAR:
            return None
        other = None
        if query.words[i] in ("20s", "30s") and decade + 100 <= self._year:
            other = (low + 100, high + 100)
        return _Atom(start, end, low, high, label, single=False, other=other)

    def _one(self, query: Query, atom: _Atom, about: Sequence[bool]) -> Reading | None:
        low: int | None
        high: int | None
        start, end, low, high = atom.start, atom.end, atom.low, atom.high
        cue = ""
        if not query.breaks[start] and (found := _CUES.ending(query, start)):
            start, cue = found
        later = _LATER.at(query, end) if end < query.stops[start] else None
        # "Before 2000 and after 1980" are two times.
        if later is not None and not query.word(later[0])[:1].isdecimal():
            end, cue = later
        if cue == "setting":
            return None
        bound = cue in ("after", "since", "before", "until")
        if atom.single and atom.low > self._year + _AHEAD and not bound:
            return None
        hard, weight = True, 1.0
        if cue == "after":
            low, high = (atom.high or atom.low) + 1, None
        elif cue == "since":
            high = None
        elif cue == "before":
            low, high = None, atom.low - 1
        elif cue == "until":
            low = None
        elif cue == "around":
            hard, weight = False, 0.8
            if atom.single:
                low, high = atom.low - _NEAR, atom.low + _NEAR
        elif cue != "from":
            if cue == "between":
                start, cue = atom.start, ""
            if not cue and atom.single and self._in_name(query, atom.start):
                return None
            hard = _about_films(query, about, start, end, cue)
            weight = 1.0 if hard else _UNCERTAIN
        if atom.label.endswith("century"):
            hard = hard and bool(cue)
        label = atom.label if (low, high) == (atom.low, atom.high) else years_label(low, high)
        condition = Condition(
            field="year", low=low, high=high, hard=hard, weight=weight, label=label
        )
        if atom.other and cue in ("", "in", "from"):
            other = Condition(
                field="year",
                low=atom.other[0],
                high=atom.other[1],
                weight=0.4,
                label=years_label(*atom.other),
            )
            condition = Condition(
                field="year",
                low=low,
                high=high,
                hard=hard,
                weight=weight,
                label=label,
                alternatives=(other,),
            )
        return Reading(start, end, (condition,))

    def _range(self, start: int, first: _Atom, second: _Atom) -> Reading:
        low, high = min(first.low, second.low), max(first.high or 0, second.high or self._year)
        label = years_label(low, high)
        return Reading(
            start, second.end, (Condition(field="year", low=low, high=high, label=label),)
        )

    def _in_name(self, query: Query, i: int) -> bool:
        """Return whether a bare year is part of a title: "blade runner 2049"."""
        first = max(0, i - 4)
        starts = [s for s in range(first, i) if query.stops[s] > i]
        ends = range(i + 2, min(query.stops[i], i + 5) + 1)
        runs = [(s, i + 1) for s in starts] + [(i, e) for e in ends]
        return any(
            self._lexicon.named(query.raw(s, e))
            for s, e in runs
            # "The 2012 film" speaks of no film of that name.
            if any(word not in _NAMELESS for word in (*query.words[s:i], *query.words[i + 1 : e]))
        )


def years_label(low: int | None, high: int | None) -> str:
    """Return how bounds of years are shown.

    >>> years_label(2021, None), years_label(1990, 1995)
    ('2021 or later', '1990 to 1995')
    """
    if low is None:
        return f"{high} or earlier"
    if high is None:
        return f"{low} or later"
    if low == high:
        return str(low)
    return f"{low}s" if low % 10 == 0 and high == low + 9 else f"{low} to {high}"


def _century_of(decade: int) -> int:
    """Return the first year of a decade of two digits: the noughties and tens are of this century.

    "20s" is the 1920s, or else the 2020s.
    """
    return decade + (2000 if decade < 20 else 1900)


def _century(query: Query, i: int) -> _Atom | None:
    found = _CENTURIES.at(query, i)
    if found is None or query.word(found[0]) in ("fox", "studios", "women"):
        return None
    end, (low, high) = found
    start = i - (query.word(i - 1) == "the")
    label = "20th century" if high else "21st century"
    return _Atom(start, end, low, high, label, single=False)


def _joined(query: Query, first: _Atom, second: _Atom) -> tuple[int, str] | None:
    """Return the start and the cue of "between first and second" or "first to second"."""
    if query.stops[first.start] < second.end:
        return None
    between = query.words[first.end : second.start]
    found = _CUES.ending(query, first.start) if not query.breaks[first.start] else None
    start, cue = found or (first.start, "")
    if cue not in ("between", "from", "in", "setting"):
        start = first.start
    if not between:
        gap = query.text[query.ends[first.end - 1] : query.starts[second.start]].strip()
        return (start, cue) if gap in ("-", "–", "—") else None
    if len(between) == 1 and (
        (between[0] in _TO and (cue == "between" or between[0] != "and"))
        or (between[0] == "and" and first.high is not None and first.high + 1 == second.low)
    ):
        return start, cue
    return None


def _about_films(query: Query, about: Sequence[bool], start: int, end: int, cue: str) -> bool:
    """Return whether a time stands where films are described and not what happens in them."""
    if start and about[start - 1]:
        return True
    if cue:
        return start == 0 and end == len(query)
    if len(query) == end - start:
        # Four digits alone are as often a title.
        return end - start > 1 or not query.words[start].isdecimal()
    if end < len(query) and about[end]:
        return True
    if start == 0:
        # "2001: A Space Odyssey"
        return query.text[query.ends[end - 1] : query.ends[end - 1] + 1] != ":"
    return end == len(query) <= _SHORT

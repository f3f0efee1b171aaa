"""What recurs among the titles somebody liked: people, genres, languages, decades."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from matinee.index.people import person_key
from matinee.query.conditions import Condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from matinee.catalogue.columns import ChoiceColumn, Columns
    from matinee.catalogue.title import Title
    from matinee.service.viewer import Viewer

    Mask = npt.NDArray[np.bool_]

Part: TypeAlias = Literal["directors", "cast"]
Field: TypeAlias = Literal["genre", "language", "year"]

MOST_LIKED = 200
"""Titles looked at, the latest of those liked: taste drifts, and reading thousands takes long."""
RECURS = 2
"""Titles liked in which somebody must have a part to be told as recurring."""
_BILLED = 3
"""Actors billed first; of those after them people rarely say that they like their films."""
LEANS = 3
"""Titles liked that must have a thing in common to be called a leaning; two are chance."""
_TIMES = 1.5
"""How many times more of what was liked must have it than of the catalogue: of five titles three
with a genre that four in ten have are no leaning."""
_COMMON = 1 / 3
"""Share of the catalogue from which on having a thing is not telling: every third title has it."""
_DECADE = 10
_COLUMNS: tuple[tuple[Field, ChoiceColumn], ...] = (
    ("genre", "genres"),
    ("language", "first_language"),
)


@dataclass(frozen=True, slots=True)
class Maker:
    """Somebody who has a part in several titles somebody liked.

    Attributes:
        name: as the titles write it.
        part: whether they directed them or were in them.
        titles: those liked, the latest first.
    """

    name: str
    part: Part
    titles: tuple[Title, ...]

    @property
    def condition(self) -> Condition:
        """The titles they have that part in."""
        return Condition(field="person", values=(person_key(self.name),), role=self.part)


@dataclass(frozen=True, slots=True)
class Leaning:
    """Something that more of what somebody liked has than of the catalogue.

    Attributes:
        field: what sort of thing.
        value: a genre's name, a language's code, the first year of a decade.
        mine: percent of the titles liked that have it.
        all: percent of the catalogue that has it.
        titles: those liked that have it, the latest first.
    """

    field: Field
    value: str
    mine: int
    all: int
    titles: tuple[Title, ...]

    @property
    def condition(self) -> Condition:
        """The titles that have it."""
        if self.field == "year":
            return Condition(field="year", low=int(self.value), high=int(self.value) + _DECADE - 1)
        return Condition(field=self.field, values=(self.value,))

    @property
    def weight(self) -> float:
        """How telling it is: titles liked, times how much more often than in the catalogue."""
        return len(self.titles) * math.log(self.mine / max(self.all, 1))


def liked_by(viewer: Viewer) -> tuple[Title, ...]:
    """Return the titles somebody liked and has not hidden, the latest first."""
    rows = dict.fromkeys(reversed(viewer.known.person.rows.tolist()))
    marks = viewer.marks.rows
    kept = [r for r in rows if r >= 0 and r in marks and marks[r].loved and not marks[r].hidden]
    return tuple(viewer.whole.engine.catalogue.titles(kept[:MOST_LIKED]))


def makers(liked: Iterable[Title]) -> list[Maker]:
    """Return who recurs among titles liked, directors before actors, the most frequent first.

    >>> from matinee.catalogue.title import Title
    >>> found = makers([Title(id=f"a:{i}", title="x", directors=("Ann",)) for i in range(2)])
    >>> [(one.name, one.part, len(one.titles)) for one in found]
    [('Ann', 'directors', 2)]
    """
    parts: dict[tuple[Part, str], list[Title]] = {}
    for title in liked:
        for name in title.directors:
            parts.setdefault(("directors", name), []).append(title)
        for name in title.cast[:_BILLED]:
            parts.setdefault(("cast", name), []).append(title)
    found = [
        Maker(name, part, tuple(titles))
        for (part, name), titles in parts.items()
        if len(titles) >= RECURS and person_key(name)
    ]
    return sorted(found, key=lambda one: (one.part == "cast", -len(one.titles)))


def leanings(columns: Columns, liked: Sequence[Title], among: Mask) -> list[Leaning]:
    """Return what titles liked have more often than others, the most telling first.

    Args:
        columns: of the catalogue.
        liked: the titles.
        among: bool [n], rows that they are compared with.
    """
    rows = np.flatnonzero(among)
    have: dict[tuple[Field, str], list[Title]] = {}
    for title in liked:
        for name in title.genres:
            have.setdefault(("genre", name), []).append(title)
        for code in title.languages[:1]:
            have.setdefault(("language", code), []).append(title)
        if title.year is not None:
            decade = title.year // _DECADE * _DECADE
            have.setdefault(("year", str(decade)), []).append(title)
    counts = {(f, name): n for f, c in _COLUMNS for name, n in columns.count(c, rows).items()}
    years = columns.numbers("year")[rows]
    decades, numbers = np.unique(years[np.isfinite(years)] // _DECADE, return_counts=True)
    for decade, number in zip(decades.astype(int).tolist(), numbers.tolist(), strict=True):
        counts["year", str(decade * _DECADE)] = number
    found = []
    for (field, value), titles in have.items():
        mine = len(titles) / len(liked)
        whole = counts.get((field, value), 0) / max(1, len(rows))
        if len(titles) >= LEANS and _TIMES * whole <= mine and whole < _COMMON:
            percents = round(100 * mine), round(100 * whole)
            found.append(Leaning(field, value, *percents, tuple(titles)))
    return sorted(found, key=lambda one: -one.weight)

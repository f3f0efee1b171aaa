"""Readings: what readers find in a query, before it is settled which of them hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matinee.query.conditions import Condition
    from matinee.query.tokens import Query

WORD: Final = 0
NAME: Final = 1
LIKED: Final = 2
"""Which of two readings of the same words holds: names before words, what was marked as a title
("like Drishyam") before both; among equals the longer."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Words and what they may ask.

    Attributes:
        start: the first word, its cue included ("by Nolan").
        end: the word after the last.
        conditions: what is asked; all of them.
        rank: see :data:`WORD`.
        negative: what is asked when the words are negated, where that is not simply the opposite.
        stays: whether the words are left to retrieval though a condition is hard.
        leaves: whether the words are kept from retrieval though every condition is soft.
        cue: the words that negated it, where they do not stand just before it.
    """

    start: int
    end: int
    conditions: tuple[Condition, ...]
    rank: int = WORD
    negative: tuple[Condition, ...] | None = None
    stays: bool = False
    leaves: bool = False
    cue: tuple[int, int] | None = None

    @property
    def field(self) -> str:
        """Return what its first condition is about."""
        return self.conditions[0].field if self.conditions else ""

    def with_conditions(self, conditions: Iterable[Condition]) -> Reading:
        """Return the same words with other conditions."""
        return replace(self, conditions=tuple(conditions))

    def placed(self, query: Query) -> Iterator[Condition]:
        """Yield its conditions with their words and where these stand."""
        pieces = ([self.cue] if self.cue else []) + [(self.start, self.end)]
        spans = tuple(query.span(start, end) for start, end in pieces)
        words = " ".join(query.text[start:end] for start, end in spans)
        for condition in self.conditions:
            yield replace(condition, words=words, spans=spans)


def settle(readings: Iterable[Reading]) -> list[Reading]:
    """Return the readings that hold, none overlapping, in the order of their words."""
    taken: set[int] = set()
    kept = []
    for reading in sorted(readings, key=lambda r: (-r.rank, r.start - r.end, r.start)):
        places = range(reading.start, reading.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(reading)
    kept.sort(key=lambda r: r.start)
    return kept

"""How firmly a thing is asked: "maybe from the 90s", "only comedies", "ideally under two hours"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from matinee.query.phrases import PhraseTable
from matinee.query.vocabulary import FILM_NOUNS, FIRM, FUNCTION_WORDS, HEDGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.query.reading import Reading
    from matinee.query.tokens import Query

_HEDGE: Final = "hedge"
_FIRM: Final = "firm"
_TABLE = PhraseTable(dict.fromkeys(HEDGES, _HEDGE) | dict.fromkeys(FIRM, _FIRM))
_REACH = 3
"""Words that say nothing between a hedge and what it weakens: "I think it was from 1994"."""
_HEDGED = 0.7
"""Factor on the weight of what is hedged."""
_EMPTY = FUNCTION_WORDS | FILM_NOUNS | {"something", "anything"}
_BACKWARDS = frozenset(("or so", "if possible", "if you can"))
"""Hedges that stand behind what they weaken."""


def stress(
    query: Query, readings: Sequence[Reading]
) -> tuple[list[Reading], list[tuple[int, int]]]:
    """Return the readings made soft or hard, and the places of the words that said so."""
    result = list(readings)
    starts = {reading.start: i for i, reading in enumerate(result)}
    ends = {reading.end: i for i, reading in enumerate(result)}
    taken = {place for r in result for place in range(r.start, r.end)}
    said = []
    for start, end, kind in _TABLE.scan(query):
        if start in taken or query.word(start - 1) == "not":
            continue
        after = _after(query, end, starts)
        if after is None or query.joined(start, end) in _BACKWARDS:
            before = ends.get(start)
            # "Only" and "must" belong to what they touch.
            after = before if before is not None else after
        if after is None or (kind == _FIRM and query.joined(start, end) == "must"):
            continue
        result[after] = _softened(result[after]) if kind == _HEDGE else _hardened(result[after])
        said.append((start, end))
    return result, said


def _after(query: Query, end: int, starts: dict[int, int]) -> int | None:
    for place in range(end, min(end + _REACH + 1, len(query))):
        if place in starts:
            return starts[place]
        if query.words[place] not in _EMPTY or query.breaks[place]:
            return None
    return None


def _softened(reading: Reading) -> Reading:
    return replace(
        reading,
        conditions=tuple(
            replace(c, hard=False, weight=c.weight * _HEDGED) for c in reading.conditions
        ),
    )


def _hardened(reading: Reading) -> Reading:
    conditions = tuple(
        replace(c.with_hard(True), weight=1.0) if c.field != "theme" else c
        for c in reading.conditions
    )
    # A genre's word still tells retrieval what to look for.
    return replace(reading, conditions=conditions, stays=reading.field == "genre")

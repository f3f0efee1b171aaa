"""Joins readings that name several values of one thing: "French or Italian", "70s and 90s"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matinee.query.conditions import Condition
    from matinee.query.reading import Reading
    from matinee.query.tokens import Query

_EXCLUSIVE = frozenset(("language", "country", "year"))
"""Fields of which "and" names several films' values, since few films have both."""
_EITHER = frozenset(("person", "genre", "kind"))
"""Fields joined by "or" alone; "and" asks for both."""


def combine(query: Query, readings: Sequence[Reading]) -> list[Reading]:
    """Return the readings with those joined that are alternatives of each other."""
    result: list[Reading] = []
    for reading in readings:
        joined = _join(query, result[-1], reading) if result else None
        if joined is None:
            result.append(reading)
        else:
            result[-1] = joined
    return result


def _join(query: Query, left: Reading, right: Reading) -> Reading | None:
    if len(left.conditions) != 1 or len(right.conditions) != 1:
        return None
    first, second = left.conditions[0], right.conditions[0]
    between = query.words[left.end : right.start]
    if first.negated or second.negated or len(between) > 1:
        return None
    both = {first.field, second.field}
    slash = not between and query.text[query.ends[left.end - 1] : query.starts[right.start]] == "/"
    either = slash or between == ["or"]
    if not (
        (both <= _EXCLUSIVE and (len(both) == 1 or "year" not in both))
        or (either and len(both) == 1 and both <= _EITHER)
    ):
        return None
    if not either and (between != ["and"] or _open(first) or _open(second)):
        return None
    label = f"{first.label} or {second.label}"
    # "From the 80s or 90s": what stands before the first holds for both.
    soft = not first.hard if both == {"year"} else not (first.hard and second.hard)
    if first.field == second.field and first.field != "year" and first.role == second.role:
        condition = replace(
            first,
            values=tuple(dict.fromkeys((*first.values, *second.values))),
            alternatives=(*first.alternatives, *second.alternatives),
        )
    else:
        other = replace(second, alternatives=())
        condition = replace(first, alternatives=(*first.alternatives, other, *second.alternatives))
    condition = replace(
        condition,
        hard=not soft,
        weight=min(first.weight, second.weight) if soft else 1.0,
        label=label,
    )
    return replace(left, end=right.end, conditions=(condition,))


def _open(condition: Condition) -> bool:
    """Return whether a range has one bound: "after 1980 and before 2000" asks for both."""
    return condition.field == "year" and None in (condition.low, condition.high)


def unique(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return the conditions with those of one key made one: the surest, with the words of all."""
    found: dict[str, list[Condition]] = {}
    for condition in conditions:
        found.setdefault(condition.key, []).append(condition)
    return tuple(same[0] if len(same) == 1 else _one(same) for same in found.values())


def _one(same: Sequence[Condition]) -> Condition:
    return replace(
        max(same, key=lambda condition: (condition.hard, condition.weight)),
        words=" ".join(dict.fromkeys(condition.words for condition in same)),
        spans=tuple(sorted({span for condition in same for span in condition.spans})),
    )

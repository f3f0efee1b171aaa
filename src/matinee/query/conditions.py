"""What a query asks of the films, as typed conditions; the parser makes them, filters are them.

A condition is satisfied by a title when the title's own facts say so. A title whose fact is unknown
satisfies no positive condition, and every negated one: nothing is known against it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from matinee.errors import QueryError

RangeField: TypeAlias = Literal["year", "runtime", "votes", "rating", "age"]
ChoiceField: TypeAlias = Literal[
    "language", "country", "genre", "person", "kind", "title", "theme", "phrase"
]
IntentField: TypeAlias = Literal["like", "fame"]
Field: TypeAlias = RangeField | ChoiceField | IntentField

RANGES: frozenset[str] = frozenset(get_args(RangeField))
CHOICES: frozenset[str] = frozenset(get_args(ChoiceField))
INTENTS: frozenset[str] = frozenset(get_args(IntentField))
Role: TypeAlias = Literal["", "cast", "directors", "writers"]
Fame: TypeAlias = Literal["hidden", "famous", "classic", "acclaimed", "recent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing asked of the films.

    Ranges (``low`` and ``high``, inclusive, None for open):
        year; runtime in minutes; votes, their number; rating, 0 to 10; age, the years a person
        must have to see it.
    Choices (any one of ``values``):
        language, by code: a title's first one, or, negated, any of its languages; country, by code;
        genre, by the catalogue's name; person, by folded name; kind, ``film`` or ``series``; title,
        by id; theme, words the title's own text must have ("gore"); phrase, words it must have in
        that order.
    Intents, which order films and never exclude one:
        like, ids of titles it should resemble; fame, see :data:`Fame`.

    Attributes:
        field: what it is about.
        values: for choices and intents.
        low: lower bound of a range.
        high: upper bound of a range.
        role: of a person: one of the title's lists of people, empty for any of them.
        negated: whether the films must not be so.
        hard: whether a film that does not satisfy it is left out; else it only comes later.
        weight: in (0, 1], how sure it is that this was meant.
        label: how it is shown to a reader ("after 2020").
        words: the words of the query it was read from, empty for a filter.
        spans: where those stand, [start, end) in characters of the query.
        alternatives: other readings of the same words; a film satisfies the condition when it
            satisfies it or any of them.

    Raises:
        QueryError: a value is out of its bounds.
    """

    field: Field
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    role: Role = ""
    negated: bool = False
    hard: bool = True
    weight: float = 1.0
    label: str = ""
    words: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    alternatives: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        if self.field in RANGES:
            bounds = [bound for bound in (self.low, self.high) if bound is not None]
            if not bounds or not all(map(math.isfinite, bounds)):
                raise QueryError(
                    f"{self.field} has no bounds", cure=f"Give {self.field} a lowest or a highest"
                )
            if len(bounds) == 2 and bounds[0] > bounds[1]:
                raise QueryError(
                    f"{self.field} is to lie between {bounds[0]:g} and {bounds[1]:g}",
                    cure="Give the lower bound first",
                )
        elif not self.values:
            raise QueryError(f"{self.field} has no values", cure="Give it at least one")

    @property
    def key(self) -> str:
        """Return what tells this condition from others of one query, for addresses and forms.

        >>> Condition(field="year", low=2021).key, Condition(field="genre", values=("Horror",),
        ...     negated=True).key
        ('year:2021..', '-genre:Horror')
        """
        if self.field in RANGES:
            low, high = ("" if b is None else f"{b:g}" for b in (self.low, self.high))
            what = f"{low}..{high}"
        else:
            what = "|".join(self.values)
        role = f".{self.role}" if self.role else ""
        return f"{'-' if self.negated else ''}{self.field}{role}:{what}"

    def with_hard(self, hard: bool) -> Condition:
        """Return the condition made hard or soft; an intent stays soft."""
        return replace(self, hard=hard and self.field not in INTENTS)

    def to_dict(self) -> dict[str, Any]:
        """Return the condition as plain values, without what is empty."""
        values: dict[str, Any] = {
            "key": self.key,
            "field": self.field,
            "label": self.label,
            "hard": self.hard,
            "negated": self.negated,
            "weight": round(self.weight, 4),
        }
        if self.field in RANGES:
            values |= {"low": self.low, "high": self.high}
        else:
            values["values"] = list(self.values)
        if self.role:
            values["role"] = self.role
        if self.words:
            values |= {"words": self.words, "spans": [list(span) for span in self.spans]}
        if self.alternatives:
            values["alternatives"] = [other.to_dict() for other in self.alternatives]
        return values


@dataclass(frozen=True, slots=True)
class Understood:
    """A query as it was understood.

    Attributes:
        text: the query as typed.
        conditions: what it asks, in the order of its words.
        rest: the words left over; what retrieval is given besides the words of soft conditions.
        description: whether it tells of one film at length rather than asking for a kind of film;
            then every condition is soft.
    """

    text: str
    conditions: tuple[Condition, ...]
    rest: str
    description: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "text": self.text,
            "conditions": [condition.to_dict() for condition in self.conditions],
            "rest": self.rest,
            "description": self.description,
        }

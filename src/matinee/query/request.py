"""A search request, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, get_args

from matinee.errors import QueryError
from matinee.types import Method

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_QUERY = 10_000
"""Characters; the longest real description among the judged queries has 3,200."""
MAX_K = 1_000
MAX_DEPTH = 10_000
METHODS: tuple[str, ...] = get_args(Method)


@dataclass(frozen=True, slots=True)
class Knobs:
    """How lists are made and fused.

    Attributes:
        dense_k: rows taken from the vector index, 1 to 10,000.
        sparse_k: rows taken from the word index, 1 to 10,000.
        rrf_k: the constant of reciprocal rank fusion, 1 to 10,000; larger flattens the lists.
        w_dense: weight of the vector list, 0 to 100.
        w_sparse: weight of the word list, 0 to 100.
        w_title: weight of the title list, 0 to 100; a confident name counts as much as both other
            lists together, because a person who types a name wants that film.
    """

    dense_k: int = 500
    sparse_k: int = 500
    rrf_k: int = 60
    w_dense: float = 1.0
    w_sparse: float = 1.0
    w_title: float = 2.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            low, high = (0, 100) if field.name.startswith("w_") else (1, MAX_DEPTH)
            whole = field.name.endswith("_k")
            if (
                isinstance(value, bool)
                or not isinstance(value, int if whole else (int, float))
                or not math.isfinite(value)
                or not low <= value <= high
            ):
                raise QueryError(
                    f"{field.name} is {value!r}",
                    cure=f"Give a {'whole ' if whole else ''}number from {low} to {high}",
                )
        if self.w_dense + self.w_sparse + self.w_title == 0:
            raise QueryError(
                "All weights are zero", cure="Give w_dense, w_sparse or w_title a weight above 0"
            )


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search, checked when it is made.

    Attributes:
        text: what was typed, at most 10,000 characters.
        k: how many results, 1 to 1,000.
        method: ``hybrid`` (all lists, fused), ``retrieval`` (vectors alone) or ``lexical`` (words
            alone).
        knobs: how lists are made and fused.
        within: ids of the only titles to consider; None means all.

    Raises:
        QueryError: naming the value and its bounds.
    """

    text: str
    k: int = 10
    method: str = "hybrid"
    knobs: Knobs = Knobs()
    within: Collection[str] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise QueryError(f"The query is a {type(self.text).__name__}", cure="Give a text")
        if len(self.text) > MAX_QUERY:
            raise QueryError(
                f"The query has {len(self.text):,} characters, the most is {MAX_QUERY:,}",
                cure="Describe the film in fewer words",
            )
        if not self.text.strip():
            raise QueryError("The query is empty", cure="Say what you feel like watching")
        check_k(self.k)
        if self.method not in METHODS:
            raise QueryError(
                f"There is no method {self.method!r:.60}", cure=f"Use one of: {', '.join(METHODS)}"
            )


def check_k(k: int) -> None:
    """Check the number of results asked for.

    Raises:
        QueryError: it is not a whole number from 1 to 1,000.
    """
    # bool is an int to Python; callers without a type checker may pass anything at all.
    if type(k) is not int or not 1 <= k <= MAX_K:
        raise QueryError(f"k is {k!r:.40}", cure=f"Give a whole number from 1 to {MAX_K:,}")

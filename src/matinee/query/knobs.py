"""How lists are made, fused and reranked: the numbers a caller may turn, and their bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import get_args

from matinee.errors import QueryError
from matinee.types import Fusion

MAX_DEPTH = 10_000
FUSIONS: tuple[str, ...] = get_args(Fusion)

_BOUNDS: dict[str, tuple[float, float]] = {
    "dense_k": (1, MAX_DEPTH),
    "sparse_k": (1, MAX_DEPTH),
    "rrf_k": (1, MAX_DEPTH),
    "w_dense": (0, 100),
    "w_sparse": (0, 100),
    "w_title": (0, 100),
    "w_recency": (0, 1),
    "w_popularity": (0, 1),
    "mmr_lambda": (0, 1),
    "ce_k": (1, 1_000),
    "ce_budget_ms": (1, 60_000),
}
WHOLE = frozenset(("dense_k", "sparse_k", "rrf_k", "ce_k"))
"""Knobs that take whole numbers only."""


@dataclass(frozen=True, slots=True)
class Knobs:
    """How lists are made, fused and reranked.

    Attributes:
        dense_k: rows taken from the vector index, 1 to 10,000.
        sparse_k: rows taken from the word index, 1 to 10,000.
        rrf_k: the constant of reciprocal rank fusion, 1 to 10,000; larger flattens the lists.
        w_dense: weight of the vector list, 0 to 100.
        w_sparse: weight of the word list, 0 to 100.
        w_title: weight of the title list, 0 to 100; a confident name counts as much as both other
            lists together, because a person who types a name wants that film.
        fusion: ``convex`` (by scores) or ``rrf`` (by ranks, the only one that rrf_k matters to).
        w_recency: of ``blend``: what a film of this year may gain on one long past, as a share of
            full relevance, 0 to 1.
        w_popularity: of ``blend``: what the most voted film may gain on an unknown one, 0 to 1.
        mmr_lambda: of ``mmr``: 1 ranks by relevance alone, 0 by difference alone.
        ce_k: of ``ce``: how many of the best are read by the cross-encoder, 1 to 1,000.
        ce_budget_ms: of ``ce``: milliseconds it may take, 1 to 60,000; what is not read by then
            keeps its place behind what is, and the answer says so.

    Raises:
        QueryError: naming the knob and its bounds.
    """

    dense_k: int = 500
    sparse_k: int = 500
    rrf_k: int = 60
    w_dense: float = 1.0
    w_sparse: float = 1.0
    w_title: float = 2.0
    fusion: str = "convex"
    w_recency: float = 0.1
    w_popularity: float = 0.2
    mmr_lambda: float = 0.7
    ce_k: int = 50
    ce_budget_ms: float = 1_000.0

    def __post_init__(self) -> None:
        for name, (low, high) in _BOUNDS.items():
            value, whole = getattr(self, name), name in WHOLE
            if (
                isinstance(value, bool)
                or not isinstance(value, int if whole else (int, float))
                or not math.isfinite(value)
                or not low <= value <= high
            ):
                raise QueryError(
                    f"{name} is {value!r}",
                    cure=f"Give a {'whole ' if whole else ''}number from {low:,} to {high:,}",
                )
        if self.fusion not in FUSIONS:
            raise QueryError(
                f"There is no fusion {self.fusion!r:.60}", cure=f"Use one of: {', '.join(FUSIONS)}"
            )
        if self.w_dense + self.w_sparse + self.w_title == 0:
            raise QueryError(
                "All weights are zero", cure="Give w_dense, w_sparse or w_title a weight above 0"
            )


def knob_bounds(name: str) -> tuple[float, float] | None:
    """Return the lowest and highest value of a knob, None for one that is not a number.

    >>> knob_bounds("mmr_lambda")
    (0, 1)
    """
    return _BOUNDS.get(name)


KNOB_NAMES: tuple[str, ...] = tuple(field.name for field in fields(Knobs))

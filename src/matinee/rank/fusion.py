"""Fusion of ranked lists into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from matinee.types import Ranked, Rows, Scores

    Part: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WeightedList:
    """A ranked list and how much it counts.

    Attributes:
        ranked: the list, best first.
        weight: its weight, at least 0.
        graded: whether a row's own score is a confidence in [0, 1] that stands as it is, such as
            how well a name matches; else only its rank or its share of the best score counts.
    """

    ranked: Ranked
    weight: float
    graded: bool = False


@dataclass(frozen=True, slots=True)
class Fused:
    """The outcome of a fusion, before any cut.

    Attributes:
        rows: int64 [m], ascending.
        scores: float32 [m] in [0, 1].
        parts: by list, float32 [m], what it gave to each score; the parts sum to the score.
    """

    rows: Rows
    scores: Scores
    parts: Mapping[str, Part]


def convex_combination(lists: Mapping[str, WeightedList]) -> Fused:
    """Fuse ranked lists by the scores of their rows.

    ``score(d) = sum_l  w_l * max(0, s_l(d)) / max_l``, divided by what a row best in every list
    that found anything would get, so that scores lie in [0, 1]. ``max_l`` is the best score of the
    list; a graded list's scores stand as they are. Rows absent from a list get nothing from it.

    Source: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS
    2023. They scale between a lower bound and the best; here the lower bound is 0 for cosines too,
    which keeps a far better half apart from a slightly better one.

    >>> from matinee.types import Ranked
    >>> a = WeightedList(Ranked(np.array([7, 3]), np.array([.8, .4], np.float32)), 1.0)
    >>> b = WeightedList(Ranked(np.array([3]), np.array([5.], np.float32)), 1.0)
    >>> fused = convex_combination({"a": a, "b": b})
    >>> fused.rows.tolist(), [round(score, 3) for score in fused.scores.tolist()]
    ([3, 7], [0.75, 0.5])
    """
    gains: dict[str, Part] = {}
    best = 0.0
    for name, entry in lists.items():
        own = np.maximum(entry.ranked.scores, 0.0)
        top = float(own.max(initial=0.0))
        if not entry.graded and top:
            own, top = own / top, 1.0
        gains[name] = (entry.weight * np.minimum(own, 1.0)).astype(np.float32)
        best += entry.weight * min(top, 1.0)
    return _sum(lists, gains, best)


def reciprocal_rank_fusion(lists: Mapping[str, WeightedList], *, rrf_k: int) -> Fused:
    """Fuse ranked lists by the ranks of their rows.

    ``score(d) = sum_l  w_l * g_l(d) / (rrf_k + rank_l(d))``, divided by what a row first in every
    list that found anything would get, so that scores lie in [0, 1]. Ranks begin at 1; ``g`` is 1,
    or the row's own score where the list is graded. Rows absent from a list get nothing from it.

    Source: Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and
    individual Rank Learning Methods", SIGIR 2009.

    >>> from matinee.types import Ranked
    >>> a = WeightedList(Ranked(np.array([7, 3]), np.array([.9, .8], np.float32)), 1.0)
    >>> b = WeightedList(Ranked(np.array([3]), np.array([5.], np.float32)), 1.0)
    >>> fused = reciprocal_rank_fusion({"a": a, "b": b}, rrf_k=1)
    >>> fused.rows.tolist(), [round(score, 3) for score in fused.scores.tolist()]
    ([3, 7], [0.833, 0.5])
    """
    gains: dict[str, Part] = {}
    for name, entry in lists.items():
        gain = entry.weight / (rrf_k + np.arange(1, len(entry.ranked) + 1))
        if entry.graded:
            gain = gain * np.clip(entry.ranked.scores, 0.0, 1.0)
        gains[name] = gain.astype(np.float32)
    best = sum(entry.weight for entry in lists.values() if len(entry.ranked)) / (rrf_k + 1)
    return _sum(lists, gains, best)


def _sum(lists: Mapping[str, WeightedList], gains: Mapping[str, Part], best: float) -> Fused:
    rows = np.unique(np.concatenate([entry.ranked.rows for entry in lists.values()]))
    parts = {}
    for name, entry in lists.items():
        part = np.zeros(len(rows), np.float32)
        # Without any weight every score is 0, whatever it is divided by.
        part[np.searchsorted(rows, entry.ranked.rows)] = gains[name] / (best or 1.0)
        parts[name] = part
    scores = np.sum(list(parts.values()), axis=0, dtype=np.float32)
    return Fused(rows, np.clip(scores, 0.0, 1.0), parts)

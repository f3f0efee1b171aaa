"""Reciprocal rank fusion of ranked lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from matinee.types import Ranked, Rows, Scores


@dataclass(frozen=True, slots=True)
class WeightedList:
    """A ranked list and how much it counts.

    Attributes:
        ranked: the list, best first.
        weight: its weight, at least 0.
        graded: whether a row's own score in [0, 1] scales its contribution; for lists whose scores
            are a confidence, such as how well a name matches.
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
    parts: Mapping[str, npt.NDArray[np.float32]]


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
    found = [entry.weight for entry in lists.values() if len(entry.ranked)]
    # Without any weight every score is 0, whatever it is divided by.
    best = (sum(found) or 1.0) / (rrf_k + 1)
    rows = np.unique(np.concatenate([entry.ranked.rows for entry in lists.values()]))
    parts = {}
    for name, entry in lists.items():
        part = np.zeros(len(rows), np.float32)
        ranks = np.arange(1, len(entry.ranked) + 1)
        gains = entry.weight / (rrf_k + ranks) / best
        if entry.graded:
            gains = gains * np.clip(entry.ranked.scores, 0.0, 1.0)
        part[np.searchsorted(rows, entry.ranked.rows)] = gains
        parts[name] = part
    scores = np.sum(list(parts.values()), axis=0, dtype=np.float32)
    return Fused(rows, np.clip(scores, 0.0, 1.0), parts)

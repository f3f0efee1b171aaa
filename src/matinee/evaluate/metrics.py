"""Metrics of one ranked list against graded judgments; all lie in [0, 1], higher is better.

:data:`MEASURES` names those that a judged set may ask for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Gain: TypeAlias = Literal["exponential", "linear"]
Measure: TypeAlias = "Callable[[Sequence[str], Mapping[str, float], Gain], float]"
"""Ranking, grades and gain in, a number in [0, 1] out."""

_GAINS: dict[str, Callable[[float], float]] = {
    "exponential": lambda grade: 2.0**grade - 1.0,
    "linear": lambda grade: grade,
}


def ndcg(
    ranking: Sequence[str],
    relevance: Mapping[str, float],
    k: int,
    *,
    gain: Gain = "exponential",
) -> float:
    """Return the normalised discounted cumulative gain of the first ``k`` places.

    ``DCG = sum_i  gain(i) / log2(i + 1)`` over places i from 1, divided by the DCG of the best
    possible order, itself cut at ``k``. 0 if nothing is relevant.

    The gain of grade g is ``2^g - 1``, by which one perfect answer outweighs several fair ones, or
    with ``linear`` the grade itself, for grades that already are shares.

    Source: Jarvelin and Kekalainen, "Cumulated gain-based evaluation of IR techniques", 2002;
    exponential gain: Burges and others, "Learning to rank using gradient descent", 2005.

    >>> round(ndcg(["b", "a"], {"a": 3, "b": 1}, 10), 4)  # (1 + 7/1.585) / (7 + 1/1.585)
    0.7098
    >>> round(ndcg(["b", "a"], {"a": 3, "b": 1}, 10, gain="linear"), 4)
    0.7967
    """
    of = _GAINS[gain]
    gains = (of(relevance.get(item, 0.0)) for item in ranking[:k])
    ideal = _dcg(sorted((of(grade) for grade in relevance.values()), reverse=True)[:k])
    return _dcg(gains) / ideal if ideal else 0.0


def reciprocal_rank(ranking: Sequence[str], relevance: Mapping[str, float]) -> float:
    """Return 1 / the place of the first relevant item, 0 if none is there.

    >>> reciprocal_rank(["x", "a"], {"a": 1})
    0.5
    """
    for place, item in enumerate(ranking, 1):
        if relevance.get(item, 0.0) > 0:
            return 1.0 / place
    return 0.0


def success(ranking: Sequence[str], relevance: Mapping[str, float], k: int) -> float:
    """Return 1 if a relevant item is among the first ``k``, else 0.

    >>> success(["x", "a"], {"a": 1}, 1), success(["x", "a"], {"a": 1}, 10)
    (0.0, 1.0)
    """
    return float(any(relevance.get(item, 0.0) > 0 for item in ranking[:k]))


def recall(ranking: Sequence[str], relevance: Mapping[str, float], k: int) -> float:
    """Return the share of the relevant items that are among the first ``k``.

    Of more than ``k`` relevant items only ``k`` can be there, so the number found is divided by
    the smaller of both, and a perfect list reaches 1. 0 if nothing is relevant.

    >>> recall(["x", "a"], {"a": 1, "b": 1}, 10), recall(["a"], {"a": 1, "b": 1}, 1)
    (0.5, 1.0)
    """
    relevant = {item for item, grade in relevance.items() if grade > 0}
    if not relevant:
        return 0.0
    return len(relevant.intersection(ranking[:k])) / min(k, len(relevant))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of the values do not exceed.

    >>> percentile([3.0, 1.0, 2.0], 0.5)
    2.0
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _dcg(gains: Iterable[float]) -> float:
    return sum(g / math.log2(place + 1) for place, g in enumerate(gains, 1))


MEASURES: Mapping[str, Measure] = {
    "ndcg@10": lambda ranking, relevance, gain: ndcg(ranking, relevance, 10, gain=gain),
    "mrr": lambda ranking, relevance, _: reciprocal_rank(ranking, relevance),
    "success@1": lambda ranking, relevance, _: success(ranking, relevance, 1),
    "success@10": lambda ranking, relevance, _: success(ranking, relevance, 10),
    "success@100": lambda ranking, relevance, _: success(ranking, relevance, 100),
    "recall@10": lambda ranking, relevance, _: recall(ranking, relevance, 10),
}
"""Every measure by its name."""

"""Metrics of one ranked list against graded judgments; all lie in [0, 1], higher is better."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Gain: TypeAlias = Literal["exponential", "linear"]

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


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of the values do not exceed.

    >>> percentile([3.0, 1.0, 2.0], 0.5)
    2.0
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _dcg(gains: Iterable[float]) -> float:
    return sum(g / math.log2(place + 1) for place, g in enumerate(gains, 1))

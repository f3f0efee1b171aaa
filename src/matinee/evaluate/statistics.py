"""Statistics of a measured mean: how far chance alone may have moved it.

Everything is drawn over queries: a set's queries stand for all that people may ask. Random numbers
come from ``numpy.random.default_rng(seed)``, so that a report can be made again.

Sources: Sakai, "Evaluating evaluation metrics based on the bootstrap", 2006; Smucker, Allan and
Carterette, "A comparison of statistical significance tests for information retrieval evaluation",
2007; Holm, "A simple sequentially rejective multiple test procedure", 1979.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

CONFIDENCE = 0.95
RESAMPLES = 2_000
"""Bootstrap samples: the ends of a 95% interval then rest on 50 of them on each side."""
FLIPS = 10_000
"""Random sign patterns: the error of a p of .05 is then .002, and the smallest p is .0001."""
_EXACT = 13
"""Up to so many differing queries all patterns are tried: there are fewer than :data:`FLIPS`."""
_BLOCK = 4_000_000
"""Random numbers held at a time, so that a large set needs no more memory than a small one."""
_ROUNDING = 1e-12
"""Relative: two sums of the same differences in another order may differ by this much."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its interval.

    Attributes:
        mean: of the queries measured.
        low: lower end of the interval at :data:`CONFIDENCE`.
        high: upper end.
    """

    mean: float
    low: float
    high: float


def bootstrap(values: Sequence[float], *, seed: int, resamples: int = RESAMPLES) -> Estimate:
    """Return the mean of ``values`` with its percentile-bootstrap interval.

    As many values as there are are drawn from them with replacement, ``resamples`` times; the
    interval runs from the 2.5th to the 97.5th percentile of the means.

    Paired differences of two methods are values too: when the interval of their mean leaves out 0,
    the methods differ.

    Source: Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13.

    Raises:
        InputError: there are no values.

    >>> bootstrap([0.5, 0.5], seed=1)  # every resample has the same mean
    Estimate(mean=0.5, low=0.5, high=0.5)
    >>> bootstrap([0.0, 1.0], seed=1)  # means 0, 1/2, 1 with chances 1/4, 1/2, 1/4
    Estimate(mean=0.5, low=0.0, high=1.0)
    """
    sample = _checked(values)
    n = len(sample)
    rng = np.random.default_rng(seed)
    means = np.empty(resamples)
    block = max(1, _BLOCK // n)
    for start in range(0, resamples, block):
        count = min(block, resamples - start)
        means[start : start + count] = sample[rng.integers(0, n, (count, n))].mean(axis=1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Estimate(float(sample.mean()), float(low), float(high))


def randomisation_test(
    first: Sequence[float], second: Sequence[float], *, seed: int, flips: int = FLIPS
) -> float:
    """Return the two-sided p of the difference of two methods' means over the same queries.

    If both methods were alike, the sign of each query's difference would be a coin's. p is the
    share of sign patterns whose mean difference is at least as far from 0 as the one measured. With
    at most 13 differing queries every pattern is tried and p is exact; beyond, ``flips`` random
    ones, and the measured pattern counts as one more of them, so that p is never 0.

    Source: Smucker and others, 2007 (Fisher's randomisation); the added one: Phipson and Smyth,
    "Permutation p-values should never be zero", 2010.

    Args:
        first: one value a query.
        second: the other method's values, in the same order of queries.
        seed: of the random patterns.
        flips: how many.

    Raises:
        InputError: there are no values, or not as many of one as of the other.

    >>> randomisation_test([1, 1, 1], [0, 0, 0], seed=1)  # +++ and --- of 8 patterns
    0.25
    >>> randomisation_test([1, 0], [0, 1], seed=1)
    1.0
    """
    differences = _checked(first) - _paired(first, second)
    differences = differences[differences != 0]
    n = len(differences)
    if not n:
        return 1.0
    bar = abs(differences.sum()) - _ROUNDING * np.abs(differences).sum()
    if n <= _EXACT:
        patterns = np.arange(2**n)[:, None] >> np.arange(n) & 1
        return float(np.mean(np.abs((2 * patterns - 1) @ differences) >= bar))
    rng = np.random.default_rng(seed)
    further = 0
    block = max(1, _BLOCK // n)
    for start in range(0, flips, block):
        coins = rng.integers(0, 2, (min(block, flips - start), n), dtype=np.int8)
        further += int(np.count_nonzero(np.abs((2 * coins - 1) @ differences) >= bar))
    return (further + 1) / (flips + 1)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p-values adjusted for how many there are, so that together they err as one would.

    In ascending order the i-th of m (from 0) is multiplied by ``m - i``; an adjusted p is never
    smaller than that of a smaller p, and at most 1.

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    adjusted: dict[str, float] = {}
    least = 0.0
    for i, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        least = min(1.0, max(least, (len(p_values) - i) * p_values[name]))
        adjusted[name] = least
    return {name: adjusted[name] for name in p_values}


def _checked(values: Sequence[float]) -> npt.NDArray[np.float64]:
    sample = np.asarray(values, np.float64)
    if not len(sample):
        raise InputError("There are no queries to measure")
    return sample


def _paired(first: Sequence[float], second: Sequence[float]) -> npt.NDArray[np.float64]:
    if len(first) != len(second):
        raise InputError(
            f"Two methods were measured on {len(first)} and {len(second)} queries",
            cure="Compare them on the same queries",
        )
    return np.asarray(second, np.float64)

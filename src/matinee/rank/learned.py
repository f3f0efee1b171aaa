"""The learned ranker: relevance and two signals that can only be had once candidates are known.

    learned(d) = (relevance(d) + near * nearness(d) + telling * word(d)) / (1 + near + telling)

``nearness`` is pseudo-relevance feedback: what the best candidates have in common is likely what
was meant. ``word`` is the weight of the one most telling word that a title shares with the query,
beside the sum over all words that relevance holds already: in a long description one rare word
("lighthouse") says more than ten common ones that add up to as much.

The weights are learned from the judged sets by ``benchmarks/train_ranker.py``: chosen on four
fifths of the queries, measured on the fifth. Models with more weights gained no more or lost:
docs/decisions/0009-learned-ranker.md.

Sources: Rocchio, "Relevance feedback in information retrieval", 1971, with the best results taken
as relevant (Croft and Harper, 1979); weights found by searching a grid for the measure itself:
Metzler and Croft, "Linear feature-based models for information retrieval", 2007.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from matinee.types import Matrix

BEST = 5
"""Candidates taken as relevant; 3 and 10 gain almost as much, and few films have ten like them."""

_NOTHING = 1e-6
"""A sum of unit vectors this short is one of none, or of opposites, and has no direction."""


@dataclass(frozen=True, slots=True)
class SignalWeights:
    """What each signal counts beside a relevance of 1; at least 0.

    Attributes:
        near: how near a candidate is to the others of the best.
        telling: the most telling word it shares with the query.
        prior: how many times its own strength the prior counts.
    """

    near: float = 0.0
    telling: float = 0.0
    prior: float = 1.0

    @property
    def whole(self) -> float:
        """Return what a title best in everything would get, by which all is divided."""
        return 1.0 + self.near + self.telling


NONE = SignalWeights()
"""For queries that describe nothing: those of conditions alone."""
SHORT = SignalWeights(near=0.4, prior=2.5)
"""For a name or a few words. Many films fit a few words, and mostly a well known one is meant. The
judged sets alone would take still more of everything (near .6, telling .1, prior 4); but then one
misspelt name in fifty loses its first place, and what is gained is mostly popularity."""
REQUEST = SignalWeights(near=0.4)
"""For a wish in more than a few words, "slow-burn sci-fi about isolation in space". None of the
judged sets asks like that; among the example queries, judged by hand, a stronger prior brings up
*The Martian*, *Passengers* and *Interstellar* there: famous films of space, but no slow burn."""
DESCRIPTION = SignalWeights(near=0.4, telling=0.1)
"""For a film described at length; .3 to .6, and .05 to .15, do as well. What somebody has forgotten
is seldom famous: here a stronger prior loses."""


def nearness(
    vectors: Matrix, scores: npt.NDArray[np.float32], *, best: int = BEST
) -> npt.NDArray[np.float32]:
    """Return how near each candidate is to the best of them, float32 [m] in [0, 1].

    ``nearness(d) = max(0, cos(d, sum of the vectors of the best but d))``. The best are the
    ``best`` candidates of highest score, of equal ones the first. A candidate among them is
    compared with the others only, or it would vouch for itself.

    Args:
        vectors: float32 [m, d], unit vectors of the candidates.
        scores: float32 [m].
        best: how many are taken as relevant.

    >>> vectors = np.array([[1, 0], [.6, .8], [0, 1]], np.float32)
    >>> near = nearness(vectors, np.array([.9, .8, .1], np.float32), best=2)
    >>> [round(value, 2) for value in near.tolist()]  # .6 to each other; (1.6, .8)/1.79 to the last
    [0.6, 0.6, 0.45]
    """
    chosen = np.argsort(-scores, kind="stable")[:best]
    total = vectors[chosen].sum(axis=0)
    cosines = vectors @ total
    lengths = np.full(len(vectors), np.linalg.norm(total), np.float32)
    others = total - vectors[chosen]
    cosines[chosen] = (vectors[chosen] * others).sum(axis=1)
    lengths[chosen] = np.linalg.norm(others, axis=1)
    # A single candidate has no others: it is near nothing.
    near = np.divide(cosines, lengths, out=np.zeros_like(lengths), where=lengths > _NOTHING)
    return np.asarray(np.clip(near, 0.0, 1.0), np.float32)


def share_of_best(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return values of at least 0, float32 [m], as shares of their highest.

    >>> share_of_best(np.array([2, 4, 0], np.float32)).tolist()
    [0.5, 1.0, 0.0]
    """
    best = values.max(initial=0.0)
    return np.asarray(values / best, np.float32) if best else values


def learned(
    relevance: npt.NDArray[np.float32],
    signals: Mapping[str, npt.NDArray[np.float32]],
    weights: SignalWeights,
) -> tuple[npt.NDArray[np.float32], dict[str, npt.NDArray[np.float32]]]:
    """Return the learned relevance and what each signal gave to it.

    Args:
        relevance: float32 [m] in [0, 1].
        signals: by the name of its weight, float32 [m] in [0, 1]; one that is absent is 0.
        weights: of the signals.

    Returns:
        float32 [m] in [0, 1]; and by signal, float32 [m]. ``relevance / weights.whole`` and these
        sum to it.

    >>> one = np.ones(1, np.float32)
    >>> value, parts = learned(one / 2, {"near": one}, SignalWeights(near=0.25))
    >>> [round(float(x), 3) for x in (value[0], parts["near"][0])]  # (.5 + .25) / 1.25
    [0.6, 0.2]
    """
    whole = np.float32(weights.whole)
    parts = {
        name: values * np.float32(getattr(weights, name)) / whole
        for name, values in signals.items()
    }
    return relevance / whole + sum(parts.values(), np.zeros_like(relevance)), parts

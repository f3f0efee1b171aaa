"""What each signal is worth: learnt from titles that people took and others that they might have.

A positive title of a person is held out, their taste is formed of the rest, and the title stands
against others drawn by popularity that the person did not take. As the others are as popular, no
weight can be earned by finding what everybody likes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.interaction import Interactions
    from matinee.types import Rows

_REDRAWS = 20
"""Times a drawn title that the person knows is drawn again; then the example is left out."""
_STEPS = 50
_CLOSE = 1e-6
"""Newton's method on this convex loss ends by then, within some ten steps."""


@dataclass(frozen=True, slots=True)
class Contests:
    """Titles that were taken, each with others that were not.

    Attributes:
        users: int64 [p].
        titles: int64 [p, 1 + c], the taken one first.
    """

    users: npt.NDArray[np.int64]
    titles: npt.NDArray[np.int64]


def contests(
    interactions: Interactions, rows: Rows, others: int, rng: np.random.Generator
) -> Contests:
    """Return the titles of some interactions, each against ``others`` drawn by popularity."""
    size = len(interactions.item_ids)
    known = np.unique(interactions.users * size + interactions.items)
    users = interactions.users[rows]
    drawn = interactions.items[rng.integers(len(interactions), size=(len(rows), others))]
    for _ in range(_REDRAWS):
        again = _within(known, users[:, None] * size + drawn)
        if not again.any():
            break
        drawn[again] = interactions.items[rng.integers(len(interactions), size=int(again.sum()))]
    fair = ~_within(known, users[:, None] * size + drawn).any(axis=1)
    taken = interactions.items[rows]
    return Contests(users[fair], np.column_stack((taken, drawn))[fair])


def worth(
    evidence: npt.NDArray[np.float64], usual: npt.NDArray[np.float64], pull: float
) -> npt.NDArray[np.float64]:
    """Return the weight of each signal, float64 [s].

    Maximises the mean of ``log softmax(evidence @ weight)[0]`` over contests, the conditional
    logit (McFadden, "Conditional logit analysis of qualitative choice behavior", 1974), less
    ``pull / 2p`` times the squared distance to the usual weights; signals are scaled to a standard
    deviation of 1 for that, and one that never differs gets 0.

    Args:
        evidence: what each signal says of each title of each contest, float64 [p, 1 + c, s], the
            taken title first.
        usual: weights of scaled signals where there is nothing to learn from, float64 [s].
        pull: number of contests that the usual weights are worth.

    >>> told = np.array([[[1.0, 3.0], [-1.0, 3.0]]])  # the first signal tells, the second cannot
    >>> # The slope of log sigmoid(2 a) - (a - .5)^2 / 2 is 0 where 2 (1 - sigmoid(2 a)) = a - .5.
    >>> [round(float(w), 3) for w in worth(told, np.array([0.5, 0.5]), 1.0)]
    [0.823, 0.0]
    """
    spread = evidence.reshape(-1, len(usual)).std(axis=0) if len(evidence) else np.zeros(len(usual))
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    scaled = evidence * scale
    found = np.where(spread > 0, usual, 0.0)
    start = found.copy()
    strength = pull / max(len(evidence), 1)
    for _ in range(_STEPS):
        chances = _softmax(scaled @ found)
        expected = np.einsum("pc,pcs->ps", chances, scaled)
        slope = (scaled[:, 0] - expected).mean(axis=0) - strength * (found - start)
        second = np.einsum("pc,pcs,pct->st", chances, scaled, scaled, optimize=True)
        curve = (second - expected.T @ expected) / len(scaled) + strength * np.eye(len(found))
        step = np.linalg.solve(curve, slope)
        found += step
        if np.abs(step).max() < _CLOSE:
            break
    weights: npt.NDArray[np.float64] = found * scale
    return weights


def loss(evidence: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> float:
    """Return the mean of ``-log softmax(evidence @ weights)[0]`` over contests.

    >>> round(loss(np.zeros((1, 4, 1)), np.ones(1)), 4)  # one of four, by chance: log 4
    1.3863
    """
    return float(-np.log(_softmax(evidence @ weights)[:, 0]).mean())


def _within(known: npt.NDArray[np.int64], keys: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which keys are among the known ones, which ascend."""
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    found: npt.NDArray[np.bool_] = known[place] == keys
    return found


def _softmax(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: npt.NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return shares

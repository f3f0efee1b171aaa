"""Training of a linear-chain conditional random field on sparse features.

Stochastic gradient descent on the negative log likelihood with the step sizes of AdaGrad (Duchi,
Hazan and Singer, JMLR 2011), features dropped at random (Wager, Wang and Liang, "Dropout training
as adaptive regularization", NIPS 2013), and the weights averaged over the later epochs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]
    Ints = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Training:
    """How to train; chosen by cross-validation, see docs/decisions/0008-slot-tagger.md.

    Attributes:
        rate: size of the first steps.
        penalty: half the factor of squared weights in the loss of a sentence.
        drop: share of the features left out at random.
        epochs: times the data is seen.
        average_from: the first epoch whose weights are averaged.
        batch: sentences of a step.
    """

    rate: float = 0.05
    penalty: float = 3e-3
    drop: float = 0.4
    epochs: int = 12
    average_from: int = 4
    batch: int = 64


@dataclass(frozen=True, slots=True)
class Weights:
    """A trained field: emissions [features, tags], transitions [tags, tags], first, last [tags]."""

    emissions: Floats
    transitions: Floats
    first: Floats
    last: Floats


class _Batch:
    """Sentences side by side: word t of all of them, longest sentence first, then word t + 1."""

    def __init__(self, features: sp.csr_matrix, tags: Ints, lengths: Ints) -> None:
        order = np.argsort(-lengths, kind="stable")
        begins = (np.cumsum(lengths) - lengths)[order]
        self.sizes = [int((lengths > t).sum()) for t in range(int(lengths.max()))]
        self.places = np.concatenate([[0], np.cumsum(self.sizes)])
        rows = np.concatenate([begins[:size] + t for t, size in enumerate(self.sizes)])
        chosen = features[rows]
        self.columns, indices = np.unique(chosen.indices, return_inverse=True)
        self.features = sp.csr_matrix(
            (chosen.data, indices, chosen.indptr), shape=(len(rows), len(self.columns))
        )
        self.tags = tags[rows]
        later = [*self.sizes[1:], 0]
        self.last = np.concatenate(
            [np.arange(size) >= after for size, after in zip(self.sizes, later, strict=True)]
        )
        pairs = list(zip(self.places, self.sizes[1:], strict=False))
        self.before = np.concatenate([np.arange(p, p + n) for p, n in pairs] or [[]]).astype(int)
        self.after = np.arange(self.sizes[0], len(rows))


def _expected(batch: _Batch, scores: Floats, transitions: Floats) -> tuple[Floats, Floats]:
    """Return marginals [words, tags] and expected transitions [tags, tags], by forward-backward."""
    factors = np.exp(scores - scores.max(axis=1, keepdims=True))
    follow = np.exp(transitions)
    forward = np.empty_like(factors)
    backward = np.ones_like(factors)
    pairs = np.zeros_like(follow)
    cut = batch.places
    for t, size in enumerate(batch.sizes):
        here = slice(cut[t], cut[t + 1])
        if t:
            factors_in = forward[cut[t - 1] : cut[t - 1] + size] @ follow
            forward[here] = factors_in * factors[here]
        else:
            forward[here] = factors[here]
        scale = forward[here].sum(axis=1, keepdims=True)
        forward[here] /= scale
        factors[here] /= scale
    for t in range(len(batch.sizes) - 1, 0, -1):
        here = slice(cut[t], cut[t + 1])
        before = slice(cut[t - 1], cut[t - 1] + batch.sizes[t])
        ahead = factors[here] * backward[here]
        backward[before] = ahead @ follow.T
        pairs += forward[before].T @ ahead
    return forward * backward, pairs * follow


def train(
    features: sp.csr_matrix,
    tags: Sequence[Ints],
    count: int,
    seed: int,
    training: Training = Training(),
) -> Weights:
    """Return the field of some sentences.

    Args:
        features: [words, features] of all sentences one after another.
        tags: of every sentence, the numbers of its tags.
        count: the number of tags.
        seed: of the order of steps and of the features dropped.
        training: how to train.
    """
    rng = np.random.default_rng(seed)
    lengths = np.array([len(sentence) for sentence in tags])
    begins = np.cumsum(lengths) - lengths
    order = rng.permutation(len(tags))
    batches = []
    for at in range(0, len(order), training.batch):
        chosen = order[at : at + training.batch]
        rows = np.concatenate([np.arange(begins[i], begins[i] + lengths[i]) for i in chosen])
        batches.append(
            _Batch(features[rows], np.concatenate([tags[i] for i in chosen]), lengths[chosen])
        )
    shapes = (features.shape[1], count), (count, count), (count,), (count,)
    # Squares begin above zero so that the first steps are not all of one size.
    current = [np.zeros(shape, np.float32) for shape in shapes]
    squares = [
        np.full(shape, start, np.float32)
        for shape, start in zip(shapes, (0.01, 0.1, 0.1, 0.1), strict=True)
    ]
    sums = [np.zeros(shape, np.float64) for shape in shapes]
    for epoch in range(training.epochs):
        for i in rng.permutation(len(batches)):
            _step(batches[i], current, squares, training, rng)
        if epoch >= training.average_from:
            for total, now in zip(sums, current, strict=True):
                total += now
    averaged = training.epochs - training.average_from
    return Weights(*((total / averaged).astype(np.float32) for total in sums))


def _step(
    batch: _Batch,
    current: list[Floats],
    squares: list[Floats],
    training: Training,
    rng: np.random.Generator,
) -> None:
    """Take one step down the gradient of one batch."""
    features = batch.features.copy()
    kept = rng.random(features.nnz) >= training.drop
    features.data = features.data * kept / np.float32(1 - training.drop)
    emissions, transitions, first, last = current
    begins = batch.sizes[0]
    weights = emissions[batch.columns]
    scores = (features @ weights).astype(np.float64)
    scores[:begins] += first
    scores[batch.last] += last
    surplus, pairs = _expected(batch, scores, transitions.astype(np.float64))
    surplus[np.arange(len(surplus)), batch.tags] -= 1
    np.subtract.at(pairs, (batch.tags[batch.before], batch.tags[batch.after]), 1)
    gradient = features.T @ surplus.astype(np.float32)
    gradient += np.float32(training.penalty * begins) * weights
    seen = squares[0][batch.columns] + gradient**2
    squares[0][batch.columns] = seen
    emissions[batch.columns] = weights - training.rate * gradient / np.sqrt(seen)
    others = (pairs, surplus[:begins].sum(axis=0), surplus[batch.last].sum(axis=0))
    for values, square, slope in zip(current[1:], squares[1:], others, strict=True):
        square += slope**2
        values -= training.rate * slope / np.sqrt(square)

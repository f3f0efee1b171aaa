"""What the blend's weights are learnt from: people held out, with histories of several lengths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.taste.blend_weights import ANCHORS, Lesson, Weights, climb, ideal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from matinee.interaction import Histories
    from matinee.protocols import Recommender
    from matinee.taste.folds import Fold

    Floats = npt.NDArray[np.float64]

_BATCH = 128
"""People scored together: with 12,000 titles and six members they take 37 MB."""
_CANDIDATES = 300
"""Best titles of a person by the usual weights, among which the learnt ones choose."""
_LEAST_SCALE = 1e-6
"""Spread of scores below which a member says nothing, so that it is not divided by 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the members of one fold say of its people at one length of history.

    Attributes:
        scores: float32 [members, b, k], of candidates.
        spread: float64 [members], standard deviation over titles, mean over people.
        right: bool [b, k].
        asked: int64 [b], number of titles asked.
    """

    scores: npt.NDArray[np.float32]
    spread: Floats
    right: npt.NDArray[np.bool_]
    asked: npt.NDArray[np.int64]


def hear(
    members: Mapping[str, Recommender],
    part: Fold,
    told: Histories,
    usual: Floats,
    candidates: npt.NDArray[np.bool_],
) -> Heard:
    """Ask the members of a fold for its people.

    Args:
        members: learnt without the people.
        part: whose targets are asked.
        told: their histories, as far as they are told.
        usual: weights by which candidates are chosen, float64 [members].
        candidates: bool [n], titles that may be suggested.
    """
    count = min(_CANDIDATES, int(candidates.sum()))
    scores, spreads, right = [], [], []
    for start in range(0, len(told), _BATCH):
        stop = min(start + _BATCH, len(told))
        own = told.between(start, stop)
        said = np.stack([member.score(own) for member in members.values()])
        spread = said[:, :, candidates].std(axis=2, dtype=np.float64)
        spreads.append(spread)
        factors = usual[:, None] / np.maximum(spread, _LEAST_SCALE)
        first = np.einsum("mb,mbn->bn", factors.astype(np.float32), said)
        first[:, ~candidates] = -np.inf
        # All that is told of a person is left out at every length, as it never is a target.
        whole = part.told.between(start, stop)
        first[whole.owners, whole.items] = -np.inf
        best = np.argpartition(-first, count - 1, axis=1)[:, :count]
        wanted = np.zeros(first.shape, np.bool_)
        lengths = np.diff(part.offsets[start : stop + 1])
        asked = part.asked[part.offsets[start] : part.offsets[stop]]
        wanted[np.repeat(np.arange(stop - start), lengths), asked] = True
        scores.append(np.take_along_axis(said, best[None], axis=2))
        right.append(np.take_along_axis(wanted, best, axis=1))
    return Heard(
        scores=np.concatenate(scores, axis=1),
        spread=np.concatenate(spreads, axis=1).mean(axis=1),
        right=np.concatenate(right),
        asked=np.diff(part.offsets),
    )


def learn_weights(
    folds: Sequence[Fold],
    fit: Callable[[Fold], Mapping[str, Recommender]],
    usual: Floats,
    names: Sequence[str],
    least: Floats,
    *,
    caution: float,
    seed: int,
) -> Weights:
    """Return scales, and weights improved on the usual ones, at all anchors.

    Args:
        folds: people held out, one fold at least.
        fit: learns the members from what the others of a fold did.
        usual: float64 [anchors, members].
        names: members in the order of the weights.
        least: weights that none may fall below, float64 [members].
        caution: standard errors by which a change of a weight must pay.
        seed: of the drawn parts of histories.
    """
    if not any(map(len, folds)):
        return Weights(members=tuple(names), weights=usual, scales=np.ones_like(usual))
    heard: list[list[Heard]] = [[] for _ in ANCHORS]
    for part in folds:
        members = fit(part)
        ordered = {name: members[name] for name in names}
        taught = np.bincount(part.train.items, minlength=len(part.train.item_ids)) > 0
        rng = np.random.default_rng(seed)
        for anchor, length in enumerate(ANCHORS):
            told = part.shortened(length, rng) if length < ANCHORS[-1] else part.told
            heard[anchor].append(hear(ordered, part, told, usual[anchor], taught))
    scales, weights = [], []
    for anchor, said in enumerate(heard):
        people = [len(one.right) for one in said]
        spread = np.average([one.spread for one in said], axis=0, weights=people)
        scale = np.maximum(spread, _LEAST_SCALE)
        width = min(one.right.shape[1] for one in said)
        lesson = Lesson(
            scores=np.concatenate([one.scores[:, :, :width] for one in said], axis=1)
            / scale.astype(np.float32)[:, None, None],
            right=np.concatenate([one.right[:, :width] for one in said]),
            ideal=ideal(np.concatenate([one.asked for one in said])),
        )
        scales.append(scale)
        weights.append(climb(lesson, usual[anchor], least, caution))
    return Weights(members=tuple(names), weights=np.stack(weights), scales=np.stack(scales))

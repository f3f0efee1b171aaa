"""The slider between what everybody knows and what few do, and what moving it costs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from matinee.interaction import Histories
    from matinee.protocols import Recommender
    from matinee.types import Rows

STEPS = (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0)
"""Positions that a cost is measured at."""

_CHANCE_FROM = 0.5
"""Position from which on chance plays a part; below it two evenings are alike."""

_LEAST_CHANCE, _MOST_CHANCE = 0.01, 0.99
"""Quantiles that the noise is kept within, so that no title comes first by chance alone."""

_PEOPLE = 256
"""People scored at a time when a cost is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """Leans a ranking towards less known titles, or towards better known ones.

    ``score' = z(score) - strength * position * z(log(1 + popularity)) + noise`` for the titles of
    the pool, over which z is taken; the others follow in their order. Without noise the mean log
    popularity of the first k never rises when the slider moves to the right, whatever the k: of all
    sets of k titles the first k have the highest sum of scores, and the more a sum of x is taken
    from it, the lower the x of the highest. Above half way Gumbel noise is added, by which the k
    best are a sample without replacement from a softmax (Kool, van Hoof and Welling, "Stochastic
    Beams and Where to Find Them", ICML 2019).

    Measured with EASE on the 500 validation people of MovieLens 1M (seed 98765), position -1 / 0 /
    .5 / 1: NDCG@10 .318 / .337 / .343 / .288, coverage@10 .08 / .12 / .16 / .34, people who know a
    title shown 1,253 / 1,068 / 931 / 586. Over all titles in place of a pool the slider does next
    to nothing up to a point from which on titles come that nobody wants.

    Attributes:
        position: of the slider, in [-1, 1]. 0 is the model's own ranking, untouched; towards 1 come
            titles that fewer people know, from a half on with some chance; towards -1 come better
            known ones.
        strength: standard deviations of log popularity that the ends are worth in standard
            deviations of the score; with 2 the right end loses 71% of the NDCG, with .5 the
            titles it shows are known to no more than 15% fewer people.
        chance: scale of the noise at position 1, in standard deviations of the score; of the ten
            titles shown four differ between two evenings, with .1 one and with .6 six; of the NDCG
            15% is lost at the right end, with .1 10% and with .6 27%.
        pool: titles, the person's best, that change places.
    """

    position: float = 0.0
    strength: float = 1.0
    chance: float = 0.3
    pool: int = 200

    def adjust(
        self,
        scores: npt.NDArray[np.float32],
        popularity: npt.NDArray[np.float32],
        *,
        allowed: npt.NDArray[np.bool_] | None = None,
        seed: int | None = None,
    ) -> npt.NDArray[np.float32]:
        """Return the scores to rank by, float32 [b, n], -inf where a title is not allowed.

        Args:
            scores: float32 [b, n], higher is better.
            popularity: float32 [n], how many people know each title, at least 0.
            allowed: bool [b, n] or [n]; None for all titles.
            seed: of the noise; the same seed gives the same evening, None leaves chance out.

        Raises:
            InputError: a parameter is out of its bounds, or sizes do not fit.

        A popular title leads by a little; half way to the right it no longer does:

        >>> scores, known = np.array([[2., 1.9, 0.]], np.float32), np.array([99., 9., 9.])
        >>> [int(Exploration(position=p).adjust(scores, known).argmax()) for p in (-.5, 0, .5)]
        [0, 0, 1]
        """
        self._check(scores, popularity, allowed)
        open_ = np.broadcast_to(True if allowed is None else allowed, scores.shape)
        if self.position == 0:
            return np.where(open_, scores, -np.inf).astype(np.float32)
        own = np.where(open_, scores, -np.inf)
        pool = _best(own, min(self.pool, own.shape[1]))
        moving = np.take_along_axis(open_, pool, axis=1)
        at = np.take_along_axis(scores, pool, axis=1).astype(np.float64)
        known = np.log1p(popularity.astype(np.float64))[pool]
        moved = _standard(at, moving)
        moved -= self.strength * self.position * _standard(known, moving)
        share = (self.position - _CHANCE_FROM) / (1 - _CHANCE_FROM)
        if share > 0 and seed is not None:
            uniform = np.random.default_rng(seed).uniform(_LEAST_CHANCE, _MOST_CHANCE, at.shape)
            moved += self.chance * share * -np.log(-np.log(uniform))
        # What is not in the pool scores no higher than any of it, and stays below it in its order.
        least = np.where(moving, at, np.inf).min(axis=1, keepdims=True)
        least = np.where(np.isfinite(least), least, 0)
        floor = np.where(moving, moved, np.inf).min(axis=1, keepdims=True)
        found = np.where(open_, floor - 1 - (least - scores), -np.inf)
        np.put_along_axis(found, pool, np.where(moving, moved, -np.inf), axis=1)
        return found.astype(np.float32)

    def _check(
        self,
        scores: npt.NDArray[np.float32],
        popularity: npt.NDArray[np.float32],
        allowed: npt.NDArray[np.bool_] | None,
    ) -> None:
        if not -1 <= self.position <= 1 or min(self.strength, self.chance) < 0 or self.pool < 1:
            raise InputError(
                "A parameter is out of its bounds",
                where=str(self),
                cure="Take a position from -1 to 1, strength and chance from 0, a pool from 1",
            )
        shapes = (scores.shape, scores.shape[-1:])
        if scores.ndim != 2 or popularity.shape != scores.shape[1:] or (popularity < 0).any():
            raise InputError(
                "Scores and popularity do not fit together",
                where=f"scores {scores.shape}, popularity {popularity.shape}",
                cure="Scores are [people, titles]; popularity is one number of at least 0 a title",
            )
        if allowed is not None and allowed.shape not in shapes:
            raise InputError(
                "The titles allowed do not fit the scores",
                where=f"{allowed.shape} for scores {scores.shape}",
                cure="Give one mark for each score, or one for each title",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a position of the slider gives and costs, the mean over people.

    Attributes:
        position: of the slider.
        ndcg: normalised discounted cumulative gain of the first k.
        lost: part of the accuracy of position 0 that is lost, below 0 where some is won.
        coverage: part of all titles that is among the first k of anybody.
        popularity: mean of how many people know the titles of the first k.
    """

    position: float
    ndcg: float
    lost: float
    coverage: float
    popularity: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON, rounded to four decimals."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def measure_cost(
    recommender: Recommender,
    histories: Histories,
    targets: Sequence[Rows],
    popularity: npt.NDArray[np.float32],
    *,
    k: int = 10,
    steps: Sequence[float] = STEPS,
    seed: int = 0,
    slider: Exploration | None = None,
) -> tuple[Cost, ...]:
    """Return what each position of the slider gives and costs.

    Titles of the history are left out, all others ranked; position 0 is measured in any case.
    Nobody may have chosen so much that fewer than k titles are left.

    Args:
        recommender: the model.
        histories: of b people, without the targets.
        targets: for each person the titles they went on to choose.
        popularity: float32 [n], how many people know each title.
        k: length of the list that is looked at.
        steps: positions.
        seed: of the noise, with which all positions above a half are measured.
        slider: its strength and chance; None for those of the default.

    Raises:
        InputError: there is nobody with a target, too few titles are left to somebody, or sizes do
            not fit.
    """
    people = sum(len(each) > 0 for each in targets)
    if len(targets) != len(histories) or not people or not 1 <= k <= len(recommender):
        raise InputError(
            "There is nothing to measure a cost on",
            where=f"{len(histories)} people, {people} with targets, k {k}",
            cure="Give each person what they chose next, and a list no longer than the titles",
        )
    positions = sorted({0.0, *steps})
    sums = {position: np.zeros(2) for position in positions}
    seen = {position: np.zeros(len(recommender), np.bool_) for position in positions}
    for start in range(0, len(histories), _PEOPLE):
        batch = histories.between(start, min(start + _PEOPLE, len(histories)))
        wanted = targets[start : start + len(batch)]
        scores = recommender.score(batch)
        allowed = np.ones(scores.shape, np.bool_)
        allowed[batch.owners, batch.items] = False
        if (allowed.sum(axis=1) < k).any():
            raise InputError(
                "Fewer titles are left than the list is long",
                where=f"one of the people {start} to {start + len(batch) - 1}, k {k}",
                cure="Take a shorter list, or leave out who has seen nearly everything",
            )
        for position in positions:
            at = replace(slider or Exploration(), position=position)
            ranked = at.adjust(scores, popularity, allowed=allowed, seed=seed + start)
            for row, best in zip(wanted, _best(ranked, k), strict=True):
                if len(row):
                    sums[position] += _ndcg(best, row, k), popularity[best].mean()
                    seen[position][best] = True
    found = {position: sums[position] / people for position in positions}
    own = found[0.0][0]
    return tuple(
        Cost(
            position=position,
            ndcg=float(found[position][0]),
            lost=float(1 - found[position][0] / own) if own else 0.0,
            coverage=float(seen[position].mean()),
            popularity=float(found[position][1]),
        )
        for position in positions
    )


def _standard(
    values: npt.NDArray[np.float64], allowed: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return values [b, n] less the mean of those allowed in a row, by their deviation."""
    count = np.maximum(allowed.sum(axis=1, keepdims=True), 1)
    centred = values - np.where(allowed, values, 0).sum(axis=1, keepdims=True) / count
    deviation = np.sqrt(np.where(allowed, centred**2, 0).sum(axis=1, keepdims=True) / count)
    found: npt.NDArray[np.float64] = centred / np.where(deviation > 0, deviation, 1)
    return found


def _best(scores: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.int64]:
    """Return the positions of the k best of each row, best first, int64 [b, k]."""
    some = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(scores, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def _ndcg(best: npt.NDArray[np.int64], wanted: Rows, k: int) -> float:
    """Return the gain of a list, each target counting alike, the ideal cut at k."""
    discounts = 1 / np.log2(np.arange(2, k + 2))
    return float(discounts[np.isin(best, wanted)].sum() / discounts[: len(wanted)].sum())

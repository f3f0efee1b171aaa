"""What the default model of a library is worth, measured on what it did not learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import InputError
from matinee.evaluate.protocols import ranking_split
from matinee.evaluate.taste_run import run_ranking
from matinee.interaction import Histories
from matinee.taste.exploration import Exploration, measure_cost

if TYPE_CHECKING:
    from collections.abc import Callable

    from matinee.evaluate.splits import Held, RankingSplit
    from matinee.interaction import Interactions, ItemFeatures
    from matinee.protocols import RankingModel, Recommender
    from matinee.types import Rows

MEASURES = ("ndcg@10", "recall@20", "precision@10", "coverage@10")
"""Kept of what is measured: two of how good a list is, one of its length, one of its breadth."""
STEPS = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Positions of the slider."""
PEOPLE = 500
"""Whose lists the slider is measured on, at most. Of EASE on MovieLens small the share lost then
has a standard error of .02, of .04 at the right end; more people cost time at each position."""
_K = 10
_DIGITS = 6
_CURE = "Train without --measure, or on more interactions"


def measure_default(
    did: Interactions,
    features: ItemFeatures,
    model: RankingModel,
    *,
    seed: int,
    progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    """Measure a ranking model on a fifth of each person's interactions, learning from the rest.

    Held out is the last fifth where all times are known, else a fifth of all drawn at random. The
    lists of everybody who can be asked are measured; the slider on :data:`PEOPLE` of them, drawn.
    Chance is left out of the slider, as it is of an answer that names no seed; and as in an answer
    all titles are ranked, where the protocol ranks those that somebody of the rest knows. With that
    and fewer people, position 0 need not have the NDCG of everybody's lists.

    Args:
        did: all interactions; no person has two with one title.
        features: of the titles.
        model: before it has learnt anything.
        seed: of the split, the model and the people drawn.
        progress: is told how far it has come.

    Returns:
        ``protocol``, ``people``, each of :data:`MEASURES`, ``exploration_people`` and
        ``exploration``: a dict a position, with ``position``, ``ndcg@10``, ``coverage@10`` and
        ``mean_popularity``, the mean of how many people know a title shown.

    Raises:
        InputError: there is too little to measure on, or more memory is needed than is allowed.
        MissingExtraError: the model needs a package that is not installed.
    """
    split = _split(did, seed)
    drawn = _drawn(split.test, len(features), seed)
    keeping = _Keeping(model)
    run = run_ranking(split, features, keeping, progress=progress)

    progress("exploration", 0, 1)
    test = split.test
    costs = measure_cost(
        keeping.fitted,
        Histories.of(split.train, test.people[drawn]),
        [test.targets[person] for person in drawn.tolist()],
        np.bincount(split.train.items, minlength=len(features)).astype(np.float32),
        k=_K,
        steps=STEPS,
        seed=seed,
        slider=Exploration(chance=0.0),
    )
    progress("exploration", 1, 1)
    return {
        "protocol": split.protocol,
        "people": len(test),
        **{name: round(run.metrics[name], _DIGITS) for name in MEASURES},
        "exploration_people": len(drawn),
        "exploration": [
            {
                "position": cost.position,
                "ndcg@10": round(cost.ndcg, _DIGITS),
                "coverage@10": round(cost.coverage, _DIGITS),
                "mean_popularity": round(cost.popularity, _DIGITS),
            }
            for cost in costs
        ],
    }


def _split(did: Interactions, seed: int) -> RankingSplit:
    """Return the split, refused in the words of a training."""
    try:
        return ranking_split("user-temporal" if did.timed else "random", did, seed=seed)
    except InputError as error:
        raise InputError(f"Nothing can be measured: {error.what}", cure=_CURE) from error


def _drawn(held: Held, titles: int, seed: int) -> Rows:
    """Return who the slider is measured on, int64 [at most PEOPLE], as places in ``held``."""
    # Who has seen nearly everything has no list of ten titles left.
    open_ = np.flatnonzero(titles - held.folded.lengths >= _K)
    if not len(open_):
        raise InputError(
            f"Nothing can be measured: nobody has {_K} titles left that they did not see",
            where=f"{titles:,} titles",
            cure=_CURE,
        )
    if len(open_) <= PEOPLE:
        return open_
    return np.sort(np.random.default_rng(seed).choice(open_, PEOPLE, replace=False))


class _Keeping:
    """A model that keeps what it learnt, so that the slider is not measured on a second one."""

    def __init__(self, model: RankingModel) -> None:
        self._model = model
        self.name = model.name
        self.fitted: Recommender

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,
        *,
        seed: int = 0,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Recommender:
        """Fit the model."""
        self.fitted = self._model.fit(interactions, features, seed=seed, progress=progress)
        return self.fitted

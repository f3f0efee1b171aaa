"""Stars by a Bayesian factorisation machine over people, titles and what is known of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from matinee.errors import InputError
from matinee.taste.rating_data import Ratings
from matinee.taste.rating_design import (
    SECONDS_A_DAY,
    one_hot,
    past_sets,
    title_rows,
    whole_sets,
)
from matinee.taste.rating_gibbs import Block, Draw, draws
from matinee.taste.rating_machine import NAME, FittedFactorisationMachine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from matinee.interaction import Interactions, ItemFeatures

    Floats = npt.NDArray[np.floating[Any]]

__all__ = ["FactorisationMachine", "FittedFactorisationMachine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorisationMachine:
    """``stars = w0 + sum_f w_f x_f + sum_{f<g} <v_f, v_g> x_f x_g``, averaged over the posterior.

    Rendle 2010; Gibbs sampling after Freudenthaler, Schmidt-Thieme and Rendle 2011, by the package
    ``myfm``; the columns x after Rendle, Zhang and Koren 2019 ("On the difficulty of evaluating
    baselines"): the person, what the person rated, the title, who rated it, its genres, its years
    in bins of three and, where times are known and used, the day.

    Attributes:
        rank: length of the vectors v.
        burn_in: steps of the sampler thrown away.
        samples: steps after these.
        kept: how many samples, evenly spread, predict; they cost memory and time.
        use_time: whether the day of a rating is told, where times are known. A day is one that
            the model saw: it tells the mood of a day among ratings of which others are known, and
            nothing of a day to come.
        sets: whether what a person rated is told.
        past: what a person rated is told as of before each rating (to within half, see
            :func:`~matinee.taste.rating_design.past_sets`), in training and prediction alike, and
            the day is not. The weights themselves are learnt from all ratings given.
        ordinal: levels of stars with cut points between them in place of normal noise.
    """

    NAME: ClassVar[str] = NAME

    rank: int = 8
    burn_in: int = 40
    samples: int = 120
    kept: int = 40
    use_time: bool = True
    sets: bool = True
    past: bool = False
    ordinal: bool = False

    def __post_init__(self) -> None:
        if min(self.rank, self.samples, self.kept) < 1 or self.burn_in < 0:
            raise InputError("rank, samples and kept must be above 0, burn_in not below it")
        if self.kept > self.samples:
            raise InputError(
                "More samples would be kept than drawn",
                where=f"kept={self.kept}, samples={self.samples}",
            )

    @property
    def name(self) -> str:
        """The public name of the model."""
        return NAME

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,
        *,
        seed: int = 0,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> FittedFactorisationMachine:
        """Sample the posterior.

        Raises:
            InputError: there is no rating, or the features are of other titles.
            MissingExtraError: ``myfm`` is not installed.
        """
        ratings = Ratings.of(interactions)
        if features is not None and len(features) != ratings.titles:
            raise InputError(
                "The features are of other titles than the interactions",
                where=f"{len(features)} and {ratings.titles} titles",
            )
        tell = None if progress is None else lambda done, total: progress(NAME, done, total)
        return self.learn(ratings, features, seed=seed, progress=tell)

    def learn(
        self,
        ratings: Ratings,
        features: ItemFeatures | None,
        *,
        seed: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> FittedFactorisationMachine:
        """Sample the posterior given ratings.

        Raises:
            MissingExtraError: ``myfm`` is not installed.
        """
        about, groups = title_rows(ratings, features)
        blocks = [
            Block(
                features=one_hot(np.arange(ratings.people), ratings.people),
                row=ratings.users,
                widths=(ratings.people,),
            ),
            Block(features=about, row=ratings.items, widths=groups),
        ]
        if self.sets:
            sets = (
                past_sets(ratings, ratings.users, ratings.times)
                if self.past and ratings.timed
                else whole_sets(ratings)
            )
            blocks.append(Block(features=sets.matrix, row=sets.row, widths=(ratings.titles,)))
        days = np.zeros(0, np.int64)
        if self.use_time and ratings.timed and not self.past:
            days, day = np.unique(ratings.times // SECONDS_A_DAY, return_inverse=True)
            alone = one_hot(np.arange(len(days)), len(days))
            blocks.append(Block(features=alone, row=day, widths=(len(days),)))
        levels = np.unique(ratings.stars) if self.ordinal else np.zeros(0)
        if len(levels) == 1:  # nothing to cut
            levels = np.zeros(0)
        found = draws(
            np.searchsorted(levels, ratings.stars).astype(float) if len(levels) else ratings.stars,
            blocks,
            levels=len(levels),
            rank=self.rank,
            burn_in=self.burn_in,
            samples=self.samples,
            kept=self.kept,
            seed=seed,
            progress=progress,
        )
        return _fitted(self, found, ratings, about, days, levels)


def _fitted(
    model: FactorisationMachine,
    found: Sequence[Draw],
    ratings: Ratings,
    about: Any,
    days: npt.NDArray[np.int64],
    levels: npt.NDArray[np.float64],
) -> FittedFactorisationMachine:
    """Sum up the columns of each title, and fill the weights of what was never seen."""
    parts: dict[str, list[Floats]] = {name: [] for name in _WEIGHTS}
    people, titles = ratings.people, ratings.titles
    rated = np.bincount(ratings.items, minlength=titles) > 0
    there = np.bincount(ratings.users, minlength=people) > 0
    squared = about.multiply(about).tocsr()
    for draw in found:
        columns = np.column_stack([draw.linear, draw.factors])
        ends = np.cumsum([people, about.shape[1], titles if model.sets else 0, len(days)])
        parted: list[Floats] = np.split(columns, ends[:-1])
        person, title, seen, day = parted
        # What no rating told of is a draw from the prior: its mean says the same with less noise.
        title = np.concatenate([_unseen_are_mean(title[:titles], rated), title[titles:]])
        vectors: Floats = about @ title[:, 1:]
        within = (vectors**2 - squared @ title[:, 1:] ** 2).sum(1) / 2
        parts["title"].append(np.column_stack([about @ title[:, 0] + within, vectors]))
        parts["person"].append(_with_mean(_unseen_are_mean(person, there), there))
        if model.sets:
            seen = _unseen_are_mean(seen, rated)
        parts["seen"].append(seen)
        parts["day"].append(_with_mean(day, np.ones(len(day), np.bool_)))
    return FittedFactorisationMachine(
        past=model.past,
        mean=np.array([draw.mean for draw in found]),
        noise=np.array([draw.noise for draw in found]),
        cuts=np.array([draw.cuts for draw in found]),
        levels=levels,
        days=days,
        **{name: np.stack(each).astype(np.float32) for name, each in parts.items()},
    )


_WEIGHTS = ("person", "title", "seen", "day")


def _unseen_are_mean(weights: Floats, seen: npt.NDArray[np.bool_]) -> Floats:
    return np.where(seen[:, None], weights, weights[seen].mean(0))


def _with_mean(weights: Floats, seen: npt.NDArray[np.bool_]) -> Floats:
    mean = weights[seen].mean(0) if seen.any() else np.zeros(weights.shape[1])
    return np.vstack([weights, mean])

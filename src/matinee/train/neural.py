"""A neural network for stars, trained with torch and served without it. Read :class:`Neural`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError
from matinee.taste.neural import NAME, FittedNeural
from matinee.taste.rating_data import Ratings, clipped
from matinee.train.neural_torch import RatingNetwork

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from matinee.interaction import Interactions, ItemFeatures
    from matinee.types import Rows

    Floats = npt.NDArray[np.float32]
    Progress = Callable[[str, int, int], None]

__all__ = ["FittedNeural", "Neural"]

_STAGE = "epochs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Neural:
    """Embeddings of people and titles, and what is known of a title, through layers to stars.

    A person's and a title's embedding, the hidden layer of a title's numbers (how it is rated,
    how often, its year) and the hidden layer of its genres are joined; two layers of rectified
    linear units follow, and a linear one that gives the stars beyond the mean. Trained by Adam
    (Kingma and Ba 2015) on the squared error, after "Neural collaborative filtering" (He and
    others 2017, section 3.4) with features of titles.

    The numbers of a title come from the ratings it learns from; for each rating they are counted
    without that rating, or the network would read the answer from them.

    How many epochs to train is found on a part of the ratings that is held out, and the network
    is then trained anew on all of them for as many. It predicts stars; as a ranker it is poor.

    Attributes:
        width: length of the embeddings.
        numbers: units over the numbers of a title.
        genres: units over its genres.
        hidden: units of the two joint layers.
        dropout: share of these units left out at each step (Srivastava and others 2014).
        rate: learning rate; the custom for Adam.
        batch: ratings of one step.
        spread: standard deviation of the embeddings before training.
        epochs: most times that every rating is seen; the best is far below.
        patience: epochs without gain after which the search ends.
        held_out: share of the ratings that the number of epochs is found on.
        title_shrinkage: ratings that the mean of a title is held back by, as in the bias model.
        person_shrinkage: see :class:`matinee.taste.neural.FittedNeural`.
        taste_shrinkage: likewise.
    """

    # Chosen on a split of the training part of MovieLens small (2018, seed 42): widths of 16 to 64
    # and layers from 64 and 32 on lie within .01 RMSE of each other, dropouts of .2 and .5 within
    # .004. With the numbers counted over all ratings, their own among them, it loses .02.
    width: int = 32
    numbers: int = 8
    genres: int = 16
    hidden: tuple[int, int] = (128, 64)
    dropout: float = 0.2
    rate: float = 1e-3
    batch: int = 256
    spread: float = 0.1
    epochs: int = 30
    patience: int = 3
    held_out: float = 0.1
    title_shrinkage: float = 5.0
    # Chosen on 120 people left out of the same part, of whom 3, 10 or 80% of the ratings are
    # known; with ten, .85 RMSE against .92 for the average person.
    person_shrinkage: float = 5.0
    taste_shrinkage: float = 20.0

    def __post_init__(self) -> None:
        bounds = {
            "width": self.width >= 1,
            "numbers": self.numbers >= 1,
            "genres": self.genres >= 1,
            "hidden": min(self.hidden) >= 1,
            "dropout": 0.0 <= self.dropout < 1.0,
            "rate": 0.0 < self.rate <= 1.0,
            "batch": self.batch >= 1,
            "spread": self.spread > 0.0,
            "epochs": self.epochs >= 1,
            "patience": self.patience >= 1,
            "held_out": 0.0 < self.held_out < 1.0,
            "title_shrinkage": self.title_shrinkage > 0.0,
            "person_shrinkage": self.person_shrinkage > 0.0,
            "taste_shrinkage": self.taste_shrinkage > 0.0,
        }
        for name, kept in bounds.items():
            if not kept:
                raise InputError(f"{name} is out of its bounds", where=str(getattr(self, name)))

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
        progress: Progress | None = None,
    ) -> FittedNeural:
        """Learn from the ratings among interactions; ``features`` may be left out.

        Raises:
            InputError: there are not two ratings, or ``features`` are of other titles.
            MissingExtraError: torch is not installed.
        """
        ratings = Ratings.of(interactions)
        if len(ratings) < 2:
            raise InputError(
                "There are not two ratings, so none can be held out",
                cure="Import ratings first, with: matinee history import",
            )
        if features is not None and len(features) != ratings.titles:
            raise InputError(
                "The features are of other titles",
                where=f"{len(features)} features, {ratings.titles} titles",
            )
        order = np.random.default_rng(seed).permutation(len(ratings))
        number = min(max(1, round(self.held_out * len(ratings))), len(ratings) - 1)
        held, learnt = ratings.take(np.sort(order[:number])), ratings.take(np.sort(order[number:]))

        best, wanted = np.inf, 1
        search = self._network(learnt, features, seed)
        for epoch in range(1, self.epochs + 1):
            search.learn(_shuffled(len(learnt), seed, epoch))
            error = _error(self._fitted(search, learnt), held)
            if progress is not None:
                progress(_STAGE, epoch, self.epochs)
            if error < best:
                best, wanted = error, epoch
            elif epoch - wanted >= self.patience:
                break

        network = self._network(ratings, features, seed)
        for epoch in range(1, wanted + 1):
            network.learn(_shuffled(len(ratings), seed, epoch))
            if progress is not None:
                progress(_STAGE, epoch, wanted)
        return self._fitted(network, ratings)

    def _network(self, ratings: Ratings, features: ItemFeatures | None, seed: int) -> RatingNetwork:
        years = np.zeros(ratings.titles) if features is None else features.years
        genres = np.zeros((ratings.titles, 1)) if features is None else features.genres
        of_titles, of_ratings = _numbers(ratings, years, self.title_shrinkage)
        return RatingNetwork(
            self,
            users=ratings.users,
            items=ratings.items,
            stars=(ratings.stars - ratings.stars.mean()).astype(np.float32),
            people=ratings.people,
            numbers=of_titles,
            own_numbers=of_ratings,
            genres=genres.astype(np.float32),
            seed=seed,
        )

    def _fitted(self, network: RatingNetwork, ratings: Ratings) -> FittedNeural:
        known = np.bincount(ratings.users, minlength=ratings.people) > 0
        rated = np.bincount(ratings.items, minlength=ratings.titles) > 0
        arrays, bias = network.weights(known, rated)
        return FittedNeural(
            mean=float(ratings.stars.mean()) + bias,
            known=known,
            person_shrinkage=self.person_shrinkage,
            taste_shrinkage=self.taste_shrinkage,
            **arrays,
        )


def _numbers(
    ratings: Ratings, years: npt.NDArray[np.floating], shrinkage: float
) -> tuple[Floats, Floats]:
    """Return the numbers of each title, float32 [n, 3], and of the title of each rating without it.

    They are the shrunk mean of its stars beyond the mean of all, the logarithm of 1 + the number
    of its ratings, and its year; scaled to mean 0 and deviation 1 over the ratings. An unknown
    year is the mean year.
    """
    rest = ratings.stars - ratings.stars.mean()
    count = np.bincount(ratings.items, minlength=ratings.titles).astype(np.float64)
    total = np.bincount(ratings.items, rest, ratings.titles)
    dated = ~np.isnan(years)
    year = np.where(dated, years, years[dated].mean() if dated.any() else 0.0)

    own, items = count[ratings.items] - 1, ratings.items
    of_ratings = np.stack(
        [(total[items] - rest) / (own + shrinkage), np.log1p(own), year[items]], axis=1
    )
    of_titles = np.stack([total / (count + shrinkage), np.log1p(count), year], axis=1)
    centre, spread = of_ratings.mean(axis=0), of_ratings.std(axis=0)
    spread[spread == 0] = 1.0
    return (
        ((of_titles - centre) / spread).astype(np.float32),
        ((of_ratings - centre) / spread).astype(np.float32),
    )


def _shuffled(n: int, seed: int, epoch: int) -> Rows:
    return np.random.default_rng([seed, epoch]).permutation(n)


def _error(fitted: FittedNeural, held: Ratings) -> float:
    """Return the root of the mean squared error on ratings held out, nobody folded in."""
    rows = np.where(fitted.known[held.users], held.users, -1)
    stars = clipped(fitted.mean + fitted.hidden(rows, held.items) @ fitted.out)
    return float(np.sqrt(np.mean((stars - held.stars) ** 2)))

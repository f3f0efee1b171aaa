"""Stars from two habits: how well a title is rated, and how kindly a person rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.taste.rating_data import Ratings, check_pairs, clipped
from matinee.taste.storage import load_arrays, load_values, save_model
from matinee.types import Predicted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Histories, Interactions, ItemFeatures
    from matinee.types import Rows

NAME = "bias"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """``stars = mean + title + person``, both habits shrunk towards 0 (Koren 2010, section 2.1).

    ``person = sum(stars - mean - title) / (person_shrinkage + n)`` over the n ratings of the
    person, and ``title`` alike, in turn until they settle.

    Attributes:
        title_shrinkage: ratings that a title's habit is held back by.
        person_shrinkage: ratings that a person's habit is held back by.
        passes: how often both are computed in turn; they move by less than .001 after ten.

    >>> from matinee.interaction import NO_TIME, Histories
    >>> from matinee.interaction import Interactions as Did
    >>> did = Did(users=np.array([0, 0, 1]), items=np.array([0, 1, 0]),
    ...     actions=np.zeros(3, np.int8), values=np.array([5, 3, 4], np.float32),
    ...     times=np.full(3, NO_TIME), user_ids=["a", "b"], item_ids=["x", "y"])
    >>> model = Bias(title_shrinkage=1.0, person_shrinkage=1.0, passes=1).fit(did)
    >>> [round(float(habit), 3) for habit in model.title]  # (5 - 4 + 4 - 4) / 3, (3 - 4) / 2
    [0.333, -0.5]
    >>> found = model.predict(Histories.of(did), np.array([1]), np.array([1]))
    >>> round(float(found.stars[0]), 3)  # 4 - 1/2 + (4 - 4 - 1/3) / 2
    3.333
    """

    # Chosen on an inner split of MovieLens small: titles 1.5 to 3 and people 1 to 5 are level.
    title_shrinkage: float = 2.0
    person_shrinkage: float = 3.0
    passes: int = 10

    @property
    def name(self) -> str:
        """The public name of the model."""
        return NAME

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,  # noqa: ARG002 - a seam: not needed here
        *,
        seed: int = 0,  # noqa: ARG002 - nothing is random
        progress: Callable[[str, int, int], None] | None = None,  # noqa: ARG002 - at once
    ) -> FittedBias:
        """Learn the habits of titles.

        Raises:
            InputError: there is no rating.
        """
        return self.learn(Ratings.of(interactions))

    def learn(self, ratings: Ratings) -> FittedBias:
        """Learn the habits of titles from ratings."""
        mean = float(ratings.stars.mean())
        rest = ratings.stars - mean
        title = np.zeros(ratings.titles)
        person = np.zeros(ratings.people)
        n_title = np.bincount(ratings.items, minlength=ratings.titles)
        n_person = np.bincount(ratings.users, minlength=ratings.people)
        for _ in range(self.passes):
            total = np.bincount(ratings.items, rest - person[ratings.users], ratings.titles)
            title = total / (self.title_shrinkage + n_title)
            total = np.bincount(ratings.users, rest - title[ratings.items], ratings.people)
            person = total / (self.person_shrinkage + n_person)
        return FittedBias(mean=mean, title=title, person_shrinkage=self.person_shrinkage)


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedBias:
    """What :class:`Bias` learnt.

    Attributes:
        mean: mean of all ratings, stars.
        title: how much better than the mean each title is rated, float64 [n].
        person_shrinkage: as in :class:`Bias`.
    """

    mean: float
    title: npt.NDArray[np.float64]
    person_shrinkage: float

    @property
    def name(self) -> str:
        """The public name of the model."""
        return NAME

    def habits(self, ratings: Ratings) -> npt.NDArray[np.float64]:
        """Return how much kinder than others each person rates, float64 [people]."""
        rest = ratings.stars - self.mean - self.title[ratings.items]
        number = np.bincount(ratings.users, minlength=ratings.people)
        total = np.bincount(ratings.users, rest, ratings.people)
        return np.asarray(total / (self.person_shrinkage + number))

    def habits_at(
        self, ratings: Ratings, people: Rows, times: npt.NDArray[np.int64] | None
    ) -> npt.NDArray[np.float64]:
        """Return the habit of the person of each pair, float64 [p].

        With ``times`` [p] a habit is that of the ratings not later than the time of the pair.
        """
        if times is None or not ratings.timed:
            return self.habits(ratings)[people]
        rest = ratings.stars - self.mean - self.title[ratings.items]
        sums = np.concatenate(([0.0], np.cumsum(rest)))
        starts, ends = ratings.span(people, None, times)
        return np.asarray((sums[ends] - sums[starts]) / (self.person_shrinkage + ends - starts))

    def predict(
        self,
        histories: Histories,
        people: Rows,
        items: Rows,
        times: npt.NDArray[np.int64] | None = None,  # noqa: ARG002 - habits have no time
    ) -> Predicted:
        """Return the stars of each pair, without intervals.

        Everybody is folded in by their history, known or not; an empty one rates like the mean.

        Raises:
            InputError: a person or a title is out of range.
        """
        check_pairs(histories, people, items, len(self.title))
        person = self.habits(Ratings.of_histories(histories, len(self.title)))
        return Predicted(clipped(self.mean + self.title[items] + person[people]))

    def save(self, folder: Path) -> None:
        """Write the habits into a folder of its own."""
        values = {"mean": self.mean, "person_shrinkage": self.person_shrinkage}
        save_model(folder, NAME, values, {"title": self.title})

    @classmethod
    def open(cls, folder: Path) -> FittedBias:
        """Open what was saved.

        Raises:
            LibraryCorruptError: a file is missing or damaged.
        """
        values = load_values(folder)
        title = load_arrays(folder, "title")["title"]
        return cls(
            mean=float(values["mean"]),
            title=title,
            person_shrinkage=float(values["person_shrinkage"]),
        )

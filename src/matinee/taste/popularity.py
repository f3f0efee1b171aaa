"""What most people like: the same for everybody, and the yardstick of all other models.

The Bayesian mean of a title with n ratings is ``(strength m + sum of stars) / (strength + n)``,
where m is the mean of all: a title with one rating of five stars stands hardly above the rest. A
mean alone ranks what few have seen too high for a list of suggestions, so the score is
``log(1 + w) + quality * (Bayesian mean - m)``, where w sums the weights of those who want it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matinee.interaction import Action
from matinee.taste.matrix import fitting_matrix
from matinee.taste.preference import Preference
from matinee.taste.storage import load_arrays, load_values, save_model
from matinee.types import Contributions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Histories, Interactions, ItemFeatures
    from matinee.types import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Popularity:
    """What most people like, before it is counted.

    Attributes:
        preference: how interactions are weighed; those above 0 are counted.
        strength: number of ratings at the mean of all that every title is given to start with; ten
            keeps one or two enthusiasts from deciding, and is little beside a hundred ratings.
        quality: what one star of the Bayesian mean weighs, against the logarithm of the count. It
            puts the better of two that as many want first, no more: .25 gives .135 and .114 of
            NDCG@10 on inner splits of MovieLens 100K and small, 0 .130 and .115, .5 .131 and .114,
            2 .118 and .112.
    """

    preference: Preference = field(default_factory=Preference)
    strength: float = 10.0
    quality: float = 0.25

    @property
    def name(self) -> str:
        """The public name of the model."""
        return "popularity"

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,  # noqa: ARG002 - it only counts
        *,
        seed: int = 0,  # noqa: ARG002 - there is no chance in it
        progress: Callable[[str, int, int], None] | None = None,
    ) -> FittedPopularity:
        """Count who wants what.

        Raises:
            InputError: nothing speaks for a title.
        """
        matrix = fitting_matrix(interactions, self.preference, negative=False)
        total = len(interactions.item_ids)
        scores = np.log1p(np.bincount(matrix.indices, matrix.data, minlength=total))
        rated = (interactions.actions == Action.RATING) & ~np.isnan(interactions.values)
        stars, items = interactions.values[rated].astype(np.float64), interactions.items[rated]
        if len(stars):
            mean = stars.mean()
            above = np.bincount(items, stars - mean, minlength=total)
            scores += self.quality * above / (self.strength + np.bincount(items, minlength=total))
        if progress is not None:
            progress("counting", 1, 1)
        return FittedPopularity(scores.astype(np.float32))


class FittedPopularity:
    """One score a title; implements ``Recommender``."""

    def __init__(self, scores: npt.NDArray[np.float32]) -> None:
        """Take the scores of the titles, float32 [n]."""
        self._scores = scores

    @property
    def name(self) -> str:
        """The public name of the model."""
        return "popularity"

    def __len__(self) -> int:
        return len(self._scores)

    def score(self, histories: Histories, items: Rows | None = None) -> npt.NDArray[np.float32]:
        """Return the scores of titles, the same for each person, float32 [b, n] or [b, m]."""
        row = self._scores if items is None else self._scores[items]
        return np.tile(row, (len(histories), 1))

    def explain(self, history: Histories, items: Rows) -> Contributions:
        """Return the scores as what the model gives whatever the person did."""
        return Contributions(
            ("popular",),
            self._scores[items][None].copy(),
            np.zeros((1, len(history.items), len(items)), np.float32),
        )

    def save(self, folder: Path) -> None:
        """Write what was counted into a folder of its own."""
        save_model(folder, self.name, {}, {"scores": self._scores})

    @classmethod
    def open(cls, folder: Path) -> FittedPopularity:
        """Open what was saved, mapped into memory.

        Raises:
            LibraryCorruptError: the folder is damaged.
        """
        load_values(folder)
        return cls(load_arrays(folder, "scores")["scores"])

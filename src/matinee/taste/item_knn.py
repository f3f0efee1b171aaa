"""Nearest titles by what people made of both: cosine of who wanted them, Pearson of their stars.

Both similarities are shrunk: a pair with n people in common keeps ``n / (n + shrink)`` of it. The
score of a title is the sum, over the titles of a history, of the entry's weight times the nearness,
where the entry's title is among the k nearest of the title scored.

Measured with the cosine on MovieLens 1M (people as in :mod:`matinee.taste.ease`; R@20 / R@50 /
NDCG@100): .317 / .431 / .387; with all people alike and both powers .5, the plain cosine, .305 /
.411 / .370. Of the ratings of an inner fifth of MovieLens 100K and small, Pearson finds .171 and
.168, the cosine .238 and .200 (NDCG@10, random split): the stars of those who rated both tell less
of who will want what.
Pearson is here because people know it, and to be compared with.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.taste.matrix import entry_weights, even, fitting_matrix, rating_matrix
from matinee.taste.neighbours import Neighbours
from matinee.taste.preference import Preference
from matinee.taste.storage import load_values, save_model
from matinee.types import Contributions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Histories, Interactions, ItemFeatures
    from matinee.types import Rows

_STAGE = "nearest titles"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemKnn:
    """Nearest titles by cosine, before anything is learnt.

    Attributes:
        preference: how interactions are weighed.
        neighbours: k, nearest titles kept of each; with 30, 60, 100 and 400 NDCG@10 is .216, .233,
            .238 and .238 on the inner split of MovieLens 100K, .190, .192, .200 and .195 on that
            of MovieLens small.
        shrink: people in common at which half of a similarity counts.
        seen_power: exponent of the count of the title seen, below the fraction; .5 for both titles
            is the cosine.
        power: the same for the title scored; a little more than .5 keeps what everybody has seen
            from being near to everything.
        activity_power: a person with c interactions counts ``c ** -activity_power``, scaled so that
            the sum stays. With .7, a power of .65 and a shrink of 5 MovieLens 1M gains .007 of
            NDCG@100 and MovieLens 100K .002 of NDCG@10, but MovieLens small loses .012 of it.
    """

    preference: Preference = field(default_factory=Preference)
    neighbours: int = 100
    shrink: float = 10.0
    seen_power: float = 0.5
    power: float = 0.6
    activity_power: float = 0.5

    @property
    def name(self) -> str:
        """The public name of the model."""
        return "item-knn"

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,  # noqa: ARG002 - it knows only who saw what
        *,
        seed: int = 0,  # noqa: ARG002 - there is no chance in it
        progress: Callable[[str, int, int], None] | None = None,
    ) -> FittedItemKnn:
        """Find the nearest titles of each.

        Raises:
            InputError: nothing speaks for a title.
        """
        matrix = fitting_matrix(interactions, self.preference, negative=False)
        counts = np.maximum(np.asarray(matrix.power(2).sum(axis=0)).ravel(), 1e-12)
        scored, seen = counts**-self.power, counts**-self.seen_power
        matrix = even(matrix, self.activity_power).tocsc()

        def rows(start: int, stop: int) -> Any:
            shared = (matrix[:, start:stop].T @ matrix).tocoo()
            shared.data = (
                shared.data
                * (shared.data / (shared.data + self.shrink))
                * scored[start:stop][shared.row]
                * seen[shared.col]
            )
            if progress is not None:
                progress(_STAGE, stop, matrix.shape[1])
            return shared

        nearest = Neighbours.nearest(rows, matrix.shape[1], self.neighbours)
        return FittedItemKnn(self.name, self.preference, nearest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPearson:
    """Nearest titles by the correlation of their stars, before anything is learnt.

    Attributes:
        preference: how the entries of a history are weighed.
        neighbours: k, nearest titles kept of each.
        min_periods: least number of people who rated both; with three, a correlation of 1 is an
            accident.
        shrink: people in common at which half of a similarity counts.
    """

    preference: Preference = field(default_factory=Preference)
    neighbours: int = 100
    min_periods: int = 10
    shrink: float = 100.0

    @property
    def name(self) -> str:
        """The public name of the model."""
        return "item-pearson"

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,  # noqa: ARG002 - it knows only the stars
        *,
        seed: int = 0,  # noqa: ARG002 - there is no chance in it
        progress: Callable[[str, int, int], None] | None = None,
    ) -> FittedItemKnn:
        """Find the nearest titles of each, by ratings with stars alone.

        Raises:
            InputError: there are no ratings with stars.
        """
        stars = rating_matrix(interactions).tocsc()
        nearest = Neighbours.nearest(
            lambda start, stop: self._rows(stars, start, stop, progress),
            stars.shape[1],
            self.neighbours,
        )
        return FittedItemKnn(self.name, self.preference, nearest)

    def _rows(
        self,
        stars: Any,
        start: int,
        stop: int,
        progress: Callable[[str, int, int], None] | None,
    ) -> Any:
        """Return the shrunk correlations of some titles with all, sparse [stop - start, n]."""
        known = stars.copy()
        known.data = np.ones_like(known.data)
        squared = stars.power(2)
        own = slice(start, stop)
        # Six products hold the sums over the people who rated both titles of a pair. Stars are
        # above 0, so all six have the same cells, and sorted, their data lie side by side.
        both = (known[:, own].T @ known).tocsr()
        both.sort_indices()
        count = both.data.copy()

        def at(left: Any, right: Any) -> npt.NDArray[np.float64]:
            product = (left[:, own].T @ right).tocsr()
            product.sort_indices()
            cells: npt.NDArray[np.float64] = product.data
            return cells

        sum_own, sum_other = at(stars, known), at(known, stars)
        covariance = count * at(stars, stars) - sum_own * sum_other
        spread_own = count * at(squared, known) - sum_own**2
        spread_other = count * at(known, squared) - sum_other**2
        spread = np.sqrt(np.maximum(spread_own, 0) * np.maximum(spread_other, 0))
        # Halves of stars are exact in float64, so a title all of whose stars are alike has 0.
        usable = (count >= self.min_periods) & (spread > 0)
        both.data = np.where(usable, covariance / np.where(usable, spread, 1), 0)
        both.data *= count / (count + self.shrink)
        if progress is not None:
            progress(_STAGE, stop, stars.shape[1])
        return both


class FittedItemKnn:
    """The nearest titles of each title; implements ``Recommender``, and is linear."""

    def __init__(self, name: str, preference: Preference, neighbours: Neighbours) -> None:
        """Take what was learnt."""
        self._name = name
        self._preference = preference
        self._neighbours = neighbours

    @property
    def name(self) -> str:
        """The public name of the model."""
        return self._name

    @property
    def neighbours(self) -> Neighbours:
        """The nearest titles of each."""
        return self._neighbours

    def __len__(self) -> int:
        return len(self._neighbours)

    def score(self, histories: Histories, items: Rows | None = None) -> npt.NDArray[np.float32]:
        """Return the scores of titles for each person, float32 [b, n] or [b, m] of ``items``."""
        weights = entry_weights(histories, self._preference)
        return self._neighbours.score(histories, weights, items)

    def explain(self, history: Histories, items: Rows) -> Contributions:
        """Return what each entry gives to the scores of ``items``; there is no base."""
        weights = entry_weights(history, self._preference)
        given = self._neighbours.between(history.items, items) * weights[:, None]
        base = np.zeros((1, len(items)), np.float32)
        return Contributions(("collaborative",), base, given[None])

    def save(self, folder: Path) -> None:
        """Write what was learnt into a folder of its own."""
        values = {"preference": asdict(self._preference)}
        save_model(folder, self._name, values, self._neighbours.arrays)

    @classmethod
    def open(cls, folder: Path) -> FittedItemKnn:
        """Open what was saved, mapped into memory.

        Raises:
            LibraryCorruptError: the folder is damaged.
        """
        values = load_values(folder)
        preference = Preference(**values["preference"])
        return cls(values["model"], preference, Neighbours.open(folder))

"""Stars by neighbours: how a person rated titles alike, or how people alike rated the title."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy import sparse

from matinee.errors import InputError
from matinee.taste.bias import Bias, FittedBias
from matinee.taste.rating_data import Ratings, check_pairs, clipped, moments
from matinee.taste.storage import load_arrays, load_values, save_model
from matinee.types import Predicted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Histories, Interactions, ItemFeatures
    from matinee.types import Rows

    Floats = npt.NDArray[np.float64]

# Columns of similarities computed at once: keeps the memory of a fit near 100 MB.
_CHUNK = 1_000

# Keeps few or faint neighbours from deciding alone: .3 was best of .05, .3 and 1 on an inner split
# of MovieLens small for titles and people alike (RMSE .8557, .8531, .8565 for titles).
_SMALL = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRatingKnn:
    """``stars = bias + sum_j s_ij (stars_j - bias_j) / (sum_j s_ij + .3)``, j the nearest titles.

    The similarity is Pearson's over what the biases left of the ratings of those who rated both,
    shrunk: ``s_ij = (n - 1) / (n - 1 + shrinkage) * rho_ij`` (Koren 2010, section 2.2). Titles j
    are the ``k`` most similar, above 0, of those the person rated.

    Attributes:
        k: neighbours at most.
        shrinkage: people in common that a similarity is held back by.
        min_support: people in common without whom there is no similarity.
        past: only ratings of the person not later than the moment asked for speak.
    """

    NAME: ClassVar[str] = "item-knn"

    # Chosen on an inner split of MovieLens small, of 25, 100 and 300; k 30 and 60 are level.
    k: int = 30
    shrinkage: float = 100.0
    min_support: int = 3
    past: bool = False

    def __post_init__(self) -> None:
        _check(self.k, self.min_support)

    @property
    def name(self) -> str:
        """The public name of the model."""
        return self.NAME

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,  # noqa: ARG002 - a seam: not needed here
        *,
        seed: int = 0,  # noqa: ARG002 - nothing is random
        progress: Callable[[str, int, int], None] | None = None,  # noqa: ARG002 - seconds
    ) -> FittedRatingKnn:
        """Learn the similarities of titles.

        Raises:
            InputError: there is no rating.
        """
        return self.learn(Ratings.of(interactions))

    def learn(self, ratings: Ratings) -> FittedRatingKnn:
        """Learn the similarities of titles from ratings."""
        bias = Bias().learn(ratings)
        rests = ratings.matrix(_rests(bias, ratings)).tocsc()
        return FittedRatingKnn(
            name=self.NAME,
            k=self.k,
            shrinkage=self.shrinkage,
            min_support=self.min_support,
            past=self.past,
            bias=bias,
            known=_similar(rests, self.shrinkage, self.min_support),
            ratings=ratings.take(np.zeros(0, np.int64)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRatingKnn:
    """As :class:`ItemRatingKnn`, by the nearest people who rated the title.

    There is no variant that looks at the past alone: people are near by all that they rated.

    Attributes:
        k: neighbours at most.
        shrinkage: titles in common that a similarity is held back by.
        min_support: titles in common without which there is no similarity.
    """

    NAME: ClassVar[str] = "user-knn"

    k: int = 30
    shrinkage: float = 100.0
    min_support: int = 3

    def __post_init__(self) -> None:
        _check(self.k, self.min_support)

    @property
    def name(self) -> str:
        """The public name of the model."""
        return self.NAME

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,  # noqa: ARG002 - a seam: not needed here
        *,
        seed: int = 0,  # noqa: ARG002 - nothing is random
        progress: Callable[[str, int, int], None] | None = None,  # noqa: ARG002 - seconds
    ) -> FittedRatingKnn:
        """Keep the ratings; people are compared at the moment of asking.

        Raises:
            InputError: there is no rating.
        """
        return self.learn(Ratings.of(interactions))

    def learn(self, ratings: Ratings) -> FittedRatingKnn:
        """Keep ratings."""
        return FittedRatingKnn(
            name=self.NAME,
            k=self.k,
            shrinkage=self.shrinkage,
            min_support=self.min_support,
            past=False,
            bias=Bias().learn(ratings),
            known=sparse.csr_matrix((ratings.titles, ratings.titles), dtype=np.float32),
            ratings=ratings,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedRatingKnn:
    """What either model learnt.

    Attributes:
        name: the public name of the model, which says whose neighbours count.
        k: as in the model.
        shrinkage: as in the model.
        min_support: as in the model.
        past: as in the model.
        bias: habits of titles, and how those of people are found.
        known: similarities of titles above 0, scipy CSR [titles, titles], symmetric; empty where
            neighbours are people.
        ratings: what people rated; none where neighbours are titles.
    """

    name: str
    k: int
    shrinkage: float
    min_support: int
    past: bool
    bias: FittedBias
    known: Any
    ratings: Ratings

    def predict(
        self,
        histories: Histories,
        people: Rows,
        items: Rows,
        times: npt.NDArray[np.int64] | None = None,
    ) -> Predicted:
        """Return the stars of each pair, without intervals.

        Everybody is folded in by their history. Somebody known is no neighbour of theirs, and a
        title already rated none of itself.

        Raises:
            InputError: a person or a title is out of range.
        """
        check_pairs(histories, people, items, len(self.bias.title))
        ratings = Ratings.of_histories(histories, len(self.bias.title), first=self.past)
        when = moments(times, len(people))
        person = self.bias.habits_at(ratings, people, when if self.past else None)
        rest, _ = self.rests(ratings, histories.users, people, items, when)
        return Predicted(clipped(self.bias.mean + self.bias.title[items] + person + rest))

    def rests(
        self,
        ratings: Ratings,
        known: Rows,
        people: Rows,
        items: Rows,
        times: npt.NDArray[np.int64],
    ) -> tuple[Floats, Floats]:
        """Return what neighbours add to the biases, and the sum of their similarities, [p].

        Args:
            ratings: what the people of the batch rated.
            known: int64 [b], position of each among those fitted on, or -1.
            people: int64 [p], positions in the batch.
            items: int64 [p].
            times: int64 [p], :data:`~matinee.taste.rating_data.LATER` where unknown.
        """
        added, support = np.zeros(len(people)), np.zeros(len(people))
        if self.name == UserRatingKnn.NAME:
            for pairs, similar, values in self._people(ratings, known, people, items):
                added[pairs], support[pairs] = _weighed(similar, values, self.k)
            return added, support
        until = times if self.past else None
        for pairs, similar, values in self._titles(ratings, people, items, until):
            added[pairs], support[pairs] = _weighed(similar, values, self.k)
        # The habit is that of the moment asked for, so it is taken off each mean, not each rating.
        habit = self.bias.habits_at(ratings, people, until)
        return added - habit * support / (support + _SMALL), support

    def _titles(
        self,
        ratings: Ratings,
        people: Rows,
        items: Rows,
        times: npt.NDArray[np.int64] | None,
    ) -> Iterator[tuple[Rows, Floats, Floats]]:
        """Yield (pairs [m], similarity of each to each of h neighbours [m, h], their rests)."""
        offsets = ratings.offsets
        rests = ratings.stars - self.bias.mean - self.bias.title[ratings.items]
        for person, pairs in _by_person(people):
            own = slice(offsets[person], offsets[person + 1])
            if own.start == own.stop:
                continue
            similar = self.known[items[pairs]][:, ratings.items[own]].toarray().astype(float)
            if times is not None and ratings.timed:
                similar[ratings.times[own][None, :] > times[pairs][:, None]] = 0
            yield pairs, similar, np.broadcast_to(rests[own], similar.shape)

    def _people(
        self,
        ratings: Ratings,
        known: Rows,
        people: Rows,
        items: Rows,
    ) -> Iterator[tuple[Rows, Floats, Floats]]:
        """Yield (pairs [m], similarity of each to each known person [m, u], what those left)."""
        theirs = self.ratings.matrix(_rests(self.bias, self.ratings))
        rated, values = _ones(theirs).tocsc(), theirs.tocsc()
        mine = ratings.matrix(_rests(self.bias, ratings))
        for start in range(0, ratings.people, _CHUNK):
            stop = min(start + _CHUNK, ratings.people)
            near = _pearson(mine[start:stop], theirs, self.shrinkage, self.min_support)
            rows = np.flatnonzero(known[start:stop] >= 0)
            near[rows, known[start + rows]] = 0
            inside = np.flatnonzero((people >= start) & (people < stop))
            for person, pairs in _by_person(people[inside]):
                wanted = items[inside[pairs]]
                similar = rated[:, wanted].toarray().T * near[person - start]
                yield inside[pairs], similar, values[:, wanted].toarray().T

    def save(self, folder: Path) -> None:
        """Write what was learnt into a folder of its own."""
        values = {
            "k": self.k,
            "shrinkage": self.shrinkage,
            "min_support": self.min_support,
            "past": self.past,
            "mean": self.bias.mean,
            "person_shrinkage": self.bias.person_shrinkage,
            "people": self.ratings.people,
        }
        arrays = {key: getattr(self.ratings, key) for key in _COLUMNS}
        arrays |= {key: getattr(self.known, key) for key in _SPARSE}
        save_model(folder, self.name, values, arrays | {"title": self.bias.title})

    @classmethod
    def open(cls, folder: Path) -> FittedRatingKnn:
        """Open what was saved.

        Raises:
            LibraryCorruptError: a file is missing or damaged.
        """
        values = load_values(folder)
        arrays = load_arrays(folder, *_COLUMNS, *_SPARSE, "title")
        title = arrays.pop("title")
        parts = tuple(arrays.pop(key) for key in _SPARSE)
        return cls(
            name=str(values["model"]),
            k=int(values["k"]),
            shrinkage=float(values["shrinkage"]),
            min_support=int(values["min_support"]),
            past=bool(values["past"]),
            bias=FittedBias(
                mean=float(values["mean"]),
                title=title,
                person_shrinkage=float(values["person_shrinkage"]),
            ),
            known=sparse.csr_matrix(parts, shape=(len(title), len(title))),
            ratings=Ratings(**arrays, people=int(values["people"]), titles=len(title)),
        )


_COLUMNS = ("users", "items", "stars", "times")
_SPARSE = ("data", "indices", "indptr")


def _check(k: int, min_support: int) -> None:
    if k < 1 or min_support < 1:
        raise InputError("k and min_support must be above 0", where=f"{k}, {min_support}")


def _rests(bias: FittedBias, ratings: Ratings) -> Floats:
    """Return what the biases leave of each rating, float64 [n]."""
    person = bias.habits(ratings)
    return ratings.stars - bias.mean - bias.title[ratings.items] - person[ratings.users]


def _by_person(people: Rows) -> Iterator[tuple[int, Rows]]:
    """Yield each person with the positions of their pairs."""
    order = np.argsort(people, kind="stable")
    found, starts = np.unique(people[order], return_index=True)
    stops = np.append(starts, len(order))[1:]
    for person, start, stop in zip(found, starts, stops, strict=True):
        yield int(person), order[start:stop]


def _ones(matrix: Any) -> Any:
    """Return the same entries, each 1."""
    found = matrix.copy()
    found.data = np.ones_like(found.data)
    return found


def _pearson(left: Any, right: Any, shrinkage: float, min_support: int) -> Floats:
    """Return the shrunk similarity of each row of one CSR to each of another, 0 where none."""
    ones, others = _ones(left), _ones(right)
    number = (ones @ others.T).toarray()
    product = (left @ right.T).toarray()
    norms = (left.power(2) @ others.T).toarray() * (ones @ right.power(2).T).toarray()
    shrunk = (number - 1) / (number - 1 + shrinkage)
    found = shrunk * product / np.sqrt(np.maximum(norms, _TINY))
    return np.where(number >= min_support, np.maximum(found, 0), 0)


_TINY = 1e-12


def _similar(rests: Any, shrinkage: float, min_support: int) -> Any:
    """Return the similarities of columns above 0, scipy CSR float32 [titles, titles]."""
    titles = rests.shape[1]
    rows = rests.T.tocsr()
    # Titles with less support than is asked for are like none: most titles of a long tail.
    enough = np.flatnonzero(np.diff(rows.indptr) >= min_support)
    kept = rows[enough]
    place = sparse.csr_matrix(
        (np.ones(len(enough), np.float32), (enough, np.arange(len(enough)))),
        shape=(titles, len(enough)),
    )
    parts = []
    for start in range(0, len(enough), _CHUNK):
        near = _pearson(kept[start : start + _CHUNK], kept, shrinkage, min_support)
        near[np.arange(len(near)), start + np.arange(len(near))] = 0
        parts.append(sparse.csr_matrix(near.astype(np.float32)))
    if not parts:
        return sparse.csr_matrix((titles, titles), dtype=np.float32)
    return (place @ sparse.vstack(parts).tocsr() @ place.T).tocsr()


def _weighed(similar: Floats, values: Floats, k: int) -> tuple[Floats, Floats]:
    """Return the mean of values weighed by the k largest similarities, and their sum, by row."""
    if similar.shape[1] > k:
        best = np.argpartition(-similar, k - 1, axis=1)[:, :k]
        similar = np.take_along_axis(similar, best, 1)
        values = np.take_along_axis(values, best, 1)
    support = similar.sum(1)
    return (similar * values).sum(1) / (support + _SMALL), support

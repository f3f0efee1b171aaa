"""People who want the same: what the nearest of them want besides.

The nearness of a history h to a person v is ``sum_j h_j w_j x_vj / |x_v|^(2 * person_power)`` with
``w_j = count_j ** -title_power``, so that agreeing on what few have seen tells more. It is not
divided by the length of h: that changes no order, and leaves the nearness linear in the history.
The score of a title is the sum of the nearness of the k nearest people who want it.

Measured on MovieLens 1M (people as in :mod:`matinee.taste.ease`; R@20 / R@50 / NDCG@100): .338 /
.452 / .410; with ``person_power`` .5, the cosine, .329 / .434 / .400; with it .7 .334 / .456 /
.405; the cosine with 200 neighbours .306 / .413 / .379.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.taste.matrix import entry_weights, fitting_matrix
from matinee.taste.preference import Preference
from matinee.taste.storage import load_arrays, load_values, save_model
from matinee.types import Contributions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Histories, Interactions, ItemFeatures
    from matinee.types import Rows

_ARRAYS = (
    "title_starts",
    "title_people",
    "title_weights",
    "person_starts",
    "person_titles",
    "person_weights",
    "person_scale",
    "title_scale",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserKnn:
    """People who want the same, before any are known.

    Attributes:
        preference: how interactions are weighed.
        neighbours: k, people whose wants are summed; with 60 coverage@10 is .12, with 100 .10.
        person_power: how much a person is held back for wanting many titles; .5 is the cosine, and
            a little more is better.
        title_power: how much a title is held back for being wanted by many.
    """

    preference: Preference = field(default_factory=Preference)
    neighbours: int = 60
    person_power: float = 0.6
    title_power: float = 0.5

    @property
    def name(self) -> str:
        """The public name of the model."""
        return "user-knn"

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,  # noqa: ARG002 - it knows only who saw what
        *,
        seed: int = 0,  # noqa: ARG002 - there is no chance in it
        progress: Callable[[str, int, int], None] | None = None,
    ) -> FittedUserKnn:
        """Keep who wants what, by person and by title.

        Raises:
            InputError: nothing speaks for a title.
        """
        by_person = fitting_matrix(interactions, self.preference, negative=False)
        by_title = by_person.tocsc()
        by_title.sort_indices()
        lengths = np.asarray(by_person.power(2).sum(axis=1)).ravel()
        counts = np.asarray(by_person.sum(axis=0)).ravel()
        if progress is not None:
            progress("counting", 1, 1)
        arrays = {
            "title_starts": by_title.indptr.astype(np.int64),
            "title_people": by_title.indices.astype(np.int32),
            "title_weights": by_title.data.astype(np.float32),
            "person_starts": by_person.indptr.astype(np.int64),
            "person_titles": by_person.indices.astype(np.int32),
            "person_weights": by_person.data.astype(np.float32),
            "person_scale": (np.maximum(lengths, 1e-12) ** -self.person_power).astype(np.float32),
            "title_scale": (np.maximum(counts, 1e-12) ** -self.title_power).astype(np.float32),
        }
        return FittedUserKnn(self, arrays)


class FittedUserKnn:
    """Who wanted what; implements ``Recommender``.

    With the neighbours given, a score is linear in the history, and the explanation is what each
    entry gives to it. Taking an entry out may also bring in another neighbour: the score then moves
    by more or less than the entry gave.
    """

    def __init__(self, config: UserKnn, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Take what was kept: two compressed tables, by title and by person, and their scales."""
        self._config = config
        self._arrays = arrays

    @property
    def name(self) -> str:
        """The public name of the model."""
        return self._config.name

    def __len__(self) -> int:
        return len(self._arrays["title_scale"])

    def score(self, histories: Histories, items: Rows | None = None) -> npt.NDArray[np.float32]:
        """Return the scores of titles for each person, float32 [b, n] or [b, m] of ``items``."""
        weights = entry_weights(histories, self._config.preference)
        width = len(self) if items is None else len(items)
        found = np.zeros((len(histories), width), np.float32)
        for person in range(len(histories)):
            own = slice(int(histories.offsets[person]), int(histories.offsets[person + 1]))
            people, near = self._neighbours(histories.items[own], weights[own])
            titles, wanted, owners = self._gather("person", people)
            total = np.bincount(titles, wanted * near[owners], minlength=len(self))
            found[person] = total if items is None else total[items]
        return found

    def explain(self, history: Histories, items: Rows) -> Contributions:
        """Return what each entry gives to the scores of ``items``; there is no base."""
        weights = entry_weights(history, self._config.preference)
        people, _ = self._neighbours(history.items, weights)
        titles, wanted, owners = self._gather("person", people)
        table = np.zeros((len(people), len(self)), np.float32)
        table[owners, titles] = wanted
        scale = weights * self._arrays["title_scale"][history.items]
        agreed = table[:, history.items] * self._arrays["person_scale"][people][:, None]
        given = (agreed.T @ table[:, items]) * scale[:, None]
        base = np.zeros((1, len(items)), np.float32)
        return Contributions(("collaborative",), base, given.astype(np.float32)[None])

    def save(self, folder: Path) -> None:
        """Write what was kept into a folder of its own."""
        save_model(folder, self.name, {"config": asdict(self._config)}, self._arrays)

    @classmethod
    def open(cls, folder: Path) -> FittedUserKnn:
        """Open what was saved, mapped into memory.

        Raises:
            LibraryCorruptError: the folder is damaged.
        """
        values = dict(load_values(folder)["config"])
        config = UserKnn(**{**values, "preference": Preference(**values["preference"])})
        return cls(config, load_arrays(folder, *_ARRAYS))

    def _neighbours(
        self, seen: Rows, weights: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return the nearest people, ascending, and how near they are, above 0."""
        people, wanted, owners = self._gather("title", seen)
        scale = weights * self._arrays["title_scale"][seen]
        total = len(self._arrays["person_scale"])
        # Without any entries bincount counts, in integers.
        agreed = np.bincount(people, wanted * scale[owners], minlength=total).astype(np.float64)
        near = agreed * self._arrays["person_scale"]
        nearest: npt.NDArray[np.int64] = np.flatnonzero(near > 0)
        k = self._config.neighbours
        if len(nearest) > k:
            # The value of the k-th decides; people at a tie with it come in order of position.
            least = -np.partition(-near[nearest], k - 1)[k - 1]
            tied = nearest[near[nearest] == least]
            sure = nearest[near[nearest] > least]
            nearest = np.sort(np.concatenate((sure, tied[: k - len(sure)])))
        return nearest, near[nearest]

    def _gather(
        self, table: str, rows: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Return columns and weights of some rows of a table, and which row each is of."""
        starts = self._arrays[f"{table}_starts"]
        lengths = starts[rows + 1] - starts[rows]
        owners = np.repeat(np.arange(len(rows)), lengths)
        before = np.cumsum(lengths) - lengths
        places = np.arange(len(owners)) - before[owners] + starts[rows][owners]
        columns = self._arrays["title_people" if table == "title" else "person_titles"]
        return columns[places], self._arrays[f"{table}_weights"][places], owners

"""Content taste: titles that resemble, in story, people, genres and era, what a person liked.

The score of title i for a history H is

    ``sum over signals s of  a_s / (W + shrink) ** power_s * sum over e in H of  w_e <x_se, x_si>``

with ``w_e`` the weight of an entry (:mod:`matinee.taste.content_entries`), ``W`` the sum of their
sizes, ``x_s`` the vectors of a signal (:mod:`matinee.taste.content_signals`), and ``a_s`` learnt
(:mod:`matinee.taste.content_learning`). The taste ``sum of w_e x_se`` is formed first, so that one
product over the catalogue suffices. Who else took a title plays no part: one that nobody has rated
is scored like all others.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from matinee.errors import InputError, LibraryCorruptError
from matinee.interaction import Action, Histories
from matinee.taste.content_entries import EntryWeights
from matinee.taste.content_learning import contests, worth
from matinee.taste.content_signals import SIGNALS, Signal, signals_of
from matinee.taste.matrix import nothing_wanted
from matinee.taste.preference import Preference
from matinee.taste.storage import MODEL, load_arrays, load_values, save_model
from matinee.types import Contributions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Interactions, ItemFeatures
    from matinee.types import Rows

NAME = "content"
_MIDDLE = 3.5
"""Stars people give on average, where nobody gave any; that of MovieLens."""
_SPARSE = ("data", "indices", "indptr", "shape")
_CONTESTS_AT_ONCE = 256
"""Contests computed together; with 20 others and 384 dimensions they take 17 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentTaste:
    """A ranking model that needs no ratings of the titles it ranks.

    Attributes:
        entries: how the entries of a history count.
        preference: which interactions are titles that were taken, for learning.
        shrink: weight of history at which the evidence counts half; less says little yet.
        folds: parts the interactions are cut into.
        used_folds: how many of them are held out, one after the other; a handful of weights needs
            no more contests than two of them give.
        contests: held-out titles of a fold that are learnt from, drawn at random.
        others: titles drawn against each.
        usual: weights where there is nothing to learn from, for signals scaled to a standard
            deviation of 1, by name; as learnt on MovieLens (2018, 100,836 ratings).
        pull: contests that the usual weights are worth.
    """

    entries: EntryWeights = field(default_factory=EntryWeights)
    preference: Preference = field(default_factory=Preference)
    shrink: float = 5.0
    folds: int = 5
    used_folds: int = 2
    contests: int = 4000
    others: int = 20
    usual: tuple[float, float, float, float] = (0.4, 0.25, 0.3, 0.7)
    pull: float = 20.0

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
    ) -> FittedContentTaste:
        """Learn what each signal is worth.

        Raises:
            InputError: there are no features of any use, or nothing speaks for a title.
        """
        signals = {} if features is None else signals_of(features)
        if not signals:
            raise InputError(
                "The content model needs to know the titles",
                where="features",
                cure="Give years, genres, people or story vectors of the titles",
            )
        if features is not None and len(features) != len(interactions.item_ids):
            raise InputError(
                f"There are features of {len(features)} titles",
                where=f"{len(interactions.item_ids)} titles",
                cure="Give one row of features for each title of item_ids",
            )
        if not self.preference.favours(interactions).any():
            raise nothing_wanted(interactions)
        # By time and not as given: the folds must not depend on the order of the rows.
        order = np.lexsort((interactions.items, interactions.times, interactions.users))
        interactions = interactions.take(order)
        stars = interactions.values[interactions.actions == Action.RATING]
        stars = stars[~np.isnan(stars)]
        fitted = FittedContentTaste(
            signals=signals,
            weights=dict.fromkeys(signals, 1.0),
            entries=self.entries,
            mean=float(stars.mean()) if len(stars) else _MIDDLE,
            shrink=self.shrink,
            size=len(interactions.item_ids),
        )
        told = np.concatenate(list(self._evidence(fitted, interactions, seed, progress)))
        usual = np.array([self.usual[SIGNALS.index(name)] for name in signals])
        found = worth(told, usual, self.pull)
        return fitted.weighed(dict(zip(signals, map(float, found), strict=True)))

    def _evidence(
        self,
        fitted: FittedContentTaste,
        interactions: Interactions,
        seed: int,
        progress: Callable[[str, int, int], None] | None,
    ) -> Iterator[npt.NDArray[np.float64]]:
        """Yield what each signal says of the titles of held-out contests, [p, 1 + others, s]."""
        rng = np.random.default_rng(seed)
        fold = rng.integers(self.folds, size=len(interactions))
        taken = self.preference.favours(interactions)
        for held in range(self.used_folds):
            if progress is not None:
                progress("content", held, self.used_folds)
            rows = rng.permutation(np.flatnonzero((fold == held) & taken))[: self.contests]
            drawn = contests(interactions, rows, self.others, rng)
            people, owners = np.unique(drawn.users, return_inverse=True)
            yield fitted.evidence(
                Histories.of(interactions.take(fold != held), people), owners, drawn.titles
            )
        if progress is not None:
            progress("content", self.used_folds, self.used_folds)


@dataclass(frozen=True, slots=True)
class FittedContentTaste:
    """What was learnt of content; see :class:`ContentTaste`.

    Attributes:
        signals: by name.
        weights: of each signal, on the scale of its dot products.
        entries: how the entries of a history count.
        mean: stars that people give on average.
        shrink: see :class:`ContentTaste`.
        size: number of titles.
    """

    signals: Mapping[str, Signal]
    weights: Mapping[str, float]
    entries: EntryWeights
    mean: float
    shrink: float
    size: int

    @property
    def name(self) -> str:
        """The public name of the model."""
        return NAME

    def __len__(self) -> int:
        return self.size

    def weighed(self, weights: Mapping[str, float]) -> FittedContentTaste:
        """Return the model with other weights of its signals."""
        return replace(self, weights=weights)

    def score(self, histories: Histories, items: Rows | None = None) -> npt.NDArray[np.float32]:
        """Return the scores of titles, float32 [b, n] or [b, m]; 0 for all without a history."""
        found = np.zeros((len(histories), self.size if items is None else len(items)), np.float32)
        if len(histories) == 1:
            weights = self.entries.of(histories, self.mean)
            total = float(np.abs(weights).sum()) + self.shrink
            for name, signal in self.signals.items():
                scale = np.float32(self.weights[name] / total**signal.power)
                found[0] += scale * signal.near(signal.taste(histories.items, weights), items)
            return found
        for name, tastes in self._tastes(histories):
            found += np.float32(self.weights[name]) * self.signals[name].likeness(tastes, items)
        return found

    def explain(self, history: Histories, items: Rows) -> Contributions:
        """Return what each entry gives to the scores of ``items`` [m] through each signal.

        Shares are of the score as it is: without an entry the others would count for more, as the
        sum is divided by the weight of the whole history.
        """
        titles = np.zeros((len(SIGNALS), len(history.items), len(items)), np.float32)
        weights = self.entries.of(history, self.mean)
        total = float(np.abs(weights).sum()) + self.shrink
        for name, signal in self.signals.items():
            given = weights * np.float32(self.weights[name] / total**signal.power)
            shared = signal.between(history.items, items)
            titles[SIGNALS.index(name)] = given[:, None] * shared
        return Contributions(SIGNALS, np.zeros((len(SIGNALS), len(items)), np.float32), titles)

    def evidence(
        self, histories: Histories, owners: npt.NDArray[np.int64], titles: Rows
    ) -> npt.NDArray[np.float64]:
        """Return what each signal says, unweighted, of ``titles`` [p, c], float64 [p, c, s].

        Row i of ``titles`` is for person ``owners[i]`` of the batch.
        """
        told = np.zeros((*titles.shape, len(self.signals)))
        for column, (name, tastes) in enumerate(self._tastes(histories)):
            for start in range(0, len(titles), _CONTESTS_AT_ONCE):
                part = titles[start : start + _CONTESTS_AT_ONCE]
                people = np.repeat(owners[start : start + len(part)], titles.shape[1])
                found = self.signals[name].pairs(tastes, people, part.ravel())
                told[start : start + len(part), :, column] = found.reshape(part.shape)
        return told

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        arrays: dict[str, npt.NDArray[Any]] = {}
        for name, signal in self.signals.items():
            if sparse.issparse(signal.rows):
                for part in _SPARSE:
                    arrays[f"{name}_{part}"] = np.asarray(getattr(signal.rows, part))
            else:
                arrays[name] = signal.rows.astype(np.float16) if name == "story" else signal.rows
        values = {
            "size": self.size,
            "mean": self.mean,
            "shrink": self.shrink,
            "entries": asdict(self.entries),
            "weights": dict(self.weights),
            "powers": {name: signal.power for name, signal in self.signals.items()},
        }
        save_model(folder, NAME, values, arrays)

    @classmethod
    def open(cls, folder: Path) -> FittedContentTaste:
        """Open a saved model.

        Raises:
            LibraryCorruptError: a file is missing or damaged, or they do not fit together.
        """
        values = load_values(folder)
        try:
            signals = {
                name: Signal(_rows(folder, name), float(power))
                for name, power in sorted(
                    values["powers"].items(), key=lambda item: SIGNALS.index(item[0])
                )
            }
            size = int(values["size"])
            if any(signal.rows.shape[0] != size for signal in signals.values()):
                raise ValueError("the arrays are of another number of titles")
            return cls(
                signals=signals,
                weights={name: float(values["weights"][name]) for name in signals},
                entries=EntryWeights(**values["entries"]),
                mean=float(values["mean"]),
                shrink=float(values["shrink"]),
                size=size,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise LibraryCorruptError(
                f"A model of taste cannot be read: {error}",
                where=str(folder / MODEL),
                cure="Train again with: matinee train taste",
            ) from error

    def _tastes(self, histories: Histories) -> Iterator[tuple[str, Any]]:
        """Yield the tastes of people by each signal, [b, d], divided by what they rest on."""
        weights = self.entries.of(histories, self.mean)
        totals = np.bincount(histories.owners, np.abs(weights), len(histories)) + self.shrink
        where = (histories.owners, histories.items)
        shape = (len(histories), self.size)
        matrix = sparse.csr_matrix((weights, where), shape, dtype=np.float32)
        for name, signal in self.signals.items():
            scale = sparse.diags(totals**-signal.power, dtype=np.float32)
            yield name, signal.tastes((scale @ matrix).tocsr())


def _rows(folder: Path, name: str) -> Any:
    """Return the vectors of a signal."""
    if (folder / f"{name}.npy").exists():
        return np.asarray(load_arrays(folder, name)[name], np.float32)
    parts = load_arrays(folder, *(f"{name}_{part}" for part in _SPARSE))
    data, indices, indptr, shape = (parts[f"{name}_{part}"] for part in _SPARSE)
    return sparse.csr_matrix((data, indices, indptr), tuple(shape.tolist()))

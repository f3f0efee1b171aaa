"""A factorisation machine that was fitted: samples of its weights, and what they predict."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.special import ndtr

from matinee.errors import InputError
from matinee.taste.rating_data import Ratings, check_pairs, clipped, moments
from matinee.taste.rating_design import SECONDS_A_DAY, Sets, past_sets, whole_sets
from matinee.taste.rating_fold_in import folded_in, level_middles
from matinee.taste.storage import load_arrays, load_values, save_model
from matinee.types import Predicted

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Histories
    from matinee.types import Rows

NAME = "fm"

EIGHTY = 1.2816
"""Standard deviations from the middle to either end of the interval that holds 80% of a normal."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of pairs but the person: sets, titles and days, by rows of weights."""

    sets: Sets | None
    items: Rows
    day: Rows | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedFactorisationMachine:
    """Samples of the posterior; needs neither ``myfm`` nor the ratings.

    Weights are float32 [s, rows, 1 + rank]: s samples, the linear weight first, then the vector.

    Attributes:
        past: as in :class:`~matinee.taste.fm.FactorisationMachine`.
        mean: w0, float64 [s].
        noise: variance around the prediction, float64 [s].
        cuts: float64 [s, l - 1], see :class:`~matinee.taste.rating_gibbs.Draw`.
        levels: stars of each of the l levels, float64 [l]; empty where stars were learnt.
        days: days since 1970 that were seen, ascending, int64 [d].
        person: weights of people, and last those of the mean person.
        title: weights of titles, all that is told of each summed up.
        seen: weights of titles as something that was rated; no rows where sets are not told.
        day: weights of days, and last those of the mean day.
    """

    NAME: ClassVar[str] = NAME

    past: bool
    mean: npt.NDArray[np.float64]
    noise: npt.NDArray[np.float64]
    cuts: npt.NDArray[np.float64]
    levels: npt.NDArray[np.float64]
    days: npt.NDArray[np.int64]
    person: npt.NDArray[np.float32]
    title: npt.NDArray[np.float32]
    seen: npt.NDArray[np.float32]
    day: npt.NDArray[np.float32]

    @property
    def name(self) -> str:
        """The public name of the model."""
        return NAME

    def predict(
        self,
        histories: Histories,
        people: Rows,
        items: Rows,
        times: npt.NDArray[np.int64] | None = None,
    ) -> Predicted:
        """Return the stars of each pair, with intervals by the posterior and the noise.

        Somebody new has weights by their history, see :mod:`matinee.taste.rating_fold_in`; with
        ``past`` by what of it is not later than the pair. The set of what was rated then ends
        before the pair.

        Raises:
            InputError: a person or a title is out of range.
        """
        check_pairs(histories, people, items, self.title.shape[1])
        known = histories.users
        if len(known) and known.max() >= self.person.shape[1] - 1:
            raise InputError(
                "A person is outside those the model was fitted on",
                where=f"position {int(known.max())} of {self.person.shape[1] - 1}",
                cure="Give -1 for somebody new",
            )
        ratings = Ratings.of_histories(histories, self.title.shape[1], first=self.past)
        when = moments(times, len(people))
        stars, variance = self.posterior(ratings, known, people, items, when)
        spread = EIGHTY * np.sqrt(variance)
        return Predicted(clipped(stars), clipped(stars - spread), clipped(stars + spread))

    def posterior(
        self,
        ratings: Ratings,
        known: Rows,
        people: Rows,
        items: Rows,
        times: npt.NDArray[np.int64],
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return mean and variance of the stars of each pair, float64 [p], not clipped.

        Args:
            ratings: what the people of the batch rated.
            known: int64 [b], position of each among those fitted on, or -1.
            people: int64 [p], positions in the batch.
            items: int64 [p].
            times: int64 [p], :data:`~matinee.taste.rating_data.LATER` where unknown.
        """
        asked = self._told(ratings, people, items, times)
        new = np.flatnonzero(known[people] < 0)
        person = np.where(known[people] < 0, self.person.shape[1] - 1, known[people])
        history = None
        if len(new):
            owners = ratings.users
            history = self._told(ratings, owners, ratings.items, ratings.times)
        starts, ends = ratings.span(people[new], None, times[new] if self.past else None)
        spans, place = np.unique(np.stack([starts, ends], 1), axis=0, return_inverse=True)
        total = np.zeros(len(people))
        squares = np.zeros(len(people))
        noise = np.zeros(len(people))
        for sample in range(len(self.mean)):
            whose = self.person[sample][person]
            if history is not None:
                differ = self._folded(sample, ratings, history, spans[:, 0], spans[:, 1])
                whose[new] += differ[place.reshape(-1)].astype(np.float32)
            stars, spread = self._stars(sample, _score(whose, *self._fixed(sample, asked)))
            total += stars
            squares += stars**2
            noise += spread
        number = len(self.mean)
        mean = total / number
        return mean, np.maximum(squares / number - mean**2, 0) + noise / number

    def _folded(
        self, sample: int, ratings: Ratings, history: _Told, starts: Rows, ends: Rows
    ) -> npt.NDArray[np.float64]:
        """Return how the weights of somebody new differ from the mean person's, by their slices."""
        score, vectors = self._fixed(sample, history)
        target = ratings.stars
        if len(self.levels):
            level = np.abs(target[:, None] - self.levels).argmin(1)
            target = level_middles(self.cuts[sample])[level]
        mean = np.broadcast_to(self.person[sample][-1], (len(ratings), self.person.shape[2]))
        prior = self.person[sample][:-1].var(0)
        rests = target - _score(mean, score, vectors)
        return folded_in(rests, vectors, starts, ends, prior, float(self.noise[sample]))

    def _told(
        self, ratings: Ratings, people: Rows, items: Rows, times: npt.NDArray[np.int64]
    ) -> _Told:
        return _Told(self._sets(ratings, people, times), items, self._days(times))

    def _fixed(
        self, sample: int, told: _Told
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
        """Return what everything but the person gives, [p], and the vector it has for them."""
        title = self.title[sample][told.items]
        score = self.mean[sample] + title[:, 0].astype(np.float64)
        vector = title[:, 1:]
        if told.sets is not None:
            seen, matrix = self.seen[sample], told.sets.matrix
            found = matrix @ seen
            within = (found[:, 1:] ** 2).sum(1) - matrix.power(2) @ (seen[:, 1:] ** 2).sum(1)
            rows = found[told.sets.row, 1:]
            score += (found[:, 0] + within / 2)[told.sets.row]
            score += np.einsum("pk,pk->p", vector, rows)
            vector = vector + rows
        if told.day is not None:
            when = self.day[sample][told.day]
            score += when[:, 0] + np.einsum("pk,pk->p", vector, when[:, 1:])
            vector = vector + when[:, 1:]
        return score, np.asarray(vector, np.float32)

    def _stars(
        self, sample: int, score: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the mean and variance that a score stands for."""
        if not len(self.levels):
            return score, np.full(len(score), self.noise[sample])
        reached = ndtr(score[:, None] - self.cuts[sample])
        mean = self.levels[0] + reached @ np.diff(self.levels)
        square = self.levels[0] ** 2 + reached @ np.diff(self.levels**2)
        return mean, square - mean**2

    def _sets(self, ratings: Ratings, people: Rows, times: npt.NDArray[np.int64]) -> Sets | None:
        if not self.seen.shape[1]:
            return None
        if self.past and ratings.timed:
            return past_sets(ratings, people, times)
        whole = whole_sets(ratings)
        return Sets(matrix=whole.matrix.astype(np.float32), row=people)

    def _days(self, times: npt.NDArray[np.int64]) -> Rows | None:
        """Return the row of the day of each moment, the mean day where it was not seen."""
        if not len(self.days):
            return None
        day = times // SECONDS_A_DAY
        place = np.minimum(np.searchsorted(self.days, day), len(self.days) - 1)
        return np.where(self.days[place] == day, place, len(self.days))

    def save(self, folder: Path) -> None:
        """Write the samples into a folder of its own."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        save_model(folder, NAME, {"past": arrays.pop("past")}, arrays)

    @classmethod
    def open(cls, folder: Path) -> FittedFactorisationMachine:
        """Open what was saved.

        Raises:
            LibraryCorruptError: a file is missing or damaged.
        """
        past = bool(load_values(folder)["past"])
        names = [field.name for field in fields(cls) if field.name != "past"]
        return cls(past=past, **load_arrays(folder, *names))


def _score(
    whose: npt.NDArray[np.float32],
    score: npt.NDArray[np.float64],
    vectors: npt.NDArray[np.float32],
) -> npt.NDArray[np.float64]:
    """Return what people's weights [p, 1 + rank] make of what is fixed."""
    return np.asarray(score + whose[:, 0] + np.einsum("pk,pk->p", whose[:, 1:], vectors))

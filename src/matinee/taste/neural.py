"""Stars from a small neural network, as it is served: numpy alone.

It is trained by :class:`matinee.train.neural.Neural`, which needs torch; this module does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError, LibraryCorruptError
from matinee.taste.rating_data import Ratings, check_pairs, clipped
from matinee.taste.storage import MODEL, load_arrays, load_values, save_model
from matinee.types import Predicted

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Histories
    from matinee.types import Rows

    Floats = npt.NDArray[np.float32]

NAME = "neural"
AVERAGE = -1
"""Row of the person who stands for everybody: the last."""
_ARRAYS = ("people", "titles", "weight", "bias", "out", "known")
_PAIRS = 65_536
"""Pairs computed at a time: with 128 numbers each they take 34 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedNeural:
    """What :class:`matinee.train.neural.Neural` learnt.

    ``hidden = relu(relu(people[u] + titles[i]) @ weight + bias)``, ``stars = mean + hidden @ out``.
    The first layer of the network is linear in what is known of the person and of the title, so
    each one's share of it is kept instead of the embeddings it was computed from.

    Somebody it was not trained on is the average person, corrected by their own ratings: the
    stars they gave beyond what the average person would have given are explained by ridge
    regression on ``(1, hidden)``, the layer under the last.

    Attributes:
        mean: mean of all ratings, stars, with the bias of the last layer.
        people: float32 [u + 1, a]; the last row is the average person.
        titles: float32 [n, a], with the bias of the first layer.
        weight: float32 [a, b], of the second layer.
        bias: float32 [b], of the second layer.
        out: float32 [b], of the last layer.
        known: bool [u], who gave a rating that was trained on.
        person_shrinkage: ridge on the constant: ratings that the kindness of somebody new is held
            back by.
        taste_shrinkage: ridge on the other coefficients.

    >>> from matinee.interaction import NO_TIME, Histories
    >>> one = np.ones((1, 1), np.float32)
    >>> fitted = FittedNeural(mean=2.0, people=np.float32([[1], [0]]), titles=np.float32([[1]]),
    ...     weight=one, bias=np.float32([-0.5]), out=np.float32([1]), known=np.array([True]),
    ...     person_shrinkage=2.0, taste_shrinkage=1.0)
    >>> nobody = np.zeros(0)
    >>> asked = Histories(offsets=np.array([0, 0, 0]), items=nobody.astype(np.int64),
    ...     actions=nobody.astype(np.int8), values=nobody.astype(np.float32),
    ...     times=nobody.astype(np.int64), users=np.array([0, -1]))
    >>> fitted.predict(asked, np.array([0, 1]), np.array([0, 0])).stars.tolist()
    [3.5, 2.5]
    """

    mean: float
    people: Floats
    titles: Floats
    weight: Floats
    bias: Floats
    out: Floats
    known: npt.NDArray[np.bool_]
    person_shrinkage: float
    taste_shrinkage: float

    @property
    def name(self) -> str:
        """The public name of the model."""
        return NAME

    def predict(
        self,
        histories: Histories,
        people: Rows,
        items: Rows,
        times: npt.NDArray[np.int64] | None = None,  # noqa: ARG002 - the network knows no time
    ) -> Predicted:
        """Return the stars of each pair, without intervals.

        People it was trained on are as they were then; others are folded in by their history.

        Raises:
            InputError: a person or a title is out of range.
        """
        check_pairs(histories, people, items, len(self.titles))
        rows = self._rows(histories)
        hidden = self.hidden(rows[people], items)
        stars = self.mean + hidden @ self.out
        asked = np.zeros(len(histories), np.bool_)
        asked[people] = True
        new = np.flatnonzero(asked & (rows == AVERAGE) & (histories.lengths > 0))
        if len(new):
            place = np.full(len(histories), -1)
            place[new] = np.arange(len(new))
            corrections = self._fold_in(histories, new)
            pairs = np.flatnonzero(place[people] >= 0)
            own = corrections[place[people[pairs]]]
            stars[pairs] += own[:, 0] + np.einsum("pb,pb->p", hidden[pairs], own[:, 1:])
        return Predicted(clipped(stars))

    def hidden(self, rows: Rows, items: Rows) -> Floats:
        """Return the layer under the last for rows of ``people`` and titles, float32 [p, b]."""
        found = np.empty((len(rows), len(self.out)), np.float32)
        for start in range(0, len(rows), _PAIRS):
            part = slice(start, start + _PAIRS)
            first = np.maximum(self.people[rows[part]] + self.titles[items[part]], 0)
            found[part] = np.maximum(first @ self.weight + self.bias, 0)
        return found

    def _rows(self, histories: Histories) -> Rows:
        """Return the row of each person of a batch, int64 [b]."""
        users = histories.users
        if len(users) and (users.min() < -1 or users.max() >= len(self.known)):
            raise InputError(
                "A person is outside those the model was fitted on",
                where=f"positions from {int(users.min())} to {int(users.max())} "
                f"of {len(self.known)}",
                cure="Give -1 for somebody it does not know",
            )
        trained = users >= 0
        trained[trained] = self.known[users[trained]]
        return np.where(trained, users, AVERAGE)

    def _fold_in(self, histories: Histories, new: Rows) -> npt.NDArray[np.float64]:
        """Return the correction of each of some people, float64 [len(new), 1 + b]."""
        ratings = Ratings.of_histories(histories, len(self.titles))
        found = np.zeros((len(new), 1 + len(self.out)))
        ridge = np.full(1 + len(self.out), self.taste_shrinkage)
        ridge[0] = self.person_shrinkage
        offsets = ratings.offsets
        for place, person in enumerate(new.tolist()):
            part = slice(offsets[person], offsets[person + 1])
            items = ratings.items[part]
            hidden = self.hidden(np.full(len(items), AVERAGE), items).astype(np.float64)
            rest = ratings.stars[part] - self.mean - hidden @ self.out
            design = np.hstack([np.ones((len(items), 1)), hidden])
            found[place] = np.linalg.solve(design.T @ design + np.diag(ridge), design.T @ rest)
        return found

    def save(self, folder: Path) -> None:
        """Write what was learnt into a folder of its own."""
        values = {
            "mean": self.mean,
            "person_shrinkage": self.person_shrinkage,
            "taste_shrinkage": self.taste_shrinkage,
        }
        save_model(folder, NAME, values, {name: getattr(self, name) for name in _ARRAYS})

    @classmethod
    def open(cls, folder: Path) -> FittedNeural:
        """Open what was saved.

        Raises:
            LibraryCorruptError: a file is missing or damaged, or they do not belong together.
        """
        values = load_values(folder)
        arrays = load_arrays(folder, *_ARRAYS)
        try:
            people, titles, weight = arrays["people"], arrays["titles"], arrays["weight"]
            (first, second), (known,) = weight.shape, arrays["known"].shape
            fits = people.shape == (known + 1, first) and titles.shape[1:] == (first,)
            if not fits or arrays["bias"].shape != (second,) or arrays["out"].shape != (second,):
                raise ValueError("its arrays do not fit together")
            return cls(
                mean=float(values["mean"]),
                person_shrinkage=float(values["person_shrinkage"]),
                taste_shrinkage=float(values["taste_shrinkage"]),
                **arrays,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise LibraryCorruptError(
                f"A model of taste cannot be read: {error}",
                where=str(folder / MODEL),
                cure="Train again with: matinee train taste",
            ) from error

"""Implicit ALS: people and titles as vectors, whose product says how sure a want is.

Hu, Koren and Volinsky 2008, *Collaborative Filtering for Implicit Feedback Datasets*. With c_ui =
1 + alpha |w_ui| and p_ui = 1 where the weight w_ui is above 0, else 0, the vectors minimise
``sum_ui c_ui (p_ui - x_u y_i)^2 + regularisation (|X|^2 + |Y|^2)`` over all pairs. The vectors of
titles come from the package ``implicit``; a person is folded in here, by numpy alone:
``x_u = A_u^-1 sum_j c_uj p_uj y_j`` with ``A_u = Y'C_uY + regularisation I``. Folding in takes
p_uj = w_uj where that is below 0: a mere zero would draw up a title expected to be disliked.

Measured on MovieLens 1M (protocol of :mod:`matinee.taste.ease`; R@20 / R@50 / NDCG@100): alpha 1,
regularisation 10 .332 / .448 / .398; 5, 50 .366 / .485 / .435; 10, 30 .349 / .477 / .414; 10, 100
.362 / .480 / .432; 20, 150 .351 / .469 / .422; with 10, 100, 64 factors .426 and 256 .433 of NDCG.
The penalty matters most.
"""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import MissingExtraError
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

_PEOPLE = 256
"""People solved for at a time: 256 matrices of 128 x 128 doubles are 34 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ials:
    """Implicit ALS, before anything is learnt.

    Attributes:
        preference: how interactions are weighed.
        factors: d, length of a vector.
        alpha: how much surer one interaction makes.
        regularisation: penalty of the squared lengths.
        iterations: rounds of alternation.
    """

    preference: Preference = field(default_factory=Preference)
    factors: int = 128
    alpha: float = 5.0
    regularisation: float = 50.0
    iterations: int = 15

    @property
    def name(self) -> str:
        """The public name of the model."""
        return "ials"

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,  # noqa: ARG002 - it knows only who saw what
        *,
        seed: int = 0,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> FittedIals:
        """Learn the vectors of titles.

        One thread is used, and the same seed gives the same vectors.

        Raises:
            InputError: nothing speaks for a title.
            MissingExtraError: ``implicit`` is not installed.
        """
        try:
            from implicit.cpu.als import AlternatingLeastSquares
        except ImportError as error:
            raise MissingExtraError("implicit", "taste") from error
        matrix = fitting_matrix(interactions, self.preference, negative=True)
        # The package reads a number as confidence, and its sign as what is preferred.
        matrix.data = np.sign(matrix.data) * (1 + self.alpha * np.abs(matrix.data))

        def callback(done: int, *_: Any) -> None:
            if progress is not None:
                progress("vectors of titles", done + 1, self.iterations)

        with warnings.catch_warnings():
            # It advises a single BLAS thread for many threads of its own; it is given one.
            warnings.filterwarnings("ignore", message=".*BLAS", category=RuntimeWarning)
            model = AlternatingLeastSquares(
                factors=self.factors,
                regularization=self.regularisation,
                iterations=self.iterations,
                num_threads=1,
                random_state=seed,
            )
            model.fit(matrix, show_progress=False, callback=callback)
        factors = np.array(model.item_factors, np.float32)
        # The solver stops before the vectors of titles nobody wanted have shrunk to nothing.
        factors[np.bincount(matrix.indices[matrix.data > 0], minlength=len(factors)) == 0] = 0
        return FittedIals(self, factors, _gram(factors))


class FittedIals:
    """Vectors of titles, into which people are folded; implements ``Recommender``.

    The explanation is the paper's: ``score_ui = sum_j s_ij c_uj p_uj`` with ``s_ij = y_i A_u^-1
    y_j``. It adds up, but A_u is made of the history too: taking an entry out changes how all the
    others count, so that the score moves by about, not exactly, what the entry gave.
    """

    def __init__(
        self,
        config: Ials,
        factors: npt.NDArray[np.float32],
        gram: npt.NDArray[np.float64],
    ) -> None:
        """Take what was learnt: ``factors`` [n, d] and their ``gram`` Y'Y [d, d]."""
        self._config = config
        self._factors = factors
        self._gram = gram

    @property
    def name(self) -> str:
        """The public name of the model."""
        return self._config.name

    @property
    def factors(self) -> npt.NDArray[np.float32]:
        """The vectors of the titles, float32 [n, d]; rows of zeros where nobody wanted one."""
        return self._factors

    def __len__(self) -> int:
        return len(self._factors)

    def people(self, histories: Histories) -> npt.NDArray[np.float32]:
        """Return the vectors of people, float32 [b, d]; zeros where nothing is known."""
        weights = entry_weights(histories, self._config.preference)
        found = np.zeros((len(histories), self._factors.shape[1]), np.float32)
        for start in range(0, len(histories), _PEOPLE):
            block = range(start, min(start + _PEOPLE, len(histories)))
            left, right = [], []
            for person in block:
                own = slice(int(histories.offsets[person]), int(histories.offsets[person + 1]))
                seen, confidence, wanted = self._evidence(histories.items[own], weights[own])
                left.append(self._system(seen, confidence))
                right.append(wanted @ seen)
            found[block.start : block.stop] = np.linalg.solve(
                np.stack(left), np.stack(right)[..., None]
            )[..., 0]
        return found

    def score(self, histories: Histories, items: Rows | None = None) -> npt.NDArray[np.float32]:
        """Return the scores of titles for each person, float32 [b, n] or [b, m] of ``items``."""
        factors = self._factors if items is None else self._factors[items]
        scores: npt.NDArray[np.float32] = self.people(histories) @ factors.T
        return scores

    def explain(self, history: Histories, items: Rows) -> Contributions:
        """Return what each entry gives to the scores of ``items``; there is no base."""
        weights = entry_weights(history, self._config.preference)
        seen, confidence, wanted = self._evidence(history.items, weights)
        asked = self._factors[items].astype(np.float64)
        near = seen @ np.linalg.solve(self._system(seen, confidence), asked.T)
        given = (wanted[:, None] * near).astype(np.float32)
        return Contributions(("collaborative",), np.zeros((1, len(items)), np.float32), given[None])

    def save(self, folder: Path) -> None:
        """Write what was learnt into a folder of its own."""
        arrays: dict[str, npt.NDArray[Any]] = {"factors": self._factors, "gram": self._gram}
        save_model(folder, self.name, {"config": asdict(self._config)}, arrays)

    @classmethod
    def open(cls, folder: Path) -> FittedIals:
        """Open what was saved, mapped into memory.

        Raises:
            LibraryCorruptError: the folder is damaged.
        """
        values = dict(load_values(folder)["config"])
        config = Ials(**{**values, "preference": Preference(**values["preference"])})
        arrays = load_arrays(folder, "factors", "gram")
        return cls(config, arrays["factors"], arrays["gram"])

    def _evidence(
        self, items: npt.NDArray[np.int64], weights: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return vectors [h, d] of a person's titles, their c - 1, and c times p."""
        extra = self._config.alpha * np.abs(weights.astype(np.float64))
        wanted = (1 + extra) * np.where(weights > 0, 1, np.minimum(weights, 0))
        return self._factors[items].astype(np.float64), extra, wanted

    def _system(
        self, seen: npt.NDArray[np.float64], extra: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        found = self._gram + (seen.T * extra) @ seen
        found[np.diag_indices_from(found)] += self._config.regularisation
        return found


def _gram(factors: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    wide = factors.astype(np.float64)
    return wide.T @ wide

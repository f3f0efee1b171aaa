"""Linear autoencoders over titles in closed form: EASE, and RDLAE, its relaxed successor.

A person's row x of weights is answered by ``x B``, where B [k, k] minimises
``|X - X B|^2 + sum_i r_i |B_i|^2`` under a condition on its diagonal. With
``P = (X'X + diag r)^-1``

* EASE (Steck 2019, *Embarrassingly Shallow Autoencoders for Sparse Data*): ``diag B = 0`` and all
  r alike, so that ``B_ij = -P_ij / P_jj``;
* RDLAE (Moon, Kim and Lee 2023, *It's Enough: Relaxing Diagonal Constraints in Linear Autoencoders
  for Recommender Systems*): ``diag B <= relaxation``, and r_i grows by ``p / (1 - p)`` times the
  weight of title i, which is what dropping entries with probability p amounts to. Then
  ``B = I - P diag(w)`` with ``w_j = r_j`` where ``1 - r_j P_jj`` is within the bound, and
  ``(1 - relaxation) / P_jj`` elsewhere.

Rows beside the people's, one a property that titles share, are learnt from in the same way
(collective EASE, Jeunen and others 2020).

Measured on MovieLens 1M (4,534 people to learn from, 500 to choose by, ratings from 4 stars, 80% of
each of the 500 folded in; R@20 / R@50 / NDCG@100): EASE .366 / .485 / .434, RDLAE .375 / .491 /
.440; with all people counted alike .363 / .477 / .431 and .372 / .484 / .436. Inverting in float32
gives the figures of float64 at half the memory, B being the same to 1e-6. Storing B as float16
costs nothing either (.4308 of NDCG both ways). Keeping of each row only the 800 largest of its
3,486 weights costs .002, the 200 largest .006, so B stays dense.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError
from matinee.half import widen
from matinee.taste import closed_form
from matinee.taste.matrix import entry_weights, even, fitting_matrix, serving_matrix
from matinee.taste.memory import GIBIBYTE, check_memory
from matinee.taste.preference import Preference
from matinee.taste.properties import property_rows
from matinee.taste.storage import load_arrays, load_values, save_model
from matinee.types import Contributions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Histories, Interactions, ItemFeatures
    from matinee.types import Rows

_BLOCK = 1024
"""Columns widened at a time for a batch: 16 MB for 4,000 titles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ease:
    """EASE, before anything is learnt.

    Attributes:
        preference: how interactions are weighed.
        ridge: r, penalty of each row of B; of 300, 600, 900 and 1,300 the second was best on the
            MovieLens 1M people described above. With a tenth of the people (an inner
            split of MovieLens small, RDLAE) 200 is best, 400 loses 1% of NDCG@10 and 600 4%.
        activity_power: a person with c interactions is learnt from with a weight of
            ``c ** -activity_power``, scaled so that the sum stays; else the few who have seen
            everything say most of what goes with what.
        max_items: titles that get weights, the ones wanted by most; the others, and those that
            nobody wanted, score 0, and are left to models that read what titles are.
        max_bytes: most memory that fitting may take.
        feature_weight: factor of the rows of :mod:`matinee.taste.properties`; 0 leaves out what
            titles are. At 1 the figures, here the mean of two ways to fold in, are .371 / .487 /
            .438 (EASE) and .379 / .491 / .444 (RDLAE) on MovieLens 1M, coverage@10 of RDLAE from
            .165 to .176, and its NDCG@10 on inner splits of MovieLens small from .201 to .220; 1.5
            is no better.
    """

    preference: Preference = field(default_factory=Preference)
    ridge: float = 600.0
    activity_power: float = 0.5
    max_items: int = 12_000
    max_bytes: int = 4 * GIBIBYTE
    feature_weight: float = 1.0

    @property
    def name(self) -> str:
        """The public name of the model."""
        return "ease"

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,
        *,
        seed: int = 0,  # noqa: ARG002 - a closed form has no chance in it
        progress: Callable[[str, int, int], None] | None = None,
    ) -> FittedEase:
        """Learn the weights between titles.

        Args:
            interactions: what was done.
            features: of the titles; of them genres, years and people are used.
            seed: is not used.
            progress: is called with a stage, the steps done and their total.

        Raises:
            InputError: nothing speaks for a title, or the memory needed is above the cap.
        """
        return _fit(self, interactions, features, progress, dropout=0.0, relaxation=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rdlae:
    """RDLAE, before anything is learnt.

    Attributes:
        preference: how interactions are weighed.
        ridge: as for :class:`Ease`.
        activity_power: as for :class:`Ease`.
        dropout: p, probability of an entry being hidden; of .1, .2, .33 and .5 the second has the
            best R@20, and the third .0007 more of NDCG@100 at a coverage@10 of .151.
        relaxation: most that a title may say for itself; at .3 and .5 NDCG@100 is .440,
            at 0 .436; coverage@10 is .144, .165 and .125.
        max_items: as for :class:`Ease`.
        max_bytes: as for :class:`Ease`.
        feature_weight: as for :class:`Ease`.
    """

    preference: Preference = field(default_factory=Preference)
    ridge: float = 600.0
    activity_power: float = 0.5
    dropout: float = 0.2
    relaxation: float = 0.5
    max_items: int = 12_000
    max_bytes: int = 4 * GIBIBYTE
    feature_weight: float = 1.0

    @property
    def name(self) -> str:
        """The public name of the model."""
        return "rdlae"

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,
        *,
        seed: int = 0,  # noqa: ARG002 - a closed form has no chance in it
        progress: Callable[[str, int, int], None] | None = None,
    ) -> FittedEase:
        """Learn the weights between titles; as :meth:`Ease.fit`.

        Raises:
            InputError: nothing speaks for a title, or the memory needed is above the cap.
        """
        return _fit(
            self,
            interactions,
            features,
            progress,
            dropout=self.dropout,
            relaxation=self.relaxation,
        )


class FittedEase:
    """Weights between titles, mapped from a file or fresh; implements ``Recommender``.

    A history is answered by one product of its weights with the rows of its titles: 100 titles
    over 10,000 take about a millisecond. The model is additive, so what an entry gives is exactly
    what the score loses without it. Weights are below 0 between titles that stand in for one
    another; of a disliked title only those above 0 count, so that a dislike raises nothing.
    """

    def __init__(
        self,
        name: str,
        preference: Preference,
        titles: int,
        kept: npt.NDArray[np.int64],
        weights: npt.NDArray[np.float16],
    ) -> None:
        """Take what was learnt.

        Args:
            name: public name of the model.
            preference: how histories are weighed.
            titles: number of titles, n.
            kept: int64 [k], ascending, the titles that have weights.
            weights: float16 [k, k], row of a title seen, column of a title scored.
        """
        self._name = name
        self._preference = preference
        self._titles = titles
        self._kept = kept
        self._weights = weights
        self._place = np.full(titles, -1, np.int64)
        self._place[kept] = np.arange(len(kept))

    @property
    def name(self) -> str:
        """The public name of the model."""
        return self._name

    def __len__(self) -> int:
        return self._titles

    def score(self, histories: Histories, items: Rows | None = None) -> npt.NDArray[np.float32]:
        """Return the scores of titles for each person, float32 [b, n] or [b, m] of ``items``."""
        weights = entry_weights(histories, self._preference)
        targets = self._kept if items is None else items[self._place[items] >= 0]
        columns = None if items is None else self._place[targets]
        places = self._place[histories.items]
        found: npt.NDArray[np.float32]
        if len(histories) == 1:
            known = (places >= 0) & (weights != 0)
            rows = _told(self._rows(places[known], columns), weights[known])
            found = (weights[known] @ rows)[None]
        else:
            found = self._batch(histories, weights, places, columns)
        if len(targets) == (len(self) if items is None else len(items)):
            return found
        if items is None:
            full = np.zeros((len(histories), len(self)), np.float32)
            full[:, self._kept] = found
        else:
            full = np.zeros((len(histories), len(items)), np.float32)
            full[:, self._place[items] >= 0] = found
        return full

    def explain(self, history: Histories, items: Rows) -> Contributions:
        """Return what each entry gives to the scores of ``items``; there is no base."""
        weights = entry_weights(history, self._preference)
        given = np.zeros((1, len(weights), len(items)), np.float32)
        seen, asked = self._place[history.items], self._place[items]
        rows, columns = np.flatnonzero(seen >= 0), np.flatnonzero(asked >= 0)
        told = _told(self._rows(seen[rows], asked[columns]), weights[rows])
        part = told * weights[rows, None]
        given[0, rows[:, None], columns] = part
        return Contributions(("collaborative",), np.zeros((1, len(items)), np.float32), given)

    def save(self, folder: Path) -> None:
        """Write what was learnt into a folder of its own."""
        save_model(
            folder,
            self._name,
            {"titles": self._titles, "preference": asdict(self._preference)},
            {"kept": self._kept, "weights": self._weights},
        )

    @classmethod
    def open(cls, folder: Path) -> FittedEase:
        """Open what was saved, mapped into memory.

        Raises:
            LibraryCorruptError: the folder is damaged.
        """
        values = load_values(folder)
        arrays = load_arrays(folder, "kept", "weights")
        return cls(
            values["model"],
            Preference(**values["preference"]),
            values["titles"],
            arrays["kept"],
            arrays["weights"],
        )

    def _rows(
        self, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64] | None
    ) -> npt.NDArray[np.float32]:
        if columns is None:
            return widen(self._weights[rows])
        return widen(self._weights[rows[:, None], columns])

    def _batch(
        self,
        histories: Histories,
        weights: npt.NDArray[np.float32],
        places: npt.NDArray[np.int64],
        columns: npt.NDArray[np.int64] | None,
    ) -> npt.NDArray[np.float32]:
        known = places >= 0
        used, rows = np.unique(places[known], return_inverse=True)
        seen = histories.keep(known)
        # Only the titles that somebody has seen are rows of the product.
        wants = serving_matrix(seen.offsets, rows, np.maximum(weights[known], 0), len(used))
        dislikes = serving_matrix(seen.offsets, rows, np.minimum(weights[known], 0), len(used))
        dislikes.eliminate_zeros()
        width = len(self._kept) if columns is None else len(columns)
        found = np.empty((len(histories), width), np.float32)
        for start in range(0, width, _BLOCK):
            part = slice(start, min(start + _BLOCK, width))
            block = (
                self._weights[:, part][used]
                if columns is None
                else self._weights[used[:, None], columns[part]]
            )
            wide = widen(block)
            found[:, part] = wants @ wide
            if dislikes.nnz:
                found[:, part] += dislikes @ np.maximum(wide, 0, out=wide)
        return found


def _told(
    rows: npt.NDArray[np.float32], weights: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Leave to rows of disliked titles, in place, what they lower alone."""
    against = weights < 0
    if against.any():
        rows[against] = np.maximum(rows[against], 0)
    return rows


def _fit(
    model: Ease | Rdlae,
    interactions: Interactions,
    features: ItemFeatures | None,
    progress: Callable[[str, int, int], None] | None,
    *,
    dropout: float,
    relaxation: float,
) -> FittedEase:
    if model.ridge <= 0 or not 0 <= dropout < 1 or not 0 <= relaxation < 1:
        raise InputError(
            "A parameter is out of its bounds",
            where=f"ridge {model.ridge}, dropout {dropout}, relaxation {relaxation}",
            cure="Take a ridge above 0, and the others from 0 to below 1",
        )
    matrix = fitting_matrix(interactions, model.preference, negative=False)
    counts = np.diff(matrix.tocsc().indptr)
    # Ties are broken by position, so that the same titles are kept whatever the order of the rows.
    kept = np.sort(np.argsort(-counts, kind="stable")[: model.max_items])
    kept = kept[counts[kept] > 0].astype(np.int64)
    check_memory(
        closed_form.peak_bytes(len(kept), matrix.nnz),
        model.max_bytes,
        what=f"Learning the weights between {len(kept)} titles",
        cure="Take fewer titles (max_items), allow more (max_bytes), or use the model ials",
        progress=progress,
    )
    rows = [(even(matrix, model.activity_power), 1.0)]
    if features is not None and model.feature_weight > 0:
        rows.append((property_rows(features), model.feature_weight))
    gram = closed_form.gram([part.tocsc()[:, kept] * weight for part, weight in rows])
    diagonal = gram.diagonal().copy()
    ridge = (model.ridge + dropout / (1 - dropout) * diagonal).astype(np.float32)
    gram[np.arange(len(kept)), np.arange(len(kept))] += ridge
    weights = closed_form.weights(gram, ridge, relaxation, progress)
    return FittedEase(model.name, model.preference, len(interactions.item_ids), kept, weights)

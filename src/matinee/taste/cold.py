"""Titles that hardly anybody rated, in a ranking beside those that many did.

A collaborative model knows nothing of a title without ratings. In its place stands the score at
which rated titles were taken as often as titles of such a content score were: both chances are
learnt from titles that people took and that were hidden from their histories. Content tells less
than ratings do, so only the best of what is new comes near the top. A title with few ratings lies
between both.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError, LibraryCorruptError
from matinee.interaction import Histories
from matinee.taste.preference import Preference
from matinee.taste.storage import MODEL, load_arrays, load_values, save_model

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Interactions
    from matinee.protocols import Recommender
    from matinee.types import Rows

    Floats = npt.NDArray[np.float32]

NAME = "cold"
_SHARES = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
"""Where the curves have their steps, in shares of all scores; narrow at the top, which alone is
ever seen."""
_FLAT = 1e-12
"""A spread of scores below this is none: the person has no history that tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdTitles:
    """How content scores are brought to the scale of a collaborative model.

    Attributes:
        people: people whose scores are learnt from, drawn at random.
        reference: rated titles against which both scores of a person are standardised, drawn at
            random; some hundred tell a mean and a spread well enough.
        enough: ratings in favour at which a title's own collaborative score counts half.
        preference: which interactions are in favour.
    """

    people: int = 400
    reference: int = 1500
    enough: float = 3.0
    preference: Preference = field(default_factory=Preference)

    def fit(
        self,
        interactions: Interactions,
        hidden: Interactions,
        collaborative: Recommender,
        content: Recommender,
        *,
        seed: int = 0,
    ) -> FittedColdTitles:
        """Learn which collaborative score is worth as much as a content score.

        Args:
            interactions: what both models learnt from.
            hidden: what the same people did with the same titles, which neither model has seen:
                a collaborative model finds what it has learnt from far too easily. What was
                learnt is then used with models of both by :meth:`refit`.
            collaborative: the model whose scale is wanted.
            content: a model that scores titles without ratings.
            seed: of the people and titles drawn.

        Raises:
            InputError: nothing hidden, or nothing learnt from, speaks for a title.
        """
        counts = self._counts(interactions)
        warm = np.flatnonzero(counts)
        favour = hidden.take(self.preference.favours(hidden))
        favour = favour.take(counts[favour.items] > 0)
        if not len(favour):
            raise InputError(
                "Nothing hidden speaks for a title that was rated",
                where=f"{len(hidden)} hidden interactions",
                cure="Hide more, or rank by content alone until there is more",
            )
        rng = np.random.default_rng(seed)
        reference = np.sort(rng.permutation(warm)[: self.reference])
        people = np.sort(rng.permutation(np.unique(favour.users))[: self.people])
        favour = favour.take(np.isin(favour.users, people))
        histories = Histories.of(interactions, people)
        taken = np.zeros((len(people), len(counts)), np.bool_)
        taken[np.searchsorted(people, favour.users), favour.items] = True
        asked = np.zeros(taken.shape, np.bool_)
        asked[:, warm] = True
        asked[histories.owners, histories.items] = False
        curves = []
        for model in (content, collaborative):
            scores = model.score(histories)
            mean, spread = _level(scores[:, reference])
            curves.append(_chances(((scores - mean) / spread)[asked], taken[asked]))
        (knots, chances), (scale, worth) = curves
        values = np.interp(chances, worth, scale).astype(np.float32)
        return FittedColdTitles(knots, values, self._share(counts), reference)

    def refit(self, fitted: FittedColdTitles, interactions: Interactions) -> FittedColdTitles:
        """Return the same for models that have learnt from these interactions, hidden ones too."""
        return replace(fitted, share=self._share(self._counts(interactions)))

    def _counts(self, interactions: Interactions) -> npt.NDArray[np.int64]:
        """Return the interactions in favour of each title, int64 [n]."""
        favour = interactions.items[self.preference.favours(interactions)]
        return np.bincount(favour, minlength=len(interactions.item_ids))

    def _share(self, counts: npt.NDArray[np.int64]) -> Floats:
        return (counts / (counts + self.enough)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class FittedColdTitles:
    """What was learnt; see :class:`ColdTitles`.

    Attributes:
        knots: content scores, standardised, ascending, float32 [c].
        values: the collaborative score of the same chance, standardised, ascending, float32 [c].
        share: of each title, the part of its score that is the collaborative one, float32 [n].
        reference: titles against which scores are standardised, int64 [r].
    """

    knots: Floats
    values: Floats
    share: Floats
    reference: Rows

    def score(
        self,
        collaborative: Recommender,
        content: Recommender,
        histories: Histories,
        items: Rows | None = None,
    ) -> Floats:
        """Return scores on the scale of the collaborative model, float32 [b, n] or [b, m]."""
        items = np.arange(len(self.share)) if items is None else items
        both = np.concatenate((self.reference, items))
        scores, told = collaborative.score(histories, both), content.score(histories, both)
        r = len(self.reference)
        return self.join(scores[:, r:], told[:, r:], scores[:, :r], told[:, :r], items)

    def join(
        self,
        collaborative: Floats,
        content: Floats,
        collaborative_reference: Floats,
        content_reference: Floats,
        items: Rows,
    ) -> Floats:
        """Return collaborative scores [b, m] with those of hardly rated titles made up for.

        Args:
            collaborative: scores of ``items``, float32 [b, m].
            content: scores of ``items``, float32 [b, m].
            collaborative_reference: scores of ``reference``, float32 [b, r].
            content_reference: scores of ``reference``, float32 [b, r].
            items: int64 [m].
        """
        mean, spread = _level(collaborative_reference)
        told_mean, told_spread = _level(content_reference)
        standard = (content - told_mean) / told_spread
        expected = mean + spread * np.interp(standard, self.knots, self.values)
        share = self.share[items]
        # Not a product with 0: of a title it has not seen a model may say anything, NaN too.
        own = np.where(share > 0, collaborative, 0)
        joined: Floats = (share * own + (1 - share) * expected).astype(np.float32)
        return joined

    def save(self, folder: Path) -> None:
        """Write what was learnt into a folder of its own, as JSON and ``.npy``."""
        arrays = {name: getattr(self, name) for name in ("knots", "values", "share", "reference")}
        save_model(folder, NAME, {}, arrays)

    @classmethod
    def open(cls, folder: Path) -> FittedColdTitles:
        """Open what was learnt.

        Raises:
            LibraryCorruptError: a file is missing or damaged, or they do not fit together.
        """
        name = load_values(folder)["model"]
        found = load_arrays(folder, "knots", "values", "share", "reference")
        if name != NAME or len(found["knots"]) != len(found["values"]):
            raise LibraryCorruptError(
                "What was learnt of cold titles does not fit together",
                where=str(folder / MODEL),
                cure="Train again with: matinee train taste",
            )
        return cls(found["knots"], found["values"], found["share"], found["reference"])


def _level(scores: Floats) -> tuple[Floats, Floats]:
    """Return the means of rows [b, m] and their deviations, 1 where there is none, [b, 1]."""
    mean = scores.mean(axis=1, keepdims=True)
    spread = scores.std(axis=1, keepdims=True)
    return mean, np.where(spread > _FLAT, spread, np.float32(1))


def _chances(scores: Floats, taken: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return scores and the share of titles taken there: means of bins, the shares never falling.

    >>> scores = np.arange(1000, dtype=np.float32)
    >>> knots, chances = _chances(scores, scores >= 900)
    >>> round(float(knots[0]), 1), chances[[0, 3]].tolist()
    (249.5, [0.0, 1.0])
    """
    bins = np.searchsorted(np.quantile(scores, _SHARES), scores, side="right")
    size = len(_SHARES) + 1
    counts = np.bincount(bins, minlength=size)
    some = counts > 0
    knots = np.bincount(bins, scores, size)[some] / counts[some]
    chances = np.bincount(bins, taken, size)[some] / counts[some]
    return knots.astype(np.float32), np.maximum.accumulate(chances).astype(np.float32)

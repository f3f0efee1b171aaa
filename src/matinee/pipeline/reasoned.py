"""Why a title suits a person: the model's own evidence, told by the facts of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.explain.counterfactual import LeftOut
from matinee.explain.explanation import explain_one
from matinee.explain.wording import Label, Shared
from matinee.half import widen

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.catalogue.title import Title
    from matinee.explain.explanation import Explanation
    from matinee.interaction import Histories
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.taste import Taste
    from matinee.protocols import Recommender
    from matinee.types import Matrix, Rows

_ROLES = (("directors", "director"), ("writers", "writer"), ("cast", "cast"))
"""Columns of a title's makers and what they are called, the most telling first."""
_GONE = Label("", "a title that is no longer in the library")


class Reasoned:
    """Explains the scores of titles to one person.

    Args:
        engine: an open library.
        taste: what it learnt.
        model: the one that ranked.
        history: of the person, a batch of one.
        items: int64 [m], places in the item space of the titles that will be asked about.
        allowed: bool [n], titles of the item space that may be recommended.
    """

    def __init__(
        self,
        engine: Engine,
        taste: Taste,
        model: Recommender,
        history: Histories,
        items: Rows,
        allowed: npt.NDArray[np.bool_],
    ) -> None:
        self._engine = engine
        self._taste = taste
        self._model = model
        self._history = history
        self._allowed = allowed
        # One title is explained faster without the scores of all others.
        self._left_out = LeftOut(model, history) if len(items) > 1 else None
        self._vectors = _vectors(engine, taste, np.concatenate([history.items, items]))

    def explain(self, item: int) -> Explanation:
        """Return why one of the titles suits the person, or why it does not."""
        return explain_one(
            self._model,
            self._history,
            item,
            label=self._label,
            facts=self._facts,
            vectors=self._vectors,
            allowed=self._allowed,
            left_out=self._left_out,
        )

    def _label(self, item: int) -> Label:
        row = int(self._taste.rows[item])
        if row < 0:
            return _GONE
        title = self._engine.catalogue.title(row)
        return Label(title.id, title.title)

    def _facts(self, seen: int, asked: int) -> Shared:
        rows = self._taste.rows[[seen, asked]].tolist()
        return Shared() if min(rows) < 0 else shared(*self._engine.catalogue.titles(rows))


def shared(one: Title, other: Title) -> Shared:
    """Return what two titles have in common."""
    people = [
        (name, role)
        for column, role in _ROLES
        for name in getattr(one, column)
        if name in getattr(other, column)
    ]
    years = (one.year, other.year)
    return Shared(
        people=tuple(people),
        genres=tuple(name for name in one.genres if name in other.genres),
        years_apart=None if None in years else abs((one.year or 0) - (other.year or 0)),
    )


def _vectors(engine: Engine, taste: Taste, items: npt.NDArray[np.int64]) -> Matrix:
    """Return the vectors of some titles in their places; all other rows are zeros."""
    # Untouched pages of zeros cost nothing; widening all vectors would cost 50 ms at 30,000 titles.
    vectors = np.zeros((len(taste), engine.vectors.shape[1]), np.float32)
    there = items[taste.rows[items] >= 0]
    vectors[there] = widen(engine.vectors[taste.rows[there]])
    return vectors

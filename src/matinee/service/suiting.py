"""What suits somebody: the titles that may be shown to them, by their own taste, with its evidence.

The model is asked once for a page; each row of it is then a part of the same ranking.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matinee.explain.reasons import reasons
from matinee.explain.shares import evidence
from matinee.explain.wording import Label, Shared
from matinee.pipeline.reasoned import shared
from matinee.pipeline.recommend import (
    ask,
    candidates,
    constrain,
    explore,
    in_context,
    taste_of,
    told_cost,
)
from matinee.pipeline.taste import POPULAR
from matinee.query.wanted import RecommendRequest
from matinee.service.ages import suitable_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from matinee.catalogue.title import Title
    from matinee.explain.wording import Kind
    from matinee.service.viewer import Viewer

    Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Because:
    """The title somebody liked that speaks most for another one.

    Attributes:
        title: that they liked.
        kind: what sort of evidence it is.
        people: who made both, where that is the evidence.
        genres: likewise.
        percent: its share of the score by the model, to one decimal.
    """

    title: Title
    kind: Kind
    people: tuple[str, ...]
    genres: tuple[str, ...]
    percent: float


def in_sight(viewer: Viewer) -> Mask:
    """Return which rows of the catalogue, bool [n], may be shown to somebody.

    Not what they hid, disliked or gave up; what they have seen where they want that; nothing above
    their age limit.
    """
    look, catalogue = viewer.look, viewer.whole.engine.catalogue
    rows = ~viewer.known.person.barred(len(catalogue), include_seen=look.show_seen)
    for row, mark in viewer.marks.rows.items():
        if mark.hidden or (mark.seen and not look.show_seen):
            rows[row] = False
    if viewer.caller.max_age is not None:
        rows &= suitable_rows(viewer.whole, viewer.caller.max_age)
    return rows


class Suiting:
    """What suits somebody, of what they may be shown.

    Args:
        viewer: who looks.
        context: the moment it is for, in seconds since 1970 by UTC; None leaves it out.

    Attributes:
        open: bool [n], rows of the catalogue that may be shown.
        personal: whether it goes by their own taste; else by what most people like.
        notes: why it does not, as sentences.

    Raises:
        LibraryError: the library has learnt nothing of taste.
    """

    def __init__(self, viewer: Viewer, *, context: int | None = None) -> None:
        engine = viewer.whole.engine
        person = viewer.known.person
        self._marks = viewer.marks
        self._engine = engine
        self._taste = taste_of(engine)
        self._history = person.history
        self._wish = RecommendRequest(
            exploration=viewer.look.exploration,
            max_age=viewer.caller.max_age,
            include_seen=viewer.look.show_seen,
            context=context,
        )
        self._model, scores, notes = ask(self._taste, self._wish, person, self._history)
        self._scores, _ = in_context(scores, self._taste, self._wish)
        self.open = in_sight(viewer)
        allowed = constrain(engine, self._taste, self._wish, person)
        self._allowed = allowed & self.open[self._taste.rows]
        self.personal = bool(len(self._history.items)) and self._model.name != POPULAR
        # What is known of the training and of the history as a whole is told elsewhere.
        self.notes = notes[len(self._taste.card.notes) + len(person.notes) :]

    def best(
        self,
        k: int,
        within: Mask | None = None,
        *,
        exploration: float | None = None,
        seed: int | None = None,
    ) -> list[int]:
        """Return the rows of the titles that suit best, the best first.

        Args:
            k: how many at most.
            within: bool [n], rows of which they are; None for all that may be shown.
            exploration: position of the slider; None means the one they chose.
            seed: of the chance that exploration brings in.
        """
        taste, wish = self._taste, self._wish
        allowed = self._allowed if within is None else self._allowed & within[taste.rows]
        if not allowed.any():
            return []
        position = wish.exploration if exploration is None else exploration
        leant = explore(
            self._scores, taste, replace(wish, exploration=position, seed=seed), allowed
        )
        found: list[int] = taste.rows[candidates(leant, allowed, k).items[:k]].tolist()
        return found

    def known_to(self) -> tuple[npt.NDArray[np.int64], int]:
        """Return how many people of the training know each row, int64 [n], and how many all are.

        Of a title that is newer than the training nothing is known: it is -1.
        """
        items = self._taste.items
        return np.where(items >= 0, self._taste.totals.people[items], -1), self._taste.card.people

    def cost(self, seed: int) -> str | None:
        """Return what the slider costs where it is, as a sentence, if the training measured it."""
        told = told_cost(self._taste, self._model, replace(self._wish, seed=seed))
        return told[0] if told else None

    def because(self, rows: Sequence[int]) -> dict[int, Because]:
        """Return for each row the title they liked that speaks most for it; some have none.

        It is what the model says of its own score. The title's page tells it in full, with what is
        left without each title, which takes a tenth of a second for some models.
        """
        if not self.personal or not len(rows):
            return {}
        items = self._taste.items[np.asarray(rows)]
        made = self._model.explain(self._history, items)
        found = {}
        for column, (row, item) in enumerate(zip(rows, items.tolist(), strict=True)):
            told = evidence(made, self._history, column)
            said = reasons(told, self._history, item, label=self._label, facts=self._facts)
            for reason in said:
                liked = None if reason.item is None else self._liked(reason.item)
                if liked is not None and reason.tenths > 0:
                    found[row] = Because(
                        liked, reason.kind, reason.people, reason.genres, reason.percent
                    )
                    break
        return found

    def _liked(self, item: int) -> Title | None:
        row = int(self._taste.rows[item])
        mark = self._marks.rows.get(row)
        if mark is None or mark.hidden or not mark.loved:
            return None
        return self._engine.catalogue.title(row)

    def _label(self, item: int) -> Label:
        row = int(self._taste.rows[item])
        title = self._engine.catalogue.title(row) if row >= 0 else None
        return Label("", "") if title is None else Label(title.id, title.title)

    def _facts(self, seen: int, asked: int) -> Shared:
        rows = self._taste.rows[[seen, asked]].tolist()
        return Shared() if min(rows) < 0 else shared(*self._engine.catalogue.titles(rows))

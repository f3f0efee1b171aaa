"""What a recommendation answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from matinee.pipeline.results import TITLE_FIELDS, answer_json, entry_json, kept, title_dict

if TYPE_CHECKING:
    from collections.abc import Collection

    from matinee.catalogue.title import Title
    from matinee.explain.explanation import Explanation

RECOMMENDED_FIELDS = (*TITLE_FIELDS, "score", "predicted", "why", "views")
"""Names that ``fields`` of recommendations may hold."""


@dataclass(frozen=True, slots=True)
class Stars:
    """Stars that a person is predicted to give.

    Attributes:
        stars: from 0.5 to 5.
        low: lower end of the interval that holds four of five ratings; None where the model has
            none.
        high: its upper end.
    """

    stars: float
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, float | None]:
        """Return it as plain values, to two decimals."""
        return {
            "stars": round(self.stars, 2),
            "low": None if self.low is None else round(self.low, 2),
            "high": None if self.high is None else round(self.high, 2),
        }


@dataclass(frozen=True, slots=True)
class View:
    """What one member of a group makes of a title.

    Attributes:
        member: the name, or the place in the group where there is none.
        rank: its place from 1 by this member's taste alone, among the titles open to the group.
        percentile: part of those titles that the member's taste ranks below it, from 0 to 100.
        because: the title of the member's history that speaks for it most; None where none does.
    """

    member: str
    rank: int
    percentile: float
    because: Title | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        because = self.because
        return {
            "member": self.member,
            "rank": self.rank,
            "percentile": round(self.percentile, 1),
            "because": None if because is None else {"id": because.id, "title": because.title},
        }


@dataclass(frozen=True, slots=True)
class Recommended:
    """One title of an answer.

    Attributes:
        title: the title.
        score: in [0, 1]; 1 is what suits the person best of all that may be recommended, 0 least.
        stars: what they are predicted to give it; None without a model that predicts.
        why: the explanation, if that was asked for.
        views: what each member of a group makes of it; empty for one person.
    """

    title: Title
    score: float
    stars: Stars | None = None
    why: Explanation | None = None
    views: tuple[View, ...] = ()

    def to_dict(self, fields: Collection[str] | None = None) -> dict[str, Any]:
        """Return it as plain values: the title's fields, ``score``, ``predicted``, ``why``.

        Args:
            fields: names of those wanted, of :data:`RECOMMENDED_FIELDS`; None means all.
        """
        return kept(title_dict(self.title) | self._more(), fields)

    def to_json(self, fields: Collection[str] | None = None) -> bytes:
        """Return what :meth:`to_dict` does as JSON, in a fraction of the time."""
        return entry_json(self.title, self._more(), fields)

    def _more(self) -> dict[str, Any]:
        """Return what there is to say beside the facts of the title."""
        values: dict[str, Any] = {
            "score": round(self.score, 6),
            "predicted": None if self.stars is None else self.stars.to_dict(),
        }
        if self.why is not None:
            values["why"] = self.why.to_dict()
        if self.views:
            values["views"] = [view.to_dict() for view in self.views]
        return values


@dataclass(frozen=True, slots=True)
class Recommendations(Sequence[Recommended]):
    """An answer: titles in order, and under what conditions they were found.

    Attributes:
        results: best first.
        method: the model that ranked.
        library: version of the library that answered.
        history: titles of the history that the model knew.
        took_ms: milliseconds spent.
        notes: how the answer came about and what was missing, as sentences; empty when nothing was.
    """

    results: tuple[Recommended, ...]
    method: str
    library: str
    history: int
    took_ms: float
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.results)

    @overload
    def __getitem__(self, index: int) -> Recommended: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Recommended]: ...
    def __getitem__(self, index: int | slice) -> Recommended | Sequence[Recommended]:
        return self.results[index]

    def to_dict(self, fields: Collection[str] | None = None) -> dict[str, Any]:
        """Return the answer as plain values, ready for JSON.

        Args:
            fields: names of what is wanted of each title, of :data:`RECOMMENDED_FIELDS`; None
                means all.
        """
        return {"results": [result.to_dict(fields) for result in self.results]} | self._frame()

    def to_json(
        self, *, took_ms: float | None = None, fields: Collection[str] | None = None
    ) -> bytes:
        """Return what :meth:`to_dict` does as JSON, its last field ``took_ms``.

        Args:
            took_ms: milliseconds to tell instead of those of the recommending alone.
            fields: names of what is wanted of each title; None means all.
        """
        took = self.took_ms if took_ms is None else took_ms
        return answer_json((r.to_json(fields) for r in self.results), self._frame(), took)

    def _frame(self) -> dict[str, Any]:
        """Return all of the answer but its results."""
        return {
            "method": self.method,
            "library": self.library,
            "history": self.history,
            "took_ms": round(self.took_ms, 3),
            "degraded": list(self.notes),
        }

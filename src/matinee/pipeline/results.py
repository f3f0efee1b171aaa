"""What an answer is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, overload

from matinee.catalogue.title import Title

if TYPE_CHECKING:
    from matinee.pipeline.explain import Reason
    from matinee.query.conditions import Understood

_TITLE_FIELDS = tuple(f.name for f in fields(Title))


@dataclass(frozen=True, slots=True)
class Result:
    """One title of an answer.

    Attributes:
        title: the title.
        score: in [0, 1], higher is better.
        parts: what gave how much to the score: lists ("dense", "lexical", "title", "like", "like
            words", "known"), "wishes" that were fulfilled, the "prior", and what a method adds
            ("recency", "popularity", "difference", "cross-encoder"); of a film like
            another also "viewers" and "makers". They sum to the score.
        why: the parts explained, the largest first, if that was asked for.
        also: others of the same series, which the result stands for.
    """

    title: Title
    score: float
    parts: Mapping[str, float]
    why: tuple[Reason, ...] | None = None
    also: tuple[Title, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values: the title's fields, ``score``, ``parts``, ``why``."""
        values = title_dict(self.title) | {
            "score": round(self.score, 6),
            "parts": {name: round(value, 6) for name, value in self.parts.items()},
        }
        if self.why is not None:
            values["why"] = [reason.to_dict() for reason in self.why]
        if self.also:
            values["also"] = [{"id": t.id, "title": t.title, "year": t.year} for t in self.also]
        return values


@dataclass(frozen=True, slots=True)
class Results(Sequence[Result]):
    """An answer: results in order, and under what conditions they were found.

    Attributes:
        results: best first.
        query: what was asked.
        method: how it was searched.
        library: version of the library that answered.
        took_ms: milliseconds spent.
        degraded: what was missing from the answer, as sentences; empty when nothing was.
        understood: what the query was taken to ask; None where nothing was read from words.
        facets: candidates counted by what they are, if that was asked for.
    """

    results: tuple[Result, ...]
    query: str
    method: str
    library: str
    took_ms: float
    degraded: tuple[str, ...] = ()
    understood: Understood | None = None
    facets: Mapping[str, Mapping[str, int]] | None = None

    def __len__(self) -> int:
        return len(self.results)

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Result]: ...
    def __getitem__(self, index: int | slice) -> Result | Sequence[Result]:
        return self.results[index]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain values, ready for JSON."""
        values: dict[str, Any] = {
            "results": [result.to_dict() for result in self.results],
            "query": self.query,
            "method": self.method,
            "library": self.library,
            "took_ms": round(self.took_ms, 3),
            "degraded": list(self.degraded),
            "understood": None if self.understood is None else self.understood.to_dict(),
        }
        if self.facets is not None:
            values["facets"] = {name: dict(counts) for name, counts in self.facets.items()}
        return values


def title_dict(title: Title) -> dict[str, Any]:
    """Return a title as plain values: lists for tuples, an ISO day for the release date."""
    values = {name: getattr(title, name) for name in _TITLE_FIELDS}
    for name, value in values.items():
        if isinstance(value, tuple):
            values[name] = list(value)
    values["release_date"] = title.release_date.isoformat() if title.release_date else None
    return values

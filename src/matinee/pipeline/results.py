"""What an answer is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, overload

import msgspec

from matinee.catalogue.title import Title
from matinee.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from matinee.pipeline.explain import Reason
    from matinee.query.conditions import Understood

TITLE_FIELDS = tuple(f.name for f in fields(Title))
RESULT_FIELDS = (*TITLE_FIELDS, "score", "parts", "why", "also")
"""Names that ``fields`` of a search may hold."""
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Result:
    """One title of an answer.

    Attributes:
        title: the title.
        score: in [0, 1], higher is better.
        parts: what gave how much to the score: lists ("dense", "lexical", "title", "like", "like
            words", "known"), those of a picture ("poster", "picture", "picture text", "caption",
            "caption words"), "wishes" that were fulfilled, the "prior", and what a method adds
            ("recency", "popularity", "difference", "cross-encoder"); of a film like
            another also "viewers", "makers" and "poster". They sum to the score.
        why: the parts explained, the largest first, if that was asked for.
        also: others of the same series, which the result stands for.
    """

    title: Title
    score: float
    parts: Mapping[str, float]
    why: tuple[Reason, ...] | None = None
    also: tuple[Title, ...] = ()

    def to_dict(self, fields: Collection[str] | None = None) -> dict[str, Any]:
        """Return the result as plain values: the title's fields, ``score``, ``parts``, ``why``.

        Args:
            fields: names of those wanted, of :data:`RESULT_FIELDS`; None means all.
        """
        return kept(title_dict(self.title) | self._more(), fields)

    def to_json(self, fields: Collection[str] | None = None) -> bytes:
        """Return what :meth:`to_dict` does as JSON, in a fraction of the time."""
        return entry_json(self.title, self._more(), fields)

    def _more(self) -> dict[str, Any]:
        """Return what there is to say beside the facts of the title."""
        values: dict[str, Any] = {
            "score": round(self.score, 6),
            "parts": {name: round(value, 6) for name, value in self.parts.items()},
        }
        if self.why is not None:
            values["why"] = [reason.to_dict() for reason in self.why]
        if self.also:
            values["also"] = [{"id": t.id, "title": t.title, "year": t.year} for t in self.also]
        return values


@dataclass(frozen=True, slots=True)
class SeenTitle:
    """The title whose poster a picture is.

    Attributes:
        id: of the title.
        title: its name.
        year: of its release.
        similarity: of picture and poster, in [0, 1].
    """

    id: str
    title: str
    year: int | None
    similarity: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "id": self.id,
            "title": self.title,
            "year": self.year,
            "similarity": round(self.similarity, 6),
        }


@dataclass(frozen=True, slots=True)
class PictureSeen:
    """What became of the picture of a search.

    Attributes:
        route: what it was searched by: ``embedding``, ``caption`` or ``both``.
        model: name of the model that encoded it; None where none did.
        caption: what it shows, in words; None where the route asks for none.
        captioner: name of the model that said so; None where the caller did.
        share: how much the picture was to count beside words, 0 to 1.
        joined: whether caption and words were searched for as one text.
        recognised: the title whose poster it is, whatever conditions there are; None where it is
            none of the library's posters.
    """

    route: str
    model: str | None
    caption: str | None
    captioner: str | None
    share: float
    joined: bool
    recognised: SeenTitle | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "route": self.route,
            "model": self.model,
            "caption": self.caption,
            "captioner": self.captioner,
            "share": self.share,
            "joined": self.joined,
            "recognised": None if self.recognised is None else self.recognised.to_dict(),
        }


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
        lacking: for programs, what of the search is out of order: "meaning", "pictures" (their
            vectors) or "captions"; not in the answer itself, whose ``degraded`` says so in words.
        picture: what became of the picture, None where there was none.
    """

    results: tuple[Result, ...]
    query: str
    method: str
    library: str
    took_ms: float
    degraded: tuple[str, ...] = ()
    understood: Understood | None = None
    facets: Mapping[str, Mapping[str, int]] | None = None
    lacking: tuple[str, ...] = ()
    picture: PictureSeen | None = None

    def __len__(self) -> int:
        return len(self.results)

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Result]: ...
    def __getitem__(self, index: int | slice) -> Result | Sequence[Result]:
        return self.results[index]

    def to_dict(self, fields: Collection[str] | None = None) -> dict[str, Any]:
        """Return the answer as plain values, ready for JSON.

        Args:
            fields: names of what is wanted of each result, of :data:`RESULT_FIELDS`; None means
                all.
        """
        return {"results": [result.to_dict(fields) for result in self.results]} | self._frame()

    def to_json(
        self, *, took_ms: float | None = None, fields: Collection[str] | None = None
    ) -> bytes:
        """Return what :meth:`to_dict` does as JSON, its last field ``took_ms``.

        Args:
            took_ms: milliseconds to tell instead of those of the search alone.
            fields: names of what is wanted of each result; None means all.
        """
        took = self.took_ms if took_ms is None else took_ms
        return answer_json((r.to_json(fields) for r in self.results), self._frame(), took)

    def _frame(self) -> dict[str, Any]:
        """Return all of the answer but its results."""
        values: dict[str, Any] = {
            "query": self.query,
            "method": self.method,
            "library": self.library,
            "took_ms": round(self.took_ms, 3),
            "degraded": list(self.degraded),
            "understood": None if self.understood is None else self.understood.to_dict(),
        }
        if self.facets is not None:
            values["facets"] = {name: dict(counts) for name, counts in self.facets.items()}
        if self.picture is not None:
            values["picture"] = self.picture.to_dict()
        return values


def title_dict(title: Title) -> dict[str, Any]:
    """Return a title as plain values: lists for tuples, an ISO day for the release date."""
    values = {name: getattr(title, name) for name in TITLE_FIELDS}
    for name, value in values.items():
        if isinstance(value, tuple):
            values[name] = list(value)
    values["release_date"] = title.release_date.isoformat() if title.release_date else None
    return values


def entry_json(title: Title, more: dict[str, Any], fields: Collection[str] | None) -> bytes:
    """Return one entry of an answer as JSON: a title's facts and at least one thing more."""
    if fields is not None:
        chosen = {name: getattr(title, name) for name in TITLE_FIELDS if name in fields}
        return _ENCODER.encode({"id": title.id} | chosen | kept(more, fields))
    # Two objects become one where the first ends and the second begins.
    return _ENCODER.encode(title)[:-1] + b"," + _ENCODER.encode(more)[1:]


def answer_json(entries: Iterable[bytes], frame: dict[str, Any], took_ms: float) -> bytes:
    """Return an answer as JSON: ``results``, the frame, and ``took_ms`` in the end.

    That is the one part that differs each time the same is asked, so whoever keeps answers can
    exchange it (:func:`retimed`).
    """
    rest = {name: value for name, value in frame.items() if name != "took_ms"}
    rest["took_ms"] = round(took_ms, 3)
    return b'{"results":[' + b",".join(entries) + b"]," + _ENCODER.encode(rest)[1:]


def retimed(answer: bytes, took_ms: float) -> bytes:
    """Return an answer of :func:`answer_json` with another time.

    >>> retimed(answer_json([], {"query": "dogs", "took_ms": 2.0}, 2.0), 0.125)
    b'{"results":[],"query":"dogs","took_ms":0.125}'
    """
    return answer[: answer.rindex(b":") + 1] + _ENCODER.encode(round(took_ms, 3)) + b"}"


def kept(values: dict[str, Any], fields: Collection[str] | None) -> dict[str, Any]:
    """Return the values of some fields; the id is always among them."""
    if fields is None:
        return values
    return {name: value for name, value in values.items() if name == "id" or name in fields}


def fields_of(text: str, known: Sequence[str]) -> frozenset[str] | None:
    """Return the fields that a list with commas names, None for all of them.

    Raises:
        QueryError: there is no such field.

    >>> sorted(fields_of("title, year", TITLE_FIELDS) or ())
    ['title', 'year']
    """
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    if unknown := sorted(names.difference(known)):
        raise QueryError(
            f"There is no field {unknown[0]!r:.40}", cure=f"Use some of: {', '.join(known)}"
        )
    return names or None

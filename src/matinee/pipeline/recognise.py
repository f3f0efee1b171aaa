"""Which film is this poster? Answered by signatures alone; no model is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from matinee.errors import LibraryError
from matinee.query.request import check_k
from matinee.timing import Clock

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from matinee.catalogue.title import Title
    from matinee.pipeline.engine import Engine
    from matinee.types import Picture

_WIDER = 20
"""How many more matches are looked at than asked for: some may not be allowed, and a title may have
several posters. More than a handful are never found."""
_FEW = 0.9
"""Share of titles with a known poster below which "no match" may mean that it is not known."""


class Match(NamedTuple):
    """A title whose poster a picture may be, and how like it is, in [0, 1]."""

    title: Title
    similarity: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "id": self.title.id,
            "title": self.title.title,
            "year": self.title.year,
            "similarity": round(self.similarity, 6),
        }


@dataclass(frozen=True, slots=True)
class Recognised:
    """The titles whose poster a picture is.

    Attributes:
        matches: best first; empty where it is none of the library's posters.
        library: version of the library that answered.
        took_ms: milliseconds spent.
        degraded: what makes the answer less certain, as sentences; empty when nothing does.
    """

    matches: tuple[Match, ...]
    library: str
    took_ms: float
    degraded: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.matches)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain values, ready for JSON."""
        return {
            "matches": [match.to_dict() for match in self.matches],
            "library": self.library,
            "degraded": list(self.degraded),
            "took_ms": round(self.took_ms, 3),
        }


def recognise(
    engine: Engine,
    picture: Picture,
    k: int = 5,
    allowed: npt.NDArray[np.bool_] | None = None,
) -> Recognised:
    """Return the titles whose poster a picture is: cropped, scaled, darker or written on.

    Args:
        engine: an open library.
        picture: the picture.
        k: how many at most, 1 to 1,000.
        allowed: which rows, bool [n], may be told of; None means all.

    Raises:
        QueryError: ``k`` is out of bounds.
        LibraryError: the library knows no posters.
    """
    check_k(k)
    clock = Clock("recognise")
    known = engine.pictures.signatures
    if known is None:
        raise LibraryError(
            "This library knows no posters",
            where=engine.manifest.version,
            cure="Build it with posters: matinee build SOURCES --posters FOLDER",
        )
    found: dict[int, float] = {}
    for match in clock.lap("lookup", known.lookup(picture, k + _WIDER)):
        if allowed is None or allowed[match.row]:
            found.setdefault(match.row, match.similarity)
    best = list(found.items())[:k]
    notes: tuple[str, ...] = ()
    if not best and (share := len(set(known.rows.tolist())) / len(engine.catalogue)) < _FEW:
        notes = (f"Posters of {share:.0%} of all titles here are known",)
    titles = engine.catalogue.titles([row for row, _ in best])
    return Recognised(
        matches=tuple(Match(t, s) for t, (_, s) in zip(titles, best, strict=True)),
        library=engine.manifest.version,
        took_ms=clock.milliseconds,
        degraded=notes,
    )

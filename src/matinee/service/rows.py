"""The rows of the home page, each for a reason that can be checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import numpy as np

from matinee.pipeline.constrain import satisfying
from matinee.service.home import LEAST, LENGTH
from matinee.service.leanings import Leaning, Maker, leanings, liked_by, makers
from matinee.service.suiting import Because, Suiting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from matinee.catalogue.title import Title
    from matinee.service.viewer import Viewer

    Mask = npt.NDArray[np.bool_]

_T = TypeVar("_T")
Kind: TypeAlias = Literal["tonight", "popular", "wanted", "like", "maker", "leaning", "unknown"]

_SURE = 6
"""Places of the first row that the best titles have whatever the day."""
_DRAWN_FROM = 24
"""Best titles, of which the others of the first row are drawn: who comes every evening finds
something else, and nothing that suits them much less."""
_LIKES = 3
"""Rows of titles like one that was liked."""
_TRIED = 5
"""Titles liked that are tried for those rows at most: each costs some 30 ms in a library of 30,000
titles."""
_NEAR = 40
"""Titles alike that are asked for, so that a row stays full without what stands elsewhere."""
_TELLING = 8
"""People, and leanings, of which chance picks: the most telling ones."""
_LEANINGS = 2
"""Rows of leanings, each of another sort."""
_EXPLORING = 0.75
"""Position of the slider for the row of what few know: above a half chance comes in, and at the
end the titles are no longer the person's own."""


@dataclass(frozen=True, slots=True)
class Row:
    """Titles that stand together for a reason.

    Attributes:
        kind: what sort of reason.
        titles: none of which stands in another row.
        anchors: titles of theirs that it rests on.
        because: for titles of the row the one they liked that speaks most for it, by id.
        maker: of a row of more by somebody.
        leaning: of a row of what they lean to.
        stars: they gave the one title a row is like; None where they said otherwise they like it.
        known: the most people that know a title of the row, and how many there are, of a row of
            what few people know.
        notes: what has to be said of it, as sentences.
    """

    kind: Kind
    titles: tuple[Title, ...]
    anchors: tuple[Title, ...] = ()
    because: Mapping[str, Because] = field(default_factory=dict)
    maker: Maker | None = None
    leaning: Leaning | None = None
    stars: float | None = None
    known: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()


def rows_for(viewer: Viewer, seed: int) -> tuple[Row, ...]:
    """Return the rows of somebody of whom something is known.

    The same seed gives the same rows for as long as they do nothing; no title stands in two.

    Args:
        viewer: who looks.
        seed: of what is left to chance: which of the titles, people and leanings are taken up.

    Raises:
        LibraryError: the library has learnt nothing of taste.
    """
    return _Rows(viewer, seed).made()


class _Rows:
    def __init__(self, viewer: Viewer, seed: int) -> None:
        self._viewer = viewer
        self._seed = seed
        self._engine = viewer.whole.engine
        self._suiting = Suiting(viewer)
        self._free = self._suiting.open.copy()
        self._liked = liked_by(viewer) if self._suiting.personal else ()

    def made(self) -> tuple[Row, ...]:
        wanted = self._wanted()
        first = self._tonight() if self._suiting.personal else self._popular()
        likes = self._likes()
        leaning = self._leanings()
        found = [
            *first,
            *wanted,
            *likes[:1],
            *self._maker(),
            *likes[1:2],
            *leaning[:1],
            *self._unknown(),
            *likes[2:],
            *leaning[1:],
        ]
        return tuple(found)

    def _wanted(self) -> list[Row]:
        """Return what is on the watchlist, however little; it stands in no other row."""
        marks = self._viewer.marks.rows
        wanted = [row for row, mark in marks.items() if mark.wanted and self._free[row]]
        return [Row("wanted", self._take(wanted[:LENGTH]))] if wanted else []

    def _tonight(self) -> list[Row]:
        best = self._best(_DRAWN_FROM)
        rest = best[_SURE:]
        drawn = self._chance(1).permutation(len(rest))[: LENGTH - _SURE]
        rows = best[:_SURE] + [rest[place] for place in sorted(drawn.tolist())]
        if len(rows) < LEAST:
            return []
        because = self._suiting.because(rows)
        speaking: dict[str, float] = {}
        for one in because.values():
            speaking[one.title.id] = speaking.get(one.title.id, 0.0) + one.percent
        titles = {one.title.id: one.title for one in because.values()}
        first = sorted(speaking, key=lambda name: -speaking[name])[:3]
        cost = self._suiting.cost(self._seed)
        return [
            Row(
                "tonight",
                self._take(rows),
                tuple(titles[name] for name in first),
                {self._engine.catalogue.title(row).id: one for row, one in because.items()},
                notes=(*self._suiting.notes, *([cost] if cost else [])),
            )
        ]

    def _popular(self) -> list[Row]:
        rows = self._best(LENGTH)
        if len(rows) < LEAST:
            return []
        return [Row("popular", self._take(rows), notes=self._suiting.notes)]

    def _likes(self) -> list[Row]:
        """Return rows of titles like one they liked, of another one each."""
        found: list[Row] = []
        catalogue = self._engine.catalogue
        for title in self._some(self._liked, 2)[:_TRIED]:
            near = self._viewer.library.similar(title.id, _NEAR)
            at = [catalogue.find(result.title.id) for result in near]
            rows = [row for row in at if row is not None and self._free[row]][:LENGTH]
            if len(rows) >= LEAST:
                stars = self._viewer.marks.of(title).stars
                found.append(Row("like", self._take(rows), (title,), stars=stars))
            if len(found) == _LIKES:
                break
        return found

    def _maker(self) -> list[Row]:
        """Return a row of more by one of the people who recur among what they liked."""
        for maker in self._some(makers(self._liked)[:_TELLING], 3):
            rows = self._best(LENGTH, satisfying(self._engine, maker.condition))
            if len(rows) >= LEAST:
                return [Row("maker", self._take(rows), maker.titles, maker=maker)]
        return []

    def _leanings(self) -> list[Row]:
        found: list[Row] = []
        if not self._liked:
            return found
        there = leanings(self._engine.columns, self._liked, self._suiting.open)
        for one in self._some(there[:_TELLING], 4):
            if len(found) == _LEANINGS:
                break
            if one.field in {row.leaning.field for row in found if row.leaning}:
                continue
            rows = self._best(LENGTH, satisfying(self._engine, one.condition))
            if len(rows) >= LEAST:
                found.append(Row("leaning", self._take(rows), one.titles, leaning=one))
        return found

    def _unknown(self) -> list[Row]:
        """Return a row of what suits them and fewer people know than half of what anybody knows."""
        known, people = self._suiting.known_to()
        there = known > 0
        if not self._suiting.personal or not there.any():
            return []
        few = there & (known < np.median(known[there]))
        position = max(_EXPLORING, self._viewer.look.exploration)
        rows = self._best(LENGTH, few, exploration=position)
        if len(rows) < LEAST:
            return []
        most = int(known[rows].max())
        return [Row("unknown", self._take(rows), known=(most, people))]

    def _best(
        self, k: int, within: Mask | None = None, *, exploration: float | None = None
    ) -> list[int]:
        free = self._free if within is None else self._free & within
        return self._suiting.best(k, free, exploration=exploration, seed=self._seed)

    def _take(self, rows: Sequence[int]) -> tuple[Title, ...]:
        """Return the titles of rows, which no other row may then have."""
        self._free[list(rows)] = False
        return tuple(self._engine.catalogue.titles(rows))

    def _chance(self, part: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, part])

    def _some(self, things: Sequence[_T], part: int) -> list[_T]:
        """Return things in an order of chance."""
        return [things[place] for place in self._chance(part).permutation(len(things)).tolist()]

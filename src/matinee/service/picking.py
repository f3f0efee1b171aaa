"""One film for tonight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urlencode

import numpy as np

from matinee.service.suiting import Because, Suiting, in_sight

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from matinee.catalogue.title import Title
    from matinee.service.viewer import Viewer

    Mask = npt.NDArray[np.bool_]

By: TypeAlias = Literal["taste", "popular", "votes"]

MOST_DECLINED = 40
"""Titles declined that an address carries; with more it would be longer than some proxies take."""
_DRAWN_FROM = 20
"""Best titles of which one is drawn: all of them suit, and every evening need not begin alike."""
_LESS = 0.85
"""How much less likely each place is than the one before: the first two in seven times."""
PATH = "/pick"
MAX_SEED = (1 << 31) - 1
"""The largest seed of an address; the first follows it."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The film for tonight.

    Attributes:
        title: the film; None where nothing is left to offer.
        by: whether it goes by their taste, by what most people like, or by votes alone.
        because: the title they liked that speaks most for it.
        notes: what has to be said of it, as sentences.
    """

    title: Title | None
    by: By
    because: Because | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How one film is asked for, as its address says.

    Attributes:
        seed: of the draw.
        under: minutes that it must stay below; None for any.
        declined: ids of what was offered and declined before, the latest last.
    """

    seed: int
    under: int | None = None
    declined: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The address.

        >>> Asked(3, 100, ("tmdb:603",)).url
        '/pick?seed=3&under=100&not=tmdb%3A603'
        """
        limit = [] if self.under is None else [("under", self.under)]
        return f"{PATH}?{urlencode([('seed', self.seed), *limit, *self._declined()])}"

    def limited(self, under: int | None) -> Asked:
        """Return the same with another limit, or without any."""
        return Asked(self.seed, under, self.declined)

    def without(self, title: Title) -> Asked:
        """Return how to ask for another one."""
        declined = (*(one for one in self.declined if one != title.id), title.id)
        return Asked(following(self.seed), self.under, declined[-MOST_DECLINED:])

    def again(self) -> Asked:
        """Return how to begin anew, with everything that was declined."""
        return Asked(following(self.seed), self.under)

    def _declined(self) -> list[tuple[str, str]]:
        return [("not", one) for one in self.declined]


def following(seed: int) -> int:
    """Return the seed after one."""
    return (seed + 1) % (MAX_SEED + 1)


def pick(viewer: Viewer, asked: Asked, now: int) -> Picked:
    """Return one film; the same for the same address, person and hour.

    Args:
        viewer: for whom.
        asked: how.
        now: seconds since 1970 by UTC; the hour and the day count a little.
    """
    engine = viewer.whole.engine
    within = engine.columns.having("kind", ("film",)) & ~_rows(viewer, asked.declined)
    if asked.under is not None:
        within &= engine.columns.between("runtime", 1, asked.under - 1)
    if engine.taste is None:
        return Picked(_drawn(viewer, asked, _by_votes(viewer, within)), "votes")
    suiting = Suiting(viewer, context=now)
    title = _drawn(viewer, asked, suiting.best(_DRAWN_FROM, within, seed=asked.seed))
    by: By = "taste" if suiting.personal else "popular"
    if title is None:
        return Picked(None, by)
    row = engine.catalogue.find(title.id)
    because = suiting.because([] if row is None else [row])
    return Picked(title, by, next(iter(because.values()), None), suiting.notes)


def _rows(viewer: Viewer, ids: Iterable[str]) -> Mask:
    """Return which rows, bool [n], have one of the ids; one that is unknown is none of them."""
    catalogue = viewer.whole.engine.catalogue
    mask = np.zeros(len(catalogue), np.bool_)
    mask[[row for row in map(catalogue.find, ids) if row is not None]] = True
    return mask


def _by_votes(viewer: Viewer, within: Mask) -> list[int]:
    rows = np.flatnonzero(in_sight(viewer) & within)
    values = viewer.whole.engine.prior.values[rows]
    best: list[int] = rows[np.argsort(-values, kind="stable")[:_DRAWN_FROM]].tolist()
    return best


def _drawn(viewer: Viewer, asked: Asked, rows: list[int]) -> Title | None:
    """Return one of the titles, an earlier one more likely; None where there are none."""
    if not rows:
        return None
    weights = _LESS ** np.arange(len(rows))
    place = np.random.default_rng(asked.seed).choice(len(rows), p=weights / weights.sum())
    return viewer.whole.engine.catalogue.title(rows[int(place)])

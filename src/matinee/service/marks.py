"""What somebody did with the titles a page shows: stars, watchlist, seen, hidden."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from matinee.errors import StoreError
from matinee.interaction import Action
from matinee.service.answers import edition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.assembly import Library
    from matinee.catalogue.title import Title
    from matinee.service.histories import Known
    from matinee.store import Store
    from matinee.store.records import Person as Account

_KEPT = 1_000
"""People whose marks a process keeps; with a hundred titles each they take some 20 MB."""
Opinion: TypeAlias = Literal["", "like", "dislike", "abandon"]
"""Of a title, without stars; empty for none."""
_OPINIONS: Mapping[Action, Opinion] = {
    Action.LIKE: "like",
    Action.DISLIKE: "dislike",
    Action.ABANDON: "abandon",
}
UNREAD = "Your watchlist cannot be read at the moment"


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody did with one title.

    Attributes:
        stars: they gave, 0.5 to 5; None for none.
        opinion: they gave without stars; empty for none.
        wanted: whether it is on their watchlist.
        seen: whether they watched it, or think something of it.
        hidden: whether it is not to be shown again.
    """

    stars: float | None = None
    opinion: Opinion = ""
    wanted: bool = False
    seen: bool = False
    hidden: bool = False

    @property
    def loved(self) -> bool:
        """Whether they liked it: said so, or gave four stars or more."""
        return self.opinion == "like" or (self.stars or 0.0) >= 4.0


_NONE = Mark()


class Marks:
    """What somebody did, by title.

    Args:
        library: that has the titles.
        rows: marks by row of its catalogue.
        degraded: what could not be read, as a sentence; empty where all could.

    Attributes:
        degraded: as given.
    """

    def __init__(self, library: Library, rows: Mapping[int, Mark], degraded: str = "") -> None:
        self._catalogue = library.engine.catalogue
        self.rows = rows
        self.degraded = degraded

    def of(self, title: Title | str) -> Mark:
        """Return what they did with a title, or the one with that id."""
        row = self._catalogue.find(title if isinstance(title, str) else title.id)
        return _NONE if row is None else self.rows.get(row, _NONE)

    @property
    def opinions(self) -> int:
        """Titles they think something of: rated, liked, disliked or abandoned."""
        return sum(mark.stars is not None or bool(mark.opinion) for mark in self.rows.values())

    @property
    def out_of_sight(self) -> frozenset[int]:
        """Rows of what they have seen or hidden."""
        return frozenset(row for row, mark in self.rows.items() if mark.seen or mark.hidden)


class KeptMarks:
    """The marks of people, made anew where what they did has changed; thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int], tuple[int, Marks]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, store: Store, library: Library, who: Account, known: Known) -> Marks:
        """Return the marks of a person. May block.

        Args:
            store: where the watchlist is.
            library: that answers.
            who: the person.
            known: what they did.
        """
        place = (who.key, edition(library))
        if known.reading is not None:
            with self._lock:
                reading, marks = self._kept.get(place, (0, None))
            if marks is not None and reading == known.reading:
                return marks
        made = marks_of(store, library, who, known)
        if known.reading is not None and not made.degraded:
            with self._lock:
                self._kept[place] = (known.reading, made)
                self._kept.move_to_end(place)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return made


def marks_of(store: Store, library: Library, who: Account, known: Known) -> Marks:
    """Return the marks of a person, from what they did and their watchlist. May block."""
    person = known.person
    rows: dict[int, Mark] = {}
    entries = zip(
        person.rows.tolist(), person.actions.tolist(), person.values.tolist(), strict=True
    )
    for row, action, stars in entries:
        if row >= 0:
            rows[row] = _with(rows.get(row, _NONE), Action(action), stars)
    degraded = known.degraded
    if who.key:
        try:
            wanted = store.history.watchlist(who.key)
        except StoreError:
            wanted, degraded = [], degraded or UNREAD
        for listed in wanted:
            row = library.engine.catalogue.find(listed.title)
            if row is not None:
                rows[row] = replace(rows.get(row, _NONE), wanted=True)
    return Marks(library, rows, degraded)


def _with(mark: Mark, action: Action, stars: float) -> Mark:
    if action is Action.HIDE:
        return replace(mark, hidden=True)
    if action in (Action.WATCH, Action.REWATCH, Action.IGNORE):
        return replace(mark, seen=True)
    given = None if np.isnan(stars) else stars
    # Of one title there is one opinion, and a later entry is the later one.
    return replace(mark, seen=True, stars=given, opinion=_OPINIONS.get(action, ""))

"""What some people said of some titles, while it is being changed.

All that a group of writes may touch is read first, in one statement a table; the writes are
carried out on it in memory, one after another, so that each sees what those before it did; and
what is other than before is written at the end, again in one statement a table and kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import insert

from matinee.interaction import NO_TIME, Action
from matinee.store.schema import hidden, rating_changes, ratings, watches, watchlist
from matinee.store.sheets import Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee.deeds import Deed
    from matinee.store.writer import Turn

OPINIONS = frozenset((Action.RATING, Action.LIKE, Action.DISLIKE, Action.ABANDON))
"""Of these the latest counts alone; watching and hiding stand beside it."""
REMOVED = -1
"""In place of an action, in the history of opinions: the title's was taken back."""

OPINION, WATCH, HIDDEN, LISTED = "opinion", "watch", "hidden", "listed"
_SHEETS = {
    OPINION: Sheet(ratings),
    WATCH: Sheet(watches),
    HIDDEN: Sheet(hidden),
    LISTED: Sheet(watchlist),
}


class Opinion(NamedTuple):
    """The values of a row of ``ratings``, in their order."""

    action: int
    stars: float | None
    time: int
    recorded: int
    revision: int
    batch: int | None


class Marked(NamedTuple):
    """The values of a row of ``watches``, in their order."""

    recorded: int
    revision: int
    batch: int | None


class Hidden(NamedTuple):
    """The values of a row of ``hidden``, in their order."""

    time: int
    recorded: int
    revision: int
    batch: int | None


class Book:
    """What some people said of some titles.

    Args:
        turn: the transaction; the people are locked in it.
        wanted: sheet (:data:`OPINION` and so on), person, title of all that may be touched.
    """

    def __init__(self, turn: Turn, wanted: Iterable[tuple[str, int, str]]) -> None:
        self.turn = turn
        pairs: dict[str, list[tuple[int, str]]] = {}
        for sheet, person, title in wanted:
            pairs.setdefault(sheet, []).append((person, title))
        self._before = {
            name: _SHEETS[name].read(turn.connection, them) for name, them in pairs.items()
        }
        self._after: dict[str, dict[Any, Any]] = {name: {} for name in pairs}
        self._lines: list[dict[str, Any]] = []
        self._viewings: dict[tuple[int, str], set[tuple[Any, ...]]] = {}
        for key in self._before.get(WATCH, ()):
            self._viewings.setdefault(key[:2], set()).add(key)

    def say(self, person: int, deed: Deed, batch: int | None = None) -> bool:
        """Take a deed in; return whether that changed anything.

        An opinion that is as before, given without a time, keeps the time it had.
        """
        if deed.action in OPINIONS:
            held = self.opinion(person, deed.title)
            if (
                held is not None
                and (held.action, held.stars) == (deed.action, deed.stars)
                and deed.time in (held.time, NO_TIME)
            ):
                return False
            self._judge(person, deed.title, int(deed.action), deed.stars, deed.time, batch)
            return True
        now = self.turn.now
        if deed.action is Action.HIDE:
            key: tuple[Any, ...] = (person, deed.title)
            if self._get(HIDDEN, key) is not None:
                return False
            revision = self.turn.advance(person)
            self._put(HIDDEN, key, Hidden(deed.time, now, revision, batch))
            return True
        key = (person, deed.title, int(deed.action), deed.time)
        if self._get(WATCH, key) is not None:
            return False
        self._put(WATCH, key, Marked(now, self.turn.advance(person), batch))
        self._viewings.setdefault(key[:2], set()).add(key)
        return True

    def opinion(self, person: int, title: str) -> Opinion | None:
        """Return the opinion of a title as it is now."""
        row = self._get(OPINION, (person, title))
        return None if row is None else Opinion(*row)

    def restore(self, person: int, title: str, old: Opinion | None, batch: int) -> None:
        """Put an opinion back as it was, or none, for a batch that is undone."""
        if old is None:
            self.unsay(person, title, batch)
            return
        self._write_line(person, title, old.action, old.stars, old.time, batch)
        self.turn.advance(person)
        self._put(OPINION, (person, title), old)

    def unsay(self, person: int, title: str, batch: int | None = None) -> int:
        """Take the opinion of a title back; return how many entries changed."""
        if self._get(OPINION, (person, title)) is None:
            return 0
        self._write_line(person, title, REMOVED, None, NO_TIME, batch)
        self.turn.advance(person)
        self._put(OPINION, (person, title), None)
        return 1

    def unwatch(self, person: int, title: str) -> int:
        """Take back that a title was watched, however often; return how many entries changed."""
        viewings = sorted(self._viewings.get((person, title), ()))
        for key in viewings:
            self.drop_watch(*key)
        return len(viewings)

    def watch(self, person: int, title: str, action: int, time: int) -> Marked | None:
        """Return one viewing as it is now."""
        row = self._get(WATCH, (person, title, action, time))
        return None if row is None else Marked(*row)

    def drop_watch(self, person: int, title: str, action: int, time: int) -> None:
        """Take one viewing back."""
        key = (person, title, action, time)
        self.turn.advance(person)
        self._put(WATCH, key, None)
        self._viewings[person, title].discard(key)

    def hidden(self, person: int, title: str) -> Hidden | None:
        """Return the entry of a hidden title as it is now."""
        row = self._get(HIDDEN, (person, title))
        return None if row is None else Hidden(*row)

    def unhide(self, person: int, title: str) -> int:
        """Show a title again; return how many entries changed."""
        return self._drop(HIDDEN, person, title)

    def list(self, person: int, title: str) -> int:
        """Put a title on the watchlist; return how many entries changed."""
        if self._get(LISTED, (person, title)) is not None:
            return 0
        self._put(LISTED, (person, title), (self.turn.now, self.turn.advance(person)))
        return 1

    def unlist(self, person: int, title: str) -> int:
        """Take a title off the watchlist; return how many entries changed."""
        return self._drop(LISTED, person, title)

    def write(self) -> None:
        """Write down what changed."""
        connection = self.turn.connection
        if self._lines:
            connection.execute(_CHANGE, self._lines)
        for name, after in self._after.items():
            _SHEETS[name].write(connection, self._before[name], after)

    def _judge(
        self,
        person: int,
        title: str,
        action: int,
        stars: float | None,
        time: int,
        batch: int | None,
    ) -> None:
        self._write_line(person, title, action, stars, time, batch)
        revision = self.turn.advance(person)
        row = Opinion(action, stars, time, self.turn.now, revision, batch)
        self._put(OPINION, (person, title), row)

    def _write_line(
        self,
        person: int,
        title: str,
        action: int,
        stars: float | None,
        time: int,
        batch: int | None,
    ) -> None:
        self._lines.append(
            {
                "person": person,
                "title": title,
                "action": action,
                "stars": stars,
                "time": time,
                "recorded": self.turn.now,
                "batch": batch,
            }
        )

    def _get(self, sheet: str, key: tuple[Any, ...]) -> tuple[Any, ...] | None:
        after = self._after[sheet]
        found: tuple[Any, ...] | None
        found = after[key] if key in after else self._before[sheet].get(key)
        return found

    def _put(self, sheet: str, key: tuple[Any, ...], row: tuple[Any, ...] | None) -> None:
        self._after[sheet][key] = row

    def _drop(self, sheet: str, person: int, title: str) -> int:
        if self._get(sheet, (person, title)) is None:
            return 0
        self.turn.advance(person)
        self._put(sheet, (person, title), None)
        return 1


_CHANGE = insert(rating_changes)

"""What people did, as it counts now and as it came about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, literal, null, select, union_all

from matinee.deeds import Deed
from matinee.errors import UnknownPersonError
from matinee.interaction import NO_TIME, Action
from matinee.store import batches, checks
from matinee.store.book import HIDDEN, LISTED, OPINION, OPINIONS, REMOVED, WATCH, Book
from matinee.store.records import Change, Listed, PersonHistory, Written
from matinee.store.schema import hidden, people, rating_changes, ratings, watches, watchlist
from matinee.store.writer import Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from sqlalchemy import Select, Table

    from matinee.store.database import Database
    from matinee.store.records import Batch
    from matinee.store.writer import Turn, Writer

EVERYTHING = (OPINION, WATCH, HIDDEN)
"""What may be forgotten of a title."""


class HistoryTable:
    """What people did; a person is the key of one.

    Args:
        database: where it is.
        writer: who writes it.
    """

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def revision(self, person: int) -> int:
        """Return the revision of a person, in one cheap read.

        Raises:
            UnknownPersonError: they are not there.
        """
        with self._database.reading() as connection:
            found = connection.execute(_REVISION, {"whose": person}).scalar()
        if found is None:
            raise _nobody()
        return int(found)

    def read(self, person: int) -> PersonHistory:
        """Return what a person did, as it counts now, oldest first.

        By when it was done; where that is not known, by when it was written down.

        Raises:
            UnknownPersonError: they are not there.
        """
        with self._database.reading() as connection:
            rows = connection.execute(_HISTORY, {"whose": person}).all()
        revision = next((row[0] for row in rows if row[1] is None), None)
        if revision is None:
            raise _nobody()
        said = [row for row in rows if row[1] is not None]
        # By time; then by revision, which grows with everything a person says.
        said.sort(key=lambda row: (row[5] if row[4] == NO_TIME else row[4], row[0]))
        deeds = tuple(Deed(row[1], Action(row[2]), row[3], row[4]) for row in said)
        return PersonHistory(int(revision), deeds)

    def rate(
        self, person: int, deeds: Iterable[Deed], *, batch: int | None = None
    ) -> Future[Written]:
        """Take deeds in: opinions, watches, titles to hide. What is there already changes nothing.

        A later opinion of a title replaces the earlier one. An opinion as before without a time
        changes nothing, with another time it does. Viewings at different times are different.

        Raises:
            QueryError: a title or a time cannot be kept.
        """
        them = tuple(map(checks.deed, deeds))
        return self._writer.submit(_HISTORY_WORK, _Said(person, them, batch), (person,))

    def forget(
        self, person: int, title: str, *, what: Sequence[str] = EVERYTHING
    ) -> Future[Written]:
        """Take back what was said of a title."""
        unknown = set(what) - set(EVERYTHING)
        if unknown:
            raise ValueError(f"unknown: {sorted(unknown)}")
        checks.text(title, "A title")
        request = _Forgotten(person, title, tuple(what))
        return self._writer.submit(_HISTORY_WORK, request, (person,))

    def opinions(
        self, person: int, *, limit: int | None = None, after: str | None = None
    ) -> list[tuple[Deed, int]]:
        """Return opinions and when each was written down, by id of the title.

        Args:
            person: whose.
            limit: at most so many.
            after: the id after which to begin.
        """
        query = _OPINIONS if after is None else _OPINIONS.where(ratings.c.title > after)
        with self._database.reading() as connection:
            rows = connection.execute(query.limit(limit), {"whose": person}).all()
        return [(Deed(row[0], Action(row[1]), row[2], row[3]), row[4]) for row in rows]

    def opinion(self, person: int, title: str) -> Deed | None:
        """Return the opinion of a title, None where there is none."""
        with self._database.reading() as connection:
            row = connection.execute(_OPINION, {"whose": person, "what": title}).first()
        return None if row is None else Deed(row[0], Action(row[1]), row[2], row[3])

    def changes(
        self, person: int, *, title: str | None = None, limit: int = 100, after: int = 0
    ) -> list[Change]:
        """Return how the opinions came about, oldest first.

        Args:
            person: whose.
            title: of this title alone.
            limit: at most so many.
            after: the sequence after which to begin.
        """
        line = rating_changes.c
        query = select(rating_changes).where(line.person == person, line.sequence > after)
        if title is not None:
            query = query.where(line.title == title)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(line.sequence).limit(limit)).all()
        return [
            Change(
                sequence=row.sequence,
                title=row.title,
                action="remove" if row.action == REMOVED else Action(row.action).name.lower(),
                stars=row.stars,
                time=row.time,
                recorded=row.recorded,
                batch=row.batch,
            )
            for row in rows
        ]

    def watches(self, person: int, *, limit: int | None = None) -> list[Deed]:
        """Return what was watched, the latest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_WATCHES.limit(limit), {"whose": person}).all()
        return [Deed(row[0], Action(row[1]), None, row[2]) for row in rows]

    def watchlist(self, person: int) -> list[Listed]:
        """Return the watchlist, the latest first."""
        return self._listed(_WATCHLIST, person)

    def add_to_watchlist(self, person: int, title: str) -> Future[Written]:
        """Put a title on the watchlist."""
        return self._list(person, title, on=True)

    def remove_from_watchlist(self, person: int, title: str) -> Future[Written]:
        """Take a title off the watchlist."""
        return self._list(person, title, on=False)

    def hidden(self, person: int) -> list[Listed]:
        """Return the titles that are never to be shown, the latest first."""
        return self._listed(_HIDDEN, person)

    def hide(self, person: int, title: str) -> Future[Written]:
        """Never show a title."""
        return self.rate(person, (Deed(title, Action.HIDE),))

    def unhide(self, person: int, title: str) -> Future[Written]:
        """Show a title again."""
        return self.forget(person, title, what=(HIDDEN,))

    def import_batch(
        self, person: int, source: str, digest: str, deeds: Iterable[Deed]
    ) -> Future[tuple[Batch, bool]]:
        """Take in a file of deeds, as a whole, so that it can be undone.

        Args:
            person: whose.
            source: what it was read from.
            digest: SHA-256 of the file.
            deeds: what it says.

        Returns:
            The batch, and whether it is new: the same file again, unless it was undone, is the
            batch that is there, and changes nothing.
        """
        checks.text(source, "The source of an import", empty=True)
        checks.text(digest, "The digest of an import")
        them = tuple(map(checks.deed, deeds))
        return self._writer.call(
            lambda turn: batches.take_in(turn, person, source, digest, them), (person,)
        )

    def undo_batch(self, person: int, key: int) -> Future[Written]:
        """Take back exactly what a batch brought.

        What it replaced comes back, but where something was said of the title since.

        Returns:
            What changed; nothing where it was undone already. A :class:`QueryError` where the
            person has no such batch.
        """
        return self._writer.call(lambda turn: batches.undo(turn, person, key), (person,))

    def batches(self, person: int) -> list[Batch]:
        """Return the imports of a person, the latest first."""
        with self._database.reading() as connection:
            return batches.of(connection, person)

    def _list(self, person: int, title: str, *, on: bool) -> Future[Written]:
        checks.text(title, "A title")
        return self._writer.submit(_HISTORY_WORK, _Listing(person, title, on), (person,))

    def _listed(self, query: Select[Any], person: int) -> list[Listed]:
        with self._database.reading() as connection:
            rows = connection.execute(query, {"whose": person}).all()
        return [Listed(row[0], row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class _Said:
    person: int
    deeds: tuple[Deed, ...]
    batch: int | None

    def wanted(self) -> Iterator[tuple[str, int, str]]:
        for deed in self.deeds:
            if deed.action in OPINIONS:
                yield OPINION, self.person, deed.title
            else:
                yield HIDDEN if deed.action is Action.HIDE else WATCH, self.person, deed.title

    def apply(self, book: Book) -> int:
        return sum([book.say(self.person, deed, self.batch) for deed in self.deeds])


@dataclass(frozen=True, slots=True)
class _Forgotten:
    person: int
    title: str
    what: tuple[str, ...]

    def wanted(self) -> Iterator[tuple[str, int, str]]:
        for sheet in self.what:
            yield sheet, self.person, self.title

    def apply(self, book: Book) -> int:
        steps = {OPINION: book.unsay, WATCH: book.unwatch, HIDDEN: book.unhide}
        return sum([step(self.person, self.title) for n, step in steps.items() if n in self.what])


@dataclass(frozen=True, slots=True)
class _Listing:
    person: int
    title: str
    on: bool

    def wanted(self) -> Iterator[tuple[str, int, str]]:
        yield LISTED, self.person, self.title

    def apply(self, book: Book) -> int:
        step = book.list if self.on else book.unlist
        return step(self.person, self.title)


def _apply(turn: Turn, requests: Sequence[_Said | _Forgotten | _Listing]) -> list[Any]:
    book = Book(turn, (each for request in requests for each in request.wanted()))
    results: list[Any] = []
    for request in requests:
        try:
            turn.revision(request.person)
        except UnknownPersonError as error:
            results.append(error)
            continue
        changed = request.apply(book)
        results.append(Written(turn.revision(request.person), changed))
    book.write()
    return results


def _nobody() -> UnknownPersonError:
    return UnknownPersonError("This person is not there any more")


def _part(table: Table, action: Any, stars: Any) -> Select[Any]:
    c = table.c
    return select(c.revision, c.title, action, stars, c.time, c.recorded).where(
        c.person == bindparam("whose")
    )


_HISTORY_WORK = Work(_apply, mixes=True)
_REVISION = select(people.c.revision).where(people.c.key == bindparam("whose"))
# One statement, so that all of it is of one moment.
_HISTORY = union_all(
    select(people.c.revision, null(), null(), null(), null(), null()).where(
        people.c.key == bindparam("whose")
    ),
    _part(ratings, ratings.c.action, ratings.c.stars),
    _part(watches, watches.c.action, null()),
    _part(hidden, literal(int(Action.HIDE), literal_execute=True), null()),
)
_OPINIONS = (
    select(ratings.c.title, ratings.c.action, ratings.c.stars, ratings.c.time, ratings.c.recorded)
    .where(ratings.c.person == bindparam("whose"))
    .order_by(ratings.c.title)
)
_OPINION = _OPINIONS.where(ratings.c.title == bindparam("what"))
_WATCHES = (
    select(watches.c.title, watches.c.action, watches.c.time)
    .where(watches.c.person == bindparam("whose"))
    .order_by(watches.c.time.desc(), watches.c.revision.desc())
)
_WATCHLIST = (
    select(watchlist.c.title, watchlist.c.recorded)
    .where(watchlist.c.person == bindparam("whose"))
    .order_by(watchlist.c.revision.desc())
)
_HIDDEN = (
    select(hidden.c.title, hidden.c.recorded)
    .where(hidden.c.person == bindparam("whose"))
    .order_by(hidden.c.revision.desc())
)

"""The log of what happened to titles that were shown, and its consumers.

Consumers read the log by sequence and remember how far they came. That is safe only where a
number never becomes visible after a higher one did. SQLite has one writer at a time; PostgreSQL
gives numbers out when rows are written and shows them when their transactions commit, in any order,
so whoever writes events there holds an advisory lock from before the first number to the commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects import sqlite

from matinee.errors import UnknownPersonError
from matinee.store import checks, postgresql
from matinee.store.pairs import Lookup
from matinee.store.records import Event, Kind, Recorded
from matinee.store.schema import event_offsets, events
from matinee.store.writer import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from sqlalchemy import Connection, Row

    from matinee.store.database import Database
    from matinee.store.writer import Turn, Writer

_KEYS = 400
"""Keys of one question; well below the 999 values that the oldest SQLite takes."""


class EventTable:
    """The log.

    Args:
        database: where it is.
        writer: who writes it.
    """

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def record(self, person: int | None, them: Sequence[Event]) -> Future[Recorded]:
        """Write events down; one whose key the person used before is there already.

        Args:
            person: key of whose they are; None where nobody is known.
            them: events; their sequence and person are not heeded.

        Raises:
            QueryError: a text or a time cannot be kept.
        """
        rows = [_checked(person, event) for event in them]
        people = () if person is None else (person,)
        return self._writer.submit(_RECORDING, (person, rows), people)

    def read(
        self,
        *,
        after: int = 0,
        limit: int = 1000,
        kind: Kind | None = None,
        experiment: str | None = None,
        person: int | None = None,
    ) -> list[Event]:
        """Return events by sequence, after one, of a kind, experiment or person."""
        query = _EVENTS
        if kind is not None:
            query = query.where(events.c.kind == Kind(kind).value)
        if experiment is not None:
            query = query.where(events.c.experiment == experiment)
        if person is not None:
            query = query.where(events.c.person == person)
        with self._database.reading() as connection:
            rows = connection.execute(query, {"after": after, "most": limit})
            return [_event(row) for row in rows]

    def consume(
        self,
        consumer: str,
        effect: Callable[[Connection, Sequence[Event]], None],
        *,
        limit: int = 1000,
    ) -> int:
        """Give a consumer the next events, each exactly once.

        Args:
            consumer: its name.
            effect: writes by the connection, which is in the transaction that also moves the
                consumer's offset: both happen or neither, whenever the process is killed. It must
                do nothing else that lasts, and not call the store.
            limit: at most so many events.

        Returns:
            How many events there were; 0 when the consumer has seen all.
        """
        checks.text(consumer, "The name of a consumer")
        # A consumer that is up to date, as most are, holds up nobody who writes.
        if not self.read(after=self.offset(consumer), limit=1):
            return 0
        with self._database.writing() as connection:
            known = connection.execute(_OFFSET.with_for_update(), {"who": consumer}).scalar()
            if known is None:
                # Of two consumers of one name the second waits here for the first.
                kind = sqlite if connection.dialect.name == "sqlite" else pg
                start = {"consumer": consumer, "sequence": 0}
                connection.execute(kind.insert(event_offsets).on_conflict_do_nothing(), start)
                at = connection.execute(_OFFSET.with_for_update(), {"who": consumer})
                known = at.scalar_one()
            rows = connection.execute(_EVENTS, {"after": known, "most": limit}).all()
            if not rows:
                return 0
            effect(connection, [_event(row) for row in rows])
            connection.execute(_MOVE, {"who": consumer, "to": rows[-1].sequence})
        return len(rows)

    def offset(self, consumer: str) -> int:
        """Return the sequence of the last event a consumer has seen, 0 before the first."""
        with self._database.reading() as connection:
            return int(connection.execute(_OFFSET, {"who": consumer}).scalar() or 0)


def _checked(person: int | None, event: Event) -> dict[str, Any]:
    checks.text(event.title, "A title")
    checks.text(event.key, "The key of an event")
    for value, what in (
        (event.request, "The id of a request"),
        (event.experiment, "The name of an experiment"),
        (event.arm, "The name of an arm"),
    ):
        checks.text(value, what, empty=True)
    checks.position(event.position)
    checks.value(event.value)
    return {
        "person": person,
        "kind": Kind(event.kind).value,
        "title": event.title,
        "key": event.key,
        "time": checks.time(event.time),
        "request": event.request,
        "position": event.position,
        "experiment": event.experiment,
        "arm": event.arm,
        "value": event.value,
    }


def _record(
    turn: Turn, requests: Sequence[tuple[int | None, list[dict[str, Any]]]]
) -> list[Recorded | Exception]:
    if turn.postgresql:
        postgresql.lock(turn.connection, postgresql.EVENTS)
    known = _known(turn.connection, requests)
    new: list[dict[str, Any]] = []
    results: list[Recorded | Exception] = []
    for person, rows in requests:
        try:
            if person is not None:
                turn.revision(person)
        except UnknownPersonError as error:
            results.append(error)
            continue
        count = len(new)
        for row in rows:
            key = (person, row["key"])
            if key not in known:
                known.add(key)
                new.append(row)
        added = len(new) - count
        results.append(Recorded(added, len(rows) - added))
    if new:
        turn.connection.execute(_INSERT, new)
    return results


def _known(
    connection: Connection, requests: Sequence[tuple[int | None, list[dict[str, Any]]]]
) -> set[tuple[int | None, str]]:
    """Return which of the people and keys are there already, perhaps with others."""
    whose: dict[int | None, dict[str, None]] = {}
    for person, rows in requests:
        whose.setdefault(person, {}).update((row["key"], None) for row in rows)
    nobodys = list(whose.pop(None, ()))
    theirs = [(person, key) for person, keys in whose.items() if person for key in keys]
    known: set[tuple[int | None, str]] = set()
    known.update((row.person, row.key) for row in _SAME.rows(connection, theirs))
    for start in range(0, len(nobodys), _KEYS):
        found = connection.execute(_NOBODYS, {"keys": nobodys[start : start + _KEYS]})
        known.update((None, key) for (key,) in found)
    return known


def _event(row: Row[Any]) -> Event:
    return Event(
        kind=Kind(row.kind),
        title=row.title,
        key=row.key,
        time=row.time,
        request=row.request,
        position=row.position,
        experiment=row.experiment,
        arm=row.arm,
        value=row.value,
        sequence=row.sequence,
        person=row.person,
    )


_RECORDING = Work(_record, mixes=True)
_INSERT = insert(events)
_SAME = Lookup((events.c.person, events.c.key), events.c.person, events.c.key)
_NOBODYS = select(events.c.key).where(
    events.c.person.is_(None), events.c.key.in_(bindparam("keys", expanding=True))
)
_EVENTS = (
    select(events)
    .where(events.c.sequence > bindparam("after"))
    .order_by(events.c.sequence)
    .limit(bindparam("most"))
)
_OFFSET = select(event_offsets.c.sequence).where(event_offsets.c.consumer == bindparam("who"))
_MOVE = (
    update(event_offsets)
    .where(event_offsets.c.consumer == bindparam("who"))
    .values(sequence=bindparam("to"))
)

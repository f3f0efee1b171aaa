"""Work that goes on beyond the request that asked for it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, insert, or_, select, update

from matinee.errors import QueryError
from matinee.store import checks
from matinee.store.records import Job, JobState
from matinee.store.schema import jobs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from concurrent.futures import Future

    from sqlalchemy import Connection, Row

    from matinee.store.database import Database
    from matinee.store.writer import Turn, Writer

STALE = 60
"""Seconds without a beat after which whoever runs a job is taken for dead."""
_MESSAGE = 10_000
"""Characters of a message; an error with its cause fits."""
_CHANGES = frozenset(("state", "done", "total", "message", "started", "ended", "beat"))


class JobTable:
    """Jobs.

    Args:
        database: where they are.
        writer: who writes them.
    """

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def create(self, kind: str, arguments: Mapping[str, Any]) -> Future[Job]:
        """Ask for a job.

        Raises:
            QueryError: the arguments are no plain values.
        """
        checks.text(kind, "The kind of a job")
        try:
            plain = json.dumps(dict(arguments))
        except (TypeError, ValueError):
            raise QueryError(
                "The arguments of a job are no plain values", cure="Give names and JSON values"
            ) from None

        def write(turn: Turn) -> Job:
            made = turn.connection.execute(
                insert(jobs)
                .values(
                    kind=kind,
                    arguments=plain,
                    state=JobState.WAITING.value,
                    done=0,
                    total=0,
                    message="",
                    created=turn.now,
                )
                .returning(jobs.c.key)
            )
            return _there(turn.connection, made.scalar_one())

        return self._writer.call(write)

    def get(self, key: int) -> Job | None:
        """Return a job by key."""
        with self._database.reading() as connection:
            row = connection.execute(_ONE, {"which": key}).first()
        return None if row is None else _job(row)

    def all(self, limit: int = 100) -> list[Job]:
        """Return the jobs, the newest first."""
        with self._database.reading() as connection:
            return [_job(row) for row in connection.execute(_ALL.limit(limit))]

    def claim(self, kinds: Collection[str]) -> Job | None:
        """Take the oldest job that waits, or whose runner is dead, and mark it as running.

        No two callers get the same job. Waits for the disk; where there is nothing to take, which
        is nearly always, it only reads.
        """
        with self._database.reading() as connection:
            if connection.execute(_FREE, _asked(kinds, int(time.time()))).first() is None:
                return None

        def write(turn: Turn) -> Job | None:
            row = turn.connection.execute(_TAKE, _asked(kinds, turn.now)).first()
            if row is None:
                return None
            taken = {"started": turn.now, "beat": turn.now, "state": JobState.RUNNING.value}
            turn.connection.execute(update(jobs).where(jobs.c.key == row.key).values(**taken))
            return _there(turn.connection, row.key)

        taken: Job | None = self._writer.call(write).result()
        return taken

    def update(self, key: int, **changes: Any) -> Future[Job]:
        """Write down how far a job is; a :class:`QueryError` where there is none of that key."""
        unknown = set(changes) - _CHANGES
        if unknown:
            raise TypeError(f"cannot be changed: {sorted(unknown)}")
        if "state" in changes:
            changes["state"] = JobState(changes["state"]).value
        if "message" in changes:
            message = str(changes["message"]).replace("\0", "")[:_MESSAGE]
            changes["message"] = message.encode("utf-8", "replace").decode()

        def write(turn: Turn) -> Job:
            if changes:
                turn.connection.execute(update(jobs).where(jobs.c.key == key).values(**changes))
            return _there(turn.connection, key)

        return self._writer.call(write)


def _asked(kinds: Collection[str], now: int) -> dict[str, Any]:
    return {"kinds": list(kinds), "dead": now - STALE}


def _there(connection: Connection, key: int) -> Job:
    row = connection.execute(_ONE, {"which": key}).first()
    if row is None:
        raise QueryError("There is no such job", where=str(key))
    return _job(row)


def _job(row: Row[Any]) -> Job:
    values = row._asdict()
    values |= {"arguments": json.loads(row.arguments), "state": JobState(row.state)}
    return Job(**values)


_ONE = select(jobs).where(jobs.c.key == bindparam("which"))
_ALL = select(jobs).order_by(jobs.c.key.desc())
_FREE = (
    select(jobs.c.key)
    .where(
        jobs.c.kind.in_(bindparam("kinds", expanding=True)),
        or_(
            jobs.c.state == JobState.WAITING.value,
            and_(jobs.c.state == JobState.RUNNING.value, jobs.c.beat < bindparam("dead")),
        ),
    )
    .order_by(jobs.c.key)
    .limit(1)
)
_TAKE = _FREE.with_for_update(skip_locked=True)

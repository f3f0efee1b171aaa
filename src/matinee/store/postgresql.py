"""What is PostgreSQL's own: connecting, time limits, and locks that several processes share."""

from __future__ import annotations

import importlib.util
import math
import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DisconnectionError

from matinee.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from matinee.store.address import Address

MIGRATING, EVENTS = 0x6D61_7469_6E65_01, 0x6D61_7469_6E65_02
"""Numbers of the advisory locks: "matine" and a counter, so as not to meet those of others."""
_POOL = 8
"""Connections kept open for reading: the threads a worker answers in."""
_OVERFLOW = 8
"""Further ones while many threads read at once; a server has 100 for everybody."""
_LEAST_CONNECTING = 2
"""Seconds; the driver takes less for so many."""
_SLOW = 0.8
"""Part of the time a statement may take on the server, so that one that is merely slow is refused
by the server before the server is taken for dead."""


def engine(address: Address, timeout: float, writes: bool) -> Engine:
    """Return an engine whose connections give up within a time.

    Half of it goes to finding out that a connection at hand is dead, half to making a new one.

    Raises:
        MissingExtraError: psycopg is not installed.
    """
    if importlib.util.find_spec("psycopg") is None:
        raise MissingExtraError("psycopg", "postgres")
    limit = math.ceil(timeout * _SLOW * 1000)
    made = create_engine(
        address.url,
        connect_args={
            "connect_timeout": max(_LEAST_CONNECTING, int(timeout / 2)),
            "options": f"-c statement_timeout={limit} -c lock_timeout={limit}",
            "application_name": "matinee",
        },
        isolation_level="READ COMMITTED" if writes else "AUTOCOMMIT",
        pool_size=1 if writes else _POOL,
        max_overflow=_OVERFLOW,
        pool_timeout=timeout,
        hide_parameters=True,
    )

    @event.listens_for(made, "do_connect")
    def _connect(_dialect: object, _record: object, words: list[Any], options: Any) -> Any:
        found = _patient().connect(*words, **options)
        found.patience = timeout
        return found

    @event.listens_for(made, "checkout")
    def _ping(connection: Any, _record: object, _proxy: object) -> None:
        connection.patience = timeout / 2
        try:
            made.dialect.do_ping(connection)
        except made.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
        connection.patience = timeout

    return made


def lock(connection: Connection, number: int) -> None:
    """Wait for a lock that the transaction holds to its end."""
    connection.execute(_LOCK, {"number": number})


@contextmanager
def patience(connection: Connection) -> Iterator[None]:
    """Lift the limits of time from the statements of a transaction."""
    raw: Any = connection.connection.dbapi_connection
    before = raw.patience
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    raw.patience = math.inf
    try:
        yield
    finally:
        raw.patience = before


@cache
def _patient() -> Any:
    """Return a class of connections that wait no longer than ``patience`` for a sign of life.

    The limits the server keeps are of no use where it hangs, or its machine is gone.
    """
    import psycopg

    class Patient(psycopg.Connection[Any]):
        patience = math.inf

        def wait(self, gen: Any, *words: Any, **options: Any) -> Any:
            return super().wait(self._bounded(gen), *words, **options)

        def _bounded(self, gen: Any) -> Generator[Any, Any, Any]:
            heard = time.monotonic()
            try:
                wanted = next(gen)
                while True:
                    # The driver resumes us when something came, or every tenth of a second.
                    ready = yield wanted
                    now = time.monotonic()
                    if ready:
                        heard = now
                    elif now - heard > self.patience:
                        self.pgconn.finish()
                        raise psycopg.OperationalError(
                            f"the server has not answered for {self.patience:g} seconds"
                        )
                    wanted = gen.send(ready)
            except StopIteration as end:
                return end.value

    return Patient


_LOCK = text("SELECT pg_advisory_xact_lock(:number)")

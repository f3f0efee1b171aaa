"""Connections to the database, which is made and migrated when it is first used."""

from __future__ import annotations

import os
import random  # nosemgrep: random-for-secrets -- how long to wait, no secret
import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from matinee.errors import StoreUnavailableError
from matinee.store import failures, postgresql
from matinee.store.migrate import migrate, version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee.store.address import Address

_POOL = 8
"""Connections kept open for reading: the threads a worker answers in."""
_OVERFLOW = 32
"""Further ones while many threads read at once."""
_TURN = (0.0005, 0.003)
"""Seconds, from and to, between two tries to become the one process that writes. SQLite itself
would soon wait a tenth of a second between tries, and processes that commit without a pause would
leave hardly a chance to one that asks so rarely."""
_PAUSE = 0.01
"""Seconds between two tries at what SQLite refuses at once instead of waiting for its turn."""


class Database:
    """Connections to one database.

    Args:
        address: where it is.
        timeout: seconds to wait for it.
    """

    def __init__(self, address: Address, timeout: float) -> None:
        self.address = address
        self.timeout = timeout
        self._lock = threading.Lock()
        self._ready = False
        make = _sqlite if address.dialect == "sqlite" else postgresql.engine
        self._reader = make(address, timeout, False)
        self._writer = make(address, timeout, True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection on which every statement sees what is committed by then."""
        with failures.told(self.address):
            self.prepare()
            with self._reader.connect() as connection:
                yield connection

    @contextmanager
    def writing(self, *, patient: bool = False) -> Iterator[Connection]:
        """Give a connection in a transaction, which is committed at the end.

        Args:
            patient: whether it may take longer than the timeout.
        """
        with (
            failures.told(self.address),
            self.transaction() as connection,
            self._patience(connection, patient),
        ):
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Do as :meth:`writing`, with the database's own errors."""
        self.prepare()
        with self._writer.begin() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection on which all statements see the same moment, and may take long."""
        with self.reading() as connection:
            if self.address.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN")
                # Whatever happens, the pool rolls back.
                yield connection
            else:
                again = connection.execution_options(isolation_level="REPEATABLE READ")
                with again.begin(), self._patience(again, True):
                    yield again

    @contextmanager
    def _patience(self, connection: Connection, patient: bool) -> Iterator[None]:
        if patient and self.address.dialect == "postgresql":
            with postgresql.patience(connection):
                yield
        else:
            yield

    def prepare(self) -> None:
        """Make and migrate the database if this process has not seen to it yet.

        Raises:
            StoreError: it cannot be used.
        """
        if self._ready:
            return
        # Who waits here waits for somebody who finds out whether the database answers at all.
        if not self._lock.acquire(timeout=self.timeout):
            raise StoreUnavailableError(
                "The database has not been ready in time",
                where=self.address.shown,
                cure="See that it runs and can be reached; it is asked anew each time",
            )
        try:
            with failures.told(self.address):
                self._prepare()
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close all connections."""
        self._reader.dispose()
        self._writer.dispose()

    def _prepare(self) -> None:
        if self._ready:
            return
        if self.address.file is not None:
            self._make_file()
            self._log_ahead()
        with self._reader.connect() as connection:
            is_new = version(connection) is None
            is_current = not is_new and migrate(connection, self.address, look=True)
        if not is_current:
            with self._writer.begin() as connection:
                if self.address.dialect == "postgresql":
                    postgresql.lock(connection, postgresql.MIGRATING)
                migrate(connection, self.address)
        self._ready = True

    def _make_file(self) -> None:
        file = self.address.file
        assert file is not None  # noqa: S101 -- the caller looked
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Made here: SQLite would let everybody read it. Its log takes over the mode.
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            if failures.no_room(error):
                raise failures.full(self.address) from error
            raise StoreUnavailableError(
                f"The file of the database cannot be used: {error.strerror or error}",
                where=str(file),
                cure="Give read and write access to it and its folder",
            ) from error

    def _log_ahead(self) -> None:
        """Switch the file to the write-ahead log, in which readers and the writer never wait."""
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                with self._reader.connect() as connection:
                    if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
                        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                return
            except OperationalError as error:
                # Where several processes come first at once, SQLite refuses all but one of them
                # without waiting.
                if not _is_busy(error.orig) or time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE)


def _is_busy(error: BaseException | None) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _sqlite(address: Address, timeout: float, writes: bool) -> Engine:
    engine = create_engine(
        address.url,
        # Transactions are begun below: the driver would begin them at the first write, too late
        # to wait for its turn.
        connect_args={
            "timeout": timeout,
            "isolation_level": None,
            "check_same_thread": False,
        },
        pool_size=1 if writes else _POOL,
        max_overflow=_OVERFLOW,
        pool_timeout=timeout,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")
        # Even to set these the file may have to be waited for, as while somebody opens it first or
        # closes it last. After that a writer waits for its turn below.
        if writes:
            connection.execute("PRAGMA busy_timeout=0")

    if writes:

        @event.listens_for(engine, "begin")
        def _begun(connection: Connection) -> None:
            deadline = time.monotonic() + timeout
            raw: Any = connection.connection.dbapi_connection
            while time.monotonic() < deadline:
                try:
                    raw.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    if not _is_busy(error):
                        break
                    time.sleep(random.uniform(*_TURN))  # noqa: S311 -- no secret
                else:
                    return
            # Raises what is wrong the way SQLAlchemy does, where it still is.
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine

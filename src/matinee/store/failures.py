"""What goes wrong in a database, as the errors of Matinee."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from matinee.errors import (
    StoreCorruptError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee.store.address import Address

_ROOM = 64 * 1024
"""Bytes free below which a failed write is put down to a full disk: SQLite reports some of those,
as when the index of its log cannot grow, as errors of input and output."""
_FULL_STATE = "53100"
_CORRUPT_STATES = ("XX001", "XX002")
_CLASHES = ("40001", "40P01")
"""PostgreSQL gave up one of two transactions that stood in each other's way."""


@contextmanager
def told(address: Address) -> Iterator[None]:
    """Raise the errors of the database as those of Matinee."""
    try:
        yield
    except SQLAlchemyError as error:
        raise translated(error, address) from error


def is_general(error: BaseException) -> bool:
    """Tell whether the database failed as a whole, so that the next write would fail alike."""
    return isinstance(error, StoreError) and type(error) is not StoreError


def is_clash(error: BaseException) -> bool:
    """Tell whether a transaction was given up for another one and may be tried again."""
    return isinstance(error, DBAPIError) and _state(error) in _CLASHES


def translated(error: SQLAlchemyError, address: Address) -> StoreError:
    """Return what an error of the database means, without the statement or its values."""
    if isinstance(error, PoolTimeout):
        return StoreUnavailableError(
            "No connection to the database became free in time",
            where=address.shown,
            cure="Try again; if this stays so, the database is too slow for what is asked of it",
        )
    if not isinstance(error, DBAPIError) or error.orig is None:
        return StoreError(
            f"The database cannot do that: {type(error).__name__}", where=address.shown
        )
    said = address.scrubbed(str(error.orig).strip().partition("\n")[0])
    if isinstance(error.orig, sqlite3.Error):
        return _of_sqlite(error.orig, said, address)
    return _of_postgresql(error, said, address)


def full(address: Address) -> StoreFullError:
    """Return the error of a full disk."""
    return StoreFullError(
        "The disk of the database is full, nothing was written",
        where=address.shown,
        cure="Make room there; it goes on by itself",
    )


def _of_sqlite(error: sqlite3.Error, said: str, address: Address) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _no_room(address)):
        return full(address)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreCorruptError(
            f"The file of the database is damaged: {said}",
            where=str(address.file),
            cure="Restore it from a backup",
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreUnavailableError(
            "Another process kept the database locked for too long",
            where=str(address.file),
            cure="Try again",
        )
    if code in (
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_NOLFS,
    ):
        return StoreUnavailableError(
            f"The file of the database cannot be used: {said}",
            where=str(address.file),
            cure="Give read and write access to it and its folder",
        )
    return StoreError(f"The database cannot do that: {said}", where=str(address.file))


def _of_postgresql(error: DBAPIError, said: str, address: Address) -> StoreError:
    state = _state(error)
    if state == _FULL_STATE:
        return full(address)
    if state in _CORRUPT_STATES:
        return StoreCorruptError(
            f"The database is damaged: {said}", where=address.shown, cure="Restore it from a backup"
        )
    # A failed connection has no state; the others are those of the server's own trouble: lost
    # connections, too few resources, an operator who stops it, a statement over its time.
    if (
        error.connection_invalidated
        or (not state and isinstance(error, OperationalError | InterfaceError))
        or state[:2] in ("08", "28", "3D", "53", "57", "58")
        or state in ("55P03", "25006")
    ):
        return StoreUnavailableError(
            f"The database does not answer: {said}",
            where=address.shown,
            cure="See that it runs and can be reached; it is asked anew each time",
        )
    return StoreError(f"The database cannot do that: {said}", where=address.shown)


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def no_room(error: OSError) -> bool:
    """Tell whether the disk refused for want of room."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def _no_room(address: Address) -> bool:
    try:
        return address.file is not None and shutil.disk_usage(address.file.parent).free < _ROOM
    except OSError:
        return False

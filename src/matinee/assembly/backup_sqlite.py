"""Putting a restored SQLite file in the place of the one that is there, which is kept."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from matinee.assembly.backup_file import flush
from matinee.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOG = ("-wal", "-shm")
"""What SQLite keeps beside a file while it is open."""


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold a database so that nobody else can, its log folded into its one file.

    A damaged file is let pass: it is to be replaced.

    Raises:
        StoreUnavailableError: another process has it open.
    """
    if not file.exists():
        yield
        return
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            # Leaving the write-ahead log asks for the file alone, and takes its log into it.
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
            if mode == "delete":
                connection.execute("BEGIN EXCLUSIVE")
                connection.execute("COMMIT")
            in_use = mode != "delete"
        except sqlite3.OperationalError as error:
            in_use = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not in_use:
                raise StoreUnavailableError(
                    f"The file of the database cannot be used: {error}",
                    where=str(file),
                    cure="Give read and write access to it and its folder",
                ) from error
        except sqlite3.DatabaseError:
            in_use = False
        if in_use:
            raise StoreUnavailableError(
                "The database is in use, and nothing was changed",
                where=str(file),
                cure="Stop the service and whatever else has it open, then restore again",
            )
        yield


def put(new: Path, file: Path) -> Path | None:
    """Put a closed database in the place of another, in one step; return where that one is kept.

    The old one gets a second name before the first is taken from it, so that at every moment one
    of the two is there.
    """
    flush(new)
    aside = None
    if file.exists():
        aside = _aside(file)
        try:
            os.link(file, aside)
        except OSError:  # a disk without links
            shutil.copy2(file, aside)
            flush(aside)
        for suffix in _LOG:  # of a damaged database alone: a sound one has taken them in
            log = file.with_name(file.name + suffix)
            if log.exists():
                log.rename(aside.with_name(aside.name + suffix))
    new.replace(file)
    flush(file.parent)
    return aside


def _aside(file: Path) -> Path:
    now = dt.datetime.now(dt.UTC)
    for number in range(1_000):
        more = f"-{number}" if number else ""
        path = file.with_name(f"{file.name}.before-restore-{now:%Y%m%dT%H%M%SZ}{more}")
        if not path.exists():
            return path
    raise FileExistsError(f"{file}.before-restore-{now:%Y%m%dT%H%M%SZ}")

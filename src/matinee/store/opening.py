"""Opening a store."""

from __future__ import annotations

from matinee.store.address import address_of
from matinee.store.store import Store

TIMEOUT = 5.0
"""Seconds to wait for the database: a person would not wait longer, a server restarts in less."""


def open_store(url: str | None = None, *, timeout: float = TIMEOUT) -> Store:
    """Return the store at a URL; nothing is connected before it is used.

    Args:
        url: ``sqlite:///file.db`` or the path of a file, ``postgresql://user:password@host/name``,
            or None for the file ``store.db`` in the user's data folder. The database is made, if
            it is a file, and migrated when it is first used.
        timeout: seconds within which a database that cannot answer is reported.

    Raises:
        SettingsError: the URL cannot be read.
        MissingExtraError: it is PostgreSQL's, and psycopg is not installed.
    """
    return Store(address_of(url), timeout)

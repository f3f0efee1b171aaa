"""Where a store is: the URL, and what of it may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from matinee.errors import SettingsError
from matinee.store.place import default_file

_SECRET = frozenset(("password", "passfile", "sslpassword", "sslkey"))
"""Parts of a PostgreSQL URL that no message shows."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a store is.

    Attributes:
        url: for SQLAlchemy, password and all; never shown.
        shown: the same without a password.
        dialect: of the database.
        file: of SQLite; None for PostgreSQL.
    """

    url: URL
    shown: str
    dialect: Literal["sqlite", "postgresql"]
    file: Path | None = None

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"

    def scrubbed(self, text: str) -> str:
        """Return a message of a driver without the password, should it have repeated it."""
        secrets = [self.url.password, *(self.url.query.get(name) for name in _SECRET)]
        for secret in secrets:
            if isinstance(secret, str) and secret:
                text = text.replace(secret, "***")
        return text


def address_of(url: str | None) -> Address:
    """Return where a store is.

    Args:
        url: ``sqlite:///file``, ``postgresql://user:password@host/database``, the path of a file,
            or None for the file in the user's data folder.

    Raises:
        SettingsError: it is none of these.
    """
    if not url:
        return _file(default_file())
    if "://" not in url:
        return _file(Path(url))
    try:
        made = make_url(url)
    except (ArgumentError, ValueError):
        # Without what was given: a URL that cannot be taken apart may hold a password anywhere.
        raise SettingsError("The URL of the database cannot be read", cure=_CURE) from None
    kind = made.drivername.partition("+")[0]
    if kind == "sqlite":
        if made.database in (None, "", ":memory:"):
            raise SettingsError("A database in memory cannot be shared", cure=_CURE)
        return _file(Path(str(made.database)))
    if kind in ("postgresql", "postgres"):
        made = made.set(drivername="postgresql+psycopg")
        shown = made.set(drivername="postgresql").difference_update_query(_SECRET)
        return Address(made, shown.render_as_string(hide_password=True), "postgresql")
    raise SettingsError("There is no store in such a database", where=f"{kind:.30}", cure=_CURE)


def _file(path: Path) -> Address:
    path = path.expanduser().absolute()
    url = URL.create("sqlite+pysqlite", database=str(path))
    return Address(url, f"sqlite:///{path}", "sqlite", path)


_CURE = "Give sqlite:///file.db, or postgresql://user:password@host/database"

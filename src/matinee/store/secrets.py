"""Secrets that all processes of a service share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects import sqlite

from matinee.store import checks
from matinee.store.schema import secrets

if TYPE_CHECKING:
    from matinee.store.database import Database
    from matinee.store.writer import Turn, Writer

_BYTES = 32


class SecretTable:
    """Secrets by name.

    Args:
        database: where they are.
        writer: who writes them.
    """

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def get_or_make(self, name: str) -> bytes:
        """Return 32 random bytes, the same for everybody who asks by that name."""
        checks.text(name, "The name of a secret")
        if (found := self._get(name)) is None:
            found = self._writer.call(lambda turn: _made(turn, name)).result()
        return bytes(found)

    def _get(self, name: str) -> bytes | None:
        with self._database.reading() as connection:
            found = connection.execute(_ONE, {"which": name}).scalar()
        return None if found is None else bytes.fromhex(found)


def _made(turn: Turn, name: str) -> bytes:
    """Make a secret unless somebody else was faster; return what is there."""
    row = {"name": name, "value": os.urandom(_BYTES).hex(), "created": turn.now}
    dialect = pg if turn.postgresql else sqlite
    turn.connection.execute(dialect.insert(secrets).on_conflict_do_nothing(), row)
    return bytes.fromhex(turn.connection.execute(_ONE, {"which": name}).scalar_one())


_ONE = select(secrets.c.value).where(secrets.c.name == bindparam("which"))

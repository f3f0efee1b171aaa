"""Bringing a database to the tables this version needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from matinee.errors import StoreVersionError
from matinee.store.schema import HEAD

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

    from matinee.store.address import Address

FOLDER = Path(__file__).with_name("migrations")


def scripts() -> ScriptDirectory:
    """Return the migrations."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(FOLDER))


def version(connection: Connection) -> str | None:
    """Return the migration a database is at; None for one without tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def migrate(connection: Connection, address: Address, *, look: bool = False) -> bool:
    """Run the migrations a database lacks, in the transaction of the connection.

    Args:
        connection: in a transaction that no other process can be in as well.
        address: for messages.
        look: change nothing.

    Returns:
        Whether none are lacking.

    Raises:
        StoreVersionError: it was written by a newer Matinee.
    """
    now = version(connection)
    if now == HEAD:
        return True
    # Loaded no earlier: nearly always there is nothing to do.
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    folder = scripts()
    if now is not None and now not in {script.revision for script in folder.walk_revisions()}:
        raise StoreVersionError(
            f"The database is of version {now:.20}, this Matinee knows none beyond {HEAD}",
            where=address.shown,
            cure="Use the Matinee that wrote it, or a newer one",
        )
    if look:
        return False
    context = MigrationContext.configure(
        connection, opts={"fn": lambda at, _context: folder._upgrade_revs("head", at)}
    )
    with Operations.context(context):
        context.run_migrations()
    return True

"""All rows of a store, out of one database and into another of either kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from matinee.errors import ConflictError, InputError
from matinee.store import postgresql
from matinee.store.schema import METADATA, event_offsets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Column, Connection, Table

CHUNK = 1_000
"""Rows that are held in memory at once."""


def export(connection: Connection) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the rows of all tables by primary key, a table after those it refers to."""
    for table in METADATA.sorted_tables:
        query = select(table).order_by(*table.primary_key)
        with connection.execution_options(yield_per=CHUNK).execute(query) as rows:
            for chunk in rows.mappings().partitions():
                yield table.name, [dict(row) for row in chunk]


def take(
    connection: Connection, tables: Iterable[tuple[str, list[dict[str, Any]]]]
) -> dict[str, int]:
    """Write rows into the empty tables of the connection's transaction."""
    if connection.dialect.name == "postgresql":
        postgresql.lock(connection, postgresql.EVENTS)
    for table in METADATA.sorted_tables:
        if connection.execute(select(table).limit(1)).first() is not None:
            raise ConflictError(
                "The store is not empty",
                where=f"table {table.name}",
                cure="Give a new file, or an empty database",
            )
    written: dict[str, int] = {}
    for name, rows in tables:
        known = METADATA.tables.get(name)
        if known is None:
            raise InputError("The store has no such table", where=f"{name:.60}")
        columns = set(known.columns.keys())
        if any(set(row) != columns for row in rows):
            raise InputError(
                "The rows have other columns than the table",
                where=name,
                cure="Restore with the Matinee that wrote them, then upgrade",
            )
        if rows:
            try:
                connection.execute(insert(known), rows)
            except (IntegrityError, ValueError, TypeError, OverflowError) as error:
                raise InputError("The rows contradict each other", where=name) from error
        written[name] = written.get(name, 0) + len(rows)
    for table in METADATA.sorted_tables:
        (key, *_) = table.primary_key
        if key.autoincrement is True:
            _go_on(connection, table, key)
    return written


def _go_on(connection: Connection, table: Table, key: Column[Any]) -> None:
    """Have new keys begin after all that were ever given out, as far as that is known.

    Numbers of deleted rows are lost in a copy. Those of events must not come again: the consumers
    are beyond them already.
    """
    last = connection.execute(select(func.max(key))).scalar() or 0
    if table.name == "events":
        last = max(last, connection.execute(_FURTHEST).scalar() or 0)
    if last == 0:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_SET, {"table": table.name, "column": key.name, "last": last})
    elif not connection.execute(_KEEP, {"table": table.name, "last": last}).rowcount:
        connection.execute(_BEGIN, {"table": table.name, "last": last})


_FURTHEST = select(func.max(event_offsets.c.sequence))
_SET = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")
_KEEP = text("UPDATE sqlite_sequence SET seq = :last WHERE name = :table")
_BEGIN = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)")

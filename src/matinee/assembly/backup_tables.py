"""The rows of the store as Parquet, one file a table, whichever database they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Double, Integer, Text

from matinee.assembly.backup_file import STORE
from matinee.errors import InputError, StoreVersionError
from matinee.store.schema import METADATA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matinee.assembly.backup_file import BackupFile
    from matinee.store import Store

_ROWS = 8_192
"""Rows turned into Python at a time."""


def schema_of(table: str) -> pa.Schema:
    """Return the columns of a table as they are kept: every whole number with 64 bits.

    Raises:
        StoreVersionError: this version has no such table.
    """
    found = METADATA.tables.get(table)
    if found is None:
        raise StoreVersionError(
            f"The backup has a table {table!r:.60}, which this Matinee does not know",
            cure="Use the version of Matinee that made it, or a newer one",
        )
    kinds = {Integer: pa.int64(), Double: pa.float64(), Text: pa.string()}
    return pa.schema(
        pa.field(
            column.name,
            next(kept for kind, kept in kinds.items() if isinstance(column.type, kind)),
        )
        for column in found.columns
    )


def write(store: Store, make: Callable[[str], BinaryIO]) -> dict[str, int]:
    """Write all tables of a store, as they are at one moment.

    Args:
        store: what people did.
        make: opens the file of a table.

    Returns:
        The rows of each table.

    Raises:
        StoreError: the store cannot be read.
    """
    rows: dict[str, int] = {}
    writer: pq.ParquetWriter | None = None
    current = ""
    try:
        for table, chunk in store.export_rows():
            if table != current:
                if writer is not None:
                    writer.close()
                current, rows[table] = table, 0
                writer = pq.ParquetWriter(make(table), schema_of(table), compression="zstd")
            assert writer is not None  # noqa: S101 -- made with the first chunk
            if chunk:
                writer.write_table(pa.Table.from_pylist(chunk, schema_of(table)))
            rows[table] += len(chunk)
    finally:
        if writer is not None:
            writer.close()
    return rows


def read(backup: BackupFile) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the rows of a backup, table by table, in pieces.

    Raises:
        InputError: a table cannot be read.
        StoreVersionError: this version keeps other tables.
    """
    for table in backup.contents.store or ():
        with _opened(backup, table) as file:
            for batch in file.iter_batches(batch_size=_ROWS):
                yield table, batch.to_pylist()


def count(backup: BackupFile) -> None:
    """Read every row of a backup and compare their number with what it says.

    Raises:
        InputError: a table cannot be read, or has other rows than the backup says.
        StoreVersionError: this version keeps other tables.
    """
    for table, rows in (backup.contents.store or {}).items():
        with _opened(backup, table) as file:
            found = sum(batch.num_rows for batch in file.iter_batches(batch_size=_ROWS))
        if found != rows:
            raise InputError(
                f"The table {table} of the backup has {found:,} rows instead of {rows:,}",
                where=str(backup.path),
                cure="Nothing was changed. Use another backup",
            )


def _opened(backup: BackupFile, table: str) -> pq.ParquetFile:
    """Open a table within the file, without a copy of it."""
    name = f"{STORE}{table}.parquet"
    wanted = schema_of(table)
    try:
        with pa.memory_map(str(backup.path)) as mapped:
            mapped.seek(backup.offsets[name])
            file = pq.ParquetFile(
                pa.BufferReader(mapped.read_buffer(backup.contents.files[name].bytes))
            )
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"The table {table} of the backup cannot be read: {str(error).splitlines()[0]:.200}",
            where=str(backup.path),
            cure="Nothing was changed. Use another backup",
        ) from error
    if not file.schema_arrow.equals(wanted):
        raise StoreVersionError(
            f"The table {table} of the backup has the columns "
            f"{', '.join(file.schema_arrow.names):.200}, this Matinee keeps "
            f"{', '.join(wanted.names)}",
            where=str(backup.path),
            cure=f"Restore it with Matinee {backup.contents.matinee}, then upgrade",
        )
    return file

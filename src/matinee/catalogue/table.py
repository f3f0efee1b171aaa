"""The catalogue of an open library: titles by row, rows by id."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matinee.catalogue.schema import conformed, differences, from_row
from matinee.errors import InputError, LibraryCorruptError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    from matinee.catalogue.title import Title
    from matinee.types import Rows

NAME = "catalogue.parquet"
_CACHED_TITLES = 4_096
"""A title takes about 4 kB as Python objects; these are the first pages of many queries."""
_BATCH = 4096
_TEXTS = ("title", "original_title", "overview", "tagline")


class TitleTable:
    """Titles in row order; row i means the same title in every index of the library.

    Args:
        table: a table of :data:`matinee.catalogue.schema.SCHEMA`.
        notes: what another version of the schema has other than this one, a sentence each.
    """

    def __init__(self, table: pa.Table, *, notes: tuple[str, ...] = ()) -> None:
        self.table = table.combine_chunks()
        self.notes = notes
        # Turning Arrow cells into Python objects takes longer than finding the rows did.
        self._title = lru_cache(_CACHED_TITLES)(self._read)

    @classmethod
    def open(cls, folder: Path) -> TitleTable:
        """Read the catalogue of a library version, of any version of the schema.

        Raises:
            LibraryCorruptError: the file is missing or damaged, or its columns do not suffice.
        """
        path = folder / NAME
        try:
            # One thread and no dataset machinery: at 30,000 titles that takes a third of the time
            # and 70 MB less than read_table.
            table = pq.ParquetFile(path, memory_map=True).read(use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise LibraryCorruptError(
                f"The catalogue cannot be read: {error}", where=str(path), cure=_REBUILD
            ) from error
        notes = differences(table.schema).notes()
        try:
            titles = cls(conformed(table), notes=notes)
        except InputError as error:
            raise LibraryCorruptError(
                "The catalogue has other columns than this Matinee can read",
                where=f"{path}: {error.what}",
                cure=_REBUILD,
            ) from error
        # What decoding needed is twice the table itself, and the allocator would keep it.
        pa.default_memory_pool().release_unused()
        return titles

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __iter__(self) -> Iterator[Title]:
        for batch in self.table.to_batches(max_chunksize=_BATCH):
            for row in batch.to_pylist():
                yield from_row(row)

    def title(self, row: int) -> Title:
        """Return the title of a row."""
        return self._title(int(row))

    def titles(self, rows: Iterable[int]) -> list[Title]:
        """Return the titles of rows, in their order."""
        return [self._title(int(row)) for row in rows]

    def texts(self, rows: Rows) -> Iterator[tuple[str, ...]]:
        """Yield what each of the rows [m] says of itself: names, story, tagline, keywords."""
        taken = self.table.select([*_TEXTS, "keywords"]).take(rows)
        for row in taken.to_pylist():
            yield (*(row[name] for name in _TEXTS if row[name]), *row["keywords"])

    def find(self, identifier: str) -> int | None:
        """Return the row of the title known by ``identifier``, or None."""
        return self._rows_by_id.get(identifier)

    def numbers(self, column: str) -> npt.NDArray[np.float64]:
        """Return a numeric column as float64 [n], NaN where it is null."""
        values = self.table.column(column).cast(pa.float64()).to_numpy()
        return np.asarray(values, np.float64)

    @cached_property
    def _rows_by_id(self) -> dict[str, int]:
        ids = self.table.column("ids").combine_chunks()
        parents = ids.value_parent_indices() if hasattr(ids, "value_parent_indices") else None
        rows = (parents if parents is not None else pa.compute.list_parent_indices(ids)).to_pylist()
        return dict(zip(ids.flatten().to_pylist(), rows, strict=True))

    def _read(self, row: int) -> Title:
        values: dict[str, Any] = {
            name: column[row].as_py()
            for name, column in zip(self.table.column_names, self.table.columns, strict=True)
        }
        return from_row(values)


_REBUILD = "Build the library again, or restore the folder from a copy"

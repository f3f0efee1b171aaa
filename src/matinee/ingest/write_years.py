"""A catalogue in one folder a year, for engines that read by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from matinee.catalogue.schema import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

BY_YEAR = "catalogue_by_year"
PART = "part-0.parquet"
WAITING_ROWS = 131_072
"""Rows that wait for more of their year, some 120 MB, so that a year is not cut into many small
groups; a catalogue of fewer has one group a year."""
_NO_YEAR = "__HIVE_DEFAULT_PARTITION__"  # what Hive, Spark and Arrow write for null


class Years:
    """Writes ``year=1999/part-0.parquet`` below a folder.

    Args:
        folder: made with the first rows.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[int | None, list[pa.Table]] = {}
        self._writers: dict[int | None, pq.ParquetWriter] = {}
        self._files: dict[int | None, Path] = {}

    def add(self, table: pa.Table) -> None:
        """Add rows of :data:`matinee.catalogue.schema.SCHEMA`."""
        rest = table.drop_columns(["year"])
        years = pc.fill_null(table["year"], 0).to_numpy()
        for year in np.unique(years).tolist():
            rows = rest.take(pa.array(np.flatnonzero(years == year)))
            self._waiting.setdefault(year or None, []).append(rows)
        while sum(map(_rows, self._waiting.values())) > WAITING_ROWS:
            self._write(max(self._waiting, key=lambda y: (_rows(self._waiting[y]), y or 0)))

    def close(self) -> list[Path]:
        """Write what is left and return the files, by year."""
        for year in list(self._waiting):
            self._write(year)
        for writer in self._writers.values():
            writer.close()
        return [self._files[year] for year in sorted(self._files, key=lambda y: y or 0)]

    def _write(self, year: int | None) -> None:
        rows = pa.concat_tables(self._waiting.pop(year)).combine_chunks()
        if year not in self._writers:
            path = self._folder / f"year={_NO_YEAR if year is None else year}" / PART
            path.parent.mkdir(parents=True, exist_ok=True)
            self._files[year] = path
            kept = SCHEMA.remove(SCHEMA.get_field_index("year"))
            self._writers[year] = pq.ParquetWriter(path, kept, compression="zstd")
        self._writers[year].write_table(rows)


def _rows(tables: list[pa.Table]) -> int:
    return sum(table.num_rows for table in tables)

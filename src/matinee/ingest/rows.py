"""Records of a file, one at a time, whatever it is laid out as: CSV, ``::``, Parquet."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from matinee.errors import SourceError
from matinee.ingest.files import MAX_RATIO, lines_of, open_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from matinee.ingest.source import Reading, Sample
    from matinee.types import Reject

MAX_FIELD = 1_000_000
"""Characters of one cell; a larger one means an unclosed quote."""
MAX_COLUMNS = 5_000
"""No catalogue has as many; such a file is a matrix."""
PARQUET_ROWS_FROM = 1_000_000
PARQUET_BYTES_FROM = 64 * 2**20
"""Rows and unpacked bytes a Parquet file of any size may have: they fit into memory."""
BATCH = 2_048
"""Rows of Parquet turned into Python at a time: some ten MB."""


def csv_records(
    path: Path, delimiter: str, lines: Iterable[str]
) -> Iterator[tuple[int, list[str]]]:
    """Yield (physical line of its start, cells) of each record that is not blank."""
    # The limit belongs to the whole process: it is put back, and set only while parsing.
    reader = csv.reader(lines, delimiter=delimiter)
    start = 1
    while True:
        before = csv.field_size_limit(MAX_FIELD)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SourceError(
                f"a cell is larger than {MAX_FIELD // 1_000_000} MB"
                if "field larger" in str(error)
                else f"the table cannot be parsed: {error}",
                where=f"{path}, record from line {start}",
                cure="Look for a quote that is never closed",
            ) from error
        finally:
            csv.field_size_limit(before)
        if cells:
            if len(cells) > MAX_COLUMNS:
                raise SourceError(
                    f"the table has more than {MAX_COLUMNS} columns",
                    where=f"{path}, line {start}",
                    cure="Give a table with one column for each field",
                )
            yield start, cells
        start = reader.line_num + 1


def header(cells: list[str]) -> tuple[str, ...]:
    """Return the column names of the first record."""
    return tuple(c.strip().replace("\x00", "") for c in cells)


def table_records(reading: Reading) -> Iterator[dict[str, Any] | Reject]:
    """Yield the records of a CSV or Parquet file; sets ``reading.line``."""
    if reading.sample.form == "parquet":
        yield from parquet_records(reading)
        return
    with open_text(reading.sample.path) as text:
        rows = csv_records(
            reading.sample.path,
            reading.sample.delimiter,
            lines_of(reading.sample.path, text),
        )
        _, first = next(rows)
        columns = header(first)
        width = len(columns)
        for line, cells in rows:
            reading.line = line
            if len(cells) == width:
                yield dict(zip(columns, cells, strict=True))
            elif any(c.strip() for c in cells):
                yield reading.reject(
                    "",
                    reading.sample.delimiter.join(cells),
                    f"has {len(cells)} columns where the header has {width}",
                    "Look for a quote or delimiter that is missing or too many",
                )


def parquet_records(reading: Reading, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file, in batches; ``reading.line`` is the record number."""
    try:
        with pq.ParquetFile(reading.sample.path) as file:
            for batch in file.iter_batches(batch_size=BATCH, columns=columns):
                names = batch.schema.names
                lists = [column.to_pylist() for column in batch.columns]
                for values in zip(*lists, strict=True):
                    reading.line += 1
                    yield dict(zip(names, values, strict=True))
    except (pa.ArrowException, OSError) as error:
        raise _damaged(reading.sample.path, error) from error


def parquet_schema(path: Path) -> pa.Schema:
    """Return the schema of a Parquet file, or say that it is damaged or a trap.

    Rows that repeat each other take no room in Parquet, so that a file of some kilobytes can hold
    billions; but a title takes a byte at least.
    """
    try:
        with pq.ParquetFile(path) as file:
            told, schema = file.metadata, file.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error
    size = path.stat().st_size
    groups = range(told.num_row_groups)
    unpacked = sum(told.row_group(group).total_byte_size for group in groups)
    what = None
    if told.num_columns > MAX_COLUMNS:
        what, cure = f"has more than {MAX_COLUMNS} columns", "Give one column for each field"
    elif told.num_rows > max(PARQUET_ROWS_FROM, size):
        what, cure = f"has {told.num_rows:,} rows in {size:,} bytes", "Give rows that differ"
    elif unpacked > max(PARQUET_BYTES_FROM, MAX_RATIO * size):
        what, cure = f"unpacks from {size:,} to {unpacked:,} bytes", "Give rows that differ"
    if what is not None:
        raise SourceError(f"the Parquet file {what}", where=str(path), cure=cure)
    return schema


def _damaged(path: Path, error: BaseException) -> SourceError:
    return SourceError(
        "the Parquet file is damaged or cut short",
        where=f"{path}: {str(error).splitlines()[0][:200]}",
        cure="Download or write it again",
    )


def side_table(sample: Sample) -> Iterator[dict[str, str]]:
    """Yield the records of a companion table; rows of the wrong width are skipped."""
    with open_text(sample.path) as text:
        rows = csv_records(sample.path, sample.delimiter, lines_of(sample.path, text))
        _, first = next(rows)
        columns = header(first)
        for _, cells in rows:
            if len(cells) == len(columns):
                yield dict(zip(columns, cells, strict=True))

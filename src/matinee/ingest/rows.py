"""Records of a file, one at a time, whatever it is laid out as: CSV, ``::``, Parquet."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from matinee.errors import SourceError
from matinee.ingest.files import MAX_RATIO, lines_of, open_text
from matinee.ingest.source import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from matinee.ingest.source import Sample
    from matinee.types import Reject

MAX_FIELD = 1_000_000
"""Characters of one cell; a larger one means an unclosed quote."""
MAX_COLUMNS = 5_000
"""No catalogue has as many; such a file is a matrix."""
AT_A_TIME = 32
"""Records parsed before they are handed on: as few as that keep what a large cell takes in memory
within bounds, and yet setting the limit once for all of them costs nothing any more."""
PARQUET_ROWS_FROM = 1_000_000
PARQUET_BYTES_FROM = 64 * 2**20
"""Rows and unpacked bytes a Parquet file of any size may have: they fit into memory."""
BATCH = 2_048
"""Rows of Parquet turned into Python at a time: some ten MB."""


@dataclass(frozen=True, slots=True)
class Share:
    """The records of a table that one of several processes builds titles of, in blocks.

    Attributes:
        number: of the process, from 0.
        processes: how many there are.
        rows: records of a block.
        ahead: blocks that the first process takes while the others begin.
    """

    number: int = 0
    processes: int = 1
    rows: int = 2_048
    ahead: int = 4

    def owner(self, block: int) -> int:
        """Return the number of the process that takes a block."""
        return 0 if block < self.ahead else block % self.processes

    def first(self) -> int:
        """Return the first block of this process."""
        return self.next(-1)

    def next(self, block: int) -> int:
        """Return its next block after one."""
        block += 1
        while self.owner(block) != self.number:
            block += 1
        return block


@dataclass(slots=True)
class SharedReading(Reading):
    """A file being read of which only a share is wanted; ``records`` counts all of them."""

    share: Share = field(default_factory=Share)
    records: int = 0

    def block(self) -> int:
        """Return the block of the record in hand; -1 before the first."""
        return (self.records - 1) // self.share.rows

    def takes(self) -> bool:
        """Count a record, and tell whether it is in the share."""
        self.records += 1
        return self.share.owner(self.block()) == self.share.number


def csv_records(
    path: Path, delimiter: str, lines: Iterable[str]
) -> Iterator[tuple[int, list[str]]]:
    """Yield (physical line of its start, cells) of each record that is not blank."""
    reader = csv.reader(lines, delimiter=delimiter)
    start, ended = 1, False
    while not ended:
        found: list[tuple[int, list[str]]] = []
        fault: csv.Error | None = None
        # The limit belongs to the whole process: it is put back, and set only while parsing.
        before = csv.field_size_limit(MAX_FIELD)
        try:
            for _ in range(AT_A_TIME):
                cells = next(reader)
                found.append((start, cells))
                start = reader.line_num + 1
        except StopIteration:
            ended = True
        except csv.Error as error:
            fault = error
        finally:
            csv.field_size_limit(before)
        for line, cells in found:
            if len(cells) > MAX_COLUMNS:
                raise SourceError(
                    f"the table has more than {MAX_COLUMNS} columns",
                    where=f"{path}, line {line}",
                    cure="Give a table with one column for each field",
                )
            if cells:
                yield line, cells
        if fault is not None:
            raise SourceError(
                f"a cell is larger than {MAX_FIELD // 1_000_000} MB"
                if "field larger" in str(fault)
                else f"the table cannot be parsed: {fault}",
                where=f"{path}, record from line {start}",
                cure="Look for a quote that is never closed",
            ) from fault


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
        shared = reading if isinstance(reading, SharedReading) else None
        for line, cells in rows:
            if shared is not None and not shared.takes():
                continue
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

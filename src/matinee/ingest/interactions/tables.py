"""Cells of delimited tables and of MovieLens' ``::`` files.

A table without quotes is read by Arrow, ten times as fast as by Python; there a line is a record
and a delimiter always separates, so both say the same. A file that Arrow balks at is read again by
Python, which tells the line of every fault.
"""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from matinee.ingest.files import lines_of, open_bytes, open_text
from matinee.ingest.rows import csv_records, header
from matinee.ingest.source import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt
    from _typeshed import WriteableBuffer

    from matinee.ingest.source import Sample
    from matinee.types import Reject

_BLOCK = 1 << 22
"""Bytes Arrow parses at a time; a longer line is Python's."""
_CHUNK = 1 << 16
"""Rows Python gathers before they become Arrow's, so that millions are not held as objects."""
_DAT = ("userId", "movieId", "rating", "timestamp")


class _QuotedError(Exception):
    """The table has quotes."""


class _Unquoted(io.RawIOBase):
    """A stream that stops at the first quote."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._stream.read(len(view))
        if b'"' in data:
            raise _QuotedError
        view[: len(data)] = data
        return len(data)


def table_cells(
    sample: Sample, keep: Callable[[str], bool]
) -> tuple[dict[str, pa.Array], npt.NDArray[np.int64], list[Reject]]:
    """Return the columns that ``keep`` takes, lines, and the rows of another width."""
    chosen: dict[str, int] = {}
    for i, name in enumerate(sample.columns):
        if keep(name):
            chosen.setdefault(name, i)
    try:
        table = _by_arrow(sample, sample.delimiter, len(sample.columns), unquoted=True)
    except (_QuotedError, pa.ArrowException):
        return _by_python(sample, chosen)
    if header([table.column(i)[0].as_py() for i in range(table.num_columns)]) != sample.columns:
        return _by_python(sample, chosen)  # the header is not on the first line
    kept = ~_blank(table)
    kept[0] = False  # the header
    return (
        {name: _rows(table, i, kept) for name, i in chosen.items()},
        np.flatnonzero(kept) + 1,
        [],
    )


def dat_cells(sample: Sample) -> tuple[dict[str, pa.Array], npt.NDArray[np.int64], list[Reject]]:
    """Return the columns of ``user::film::stars::time``, lines, and the rows of another form."""
    # Read with ":" between cells, every second cell lies within a "::" and is empty.
    width = 2 * len(_DAT) - 1
    try:
        table = _by_arrow(sample, ":", width, unquoted=False)
    except pa.ArrowException:
        return _dat_by_python(sample)
    gaps = [pc.all(pc.equal(table.column(i), "")).as_py() for i in range(1, width, 2)]
    if table.num_columns != width or not all(gaps):
        return _dat_by_python(sample)
    kept = ~_blank(table)
    columns = {name: _rows(table, 2 * i, kept) for i, name in enumerate(_DAT)}
    return columns, np.flatnonzero(kept) + 1, []


def _by_arrow(sample: Sample, delimiter: str, width: int, *, unquoted: bool) -> pa.Table:
    """Return all lines as rows of texts, the header and blank ones too."""
    names = [f"f{i}" for i in range(width)]
    with open_bytes(sample.path) as stream:
        source = io.BufferedReader(_Unquoted(stream), _BLOCK) if unquoted else stream
        return pacsv.read_csv(
            source,
            read_options=pacsv.ReadOptions(column_names=names, block_size=_BLOCK),
            # With blank lines kept, the number of a row is that of its line.
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, quote_char=False, ignore_empty_lines=False
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )


def _blank(table: pa.Table) -> npt.NDArray[np.bool_]:
    empty = np.ones(table.num_rows, np.bool_)
    for column in table.columns:
        if not empty.any():
            break
        empty &= pc.equal(column, "").to_numpy()
    return empty


def _rows(table: pa.Table, column: int, kept: npt.NDArray[np.bool_]) -> pa.Array:
    return table.column(column).filter(pa.array(kept)).combine_chunks()


class _Gathered:
    """Columns that grow row by row."""

    def __init__(self, names: Iterable[str]) -> None:
        self._waiting: dict[str, list[str]] = {name: [] for name in names}
        self._done: dict[str, list[pa.Array]] = {name: [] for name in self._waiting}
        self.lines: list[int] = []

    def add(self, line: int, cells: Iterable[str]) -> None:
        self.lines.append(line)
        for waiting, cell in zip(self._waiting.values(), cells, strict=True):
            waiting.append(cell)
        if len(self.lines) % _CHUNK == 0:
            self._flush()

    def columns(self) -> dict[str, pa.Array]:
        self._flush()
        return {name: pa.concat_arrays(done) for name, done in self._done.items()}

    def _flush(self) -> None:
        for name, waiting in self._waiting.items():
            self._done[name].append(pa.array(waiting, pa.large_string()))
            waiting.clear()


def _by_python(
    sample: Sample, chosen: dict[str, int]
) -> tuple[dict[str, pa.Array], npt.NDArray[np.int64], list[Reject]]:
    reading = Reading(sample)
    gathered = _Gathered(chosen)
    rejects: list[Reject] = []
    with open_text(sample.path) as text:
        records = csv_records(sample.path, sample.delimiter, lines_of(sample.path, text))
        for line, cells in islice(records, 1, None):
            reading.line = line
            if len(cells) == len(sample.columns):
                if any(cells):
                    gathered.add(line, (cells[i] for i in chosen.values()))
            elif any(cell.strip() for cell in cells):
                rejects.append(
                    reading.reject(
                        "",
                        sample.delimiter.join(cells),
                        f"has {len(cells)} columns where the header has {len(sample.columns)}",
                        "Look for a quote or delimiter that is missing or too many",
                    )
                )
    return gathered.columns(), np.array(gathered.lines, np.int64), rejects


def _dat_by_python(
    sample: Sample,
) -> tuple[dict[str, pa.Array], npt.NDArray[np.int64], list[Reject]]:
    reading = Reading(sample)
    gathered = _Gathered(_DAT)
    rejects: list[Reject] = []
    with open_text(sample.path) as text:
        for line in lines_of(sample.path, text):
            reading.line += 1
            cells = line.strip().split("::")
            if len(cells) == len(_DAT):
                gathered.add(reading.line, cells)
            elif line.strip():
                rejects.append(
                    reading.reject(
                        "", line.strip(), "has not four parts", "Write user::film::stars::time"
                    )
                )
    return gathered.columns(), np.array(gathered.lines, np.int64), rejects

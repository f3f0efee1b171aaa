"""What a file is, from its first bytes; its name is never asked."""

from __future__ import annotations

import io
import json
from itertools import islice
from typing import TYPE_CHECKING

from matinee.ingest.columns import guess
from matinee.ingest.files import fault_of, read_start
from matinee.ingest.rows import csv_records, header, parquet_schema
from matinee.ingest.source import Sample

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.ingest.source import Form

_FIRST_LINES = 20
"""Lines looked at: enough to pass over a few broken ones."""

DELIMITERS = (",", "\t", ";", "|")
"""What separates cells, in order of preference."""


def take_sample(path: Path) -> Sample:
    """Return what the first bytes of a file tell."""
    start = read_start(path)
    size = path.stat().st_size
    if start.startswith(b"PAR1"):
        columns = tuple(parquet_schema(path).names)
        return Sample(path, "parquet", columns, size=size)
    if fault := fault_of(path, start):
        return Sample(path, "text", size=size, fault=fault)
    text = _decode(start)
    first_line = text.lstrip().partition("\n")[0]
    if dat := _dat_columns(first_line.strip()):
        return Sample(path, "dat", dat, delimiter="::", size=size)
    # Only the .dat of MovieLens may be Latin-1; for the rest the fault is told with its place
    # when the file is read, so a sample with faults is still good enough to find the format.
    if first_line.startswith(("{", "[")):
        form, found = _first_object(text)
        if form is not None:
            return Sample(path, form, tuple(found), first=found, size=size)
    return _table(path, text, size)


def _decode(start: bytes) -> str:
    # The end of a long sample may cut a character in two; "replace" lets it pass.
    return start.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")


def _dat_columns(line: str) -> tuple[str, ...]:
    """Return the columns of a ``::`` file of MovieLens, which has no header."""
    parts = line.split("::")
    if len(parts) == 3 and parts[0].isdecimal() and "(" in parts[1]:
        return ("movieId", "title", "genres")
    if len(parts) == 4 and parts[0].isdecimal() and parts[1].isdecimal():
        return ("userId", "movieId", "rating", "timestamp")
    return ()


def _first_object(text: str) -> tuple[Form | None, dict[str, object]]:
    """Return the form of a JSON file and its first object, None if it is no JSON."""
    if text.lstrip().startswith("["):
        try:
            element, _ = json.JSONDecoder().raw_decode(text.lstrip()[1:].lstrip())
        except (ValueError, RecursionError):
            return None, {}
        return ("json", element) if isinstance(element, dict) else (None, {})
    for line in text.splitlines()[:_FIRST_LINES]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return "jsonl", found
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None, {}
    return ("json", found) if isinstance(found, dict) else (None, {})


def _table(path: Path, text: str, size: int) -> Sample:
    """Return the sample of a delimited table, of plain text if it does not look like one."""
    best = ","
    columns: tuple[str, ...] = ()
    for delimiter in DELIMITERS:
        rows = _first_rows(path, text, delimiter)
        if rows and len(rows[0]) > len(columns) and _regular(rows):
            best, columns = delimiter, header(rows[0])
    alone = len(columns) == 1 and "title" not in guess(columns)
    form: Form = "text" if not columns or alone else "table"
    seen = columns or (text.strip().partition("\n")[0][:40].strip(),)
    return Sample(path, form, seen, delimiter=best, size=size)


def _first_rows(path: Path, text: str, delimiter: str) -> list[list[str]]:
    rows = csv_records(path, delimiter, io.StringIO(text, newline=""))
    return [cells for _, cells in islice(rows, _FIRST_LINES)]


def _regular(rows: list[list[str]]) -> bool:
    """Tell whether most records are as wide as the first, as no prose is."""
    same = sum(len(cells) == len(rows[0]) for cells in rows[1:])
    return 2 * same >= len(rows) - 1

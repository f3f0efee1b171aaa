"""Cells of JSON lines: one object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from matinee.ingest.files import lines_of, open_text
from matinee.ingest.source import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from matinee.ingest.source import Sample
    from matinee.types import Reject


def object_cells(
    sample: Sample, keep: Callable[[str], bool]
) -> tuple[dict[str, pa.Array], npt.NDArray[np.int64], list[Reject]]:
    """Return the columns of the fields that ``keep`` takes, lines, and what is no object.

    Objects need not have the same fields; a field that one lacks is an empty cell.
    """
    reading = Reading(sample)
    columns: dict[str, list[str | None]] = {}
    kept: dict[str, bool] = {}
    lines: list[int] = []
    rejects: list[Reject] = []
    with open_text(sample.path) as text:
        for line in lines_of(sample.path, text):
            reading.line += 1
            if not line.strip():
                continue
            found = _object(reading, line, keep, kept)
            if not isinstance(found, dict):
                rejects.append(found)
                continue
            for name, cell in found.items():
                if name not in columns:
                    columns[name] = [None] * len(lines)
                columns[name].append(cell)
            lines.append(reading.line)
            for cells in columns.values():
                if len(cells) < len(lines):
                    cells.append(None)
    arrays = {name: pa.array(cells, pa.large_string()) for name, cells in columns.items()}
    return arrays, np.array(lines, np.int64), rejects


def _object(
    reading: Reading, line: str, keep: Callable[[str], bool], kept: dict[str, bool]
) -> dict[str, str | None] | Reject:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return reading.reject("", line.strip(), f"is not JSON: {error}", "Correct the line")
    if not isinstance(found, dict):
        return reading.reject("", found, "is not an object", "Write one {...} a line")
    cells: dict[str, str | None] = {}
    for name, value in found.items():
        if name not in kept:
            kept[name] = keep(name)
        if not kept[name]:
            continue
        if isinstance(value, (dict, list)):
            return reading.reject(name, value, "holds several values", "Write one text or number")
        cells[name] = _cell(value)
    return cells


def _cell(value: Any) -> str | None:
    # A lone surrogate ("\ud800") is legal JSON and no text: Arrow could not hold it.
    return None if value is None else str(value).encode("utf-8", "replace").decode()

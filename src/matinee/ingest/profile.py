"""What a catalogue holds, in numbers: ``profile.json``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from matinee.ingest.report import Catalogue

RUNTIME_BIN = 15
"""Minutes; the runtimes of films lie between 60 and 200."""
VOTE_QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)
"""Votes spread over six orders of magnitude, so the tail is told in detail."""
_ABSENT = "none"


def profile(catalogue: Catalogue) -> dict[str, Any]:
    """Return counts that add up: each distribution of single values sums to the rows."""
    table = catalogue.table
    report = catalogue.report
    return {
        "rows": table.num_rows,
        "rows_read": report.rows,
        "duplicates_merged": report.merged,
        "rows_set_aside": report.rejected,
        "values_left_out": report.left_out,
        "columns": {name: _column(table[name]) for name in table.column_names},
        "distributions": {
            "kind": _counts(table["kind"]),
            "year": _counts(table["year"]),
            "decade": _steps(table["year"], 10),
            "runtime": _steps(table["runtime"], RUNTIME_BIN),
            "certification": _counts(table["certification"]),
            "genre": _entries(table["genres"]),
            "language": _entries(table["languages"]),
            "country": _entries(table["countries"]),
            "source": _entries(table["sources"]),
            "vote_count_quantiles": _quantiles(table["vote_count"]),
        },
    }


def _column(column: pa.ChunkedArray) -> dict[str, Any]:
    nulls = column.null_count
    if pa.types.is_list(column.type):
        lengths = pc.list_value_length(column)
        span = pc.min_max(lengths).as_py()
        flat = pc.list_flatten(column)
        return {
            "nulls": nulls,
            "empty": int(pc.sum(pc.equal(lengths, 0)).as_py() or 0),
            "entries": len(flat),
            "distinct": pc.count_distinct(flat).as_py(),
            "min_length": span["min"],
            "max_length": span["max"],
        }
    span = pc.min_max(column).as_py()
    is_text = pa.types.is_string(column.type)
    empty = int(pc.sum(pc.equal(column, "")).as_py() or 0) if is_text else 0
    return {
        "nulls": nulls,
        "empty": empty,
        "distinct": pc.count_distinct(column).as_py(),
        # The texts themselves would bloat the profile: an overview has 300 characters.
        "min": None if is_text else _plain(span["min"]),
        "max": None if is_text else _plain(span["max"]),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    return value if value is None or isinstance(value, int) else str(value)


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    return _sorted(Counter(column.to_pylist()))


def _steps(column: pa.ChunkedArray, width: int) -> dict[str, int]:
    values = column.to_pylist()
    return _sorted(Counter(None if v is None else v // width * width for v in values))


def _entries(column: pa.ChunkedArray) -> dict[str, int]:
    found = Counter(pc.list_flatten(column).to_pylist())
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _sorted(found: Counter[Any]) -> dict[str, int]:
    absent = found.pop(None, 0)
    counts = {str(value): found[value] for value in sorted(found)}
    return counts | ({_ABSENT: absent} if absent else {})


def _quantiles(column: pa.ChunkedArray) -> dict[str, int | None]:
    found = pc.quantile(column, list(VOTE_QUANTILES), interpolation="nearest").to_pylist()
    return {
        f"{q:g}": None if v is None else int(v) for q, v in zip(VOTE_QUANTILES, found, strict=True)
    }

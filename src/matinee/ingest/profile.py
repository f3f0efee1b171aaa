"""What a catalogue holds, in numbers: ``profile.json``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matinee.catalogue.schema import SCHEMA

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.ingest.report import IngestReport

RUNTIME_BIN = 15
"""Minutes; the runtimes of films lie between 60 and 200."""
VOTE_QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)
"""Votes spread over six orders of magnitude, so the tail is told in detail."""
_ABSENT = "none"
_COUNTED = ("kind", "year", "runtime", "certification")
_LISTED = {"genre": "genres", "language": "languages", "country": "countries", "source": "sources"}


class Profile:
    """Counts that add up: each distribution of single values sums to the rows."""

    def __init__(self) -> None:
        self._rows = 0
        self._columns = {field.name: _Column(field.type) for field in SCHEMA}
        self._counts: dict[str, Counter[Any]] = {
            name: Counter() for name in (*_COUNTED, *_LISTED.values())
        }
        self._votes: list[pa.Array] = []

    def add(self, table: pa.Table) -> None:
        """Count the rows of a table of :data:`matinee.catalogue.schema.SCHEMA`."""
        self._rows += table.num_rows
        for name, column in self._columns.items():
            column.add(table[name])
        for name, counts in self._counts.items():
            values = table[name]
            listed = pc.list_flatten(values) if name in _LISTED.values() else values
            for pair in pc.value_counts(listed).to_pylist():
                counts[pair["values"]] += pair["counts"]
        self._votes += table["vote_count"].drop_null().chunks

    def result(self, report: IngestReport) -> dict[str, Any]:
        """Return the profile of all that was added."""
        counts = self._counts
        return {
            "rows": self._rows,
            "rows_read": report.rows,
            "duplicates_merged": report.merged,
            "rows_set_aside": report.rejected,
            "values_left_out": report.left_out,
            "columns": {name: column.result() for name, column in self._columns.items()},
            "distributions": {
                "kind": _sorted(counts["kind"]),
                "year": _sorted(counts["year"]),
                "decade": _steps(counts["year"], 10),
                "runtime": _steps(counts["runtime"], RUNTIME_BIN),
                "certification": _sorted(counts["certification"]),
                **{name: _ranked(counts[column]) for name, column in _LISTED.items()},
                "vote_count_quantiles": _quantiles(pa.chunked_array(self._votes, pa.int32())),
            },
        }


class _Column:
    """What is told of one column."""

    def __init__(self, kind: pa.DataType) -> None:
        self._listed = pa.types.is_list(kind)
        self._text = pa.types.is_string(kind.value_type if self._listed else kind)
        self._nulls = self._empty = self._entries = 0
        self._low: Any = None
        self._high: Any = None
        self._distinct = _Distinct()

    def add(self, column: pa.ChunkedArray) -> None:
        self._nulls += column.null_count
        values = column
        if self._listed:
            measured = pc.list_value_length(column)
            values = pc.list_flatten(column)
            self._entries += len(values)
            self._empty += int(pc.sum(pc.equal(measured, 0)).as_py() or 0)
        else:
            measured = column
            if self._text:
                self._empty += int(pc.sum(pc.equal(column, "")).as_py() or 0)
        if self._listed or not self._text:
            span = pc.min_max(measured).as_py()
            self._low = _of(min, self._low, span["min"])
            self._high = _of(max, self._high, span["max"])
        self._distinct.add(pc.unique(values).drop_null())

    def result(self) -> dict[str, Any]:
        told: dict[str, Any] = {"nulls": self._nulls, "empty": self._empty}
        if self._listed:
            return told | {
                "entries": self._entries,
                "distinct": self._distinct.count(),
                "min_length": self._low,
                "max_length": self._high,
            }
        # The texts themselves would bloat the profile: an overview has 300 characters.
        return told | {
            "distinct": self._distinct.count(),
            "min": _plain(self._low),
            "max": _plain(self._high),
        }


class _Distinct:
    """Counts different values by 64 bits of each: what is a hash of a text is itself of a number.

    Among ten million texts two have the same hash with a probability of 3 in a million.
    """

    def __init__(self) -> None:
        self._seen: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._new: list[npt.NDArray[np.int64]] = []

    def add(self, values: pa.Array) -> None:
        if pa.types.is_string(values.type):
            found = np.fromiter(map(hash, values.to_pylist()), np.int64, len(values))
        elif pa.types.is_floating(values.type):
            found = values.to_numpy(zero_copy_only=False).astype(np.float64).view(np.int64)
        else:
            kind = pa.int32() if pa.types.is_date(values.type) else values.type
            found = values.cast(kind).to_numpy(zero_copy_only=False).astype(np.int64)
        self._new.append(found)
        # Sorting what has doubled costs as much as sorting once, twice.
        if sum(map(len, self._new)) > len(self._seen):
            self._seen = np.unique(np.concatenate([self._seen, *self._new]))
            self._new = []

    def count(self) -> int:
        return len(np.unique(np.concatenate([self._seen, *self._new])))


def _of(choose: Any, one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else choose(one, other)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    return value if value is None or isinstance(value, int) else str(value)


def _steps(counts: Counter[Any], width: int) -> dict[str, int]:
    found: Counter[Any] = Counter()
    for value, count in counts.items():
        found[None if value is None else value // width * width] += count
    return _sorted(found)


def _ranked(counts: Counter[Any]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _sorted(counts: Counter[Any]) -> dict[str, int]:
    absent = counts[None]
    found = {str(value): counts[value] for value in sorted(v for v in counts if v is not None)}
    return found | ({_ABSENT: absent} if absent else {})


def _quantiles(column: pa.ChunkedArray) -> dict[str, int | None]:
    found = pc.quantile(column, list(VOTE_QUANTILES), interpolation="nearest").to_pylist()
    return {
        f"{q:g}": None if v is None else int(v) for q, v in zip(VOTE_QUANTILES, found, strict=True)
    }

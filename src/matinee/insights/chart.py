"""A chart as values: what it is called, what is to be seen, and the figures it is drawn from."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeAlias

from matinee.phrase import said

Kind: TypeAlias = Literal["columns", "bars", "line", "heat"]
SCALES = ("%", "of 1", "ms")
"""Units that say how a value is drawn and written, and so are the same in every language."""
KINDS: tuple[Kind, ...] = ("columns", "bars", "line", "heat")


@dataclass(frozen=True, slots=True)
class Chart:
    """Figures by category and series, with the words that go with them.

    Attributes:
        key: names it, for example ``years``; unique within a library's insights.
        title: a heading.
        lead: one sentence that tells what is to be seen, made of the figures.
        kind: ``columns`` for categories in order, ``bars`` for names, the largest first, ``line``
            for a course, ``heat`` for a map of rows by columns.
        rows: the categories: places of the x axis, labels of bars, rows of a heat map.
        columns: the series, one for most; the columns of a heat map.
        values: ``values[row][column]``; None where there is nothing to count.
        unit: what is counted, for example ``titles``; shares are in ``%``, 0 to 100.
        note: what is to be kept in mind; empty if nothing is.

    Raises:
        ValueError: the values have another shape than rows and columns, or one is negative or not
            finite.
    """

    key: str
    title: str
    lead: str
    kind: Kind
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    unit: str
    note: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a chart is one of {', '.join(KINDS)}, not {self.kind!r:.40}")
        if not self.rows or not self.columns:
            raise ValueError(f"the chart {self.key} has no rows or no columns")
        if [len(row) for row in self.values] != [len(self.columns)] * len(self.rows):
            raise ValueError(
                f"the chart {self.key} has {len(self.rows)} rows and {len(self.columns)} columns, "
                f"and values of another shape"
            )
        if any(not 0 <= value < math.inf for value in self.figures()):
            raise ValueError(f"the chart {self.key} has a value that is negative or not finite")

    def figures(self) -> tuple[float, ...]:
        """Return all values that are there, row by row."""
        return tuple(value for row in self.values for value in row if value is not None)

    def spoken(self) -> Chart:
        """Return it with its words in the language that is spoken; see :mod:`matinee.phrase`."""
        return replace(
            self,
            title=said(self.title),
            lead=said(self.lead),
            rows=tuple(map(said, self.rows)),
            columns=tuple(map(said, self.columns)),
            unit=self.unit if self.unit in SCALES else said(self.unit),
            note=said(self.note),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, lists for tuples."""
        return asdict(self) | {
            "rows": list(map(str, self.rows)),
            "columns": list(map(str, self.columns)),
            "values": [list(row) for row in self.values],
        }

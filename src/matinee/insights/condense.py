"""Charts with more categories than can be drawn, made smaller; the table keeps them all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matinee.phrase import phrase, said

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.insights.chart import Chart

_ADDS_UP = "titles people ratings".split()
"""Units whose counts of neighbours may be added; shares and measures are averaged."""


def merged_rows(chart: Chart, most: int) -> Chart:
    """Return a chart of at most ``most`` rows, neighbours put together.

    Counts are added, of shares and measures the mean is taken.

    >>> from matinee.insights.chart import Chart
    >>> chart = Chart("k", "", "", "columns", ("1", "2", "3"), ("n",), ((1,), (2,), (4,)), "titles")
    >>> small = merged_rows(chart, 2)
    >>> small.rows, small.values
    (('1 to 2', '3'), ((3.0,), (4.0,)))
    """
    step = -(-len(chart.rows) // most)
    if step == 1:
        return chart
    rows = _merged(_numbers(chart), step, adds_up=chart.unit in _ADDS_UP)
    return replace(chart, rows=_names(chart.rows, step), values=_values(rows))


def merged_columns(chart: Chart, most: int) -> Chart:
    """Return a chart of at most ``most`` columns, the mean of neighbours in place of them."""
    step = -(-len(chart.columns) // most)
    if step == 1:
        return chart
    columns = _merged(_numbers(chart).T, step, adds_up=False).T
    return replace(chart, columns=_names(chart.columns, step), values=_values(columns))


def first_rows(chart: Chart, most: int) -> Chart:
    """Return a chart of the first ``most`` rows."""
    return replace(chart, rows=chart.rows[:most], values=chart.values[:most])


def last_rows(chart: Chart, least: int) -> Chart:
    """Return a chart of the last ``least`` rows."""
    return replace(chart, rows=chart.rows[-least:], values=chart.values[-least:])


def first_columns(chart: Chart, most: int) -> Chart:
    """Return a chart of the first ``most`` series."""
    values = tuple(row[:most] for row in chart.values)
    return replace(chart, columns=chart.columns[:most], values=values)


def _numbers(chart: Chart) -> npt.NDArray[np.float64]:
    return np.array(chart.values, np.float64)


def _values(numbers: npt.NDArray[np.float64]) -> tuple[tuple[float | None, ...], ...]:
    return tuple(
        tuple(None if np.isnan(value) else value for value in row) for row in numbers.tolist()
    )


def _names(names: tuple[str, ...], step: int) -> tuple[str, ...]:
    groups = [names[i : i + step] for i in range(0, len(names), step)]
    return tuple(
        said(phrase("%(first)s to %(last)s", first=each[0], last=each[-1]))
        if len(each) > 1
        else each[0]
        for each in groups
    )


def _merged(
    numbers: npt.NDArray[np.float64], step: int, *, adds_up: bool
) -> npt.NDArray[np.float64]:
    starts = np.arange(0, len(numbers), step)
    there = np.add.reduceat(np.isfinite(numbers), starts, axis=0, dtype=np.int64)
    total = np.add.reduceat(np.nan_to_num(numbers, nan=0.0), starts, axis=0)
    merged = total if adds_up else total / np.maximum(there, 1)
    return np.where(there > 0, merged, np.nan)

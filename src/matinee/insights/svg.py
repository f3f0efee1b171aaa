"""Charts as SVG that anybody can read: it scales, says in words what it shows, and follows a theme.

There is no script and no style in a drawing, so that it may stand in a page with the strictest
policy. Whatever has a colour has ``currentColor``, so that without any style sheet it has that of
the text around it; a style sheet may colour it by class:

The whole has the classes ``chart`` and, by its kind, ``chart-bars`` or the like.

======== ====================================================================================
class    what
======== ====================================================================================
bar      a bar or column; ``s0`` to ``s5`` beside it tell the series, ``rest`` the others
line     the course of a series, and its ``point``; ``s0`` to ``s5`` as well
heat     a cell of a map; ``fill-opacity`` is the value
grid     a line at a round number
axis     the line at 0
label    the name of a category or series
tick     a number or a unit
======== ====================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.evaluate.html import Markup, element
from matinee.insights.condense import (
    first_columns,
    first_rows,
    last_rows,
    merged_columns,
    merged_rows,
)
from matinee.insights.lettering import SIZE, clean, shorten, ticks, width_of
from matinee.insights.marks import (
    CELL,
    PAD,
    cell,
    name_before,
    names_below,
    number,
    rect,
    rules,
    stroke,
)
from matinee.insights.tables import figure
from matinee.phrase import phrase, plural, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.insights.chart import Chart

LEAST_WIDTH, MOST_WIDTH = 240, 4_000
"""Pixels; below, nothing but names would be seen."""
SERIES = 6
"""Series that are drawn; more could not be told apart."""
_BARS = 12
"""Rows of bars; the rest are one row, ``others``."""
_HEAT_ROWS = 40
_THINNEST = 4.0
"""Pixels of a column or cell; where they would be thinner neighbours are put together."""
_WIDEST = 56.0
"""Pixels of a column."""
_PLOT = 190.0
_LINE = 18.0
"""Pixels from a line of text to the next."""
_BAR = 16.0
_NAMES = 0.42
"""Of the width, what names of bars and rows may take."""
_WHOLE = {"%": 100.0, "of 1": 1.0}
"""What bars and shades are a part of, by unit."""
_STEPS_OF_HEAT = 5


def draw(chart: Chart, *, width: int = 640) -> str:
    """Return a chart as an SVG element.

    It has the size of its drawing and a ``viewBox``: ``max-width: 100%; height: auto`` makes it
    fit. Draw it at about the width it will be shown at; letters have 12 pixels.

    Args:
        chart: what to draw.
        width: pixels, 240 to 4,000.

    Raises:
        ValueError: the width is out of bounds.
    """
    if not LEAST_WIDTH <= width <= MOST_WIDTH:
        raise ValueError(f"a drawing is {LEAST_WIDTH} to {MOST_WIDTH} pixels wide, not {width}")
    parts, height = _DRAWN[chart.kind](chart, float(width))
    return element(
        "svg",
        element("title", clean(chart.title)),
        element("desc", clean(chart.lead)),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height:.0f}",
        width=width,
        height=f"{height:.0f}",
        role="img",
        class_=f"chart chart-{chart.kind}",
        font_family="system-ui, sans-serif",
        font_size=SIZE,
        fill="currentColor",
    )


def _columns(chart: Chart, width: float) -> tuple[list[Markup], float]:
    parts, top = _head(chart, width)
    chart = first_columns(chart, SERIES)
    chart = merged_rows(chart, int((width - 80) / _THINNEST / len(chart.columns)))
    marks = _marks(chart)
    left, bottom = _margin(marks, chart.unit), top + _PLOT
    slot = (width - left - PAD) / len(chart.rows)
    thick = min(slot * 0.8, _WIDEST * len(chart.columns)) / len(chart.columns)
    places = [left + (i + 0.5) * slot for i in range(len(chart.rows))]
    parts += rules(marks, chart.unit, left, width, top, bottom)
    for middle, name, values in zip(places, chart.rows, chart.values, strict=True):
        for series, value in enumerate(values):
            if value is None:
                continue
            tall = _length(value, marks, _PLOT)
            x = middle + (series - len(values) / 2) * thick
            bar = rect(x, bottom - tall, max(0.5, thick - 1), tall, f"bar s{series}", series)
            parts.append(_told(chart, name, series, value, bar))
    parts += names_below(chart.rows, places, bottom, width)
    return parts, bottom + _LINE + PAD


def _line(chart: Chart, width: float) -> tuple[list[Markup], float]:
    parts, top = _head(chart, width)
    chart = first_columns(chart, SERIES)
    marks = _marks(chart)
    left, bottom = _margin(marks, chart.unit), top + _PLOT
    step = (width - left - 3 * PAD) / max(1, len(chart.rows) - 1)
    places = [left + PAD + i * step for i in range(len(chart.rows))]
    parts += rules(marks, chart.unit, left, width, top, bottom)
    for series in range(len(chart.columns)):
        path, pen = "", "M"
        points = []
        for x, name, values in zip(places, chart.rows, chart.values, strict=True):
            value = values[series]
            if value is None:
                pen = "M"
                continue
            y = bottom - value / marks[-1] * _PLOT
            path, pen = f"{path}{pen}{x:.2f} {y:.2f}", "L"
            if step >= 2 * _THINNEST:
                dot = element("circle", cx=x, cy=y, r=3.5, class_=f"line point s{series}")
                points.append(_told(chart, name, series, value, dot))
        parts.append(stroke(path, series))
        parts += points
    parts += names_below(chart.rows, places, bottom, width)
    return parts, bottom + _LINE + PAD


def _bars(chart: Chart, width: float) -> tuple[list[Markup], float]:
    parts, y = _head(chart, width)
    chart = first_columns(chart, SERIES)
    others = len(chart.rows) - _BARS + 1 if len(chart.rows) > _BARS else 0
    shown = first_rows(chart, len(chart.rows) - others)
    rest = said(plural("%(number)s other", "%(number)s others", others))
    names = [*shown.rows, *([rest] if others else [])]
    left = min(width * _NAMES, max(width_of(clean(name)) for name in names)) + PAD
    most = max(_WHOLE.get(chart.unit, 1e-9), *chart.figures(), 0.0)
    biggest = max(last_rows(chart, others).figures(), default=0.0) if others else 0.0
    most_each = said(phrase("up to %(most)s each", most=figure(biggest, chart.unit)))
    # Behind each bar there is room for its number.
    widest = max(width_of(figure(value, chart.unit)) for value in (*chart.figures(), None))
    scale = (width - left - widest - PAD) / most
    if biggest:
        scale = min(scale, (width - left - width_of(most_each) - PAD) / biggest)
    for name, values in zip(shown.rows, shown.values, strict=True):
        tall = _BAR * len(values)
        parts.append(name_before(name, left, y + tall / 2))
        for series, value in enumerate(values):
            end, at = left, y + series * _BAR
            if value is not None:
                long = max(value * scale, 1.0 if value else 0.0)
                end += long
                bar = rect(left, at, long, _BAR - 1, f"bar s{series}", series)
                parts.append(_told(chart, name, series, value, bar))
            parts.append(number(figure(value, chart.unit), end + 5, at + _BAR / 2 + 4, "start"))
        y += tall + PAD
    if others:
        # Of titles with several countries the sum would be of no titles, so it is not shown.
        parts.append(name_before(rest, left, y + _BAR / 2))
        long = max(biggest * scale, 1.0 if biggest else 0.0)
        parts.append(rect(left, y, long, _BAR - 1, "bar rest", 2))
        parts.append(number(most_each, left + long + 5, y + _BAR / 2 + 4, "start"))
        y += _BAR + PAD
    return parts, y


def _heat(chart: Chart, width: float) -> tuple[list[Markup], float]:
    more = max(0, len(chart.rows) - _HEAT_ROWS)
    chart = first_rows(chart, _HEAT_ROWS)
    names = [clean(name) for name in chart.rows]
    left = min(width * _NAMES, max(map(width_of, names))) + PAD
    chart = merged_columns(chart, int((width - left - PAD) / _THINNEST))
    slot = min((width - left - PAD) / len(chart.columns), 2 * _WIDEST)
    places = [left + (i + 0.5) * slot for i in range(len(chart.columns))]
    most = _WHOLE.get(chart.unit) or _marks(chart)[-1]
    parts: list[Markup] = []
    y = PAD / 2
    for name, values in zip(chart.rows, chart.values, strict=True):
        parts.append(name_before(name, left, y + CELL / 2))
        for column, value in enumerate(values):
            if value is None:
                continue
            x = left + column * slot
            drawn = cell(x, y, slot - 1, min(1.0, value / most))
            parts.append(_told(chart, name, column, value, drawn))
        y += CELL
    if more:
        parts.append(number(f"and {more:,} more in the table", left, y + 14, "start"))
        y += _LINE
    parts += names_below(chart.columns, places, y, width)
    return [*parts, *_scale_of_heat(chart.unit, most, left, y + 2 * _LINE)], y + 3 * _LINE + PAD


_DRAWN = {"columns": _columns, "bars": _bars, "line": _line, "heat": _heat}


def _head(chart: Chart, width: float) -> tuple[list[Markup], float]:
    """Draw what is counted, or the names of several series; return where the plot begins."""
    if len(chart.columns) == 1:
        name = clean(chart.columns[0])
        if chart.unit not in (name, "%"):
            name = f"{name}, {clean(chart.unit)}"
        return [number(shorten(name, width - PAD), 0.0, 13.0, "start")], _LINE + PAD
    parts, x, y = [], 0.0, 13.0
    for series, name in enumerate(chart.columns[:SERIES]):
        text = shorten(clean(name), width - 4 * PAD)
        if x and x + width_of(text) + 3 * PAD > width:
            x, y = 0.0, y + _LINE
        if chart.kind == "line":
            parts.append(stroke(f"M{x:.2f} {y - 4:.2f}h16", series))
        else:
            parts.append(rect(x, y - 10, 12.0, 12.0, f"bar s{series}", series))
        words = element("text", text, x=x + 20, y=y, class_="label")
        parts.append(element("g", element("title", clean(name)), words))
        x += width_of(text) + 20 + 2 * PAD
    more = len(chart.columns) - SERIES
    last = f"and {more:,} more in the table" if more > 0 else ""
    unit = "" if chart.unit == "%" else clean(chart.unit)
    said = ", ".join(word for word in (last, unit) if word)
    if said:
        y += _LINE
        parts.append(number(shorten(said, width - PAD), 0.0, y, "start"))
    return parts, y + _LINE


def _marks(chart: Chart) -> list[float]:
    found = chart.figures()
    return ticks(max(found, default=0.0), whole=all(value == int(value) for value in found))


def _margin(marks: Sequence[float], unit: str) -> float:
    return max(width_of(figure(mark, unit)) for mark in marks) + PAD


def _length(value: float, marks: Sequence[float], whole: float) -> float:
    """Return a value in pixels; whatever is more than nothing can be seen."""
    return max(value / marks[-1] * whole, 1.0 if value else 0.0)


def _told(chart: Chart, name: str, series: int, value: float, drawn: Markup) -> Markup:
    """Return something drawn with what it stands for, which a pointer over it shows."""
    unit = "" if chart.unit == "%" else f" {chart.unit}"
    which = f", {chart.columns[series]}" if len(chart.columns) > 1 else ""
    said = f"{name}{which}: {figure(value, chart.unit)}{unit}"
    return element("g", element("title", clean(said)), drawn)


def _scale_of_heat(unit: str, most: float, left: float, y: float) -> list[Markup]:
    """Draw what the shades of a map mean."""
    parts = [number(figure(0, unit), left - 6, y + 14, "end")]
    parts += [
        cell(left + i * CELL, y, CELL - 1, i / (_STEPS_OF_HEAT - 1)) for i in range(_STEPS_OF_HEAT)
    ]
    end = figure(most, unit) + ("" if unit == "%" else f" {clean(unit)}")
    return [*parts, number(end, left + _STEPS_OF_HEAT * CELL + 6, y + 14, "start")]

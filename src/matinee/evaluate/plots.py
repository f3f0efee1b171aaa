"""The drawings of the report, as SVG that scales, prints, and says in words what it shows.

Colours and line styles are classes of the page's style sheet (``m0``, ``m1``, ...), so that a
drawing follows the reader's light or dark theme.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matinee.evaluate.html import Markup, element

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matinee.evaluate.statistics import Estimate

COLOURS = 8
"""Method styles of the style sheet; further methods begin again with the first."""
_WIDTH = 360.0
"""About the pixels that a phone gives a drawing, so that its text stays readable there."""
_LEFT = 88.0
"""Room for the names of methods."""
_MARGIN = 44.0
"""Room for the numbers of an axis."""
_RIGHT = 14.0
_TOP = 10.0
_ROW = 30.0
_HEIGHT = 210.0
_AXIS = 40.0
_BELOW = (_WIDTH / 2, _HEIGHT + 34)
_PLACES = (1, 2, 5, 10, 20, 50, 100)


def dot_plot(estimates: Mapping[str, Estimate], measure: str, ident: str) -> Markup:
    """Draw one row a method: a dot at the mean, a line over the interval.

    Args:
        estimates: by method.
        measure: its name.
        ident: unique within the page.
    """
    low = min(estimate.low for estimate in estimates.values())
    high = max(estimate.high for estimate in estimates.values())
    marks = ticks(low, high)
    bottom = _TOP + _ROW * len(estimates)

    def x(value: float) -> float:
        return _LEFT + (value - marks[0]) / (marks[-1] - marks[0]) * (_WIDTH - _LEFT - _RIGHT)

    parts: list[Markup] = []
    for mark in marks:
        parts.append(element("line", x1=x(mark), x2=x(mark), y1=_TOP, y2=bottom, class_="grid"))
        parts.append(_words(f"{mark:g}", x(mark), bottom + 18))
    for row, (method, estimate) in enumerate(estimates.items()):
        y = _TOP + _ROW * (row + 0.5)
        style = f"m{row % COLOURS}"
        parts += [
            _words(method, _LEFT - 10, y + 4, anchor="end", style="label"),
            element("line", x1=x(estimate.low), x2=x(estimate.high), y1=y, y2=y, class_=style),
            element("circle", cx=x(estimate.mean), cy=y, r=5.0, class_=style),
        ]
    said = "; ".join(
        f"{method} {e.mean:.3f}, interval {e.low:.3f} to {e.high:.3f}"
        for method, e in estimates.items()
    )
    title = f"{measure} of each method with its 95% interval"
    return _drawing(parts, bottom + _AXIS, title, said, ident)


def difference_bars(differences: Sequence[float], name: str, ident: str) -> Markup:
    """Draw one bar a query, sorted from the greatest gain to the greatest loss.

    Args:
        differences: one a query, in any order.
        name: what is subtracted from what.
        ident: unique within the page.
    """
    ordered = sorted(differences, reverse=True)
    most = max(map(abs, ordered)) or 1.0
    end = ticks(0.0, most)[-1]
    middle = (_TOP + _HEIGHT) / 2

    def y(value: float) -> float:
        return middle - value / end * (middle - _TOP)

    parts = [_rule(y(end), f"+{end:g}"), _rule(middle, "0"), _rule(y(-end), f"−{end:g}")]
    step = (_WIDTH - _MARGIN - _RIGHT) / len(ordered)
    for style, sign in (("gain", 1), ("loss", -1)):
        # One path for all bars: a set of a thousand queries stays a small file.
        bars = "".join(
            f"M{_MARGIN + i * step:.2f} {middle:.2f}V{y(value):.2f}h{step:.2f}V{middle:.2f}z"
            for i, value in enumerate(ordered)
            if value * sign > 0
        )
        if bars:
            parts.append(element("path", d=bars, class_=style))
    parts.append(_words("queries, from the greatest gain to the greatest loss", *_BELOW))
    gains, losses = (sum(sign * value > 0 for value in ordered) for sign in (1, -1))
    said = f"{gains} queries better, {losses} worse, {len(ordered) - gains - losses} the same"
    return _drawing(parts, _HEIGHT + _AXIS, f"{name}, query by query", said, ident)


def success_curve(curves: Mapping[str, Sequence[float]], ident: str) -> Markup:
    """Draw the share of queries with a right film among the first k, k from 1 on, per method.

    Args:
        curves: by method, the share at k = 1, 2, ..., at least two of them.
        ident: unique within the page.
    """
    depth = max(map(len, curves.values()))
    marks = ticks(0.0, max(map(max, curves.values())) or 1.0)

    def x(k: int) -> float:
        return _MARGIN + math.log(k) / math.log(depth) * (_WIDTH - _MARGIN - _RIGHT)

    def y(share: float) -> float:
        return _HEIGHT - share / marks[-1] * (_HEIGHT - _TOP)

    parts = [_rule(y(mark), f"{mark:g}") for mark in marks]
    parts += [_words(k, x(k), _HEIGHT + 15) for k in _PLACES if k <= depth]
    for row, curve in enumerate(curves.values()):
        # In steps: between two places nothing is found.
        steps = "".join(f"H{x(k):.2f}V{y(share):.2f}" for k, share in enumerate(curve, 1))
        path = f"M{x(1):.2f} {y(curve[0]):.2f}{steps}"
        parts.append(element("path", d=path, class_=f"curve m{row % COLOURS}"))
    parts.append(_words("films looked at, k", *_BELOW))
    said = "; ".join(
        f"{method} {curve[0]:.2f} at 1, {curve[-1]:.2f} at {len(curve)}"
        for method, curve in curves.items()
    )
    title = "Share of the queries with a right film among the first k"
    return _drawing(parts, _HEIGHT + _AXIS, title, said, ident)


def swatch(row: int) -> Markup:
    """Draw the line style of a method, for a legend."""
    line = element("line", x1=1.0, x2=27.0, y1=5.0, y2=5.0, class_=f"m{row % COLOURS}")
    return element("svg", line, viewBox="0 0 28 10", class_="swatch", aria_hidden="true")


def ticks(low: float, high: float) -> list[float]:
    """Return three to seven round numbers whose ends enclose ``low`` and ``high``.

    >>> ticks(0.62, 0.91)
    [0.6, 0.7, 0.8, 0.9, 1.0]
    """
    spread = max(high - low, 1e-3)
    unit = 10.0 ** math.floor(math.log10(spread))
    step = next(unit * n for n in (0.2, 0.25, 0.5, 1, 2) if spread / (unit * n) <= 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, max(last, first + 1) + 1)]


def _words(
    text: object, x: float, y: float, *, anchor: str = "middle", style: str = "tick"
) -> Markup:
    return element("text", text, x=x, y=y, class_=style, text_anchor=anchor)


def _rule(y: float, text: str) -> Markup:
    """Draw a line across the plot with its value before it."""
    line = element("line", x1=_MARGIN, x2=_WIDTH - _RIGHT, y1=y, y2=y, class_="grid")
    return Markup(line + _words(text, _MARGIN - 6, y + 4, anchor="end"))


def _drawing(parts: Sequence[Markup], height: float, title: str, said: str, ident: str) -> Markup:
    return element(
        "svg",
        element("title", title, id=f"{ident}-t"),
        element("desc", said, id=f"{ident}-d"),
        *parts,
        viewBox=f"0 0 {_WIDTH:g} {height:g}",
        role="img",
        aria_labelledby=f"{ident}-t",
        aria_describedby=f"{ident}-d",
    )

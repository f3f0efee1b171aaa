"""What drawings are made of: bars, lines, cells and words, with their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.evaluate.html import Markup, element
from matinee.insights.lettering import clean, shorten, thinned
from matinee.insights.tables import figure

if TYPE_CHECKING:
    from collections.abc import Sequence

PAD = 8.0
"""Pixels between what should not touch."""
CELL = 20.0
"""Pixels of a row of a map."""
_FADE = (1.0, 0.6, 0.35, 0.85, 0.5, 0.25)
"""Opacity of each series where no style sheet gives it a colour."""
_DASH = (None, "6 3", "2 3", "9 3 2 3", "1 4", "12 4")


def rules(
    marks: Sequence[float], unit: str, left: float, width: float, top: float, bottom: float
) -> list[Markup]:
    """Draw a line at each round number, with the number before it; that at 0 is the axis."""
    parts = []
    for mark in marks:
        y = bottom - mark / marks[-1] * (bottom - top)
        parts.append(
            element(
                "line",
                x1=left,
                x2=width - PAD,
                y1=y,
                y2=y,
                class_="grid" if mark else "axis",
                stroke="currentColor",
                stroke_opacity=0.15 if mark else 0.6,
            )
        )
        parts.append(number(figure(mark, unit), left - 6, y + 4, "end"))
    return parts


def names_below(
    names: Sequence[str], places: Sequence[float], y: float, width: float
) -> list[Markup]:
    """Write names below a plot, as many as fit, around the places they belong to."""
    shown = thinned([clean(name) for name in names], places, 0.0, width, width / 3)
    return [number(name, x, y + 15, "middle") for name, x in shown]


def name_before(name: str, left: float, middle: float) -> Markup:
    """Write a name so that it ends before ``left``; what is shortened is told in full."""
    short = shorten(clean(name), left - PAD)
    words = element("text", short, x=left - PAD, y=middle + 4, text_anchor="end", class_="label")
    return words if short == name else element("g", element("title", clean(name)), words)


def number(text: str, x: float, y: float, anchor: str) -> Markup:
    """Write a number, a unit or a remark."""
    return element("text", text, x=x, y=y, text_anchor=anchor, class_="tick", fill_opacity=0.8)


def rect(x: float, y: float, wide: float, tall: float, style: str, series: int) -> Markup:
    """Draw a bar or a piece of a legend."""
    return element(
        "rect",
        x=x,
        y=y,
        width=wide,
        height=tall,
        class_=style,
        fill="currentColor",
        fill_opacity=_FADE[series],
    )


def stroke(path: str, series: int) -> Markup:
    """Draw the course of a series; the path may be empty."""
    return element(
        "path",
        d=path or None,
        class_=f"line s{series}",
        fill="none",
        stroke="currentColor",
        stroke_width=2.0,
        stroke_dasharray=_DASH[series],
    )


def cell(x: float, y: float, wide: float, share: float) -> Markup:
    """Draw a cell of a map, the darker the greater its share, 0 to 1."""
    return element(
        "rect",
        x=x,
        y=y,
        width=wide,
        height=CELL - 1,
        class_="heat",
        fill="currentColor",
        fill_opacity=share,
        stroke="currentColor",
        stroke_opacity=0.15,
    )

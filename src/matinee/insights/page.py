"""The insights as one HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from matinee.evaluate.html import Markup, element
from matinee.insights.lettering import clean
from matinee.insights.svg import draw
from matinee.insights.tables import table

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.insights.chart import Chart
    from matinee.insights.study import Insights

_STYLE = "page.css"
_PHONE = 340
"""Pixels that a phone gives a drawing."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write_page(insights: Insights, path: Path) -> None:
    """Write the insights as one HTML page, with every chart drawn and as a table.

    It is light or dark as the reader's system is, and fit to print.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_text(html(insights), encoding="utf-8")


def html(insights: Insights) -> str:
    """Return the page as text."""
    title = f"Insights of library {insights.library}"
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        element("title", f"{title} · Matinee"),
        element("style", Markup(files("matinee.insights").joinpath(_STYLE).read_text("utf-8"))),
    )
    main = element(
        "main",
        element("h1", title),
        element("p", f"{insights.titles:,} titles.", class_="facts"),
        element("div", *map(_section, insights.charts), class_="charts"),
        *(element("p", note, class_="note") for note in insights.notes),
    )
    page = element("html", head, element("body", main), lang="en", dir="ltr")
    return f"<!doctype html>\n{page}\n"


def _section(chart: Chart) -> Markup:
    return element(
        "section",
        element("h2", clean(chart.title)),
        element("p", clean(chart.lead)),
        # Scaled down to a phone's width the letters of the wide one could not be read.
        element("div", Markup(draw(chart)), class_="on-wide"),
        element("div", Markup(draw(chart, width=_PHONE)), class_="on-phone"),
        element("p", clean(chart.note), class_="note") if chart.note else None,
        element(
            "details",
            element("summary", "As a table"),
            Markup(table(chart).html()),
        ),
    )

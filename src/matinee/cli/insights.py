"""``matinee insights``: what a library holds, in a terminal, as JSON or as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.options import JsonOption, LibraryOption, open_library, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from matinee.insights import Chart, Insights

_BAR = 24
"""Letters of the longest bar."""
_ROWS = 12
"""Bars of a chart that are shown; ``--chart`` shows all."""
_SHADES = (("·", 0), ("░", 25), ("▒", 50), ("▓", 75), ("█", 100))
"""The shade of a share in %, up to each."""


def insights(
    library: LibraryOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write a page of drawings and tables to this HTML file, for a browser.",
            show_default=False,
            dir_okay=False,
        ),
    ] = None,
    chart: Annotated[
        list[str] | None,
        typer.Option(
            help="Show this chart alone, with all its rows: years, runtime, languages, genres, "
            "countries, votes, votes_spread, missing, posters, ratings_per_person, "
            "ratings_per_title, stars, quality or exploration. May be given several times.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a library holds: years, lengths, origins, fame, what is missing, what people rated.

    Nothing is changed, and nobody is named.
    """
    from matinee.insights import study, write_page

    found = study(open_library(library))
    if chart:
        found = _only(found, chart)
    if out is not None:
        try:
            write_page(found, out)
        except OSError as error:
            from matinee.errors import InputError

            raise InputError(
                f"The page cannot be written: {error.strerror}",
                where=str(out),
                cure="Give --out a file in a folder that is there and may be written to",
            ) from error
    if as_json:
        print_json(found.to_dict())
    elif out is not None:
        typer.echo(f"{len(found.charts)} charts written to {out}")
    else:
        _show(found, None if chart else _ROWS)


def _only(found: Insights, keys: list[str]) -> Insights:
    """Return the insights with the charts of these keys alone, in the order they are asked for.

    Raises:
        InputError: there is no such chart of this library.
    """
    from dataclasses import replace

    from matinee.errors import InputError

    charts = []
    for key in dict.fromkeys(keys):
        there = found.chart(key)
        if there is None:
            why = f" What it cannot show: {' '.join(found.notes)}" if found.notes else ""
            raise InputError(
                "This library has no such chart",
                where=f"--chart {key}",
                cure=f"There are: {', '.join(each.key for each in found.charts)}.{why}",
            )
        charts.append(there)
    return replace(found, charts=tuple(charts))


def _show(found: Insights, rows: int | None) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    console.print(Text(f"Library {found.library}, {found.titles:,} titles", style="bold"))
    for chart in found.charts:
        console.print()
        console.print(Text(chart.title, style="bold"))
        console.print(Text(chart.lead), soft_wrap=True)
        _print_table(console, chart, rows)
        if chart.note:
            console.print(Text(chart.note, style="dim"), soft_wrap=True)
    for note in found.notes:
        console.print()
        console.print(Text(note, style="dim"), soft_wrap=True)


def _print_table(console: Console, chart: Chart, most: int | None) -> None:
    from rich.table import Table
    from rich.text import Text

    from matinee.insights import table

    shown = table(chart)
    if chart.kind == "heat" and most is not None:
        _print_map(console, chart)
        return
    # Beside several series a bar would be of one of them only.
    alone = len(chart.columns) == 1
    highest = max(chart.figures(), default=0.0) or 1.0
    drawn = Table(box=None, pad_edge=False, show_header=not alone, header_style="dim")
    for place, name in enumerate(shown.header):
        drawn.add_column(Text(name), justify="right" if place else "left", overflow="fold")
    if alone:
        drawn.add_column("")
    # What has an order is not cut.
    last = len(shown.rows) if most is None or chart.kind != "bars" else most
    for cells, values in zip(shown.rows[:last], chart.values[:last], strict=True):
        bar = [Text("█" * round((values[0] or 0.0) / highest * _BAR), style="cyan")]
        drawn.add_row(*map(Text, cells), *(bar if alone else ()))
    console.print(drawn)
    if len(shown.rows) > last:
        more = len(shown.rows) - last
        console.print(Text(f"and {more:,} more: matinee insights --chart {chart.key}", style="dim"))


def _print_map(console: Console, chart: Chart) -> None:
    """Print a map of shares in shades; its figures would be too wide for most terminals."""
    from rich.text import Text

    width = max(map(len, chart.rows))
    for name, values in zip(chart.rows, chart.values, strict=True):
        console.print(Text(f"{name:<{width}}  ") + Text(shades(values), style="cyan"))
    said = f"{chart.columns[0]} to {chart.columns[-1]}; "
    said += ", ".join(f"{shade} up to {upto}%" for shade, upto in _SHADES[1:])
    console.print(Text(said, style="dim"), soft_wrap=True)


def shades(values: Sequence[float | None]) -> str:
    """Return shares in % as shades, two letters each.

    >>> shades((0.0, 0.4, 60.0, 100.0, None))
    '··░░▓▓██  '
    """
    found = (
        " " if value is None else next(shade for shade, upto in _SHADES if value <= upto)
        for value in values
    )
    return "".join(2 * shade for shade in found)

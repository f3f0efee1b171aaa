"""``matinee settings``."""

from __future__ import annotations

from typing import Annotated

import typer

from matinee.cli.options import JsonOption, print_json


def settings(
    example: Annotated[
        bool, typer.Option("--example", help="Print a file of all settings, to copy from.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show every setting, its value and where it was said."""
    from matinee.settings import describe
    from matinee.settings import example as written

    if example:
        typer.echo(written(), nl=False)
        return
    rows = describe()
    if as_json:
        print_json([{"name": row.name, "value": row.value, "source": row.source} for row in rows])
        return
    names, shown = max(len(row.name) for row in rows), max(len(row.shown) for row in rows)
    for row in rows:
        # One long path must not push the sources of all others off the screen.
        typer.echo(f"{row.name:<{names}}  {row.shown:<{min(shown, 30)}}  {row.source}")

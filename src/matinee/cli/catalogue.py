"""``matinee catalogue``: what can be done with a catalogue without building a library of it."""

from __future__ import annotations

import typer

from matinee.cli import check, convert

app = typer.Typer(
    help="Check a catalogue, or convert it to typed Parquet, without building a library.",
    no_args_is_help=True,
)
app.command("check")(check.check)
app.command("convert")(convert.convert)

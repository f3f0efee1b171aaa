"""What came of reading catalogues, as a person reads it in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from matinee.cli.options import counted

if TYPE_CHECKING:
    from matinee.ingest import IngestReport


def show_read(report: IngestReport) -> None:
    """Print what was read file by file, and what there is to say of it."""
    for file in report.files:
        line, what = f"  {file.path}", file.source or file.role
        if what:
            line += f": {counted(file.rows, 'row', 'rows')} read as {what}"
        if file.rejected:
            line += f", {file.rejected:,} set aside"
        if file.left_out:
            line += f", {counted(file.left_out, 'value', 'values')} left out"
        typer.echo(line)
        for warning in file.warnings:
            typer.echo(f"    {warning}")
    for warning in report.warnings:
        typer.echo(f"  {warning}")

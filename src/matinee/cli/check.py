"""``matinee catalogue check``: what a catalogue holds, and what is wrong with it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.options import JsonOption, MapOption, NamespaceOption, counted, pairs, print_json
from matinee.cli.progress import Steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.ingest import IngestReport
    from matinee.ingest.validation import Example, Finding, Reason

NOT_CLEAN = 2
"""Exit status of ``--strict`` where a row was set aside or a rule of contract is broken."""
_SHOWN = 3
"""Examples shown of a rule; ``--json`` gives them all."""
_WIDTH = 60
"""Characters shown of a value."""


def check(
    paths: Annotated[list[Path], typer.Argument(help="Catalogue files or folders.")],
    column: MapOption = None,
    namespace: NamespaceOption = "local",
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="End with status 2 if a row is set aside or a rule of contract is broken.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read catalogues as build does, and show what is wrong with them and the cure.

    Nothing is written. What was set aside or left out comes first, then the rules that the titles
    break, the worst first.
    """
    from matinee.ingest import read_catalogue
    from matinee.ingest.validation import reasons, validate

    mapping = pairs(column, "title=Name")
    with Steps() as steps:
        found = read_catalogue(
            paths,
            mapping=mapping,
            namespace=namespace,
            progress=lambda done: steps("read", done, 0),
        )
        steps("check", 0, found.table.num_rows)
        outcome = validate(found.table)
        steps("check", found.table.num_rows, found.table.num_rows)
    refused = reasons(found.rejects)
    clean = outcome.ok and not found.report.rejected
    if as_json:
        print_json(
            {
                "ok": clean,
                "read": asdict(found.report),
                "refused": [asdict(reason) for reason in refused],
                "validation": outcome.to_dict(),
            }
        )
    else:
        _show_read(found.report)
        _show_refused(refused)
        _show_broken(outcome.broken)
        if not refused and not outcome.broken:
            typer.echo("Nothing is wrong.")
    if strict and not clean:
        raise typer.Exit(NOT_CLEAN)


def _show_read(report: IngestReport) -> None:
    for file in report.files:
        what = file.source or file.role
        line = f"{file.path}: {counted(file.rows, 'row', 'rows')}"
        typer.echo(f"{line} read as {what}" if what else file.path)
        for warning in file.warnings:
            typer.echo(f"  {warning}")
    for warning in report.warnings:
        typer.echo(warning)
    line = f"{counted(report.titles, 'title', 'titles')}; {report.merged:,} rows joined others, "
    line += f"{counted(report.rejected, 'row', 'rows')} set aside, "
    typer.echo(f"{line}{counted(report.left_out, 'value', 'values')} left out")


def _show_refused(refused: Sequence[Reason]) -> None:
    for reason in refused:
        what = ("row set aside", "rows set aside")
        if reason.what == "value":
            what = ("value left out", "values left out")
        said = f"{reason.column} {reason.reason}" if reason.column else reason.reason
        typer.echo(f"\n{counted(reason.count, *what)}: {said}")
        first = reason.example
        typer.echo(f"  {first.path}, line {first.line}: {_cut(first.value)}")
        typer.echo(f"  Cure: {reason.cure}.")


def _show_broken(broken: Sequence[Finding]) -> None:
    for finding in broken:
        many = counted(finding.count, "row", "rows")
        typer.echo(f"\n{finding.severity} {finding.rule}: {many}")
        typer.echo(f"  Demanded: {finding.demand}.")
        for example in finding.examples[:_SHOWN]:
            typer.echo(f"  {_example(example)}")
        typer.echo(f"  Cure: {finding.cure}.")


def _example(example: Example) -> str:
    named = " ".join(
        part
        for part in (example.id, None if example.title is None else repr(_cut(example.title)))
        if part
    )
    value = "" if example.value is None else f"{example.column} {_cut(example.value)}".strip()
    return ": ".join(filter(None, (named, value)))


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"

"""``matinee catalogue convert``."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from matinee.cli.options import JsonOption, MapOption, NamespaceOption, counted, pairs, print_json
from matinee.cli.progress import Steps
from matinee.cli.show_read import show_read

_MOST = 4
"""Processes; each parses the whole table, so that more would mostly do what others do too."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the collector of cycles away: titles have none, and looking takes a tenth of all."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def convert(
    paths: Annotated[list[Path], typer.Argument(help="Catalogue files or folders.")],
    out: Annotated[
        Path,
        typer.Option("--out", help="Folder to write; what an earlier run wrote is replaced."),
    ],
    column: MapOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first bad row or value.")
    ] = False,
    namespace: NamespaceOption = "local",
    partitioned: Annotated[
        bool, typer.Option("--partitioned", help="Also write the catalogue in one folder a year.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write catalogue files as typed Parquet, with a sample, a profile and checksums.

    Rows wait on the disk, so a catalogue may be larger than memory. Stopped at any moment, what
    was in the folder is in the folder.
    """
    from matinee.ingest.convert import SUMS
    from matinee.ingest.convert import convert as run

    with Steps() as steps, _uncollected():
        steps("Reading", 0, 0)
        done = run(
            paths,
            out.expanduser(),
            mapping=pairs(column, "title=Name"),
            strict=strict,
            namespace=namespace,
            partitioned=partitioned,
            progress=lambda rows: steps("Reading", rows, 0),
            workers=min(os.cpu_count() or 1, _MOST),
        )
        steps("Reading", done.report.rows, done.report.rows)
    read = done.report
    if as_json:
        print_json({"path": str(done.folder), "sha256": done.files, **asdict(read)})
        return
    typer.echo(
        f"{counted(read.titles, 'title', 'titles')} of {counted(read.rows, 'row', 'rows')} "
        f"in {done.folder}, checksums in {SUMS}"
    )
    show_read(read)
    if "rejects.jsonl" in done.files:
        typer.echo(
            f"  What was set aside or left out, and the cure: {done.folder / 'rejects.jsonl'}"
        )

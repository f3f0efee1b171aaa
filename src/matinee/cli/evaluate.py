"""``matinee evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from matinee.cli.options import (
    JsonOption,
    LibraryOption,
    MethodOption,
    open_library,
    print_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(help="Measure on judged data.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``search`` a command of its own although it is the only one yet."""


@app.command("search")
def search(
    judgments: Annotated[
        Path, typer.Option("--judgments", help="JSON lines: id, query, relevance by title id.")
    ],
    library: LibraryOption = None,
    method: MethodOption = "hybrid",
    gain: Annotated[
        Literal["exponential", "linear"],
        typer.Option(help="What grade g is worth to nDCG: 2^g - 1, or g."),
    ] = "exponential",
    as_json: JsonOption = False,
) -> None:
    """Measure a search on judged queries."""
    from matinee.evaluate.judgments import read_judgments
    from matinee.evaluate.search import evaluate_search
    from matinee.query.request import SearchRequest

    queries = read_judgments(judgments)
    SearchRequest("checks the method", method=method)
    opened = open_library(library)
    opened.warm()

    def searcher(query: str, k: int, within: Sequence[str] | None) -> tuple[list[str], float]:
        results = opened.search(query, k, method=method, within=within)
        return [result.title.id for result in results], results.took_ms

    report = evaluate_search(searcher, queries, canonical=opened.canonical_id, gain=gain)
    values = report.to_dict() | {"method": method, "gain": gain, "library": opened.version}
    if as_json:
        print_json(values)
        return
    typer.echo(f"{len(queries)} queries, method {method}, library {opened.version}")
    for name, value in report.metrics.items():
        typer.echo(f"  {name:<12} {value:.4f}" if "ms" not in name else f"  {name:<12} {value:.2f}")
    if report.unknown:
        typer.echo(f"  {len(report.unknown)} judged titles are not in the library")

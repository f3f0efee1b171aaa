"""``matinee evaluate posters``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.options import JsonOption, LibraryOption, open_library, print_json

if TYPE_CHECKING:
    from matinee.assembly.poster_study import PosterReport

_MEASURES = {
    "genres": "average precision of a title's genres",
    "cold titles": "nDCG@10 of what people liked among titles hidden from all",
    "alike": "nDCG@10 of the titles that the same people liked",
}


def posters(
    library: LibraryOption = None,
    share: Annotated[
        list[float] | None,
        typer.Option(
            help="Of the posters where both are used; repeatable.  [default: 0.3, 0.5]",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    bootstrap: Annotated[int, typer.Option(help="Resamples of the intervals.", min=100)] = 2_000,
    as_json: JsonOption = False,
) -> None:
    """Measure what posters add to texts, for MATINEE_POSTER_SHARE to be chosen by."""
    from matinee.assembly import study_posters
    from matinee.evaluate.posters import PosterStudy

    study = PosterStudy(shares=tuple(share or PosterStudy().shares), resamples=bootstrap)
    found = study_posters(open_library(library), study=study, seed=seed)
    if as_json:
        told = {"titles": found.titles, "encoder": found.encoder, "seed": seed}
        print_json(told | {"tasks": found.findings.to_dict(), "notes": list(found.notes)})
    else:
        _show(found)


def _show(found: PosterReport) -> None:
    from rich.console import Console
    from rich.table import Table

    typer.echo(f"{found.titles:,} titles with a poster, encoded by {found.encoder}")
    for task, told in found.findings.to_dict().items():
        asked = told.pop("asked")
        table = Table(title=f"{_MEASURES[task]} ({asked:,} asked)", title_justify="left")
        for name in ("vectors", "mean", "95% interval", "against text", "p (Holm)"):
            table.add_column(name, justify="left" if name == "vectors" else "right")
        for name, row in told.items():
            gain, p = (f"{row['gain']:+.4f}", f"{row['p']:.4f}") if "gain" in row else ("", "")
            interval = f"{row['low']:.4f} to {row['high']:.4f}"
            table.add_row(name, f"{row['mean']:.4f}", interval, gain, p)
        Console().print(table)
    for note in found.notes:
        typer.echo(f"{note}.")

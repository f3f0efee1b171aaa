"""``matinee train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.options import JsonOption, LibraryOption, open_library, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.assembly import Library
    from matinee.catalogue.title import Title

app = typer.Typer(help="Train models on your own judgments.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``reranker`` a command of its own although it is the only one yet."""


@app.command("reranker")
def reranker(
    judgments: Annotated[
        Path, typer.Argument(help="JSON lines: id, query, relevance by title id.")
    ],
    library: LibraryOption = None,
    base: Annotated[
        str | None,
        typer.Option(
            help="Model to begin with: a name of matinee models list, or a folder as transformers "
            "saves a model. Default: ms-marco-MiniLM-L-6-v2.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the new model. Default: reranker in your data folder.",
            show_default=False,
        ),
    ] = None,
    epochs: Annotated[int, typer.Option(help="Times every pair is seen.")] = 3,
    rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 2e-5,
    held_out: Annotated[
        float, typer.Option(help="Share of the queries that is only measured on.")
    ] = 0.2,
    seed: Annotated[int, typer.Option(help="Decides what is held out and drawn.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Teach a cross-encoder what you find relevant; needs pip install 'matinee[torch]'."""
    import platformdirs

    from matinee.evaluate.judgments import read_judgments
    from matinee.models.registry import DEFAULT_RERANKER
    from matinee.train.config import TrainConfig
    from matinee.train.reranker import train_reranker

    config = TrainConfig(epochs=epochs, rate=rate, held_out=held_out, seed=seed)
    queries = read_judgments(judgments)
    report = train_reranker(
        _Source(open_library(library)),
        queries,
        base=base or DEFAULT_RERANKER,
        out=out or platformdirs.user_data_path("matinee") / "reranker",
        config=config,
        progress=lambda epoch, loss: typer.echo(
            f"epoch {epoch} of {epochs}: loss {loss:.4f}", err=True
        ),
    )
    if as_json:
        print_json(report.to_dict())
        return
    typer.echo(f"Learnt {report.pairs:,} pairs of {report.queries} queries into {report.folder}")
    typer.echo(f"nDCG@10 on {report.held_out} queries that were held out:")
    for name, label in (
        ("search", "as the search ranks"),
        ("base", "as the base model ranks"),
        ("trained", "as the new model ranks"),
    ):
        typer.echo(f"  {label:<24} {report.ndcg[name]:.4f}")
    if report.unknown:
        typer.echo(f"  {report.unknown} judged titles are not in the library")
    typer.echo(f"Use it:  MATINEE_RERANKER={report.folder} matinee search --method ce ...")


class _Source:
    """A library as the training wants it."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def candidates(self, query: str, k: int, within: Sequence[str] | None) -> Sequence[Title]:
        """Return what the search finds."""
        found = self._library.search(query, k, within=within)
        return [result.title for result in found.results]

    def title(self, identifier: str) -> Title | None:
        """Return the title known by an id."""
        known = self._library.canonical_id(identifier)
        return None if known is None else self._library.title(known)

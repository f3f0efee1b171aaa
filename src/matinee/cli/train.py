"""``matinee train taste`` and ``matinee train reranker``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.options import JsonOption, LibraryOption, open_library, pairs, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.assembly import Library
    from matinee.catalogue.title import Title

app = typer.Typer(help="Train models on ratings and judgments of your own.", no_args_is_help=True)

_MODEL, _MAX_GB = "blend", 3.0
"""Those of TrainOptions, said here because it loads numpy; a test compares them."""


@app.command("taste")
def taste(
    ratings: Annotated[
        list[Path],
        typer.Argument(
            help="Files or folders of ratings: MovieLens, RecBole, Parquet, JSON lines, or CSV "
            "with a user, a title's id and stars."
        ),
    ],
    library: LibraryOption = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            help="Model that ranks; repeatable, the first is used where none is asked for.  "
            f"[default: {_MODEL}]",
            show_default=False,
        ),
    ] = None,
    rating_model: Annotated[
        str | None,
        typer.Option(
            help="Model that predicts stars, or none. Default: the best that is installed.",
            show_default=False,
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="FIELD=COLUMN for a table with names of its own; fields are user, item, rating, "
            "time and kind; repeatable.",
        ),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(help="Scale of the ratings: stars, five, ten, hundred or thumbs."),
    ] = None,
    namespace: Annotated[
        str | None, typer.Option(help="Namespace of ids that come without one, such as tmdb.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first row that cannot be used.")
    ] = False,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure",
            help="First measure the default model, and what exploration costs, on a fifth of what "
            "each person did; it learns a second time for that.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    max_gb: Annotated[float, typer.Option(help="Most memory that may be taken, in GiB.")] = _MAX_GB,
    as_json: JsonOption = False,
) -> None:
    """Learn from ratings what people like: writes a new version of the library, then uses it."""
    from matinee.assembly import train_taste
    from matinee.cli.progress import Steps
    from matinee.ingest.interactions.scales import check_scale
    from matinee.pipeline.train_taste import TrainOptions

    check_scale(scale)
    options = TrainOptions(
        models=tuple(model or (_MODEL,)),
        rating="" if rating_model == "none" else rating_model,
        seed=seed,
        max_gb=max_gb,
    )
    with Steps() as steps:
        report, rejects = train_taste(
            ratings,
            library,
            options=options,
            mapping=pairs(column, "item=MovieID"),
            scale=scale,  # type: ignore[arg-type]
            namespace=namespace,
            strict=strict,
            measure=measure,
            progress=steps,
        )
    card = report.card
    if as_json:
        print_json(
            {
                "library": report.manifest.version,
                "path": str(report.folder.parent),
                **card.to_dict(),
                "unknown_titles": report.unknown,
                "examples": list(report.examples),
                "repeated": report.repeated,
                "rejected": len(rejects),
                "resumed": list(report.resumed),
            }
        )
        return
    typer.echo(
        f"Learnt {card.interactions:,} interactions of {card.people:,} people with "
        f"{card.titles:,} titles into {report.folder}"
    )
    typer.echo(f"  ranks by {', '.join(card.rankings)}; predicts stars by {card.rating or 'none'}")
    if card.metrics:
        from matinee.cli.show_taste import measured_line

        typer.echo(f"  measured {measured_line(card.metrics)}")
    typer.echo(f"  took {sum(card.seconds.values()):.1f} s, at most {card.peak_mb:,.0f} MB")
    if report.resumed:
        typer.echo(f"  went on after {', '.join(report.resumed)} of an earlier run")
    if card.unmatched:
        typer.echo(
            f"  {card.unmatched:,} interactions are with {report.unknown:,} titles that the "
            f"library does not have, such as {', '.join(report.examples)}"
        )
    if report.repeated:
        typer.echo(f"  {report.repeated:,} were replaced by a later word on the same title")
    if rejects:
        first = rejects[0]
        typer.echo(
            f"  {len(rejects):,} rows were set aside; the first: {first.path}, line {first.line}, "
            f"{first.column} {first.reason}"
        )
    for note in card.notes:
        typer.echo(f"  {note}")
    typer.echo('Use it:  matinee recommend --like "The Matrix"')


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

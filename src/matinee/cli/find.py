"""``matinee search`` and ``matinee similar``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.options import (
    CountOption,
    JsonOption,
    LibraryOption,
    MethodOption,
    open_library,
    print_json,
)

if TYPE_CHECKING:
    from matinee.assembly import Library
    from matinee.pipeline.results import Results


def search(
    query: Annotated[str, typer.Argument(help="What you feel like watching, or a title.")],
    k: CountOption = 10,
    library: LibraryOption = None,
    method: MethodOption = "hybrid",
    dense_k: Annotated[int, typer.Option(help="Titles taken by meaning.")] = 500,
    sparse_k: Annotated[int, typer.Option(help="Titles taken by words.")] = 500,
    rrf_k: Annotated[int, typer.Option(help="Constant of rank fusion; larger is flatter.")] = 60,
    w_dense: Annotated[float, typer.Option(help="Weight of meaning.")] = 1.0,
    w_sparse: Annotated[float, typer.Option(help="Weight of words.")] = 1.0,
    w_title: Annotated[float, typer.Option(help="Weight of a matching title.")] = 2.0,
    as_json: JsonOption = False,
) -> None:
    """Find films by a description, or by title."""
    from matinee.query.request import Knobs, SearchRequest

    knobs = Knobs(dense_k, sparse_k, rrf_k, w_dense, w_sparse, w_title)
    # Checked before the library is opened: a wrong option is reported at once.
    SearchRequest(query, k=k, method=method, knobs=knobs)
    opened = open_library(library)
    show(opened.search(query, k, method=method, knobs=knobs), opened, as_json=as_json)


def similar(
    title: Annotated[str, typer.Argument(help="An id such as tmdb:603, or a name.")],
    k: CountOption = 10,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find films like a film."""
    opened = open_library(library)
    if not as_json:
        film = opened.title(title)
        typer.echo(f"Like {film.title} ({film.year or 'year unknown'}), {film.id}:")
    show(opened.similar(title, k), opened, as_json=as_json)


def show(results: Results, library: Library, *, as_json: bool) -> None:
    """Print an answer as JSON or as a table."""
    if as_json:
        print_json(results.to_dict())
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from matinee.catalogue.languages import language_name

    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", justify="right", style="dim")
    table.add_column("Title", overflow="fold")
    table.add_column("Year")
    table.add_column("Language")
    table.add_column("Genres", overflow="fold")
    table.add_column("Score", justify="right")
    table.add_column("Id", style="dim", overflow="fold")
    for place, result in enumerate(results, 1):
        title = result.title
        language = language_name(title.languages[0]) if title.languages else None
        # Text, not str: a title such as "[REC]" would be read as markup.
        table.add_row(
            str(place),
            Text(title.title),
            str(title.year or ""),
            Text(language or ""),
            Text(", ".join(title.genres[:3])),
            f"{result.score:.3f}",
            Text(title.id),
        )
    console.print(table if results.results else "Nothing found.")
    origin = "demo library" if library.is_demo else str(library.root)
    line = f"{len(library):,} titles, {origin}, {results.library}, {results.took_ms:.1f} ms"
    console.print(Text(line, style="dim"))
    for sentence in results.degraded:
        console.print(Text(sentence, style="yellow"))

"""``matinee enrich``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.options import JsonOption, MapOption, NamespaceOption, counted, pairs, print_json
from matinee.cli.progress import Steps

if TYPE_CHECKING:
    from matinee.ingest.enrich import Enriched, Enricher
    from matinee.settings import Settings

SOURCES = ("omdb", "wikipedia", "imdb")
_SHOWN = 5
"""Doubtful finds that are shown; all of them are in the file."""


def enrich(
    paths: Annotated[list[Path], typer.Argument(help="Catalogue files or folders.")],
    source: Annotated[
        str, typer.Option(help="omdb (needs a key), wikipedia, or imdb (files you have).")
    ],
    out: Annotated[Path, typer.Option(help="JSON lines to write, for matinee build.")],
    need: Annotated[
        list[str] | None,
        typer.Option(
            help="Look up the titles that lack this field; repeatable. What else they lack is "
            "filled too. Default: overview; for imdb all it may know.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        list[str] | None,
        typer.Option(help="A field in which what is there gives way; repeatable."),
    ] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option(help="IMDb's files (title.basics.tsv.gz ...) or their folder; repeatable."),
    ] = None,
    contact: Annotated[
        str | None,
        typer.Option(
            help="Address of mail or the web by which you can be reached; sent to the host that "
            "is asked. Wikipedia wants one. Default: MATINEE_CONTACT.",
            show_default=False,
        ),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=3650, help="Days an answer is kept before it is asked anew.")
    ] = 30,
    trust_ids: Annotated[
        bool,
        typer.Option("--trust-ids", help="Where the id of IMDb agrees, the name may differ."),
    ] = False,
    column: MapOption = None,
    namespace: NamespaceOption = "local",
    as_json: JsonOption = False,
) -> None:
    """Fill plots and other missing fields from OMDb, Wikipedia or files of IMDb."""
    from matinee.catalogue.schema import from_row
    from matinee.ingest.enrich import enrich as fill
    from matinee.ingest.enrich import write
    from matinee.ingest.enrich.output import check_output, read_provenance
    from matinee.ingest.read import read_catalogue
    from matinee.settings import Settings

    check_output(out, paths)
    asked = open_source(
        source,
        Settings.from_environment(),
        files=files or [],
        contact=contact,
        days=days,
        trust_ids=trust_ids,
    )
    read = read_catalogue(paths, mapping=pairs(column, "title=Name"), namespace=namespace)
    titles = [from_row(row) for row in read.table.to_pylist()]
    with Steps() as steps:
        made = fill(
            titles,
            asked,
            needs=need,
            overwrite=overwrite or (),
            provenance=read_provenance(paths),
            progress=lambda done, total: steps("Looking up", done, total),
        )
    written = write(out, made)
    if as_json:
        rejected = read.report.rejected
        print_json(
            made.to_dict() | {"rejected": rejected, "files": [str(path) for path in written]}
        )
    else:
        _show(made, written, read.report.rejected)
    if made.stopped is not None:
        raise made.stopped


def open_source(
    name: str,
    settings: Settings,
    *,
    files: list[Path],
    contact: str | None,
    days: int,
    trust_ids: bool,
) -> Enricher:
    """Return the source of a name, set up as the user has it.

    Raises:
        InputError: there is none of that name, or it lacks something.
        SettingsError: it needs a key, and none is set.
    """
    import platformdirs

    from matinee.errors import InputError, SettingsError
    from matinee.ingest.asking.agent import agent
    from matinee.ingest.enrich import ImdbFiles, Omdb, Wikipedia

    if name not in SOURCES:
        raise InputError(
            f"There is no source {name!r:.40}", cure=f"Give --source {', '.join(SOURCES)}"
        )
    if files and name != "imdb":
        raise InputError(f"--files is for imdb, not for {name}", cure="Leave it out")
    if name == "imdb":
        return ImdbFiles(files, trust_ids=trust_ids)
    from matinee.ingest.enrich.asking import Asking

    asking = Asking(
        agent=agent(contact or settings.contact),
        days=days,
    )
    cache = settings.cache or platformdirs.user_cache_path("matinee")
    if name == "wikipedia":
        return Wikipedia(cache, asking)
    if not settings.omdb_key:
        raise SettingsError(
            "OMDb needs a key, and none is set",
            cure="Set MATINEE_OMDB_KEY to one from https://www.omdbapi.com/apikey.aspx",
        )
    return Omdb(cache, settings.omdb_key, asking, trust_ids=trust_ids)


def _show(made: Enriched, written: list[Path], rejected: int) -> None:
    typer.echo(
        f"{counted(len(made.titles), 'title', 'titles')}, {made.looked_up:,} looked up, "
        f"{made.found:,} found, {len(made.doubtful):,} in doubt, "
        f"{sum(made.missing.values()):,} without; {counted(made.requests, 'request', 'requests')}"
    )
    if rejected:
        typer.echo(f"{counted(rejected, 'row was', 'rows were')} set aside; see matinee build")
    if made.filled:
        told = ", ".join(f"{name} {count:,}" for name, count in made.filled.most_common())
        typer.echo(f"Filled from {made.source}: {told}")
    for title, names in made.examples:
        year = f" ({title.year})" if title.year else ""
        typer.echo(f"  {title.title}{year}: {', '.join(names)}")
    for ours, found in made.doubtful[:_SHOWN]:
        theirs = f"{found.title!r} ({found.year or 'no year'})" if found.title else found.url
        typer.echo(
            f"Not used for {ours.title!r} ({ours.year or 'no year'}): {theirs}, {found.reason}"
        )
    for reason, count in made.missing.most_common(_SHOWN):
        typer.echo(f"Without: {count:,}, {reason}")
    if made.failed:
        typer.echo(
            f"{counted(made.failed, 'title', 'titles')} may be had another day: run it again"
        )
    typer.echo(f"Wrote {', '.join(str(path) for path in written)}")
    if made.filled:
        typer.echo(made.attribution)

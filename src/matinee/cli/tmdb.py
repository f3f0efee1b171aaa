"""``matinee tmdb``: what TMDb's API gives, as files to build a library from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from matinee.cli.options import JsonOption, counted, print_json
from matinee.cli.progress import Steps

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from matinee.ingest.tmdbapi import Access

app = typer.Typer(
    help="Download titles from TMDb, with a key of your own.",
    no_args_is_help=True,
)

KindOption = Annotated[
    Literal["film", "series"], typer.Option("--kind", help="What to download: film or series.")
]
ConcurrencyOption = Annotated[
    int, typer.Option(help="Requests under way at once.", min=1, max=20, show_default=True)
]
RateOption = Annotated[
    float, typer.Option(help="Requests a second; TMDb refuses what is well above 40.", min=0.01)
]
DeadlineOption = Annotated[
    float | None,
    typer.Option(
        help="Seconds after which to stop; the same command goes on. Default: as long as it takes.",
        min=0.1,
        show_default=False,
    ),
]


BatchOption = Annotated[
    int,
    typer.Option(
        help="Titles after which what was fetched is flushed to the disk: what a power cut costs.",
        min=1,
    ),
]
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="JSON lines of matinee tmdb.", show_default=False)
]
OutOption = Annotated[
    Path | None,
    typer.Option(help="File to write. Default: FILE, replaced at the end.", show_default=False),
]
RestartOption = Annotated[
    bool, typer.Option("--restart", help="Throw away what an unfinished run has kept.")
]


@app.command()
def check(as_json: JsonOption = False) -> None:
    """Tell whether the key works, and how long TMDb takes to answer."""
    import asyncio

    from matinee.ingest.tmdbapi import ATTRIBUTION, Manners
    from matinee.ingest.tmdbapi.client import Checked, Tmdb

    access = tmdb_access()

    async def ask() -> Checked:
        # Whoever asks this wants to know now; a second try tells a fault from a hiccup.
        async with Tmdb(access, Manners(tries=2, refusals=2)) as tmdb:
            return await tmdb.check()

    checked = asyncio.run(ask())
    if as_json:
        print_json({"url": access.url, **asdict(checked), "attribution": ATTRIBUTION})
        return
    typer.echo(f"TMDb accepts the key, a {checked.key}.")
    typer.echo(
        f"An answer takes {1000 * checked.seconds:,.0f} ms; the first one, with its connection, "
        f"took {1000 * checked.first_seconds:,.0f} ms."
    )
    typer.echo(ATTRIBUTION)


@app.command()
def download(
    first: Annotated[
        str, typer.Option("--from", help="First day of release: 1999, 1999-03 or 1999-03-31.")
    ],
    last: Annotated[str, typer.Option("--to", help="Last day of release, or its month or year.")],
    adult: Annotated[
        bool, typer.Option("--adult", help="Titles for adults come too; they say so themselves.")
    ] = False,
    kind: KindOption = "film",
    out: Annotated[
        Path | None,
        typer.Option(
            help="File of JSON lines to write. Default: tmdb-KIND-FROM-TO.jsonl here.",
            show_default=False,
        ),
    ] = None,
    concurrency: ConcurrencyOption = 12,
    rate: RateOption = 35.0,
    deadline: DeadlineOption = None,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Download all titles released in some days, for matinee build; go on where it was stopped."""
    import asyncio

    from matinee.ingest.tmdbapi import ATTRIBUTION, Downloaded, Manners, Wanted
    from matinee.ingest.tmdbapi import download as run
    from matinee.ingest.tmdbapi.client import Tmdb

    wanted = Wanted(
        first=_day(first, "--from"),
        last=_day(last, "--to", end=True),
        kind=kind,
        adult=adult,
    )
    path = out or Path(f"tmdb-{kind}-{wanted.first}-{wanted.last}.jsonl")
    manners = Manners(concurrency=concurrency, rate=rate)
    access = tmdb_access()

    async def fetch(steps: Steps) -> Downloaded:
        async with Tmdb(access, manners) as tmdb:
            return await run(tmdb, wanted, path, restart=restart, deadline=deadline, progress=steps)

    with Steps() as steps:
        done = asyncio.run(fetch(steps))
    if as_json:
        print_json({**asdict(done), "path": str(done.path), "attribution": ATTRIBUTION})
        return
    what = counted(done.titles, kind, "films" if kind == "film" else "series")
    typer.echo(f"Wrote {what} to {done.path}")
    sent = counted(done.requests, "request", "requests")
    typer.echo(f"  {counted(done.windows, 'window', 'windows')} of days, {sent}")
    if done.kept_since is not None:
        typer.echo(f"  {done.kept_windows:,} of the windows were kept since {done.kept_since}")
    if done.twice:
        came = counted(done.twice, "row came more than once and was", "rows came more than once")
        typer.echo(f"  {came}{'' if done.twice == 1 else ' and were'} kept once")
    for warning in done.warnings:
        typer.echo(f"  {warning}")
    typer.echo(ATTRIBUTION)


@app.command()
def backfill(
    file: FileArgument,
    out: OutOption = None,
    need: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD",
            help="What titles must have: credits, runtime, keywords, certification or ids; may be "
            "given again. Default: all of them.",
            show_default=False,
        ),
    ] = None,
    concurrency: ConcurrencyOption = 12,
    rate: RateOption = 35.0,
    deadline: DeadlineOption = None,
    batch: BatchOption = 100,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch cast, crew, runtime, keywords, age rating and ids for titles of FILE that lack them."""
    import asyncio

    from matinee.ingest.tmdbapi import ATTRIBUTION, NEEDS, Backfilled, Manners
    from matinee.ingest.tmdbapi import backfill as run
    from matinee.ingest.tmdbapi.client import Tmdb

    manners = Manners(concurrency=concurrency, rate=rate)
    access = tmdb_access()

    async def fetch(steps: Steps) -> Backfilled:
        async with Tmdb(access, manners) as tmdb:
            return await run(
                tmdb,
                file,
                out=out,
                needs=need or NEEDS,
                batch=batch,
                restart=restart,
                deadline=deadline,
                progress=steps,
            )

    with Steps() as steps:
        done = asyncio.run(fetch(steps))
    if as_json:
        print_json({**asdict(done), "path": str(done.path), "attribution": ATTRIBUTION})
        return
    typer.echo(f"Wrote {counted(done.rows, 'title', 'titles')} to {done.path}")
    alone = done.rows - done.filled - len(done.gone)
    typer.echo(f"  {done.filled:,} were given details, {alone:,} lacked none")
    _tell_the_rest(done.requests, done.kept, done.kept_since, done.warnings)


@app.command()
def refresh(
    file: FileArgument,
    since: Annotated[
        str | None,
        typer.Option(
            help="Day the file is of: 2026-01-31. Default: what was written down with it.",
            show_default=False,
        ),
    ] = None,
    out: OutOption = None,
    concurrency: ConcurrencyOption = 12,
    rate: RateOption = 35.0,
    deadline: DeadlineOption = None,
    batch: BatchOption = 100,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch the titles of FILE again that have changed, add new ones, and drop those that went."""
    import asyncio

    from matinee.ingest.tmdbapi import ATTRIBUTION, Manners, Refreshed
    from matinee.ingest.tmdbapi import refresh as run
    from matinee.ingest.tmdbapi.client import Tmdb

    day = None if since is None else _day(since, "--since")
    manners = Manners(concurrency=concurrency, rate=rate)
    access = tmdb_access()

    async def fetch(steps: Steps) -> Refreshed:
        async with Tmdb(access, manners) as tmdb:
            return await run(
                tmdb,
                file,
                since=day,
                out=out,
                batch=batch,
                restart=restart,
                deadline=deadline,
                progress=steps,
            )

    with Steps() as steps:
        done = asyncio.run(fetch(steps))
    if as_json:
        told = {"path": str(done.path), "since": str(done.since), "day": str(done.day)}
        print_json({**asdict(done), **told, "attribution": ATTRIBUTION})
        return
    typer.echo(f"Wrote {counted(done.rows, 'title', 'titles')} of {done.day} to {done.path}")
    typer.echo(
        f"  since {done.since}: {done.changed:,} changed, {done.added:,} added, "
        f"{done.removed:,} removed, {done.moved:,} moved out of its days, "
        f"{done.unchanged:,} unchanged"
    )
    _tell_the_rest(done.requests, done.kept, done.kept_since, done.warnings)


def _tell_the_rest(
    requests: int, kept: int, kept_since: str | None, warnings: Sequence[str]
) -> None:
    """Print what backfill and refresh have in common."""
    from matinee.ingest.tmdbapi import ATTRIBUTION

    typer.echo(f"  {counted(requests, 'request', 'requests')}")
    if kept:
        typer.echo(f"  {counted(kept, 'title was', 'titles were')} kept since {kept_since}")
    for warning in warnings:
        typer.echo(f"  {warning}")
    typer.echo(ATTRIBUTION)


def tmdb_access() -> Access:
    """Return the key and the address of the settings.

    Raises:
        SettingsError: there is no key, or one of them cannot be used.
    """
    from matinee.ingest.tmdbapi import Access
    from matinee.settings import Settings

    settings = Settings.from_environment()
    return Access(settings.tmdb_key or "", settings.tmdb_url)


def _day(text: str, option: str, *, end: bool = False) -> dt.date:
    """Return the first or last day of what may be a day, a month or a year.

    Raises:
        InputError: it is none of them.
    """
    import calendar
    import datetime as dt
    import re

    from matinee.errors import InputError

    try:
        if re.fullmatch(r"\d{4}", text):
            return dt.date(int(text), 12, 31) if end else dt.date(int(text), 1, 1)
        if re.fullmatch(r"\d{4}-\d{2}", text):
            year, month = int(text[:4]), int(text[5:])
            last = calendar.monthrange(year, month)[1]
            return dt.date(year, month, last if end else 1)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return dt.date.fromisoformat(text)
    except ValueError:  # there is no such day
        pass
    raise InputError(
        f"{option} takes a day, a month or a year",
        where=repr(text[:40]),
        cure=f"Give one such as {option} 1999-03-31, {option} 1999-03 or {option} 1999",
    )

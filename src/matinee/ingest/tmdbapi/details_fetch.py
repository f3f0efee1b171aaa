"""Fetching the details of many titles: each with one request, kept as it comes."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from matinee.errors import SourceError
from matinee.ingest.tmdbapi.details import address, read_details

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from matinee.ingest.tmdbapi.client import Tmdb
    from matinee.ingest.tmdbapi.details_kept import Kept, Key

STAGE = "Fetching details"


async def fetch_details(
    tmdb: Tmdb,
    keys: Sequence[Key],
    kept: Kept,
    *,
    belongs: Callable[[Mapping[str, Any]], bool],
    progress: Callable[[str, int, int], None],
) -> None:
    """Fetch the details of titles of which nothing is kept, and keep them.

    Args:
        tmdb: the open client.
        keys: the titles, each once.
        kept: where to.
        belongs: tells whether a title's details are wanted, given them.
        progress: called with a stage, the titles so far and all there are.

    Raises:
        ExceptionGroup: of what ended it: SettingsError, SourceError.
    """
    left = [key for key in keys if key not in kept]
    done = len(keys) - len(left)
    progress(STAGE, done, len(keys))
    if not left:
        return
    # Where nothing is, every title would be missing, which is not the same.
    if await tmdb.get("/configuration") is None:
        raise not_there(tmdb, "/configuration")

    async def work(mine: Iterable[Key]) -> None:
        nonlocal done
        for key in mine:
            kind, number = key
            path, params = address(kind, number)
            make = partial(read_details, kind=kind, number=number)
            found = await tmdb.read(path, params, make)
            if found is None:
                kept.add(key, "gone")
            else:
                kept.add(key, found if belongs(found) else "outside")
            done += 1
            progress(STAGE, done, len(keys))

    each = iter(left)  # all take from it
    async with asyncio.TaskGroup() as group:
        for _ in range(min(tmdb.manners.concurrency, len(left))):
            group.create_task(work(each))


def not_there(tmdb: Tmdb, path: str) -> SourceError:
    """Return what to raise where TMDb's API does not have what it always has."""
    return SourceError(
        "This is not the address of TMDb's API",
        where=f"{tmdb.access.url}{path} is not there",
        cure="Set MATINEE_TMDB_URL to the right one, or leave it out",
    )

"""Which titles TMDb says have changed."""

from __future__ import annotations

import asyncio
import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from matinee.ingest.tmdbapi.details_fetch import not_there
from matinee.ingest.tmdbapi.shapes import LISTINGS, MOST_PAGES, is_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from matinee.ingest.tmdbapi.client import Tmdb
    from matinee.types import Kind

DAYS = 14
"""Days that TMDb tells the changes of at once, the first and the last included."""
STAGE = "Reading changes"

_DAY = dt.timedelta(1)


async def read_changes(
    tmdb: Tmdb,
    kind: Kind,
    first: dt.date,
    last: dt.date,
    *,
    pages: int = MOST_PAGES,
    progress: Callable[[str, int, int], None],
) -> tuple[dict[int, bool], list[dt.date]]:
    """Return the numbers of titles that changed in some days, and the days that have yet more.

    Args:
        tmdb: the open client.
        kind: films or series.
        first: the first day.
        last: the last one.
        pages: of a list, that are shown; TMDb's.
        progress: called with a stage, the days so far and all of them.

    Returns:
        Number to whether TMDb says that it is for adults, and the days of which not all changes are
        shown, which is of none that anybody has seen.

    Raises:
        ExceptionGroup: of what ended it: SettingsError, SourceError.
    """
    found: dict[int, bool] = {}
    crowded: list[dt.date] = []
    days, done = max(1, (last - first).days), 0

    async def read(start: dt.date, end: dt.date) -> None:
        nonlocal done
        # Pages one after the other: a title that changes meanwhile comes into the list and can push
        # others to later pages, but none to one that was read.
        number, most = 1, 1
        while number <= min(most, pages):
            part, most = await _page(tmdb, kind, start, end, number)
            if most > pages and end - start > _DAY:
                middle = start + (end - start) // 2
                await read(start, middle)
                await read(middle, end)
                return
            found.update(part)
            number += 1
        if most > pages:
            crowded.append(start)
        done += (end - start).days
        progress(STAGE, min(done, days - 1), days)

    progress(STAGE, 0, days)
    async with asyncio.TaskGroup() as group:
        for start, end in _spans(first, last):
            group.create_task(read(start, end))
    progress(STAGE, days, days)
    return found, sorted(crowded)


def _spans(first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    # The last day of each is the first of the next: TMDb does not say whether it includes it.
    while True:
        end = min(first + (DAYS - 1) * _DAY, last)
        yield first, end
        if end == last:
            return
        first = end


async def _page(
    tmdb: Tmdb, kind: Kind, start: dt.date, end: dt.date, number: int
) -> tuple[dict[int, bool], int]:
    path = f"/{LISTINGS[kind].media_type}/changes"
    asked: dict[str, str | int] = {
        "start_date": start.isoformat(),
        "end_date": end.isoformat(),
        "page": number,
    }
    found = await tmdb.read(path, asked, partial(_read_page, number=number))
    if found is None:
        raise not_there(tmdb, path)
    return found


def _read_page(found: Mapping[str, Any], *, number: int) -> tuple[dict[int, bool], int]:
    results, pages = found.get("results"), found.get("total_pages")
    if not isinstance(results, list) or not is_count(pages):
        raise ValueError("it is no page of changes")
    if found.get("page") != number:
        raise ValueError(f"it is page {found.get('page')!r:.20} where {number} was asked for")
    titles = [entry for entry in results if isinstance(entry, dict) and is_count(entry.get("id"))]
    return {entry["id"]: entry.get("adult") is True for entry in titles}, pages

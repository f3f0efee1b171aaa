"""A whole list of TMDb's as one file: cut into windows, read, kept, put together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from matinee.errors import SourceError
from matinee.ingest.tmdbapi.checkpoint import Checkpoint, Done
from matinee.ingest.tmdbapi.details_fetch import not_there
from matinee.ingest.tmdbapi.shapes import LISTINGS, read_page
from matinee.ingest.tmdbapi.state import State, drop_state, write_state
from matinee.ingest.tmdbapi.windows import Limits, Window, query

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from matinee.ingest.tmdbapi.client import Tmdb
    from matinee.ingest.tmdbapi.shapes import Page
    from matinee.ingest.tmdbapi.windows import Wanted

OPEN_WINDOWS = 3
"""Windows that are read at once. With one, requests would run out at the end of each; with many, a
download that is killed would leave many half read."""
STAGE = "Downloading"


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What a download came to.

    Attributes:
        path: the file.
        titles: in it.
        twice: rows that came more than once.
        windows: that were read, in this run or before.
        kept_windows: of these, what was read before.
        kept_since: the day on which a download began that this went on with; None for none.
        requests: that were sent in this run.
        refusals: of these, what TMDb refused as too many.
        warnings: what is not as one would wish, as sentences.
    """

    path: Path
    titles: int
    twice: int
    windows: int
    kept_windows: int
    kept_since: str | None
    requests: int
    refusals: int
    warnings: tuple[str, ...]


async def download(
    tmdb: Tmdb,
    wanted: Wanted,
    path: Path,
    *,
    limits: Limits | None = None,
    restart: bool = False,
    deadline: float | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Downloaded:
    """Download all titles of some days into a file of JSON lines, sorted by TMDb's number.

    What was fetched is kept beside it in ``NAME.part``; the same call goes on from there, however
    the one before ended. The file itself appears at the end, in one step.

    Args:
        tmdb: the open client.
        wanted: what to download.
        path: of the file.
        limits: how far windows are cut.
        restart: whether to throw away what an unfinished download has kept.
        deadline: seconds that all of it may take; None for as long as it takes.
        progress: called with a stage, the titles so far and those there are, as far as is known.

    Raises:
        ConflictError: what is kept there is of another download.
        SettingsError: TMDb does not accept the key.
        SourceError: TMDb does not answer, the deadline is over, or the disk is full.
    """
    part = path.with_name(path.name + ".part")
    if path.is_dir():  # found out now, not when all is fetched
        raise SourceError("This is a folder", where=str(path), cure="Give a file: --out")
    with Checkpoint(part, wanted, tmdb.access.url, restart=restart) as kept:
        before = len(kept.done)
        run = _Run(tmdb, wanted, kept, limits or Limits(), progress or silent)
        await within(deadline, run.read_all(), lambda: _told(kept), what="download")
        # Killed before it is written anew, this leaves a file of which nothing is known, which is
        # better than what is wrong; the next run makes up for it.
        drop_state(path)
        titles = kept.write(path)
        (progress or silent)(STAGE, titles, titles)
        if kept.begun is not None:
            write_state(
                path,
                State(
                    kind=wanted.kind,
                    day=kept.begun,
                    first=wanted.first,
                    last=wanted.last,
                    adult=wanted.adult,
                ),
            )
        kept.remove()
        return Downloaded(
            path=path,
            titles=titles,
            twice=kept.rows - titles,
            windows=len(kept.done),
            kept_windows=before,
            kept_since=kept.kept_since,
            requests=tmdb.requests,
            refusals=tmdb.refusals,
            warnings=_warnings(kept),
        )


async def within(
    deadline: float | None, work: Awaitable[None], told: Callable[[], str], *, what: str
) -> None:
    """Wait for work on what is kept, as long as it may take.

    Args:
        deadline: seconds; None for as long as it takes.
        work: the work.
        told: says what is kept.
        what: the name of the work.

    Raises:
        SourceError: the deadline is over.
        BaseException: the first error of the tasks of the work; it says what is kept.
    """
    clock = asyncio.timeout(deadline)
    try:
        async with clock:
            await work
    except TimeoutError as error:
        if not clock.expired():
            raise
        raise SourceError(
            f"The {what} is not done after {deadline:g} seconds",
            where=told(),
            cure="Run the same command again to go on, with a longer --deadline or none",
        ) from error
    except ExceptionGroup as group:
        fault = _first(group)
        if isinstance(fault, SourceError):
            fault.where = f"{fault.where}; {told()}"
        raise fault from group


class _Run:
    """One run of a download."""

    def __init__(
        self,
        tmdb: Tmdb,
        wanted: Wanted,
        kept: Checkpoint,
        limits: Limits,
        progress: Callable[[str, int, int], None],
    ) -> None:
        self._tmdb = tmdb
        self._wanted = wanted
        self._listing = LISTINGS[wanted.kind]
        self._kept = kept
        self._limits = limits
        self._progress = progress
        self._root = Window(wanted.first, wanted.last)
        self._expected = 0
        # One request is left for looking into the windows to come, lest it wait behind all pages
        # of those at hand and nothing is left to ask meanwhile.
        self._pages = asyncio.Semaphore(max(1, tmdb.manners.concurrency - 1))
        self._open = asyncio.Semaphore(OPEN_WINDOWS)

    async def read_all(self) -> None:
        """Read all windows that are not kept."""
        self._expected = self._kept.splits.get(self._root, 0)
        self._tell()
        stack = [self._root]
        async with asyncio.TaskGroup() as group:
            while stack:
                window = stack.pop()
                if window in self._kept.done:
                    continue
                parts = window.parts()
                if parts is not None and window in self._kept.splits:
                    stack += reversed(parts)
                    continue
                await self._open.acquire()
                page = await self._page(window, 1, falling=False)
                if window == self._root:
                    self._expected = page.total
                if parts is not None and window.too_large(page.total, self._limits):
                    self._kept.split(window, page.total)
                    self._open.release()
                    stack += reversed(parts)
                else:
                    group.create_task(self._read(window, page))

    async def _read(self, window: Window, first: Page) -> None:
        """Read a window whose first page is known, and keep it."""
        rows, least, most = await self._one_way(window, first, falling=False)
        beyond = first.total >= self._limits.cap
        overlap = True
        if beyond or len(rows) < most or least != most:
            # From the other end: what is out of reach from this one, and what slipped from one
            # page to the next while they were read. Where titles come and go the number of rows
            # may be right all the same, but the pages told different totals.
            page = await self._page(window, 1, falling=True)
            more, again, _ = await self._one_way(window, page, falling=True)
            overlap = len(rows.keys() & more.keys()) > 0
            least = min(least, again)
            rows |= more
        self._kept.add(
            window,
            rows,
            Done(
                len(rows),
                missing=max(0, least - len(rows)),
                # A list may say 10,000 where it has more. Two readings of all of it would meet.
                at_least=beyond and not overlap and len(rows) >= least <= self._limits.cap,
            ),
        )
        self._open.release()
        self._tell()

    async def _one_way(
        self, window: Window, first: Page, *, falling: bool
    ) -> tuple[dict[int, bytes], int, int]:
        """Return the rows of a window in one order, the least and the highest total told."""
        pages = [first]
        while (known := len(pages)) < (
            most := min(self._limits.pages, max(page.pages for page in pages))
        ):
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._one_of(window, number, falling=falling))
                    for number in range(known + 1, most + 1)
                ]
            pages += [task.result() for task in tasks]
        rows: dict[int, bytes] = {}
        for page in pages:
            rows |= page.rows
        totals = [page.total for page in pages]
        return rows, min(totals), max(totals)

    async def _one_of(self, window: Window, number: int, *, falling: bool) -> Page:
        async with self._pages:
            return await self._page(window, number, falling=falling)

    async def _page(self, window: Window, number: int, *, falling: bool) -> Page:
        found = await self._tmdb.read(
            self._listing.path,
            query(window, self._wanted, page=number, falling=falling),
            partial(read_page, number=number, listing=self._listing),
        )
        if found is None:
            raise not_there(self._tmdb, self._listing.path)
        return found

    def _tell(self) -> None:
        self._progress(STAGE, self._kept.rows, max(self._expected, self._kept.rows + 1))


def _told(kept: Checkpoint) -> str:
    if not kept.done:
        return "no window was read whole so far"
    return f"{len(kept.done):,} windows with {kept.rows:,} rows are kept in {kept.path}"


def _warnings(kept: Checkpoint) -> tuple[str, ...]:
    found = []
    if kept.torn is not None:
        found.append(f"What was kept was damaged at {kept.torn}, and was fetched again")
    if not kept.rows:
        found.append("TMDb has no such titles, and the file is empty")
    for window, done in sorted(kept.done.items(), key=_by_day):
        if done.missing or done.at_least:
            more = "may have more" if done.at_least else f"has {done.missing:,} more"
            found.append(
                f"{window}: {done.rows:,} titles were had; TMDb {more}, which its pages do not show"
            )
    return tuple(found)


def _by_day(entry: tuple[Window, Done]) -> tuple[dt.date, dt.date, int]:
    window = entry[0]
    return window.first, window.last, window.least


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first of the errors that ended a run; the others came of it."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""

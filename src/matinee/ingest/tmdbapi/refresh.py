"""A file of TMDb's titles brought up to the day: what changed is fetched again."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from matinee.errors import InputError
from matinee.ingest.tmdbapi.appended import unusable, write_whole
from matinee.ingest.tmdbapi.details import merged, rows_of
from matinee.ingest.tmdbapi.details_fetch import fetch_details
from matinee.ingest.tmdbapi.details_kept import BATCH, Kept, kept_path
from matinee.ingest.tmdbapi.download import silent, within
from matinee.ingest.tmdbapi.refresh_changes import read_changes
from matinee.ingest.tmdbapi.shapes import LISTINGS, PAGE, to_line
from matinee.ingest.tmdbapi.state import State, drop_state, read_state, write_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from matinee.ingest.tmdbapi.client import Tmdb
    from matinee.types import Kind

MOST_DAYS = 366
"""A year. By then most titles that anybody looks at have changed, so that a refresh asks for as
many as a new download; and how far back its list of changes is whole TMDb does not say."""
LONG_AGO = 90
"""Days. Votes and popularity are in no list of changes; after three months they are what is most
out of date, and only a new download has them for all titles."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh came to.

    Attributes:
        path: the file.
        rows: in it now.
        since: the day from which on changes were looked for.
        day: the day the file is of now.
        changed: rows that were fetched again.
        removed: titles that TMDb has no more.
        moved: titles that are not of the file any more: of other days now, or for adults.
        added: titles that are new in the file.
        unchanged: rows that were left alone.
        kept: titles that a run before had fetched.
        kept_since: the day on which a run began that this went on with; None for none.
        requests: that were sent in this run.
        refusals: of these, what TMDb refused as too many.
        warnings: what is not as one would wish, as sentences.
    """

    path: Path
    rows: int
    since: dt.date
    day: dt.date
    changed: int
    removed: int
    moved: int
    added: int
    unchanged: int
    kept: int
    kept_since: str | None
    requests: int
    refusals: int
    warnings: tuple[str, ...]


async def refresh(
    tmdb: Tmdb,
    path: Path,
    *,
    since: dt.date | None = None,
    out: Path | None = None,
    today: dt.date | None = None,
    batch: int = BATCH,
    restart: bool = False,
    deadline: float | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Refreshed:
    """Fetch the titles again that TMDb says have changed, and write all rows by their number.

    Titles that came into the days of the file are added to it, those that left them or that TMDb
    has no more are taken out. Each row that is fetched has its details. What was fetched is kept in
    ``OUT.part``; the same call goes on from there.

    Args:
        tmdb: the open client.
        path: of a file of ``matinee tmdb``, of one kind.
        since: the day the file is of; what its state says, unless told.
        out: where to; the same file, unless told. It is replaced in one step at the end.
        today: the last day that changes are looked for; UTC's, unless told.
        batch: titles after which what was fetched is flushed to the disk.
        restart: whether to throw away what an unfinished run has kept.
        deadline: seconds that all of it may take; None for as long as it takes.
        progress: called with a stage, what is done and all there is to do.

    Raises:
        InputError: the day is not known, or too long ago.
        ConflictError: what is kept there is of something else.
        SettingsError: TMDb does not accept the key.
        SourceError: the file cannot be read, TMDb does not answer, the deadline is over, or the
            disk is full.
    """
    out = out or path
    today = today or dt.datetime.now(dt.UTC).date()
    state = read_state(path)
    since = _since(path, since or (state.day if state else None), today)
    next(rows_of(path), None)  # before anything is made beside it
    with Kept(
        kept_path(out), _head(tmdb, state), batch=batch, begun=today, restart=restart
    ) as kept:
        # Read only now that nobody else writes the file.
        held = _Held.read(path, state)
        state = state or State(kind=held.kind, day=since)
        before = len(kept)
        run = _Run(tmdb, state, held, kept, progress or silent)
        await within(
            deadline,
            run.fetch(since, today),
            lambda: f"the details of {len(kept):,} titles are kept in {kept.path}",
            what="refresh",
        )
        day = kept.begun or since
        try:
            if out.resolve() != path.resolve():
                drop_state(out)
            write_whole(out, run.pieces(path))
        except OSError as error:
            raise unusable(out, error) from error
        # After the file: killed between the two, the next run looks at some changes once more.
        write_state(out, replace(state, day=day))
        kept.remove()
        return Refreshed(
            path=out,
            rows=run.changed + run.unchanged + run.added,
            since=since,
            day=day,
            changed=run.changed,
            removed=run.removed,
            moved=run.moved,
            added=run.added,
            unchanged=run.unchanged,
            kept=before,
            kept_since=kept.kept_since,
            requests=tmdb.requests,
            refusals=tmdb.refusals,
            warnings=run.warnings(since, today),
        )


@dataclass(frozen=True, slots=True)
class _Held:
    """Where the rows of a file are: number to the offset of its line."""

    kind: Kind
    places: dict[int, int]

    @classmethod
    def read(cls, path: Path, state: State | None) -> _Held:
        kind = state.kind if state is not None else None
        places: dict[int, int] = {}
        for row in rows_of(path):
            kind = kind or row.kind
            if row.kind != kind:
                raise InputError(
                    "The file has films and series",
                    where=f"{path}: {row.kind} {row.number}",
                    cure="Refresh a file of each: matinee tmdb download --kind",
                )
            if row.number in places:
                raise InputError(
                    "The file has a title twice",
                    where=f"{path}: {row.kind} {row.number}",
                    cure="Take one of its lines out",
                )
            places[row.number] = row.offset
        if kind is None:
            raise InputError(
                "The file has no titles, and it is not known of what kind they were to be",
                where=str(path),
                cure="Download it: matinee tmdb download",
            )
        return cls(kind, places)


class _Run:
    """One run of a refresh."""

    def __init__(
        self,
        tmdb: Tmdb,
        state: State,
        held: _Held,
        kept: Kept,
        progress: Callable[[str, int, int], None],
    ) -> None:
        self._tmdb = tmdb
        self._state = state
        self._held = held
        self._kept = kept
        self._progress = progress
        self._asked: list[int] = []
        self._crowded: Sequence[dt.date] = ()
        self.changed = self.removed = self.moved = self.added = self.unchanged = 0

    async def fetch(self, since: dt.date, today: dt.date) -> None:
        """Read what changed, and fetch what may be of the file."""
        state, places = self._state, self._held.places
        found, self._crowded = await read_changes(
            self._tmdb, state.kind, since, today, progress=self._progress
        )
        self._asked = sorted(
            number
            for number, adult in found.items()
            # Of what is not in the file nothing but its number is known, so it has to be looked at.
            if number in places or (state.first is not None and (state.adult or not adult))
        )
        await fetch_details(
            self._tmdb,
            [(state.kind, number) for number in self._asked],
            self._kept,
            belongs=self._belongs,
            progress=self._progress,
        )

    def pieces(self, path: Path) -> Iterator[bytes]:
        """Yield the lines of the new file, and count what they are."""
        asked, places = set(self._asked), self._held.places
        with path.open("rb") as file:
            for number in sorted(asked | places.keys()):
                place = places.get(number)
                line = b""
                if place is not None:
                    file.seek(place)
                    line = file.readline()
                details = self._kept.get((self._state.kind, number)) if number in asked else None
                if isinstance(details, dict):
                    row = _object(line) if line else {}
                    self.changed += place is not None
                    self.added += place is None
                    yield to_line(merged(row, details, self._state.kind)) + b"\n"
                elif place is not None:
                    self.unchanged += details is None
                    self.removed += details == "gone"
                    self.moved += details == "outside"
                    if details is None:
                        yield line.rstrip() + b"\n"

    def warnings(self, since: dt.date, today: dt.date) -> tuple[str, ...]:
        """Return what is not as one would wish."""
        found = []
        if self._kept.torn is not None:
            found.append(f"What was kept was damaged at {self._kept.torn}, and was fetched again")
        if self._state.first is None:
            found.append("Of which days the file is is not known, so that no titles were added")
        found += [
            f"{day}: TMDb has more changes than its pages show, and some may be missing"
            for day in self._crowded
        ]
        rows = len(self._held.places)
        if (today - since).days > LONG_AGO:
            found.append(
                f"Votes and popularity of what did not change are of {since}: "
                "a new download is better"
            )
        elif len(self._asked) > rows + rows // PAGE:
            found.append(
                f"{len(self._asked):,} titles had to be looked at for a file of {rows:,}: "
                "a new download with a backfill asks for fewer"
            )
        return tuple(found)

    def _belongs(self, details: Mapping[str, Any]) -> bool:
        """Tell whether a title is of the file, given its details."""
        state = self._state
        if state.first is None or state.last is None:
            return True
        if details.get("adult") is True and not state.adult:
            return False
        try:
            day = dt.date.fromisoformat(details.get(LISTINGS[state.kind].shown) or "")
        except (TypeError, ValueError):
            # Lists file some titles under days that they do not show.
            return details.get("id") in self._held.places
        return state.first <= day <= state.last


def _head(tmdb: Tmdb, state: State | None) -> dict[str, Any]:
    """Return what answers are kept for: whether a title belongs to the file hangs on it."""
    first, last = (state.first, state.last) if state is not None else (None, None)
    return {
        "matinee": "tmdb refresh",
        "url": tmdb.access.url,
        "first": first and first.isoformat(),
        "last": last and last.isoformat(),
        "adult": state is not None and state.adult,
    }


def _since(path: Path, since: dt.date | None, today: dt.date) -> dt.date:
    if since is None:
        raise InputError(
            "It is not known of which day the file is",
            where=str(path),
            cure="Say it: --since 2026-01-31",
        )
    if since > today:
        raise InputError(
            "The file is of a day to come", where=f"{since}", cure="Say an earlier one: --since"
        )
    if (today - since).days > MOST_DAYS:
        raise InputError(
            "The file is too old to be refreshed",
            where=f"of {since}, {(today - since).days:,} days ago; {MOST_DAYS} are the most",
            cure="Download it anew: matinee tmdb download, then matinee tmdb backfill",
        )
    return since


def _object(line: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line)
    return found

"""What lists of TMDb do not show, filled into the rows of a file that lack it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import InputError
from matinee.ingest.tmdbapi.appended import unusable, write_whole
from matinee.ingest.tmdbapi.details import NEEDS, lacks, merged, rows_of
from matinee.ingest.tmdbapi.details_fetch import fetch_details
from matinee.ingest.tmdbapi.details_kept import BATCH, Kept, kept_path
from matinee.ingest.tmdbapi.download import silent, within
from matinee.ingest.tmdbapi.shapes import to_line
from matinee.ingest.tmdbapi.state import drop_state, read_state, write_state

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from matinee.ingest.tmdbapi.client import Tmdb
    from matinee.ingest.tmdbapi.details_kept import Key


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What a backfill came to.

    Attributes:
        path: the file.
        rows: in it.
        filled: rows that were given details.
        gone: numbers of titles that TMDb has no more; their rows are as they were.
        kept: titles that a run before had fetched.
        kept_since: the day on which a run began that this went on with; None for none.
        requests: that were sent in this run.
        refusals: of these, what TMDb refused as too many.
        warnings: what is not as one would wish, as sentences.
    """

    path: Path
    rows: int
    filled: int
    gone: tuple[int, ...]
    kept: int
    kept_since: str | None
    requests: int
    refusals: int
    warnings: tuple[str, ...]


async def backfill(
    tmdb: Tmdb,
    path: Path,
    *,
    out: Path | None = None,
    needs: Collection[str] = NEEDS,
    batch: int = BATCH,
    restart: bool = False,
    deadline: float | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Backfilled:
    """Fetch the details of titles that lack some of them, and write all rows in their order.

    A title of which TMDb has nothing more to tell has the keys for it all the same, and is not
    asked for again. What was fetched is kept in ``OUT.part``; the same call goes on from there.

    Args:
        tmdb: the open client.
        path: of a file of :func:`~matinee.ingest.tmdbapi.download.download` or of this.
        out: where to; the same file, unless told. It is replaced in one step at the end.
        needs: of :data:`~matinee.ingest.tmdbapi.details.NEEDS`; rows that lack none are left alone.
        batch: titles after which what was fetched is flushed to the disk.
        restart: whether to throw away what an unfinished run has kept.
        deadline: seconds that all of it may take; None for as long as it takes.
        progress: called with a stage, the titles so far and those there are.

    Raises:
        InputError: something is needed that there is not.
        ConflictError: what is kept there is of something else.
        SettingsError: TMDb does not accept the key.
        SourceError: the file cannot be read, TMDb does not answer, the deadline is over, or the
            disk is full.
    """
    if unknown := [need for need in needs if need not in NEEDS]:
        raise InputError(
            f"There is no {unknown[0]!r:.40} to fetch",
            where="--need",
            cure=f"Give {_listed(NEEDS)}",
        )
    out = out or path
    next(rows_of(path), None)  # before anything is made beside it
    head = {"matinee": "tmdb backfill", "url": tmdb.access.url}
    with Kept(kept_path(out), head, batch=batch, restart=restart) as kept:
        rows, keys = _wanted(path, needs)
        before = sum(key in kept for key in keys)
        work = fetch_details(tmdb, keys, kept, belongs=lambda _: True, progress=progress or silent)
        await within(
            deadline,
            work,
            lambda: f"the details of {len(kept):,} titles are kept in {kept.path}",
            what="backfill",
        )
        tally = _Tally([])
        elsewhere = out.resolve() != path.resolve()
        state = read_state(path) if elsewhere else None  # in its place it holds as it is
        try:
            if elsewhere:
                drop_state(out)
            write_whole(out, _pieces(path, needs, kept, tally))
        except OSError as error:
            raise unusable(out, error) from error
        if state is not None and elsewhere:
            write_state(out, state)
        kept.remove()
        return Backfilled(
            path=out,
            rows=rows,
            filled=tally.filled,
            gone=tuple(tally.gone),
            kept=before,
            kept_since=kept.kept_since,
            requests=tmdb.requests,
            refusals=tmdb.refusals,
            warnings=_warnings(kept, tally.gone),
        )


def _wanted(path: Path, needs: Collection[str]) -> tuple[int, list[Key]]:
    """Return the number of rows of a file, and the titles that lack something, each once."""
    rows = 0
    wanted: dict[Key, None] = {}
    for row in rows_of(path):
        rows += 1
        if lacks(row.found, row.kind, needs):
            wanted[row.kind, row.number] = None
    return rows, list(wanted)


@dataclass(slots=True)
class _Tally:
    gone: list[int]
    filled: int = 0


def _pieces(path: Path, needs: Collection[str], kept: Kept, tally: _Tally) -> Iterator[bytes]:
    for row in rows_of(path):
        wanted = lacks(row.found, row.kind, needs)
        details = kept.get((row.kind, row.number)) if wanted else None
        if isinstance(details, dict):
            tally.filled += 1
            yield to_line(merged(row.found, details, row.kind)) + b"\n"
        else:
            if details is not None:
                tally.gone.append(row.number)
            yield row.line.rstrip() + b"\n"


def _warnings(kept: Kept, gone: Sequence[int]) -> tuple[str, ...]:
    found = []
    if kept.torn is not None:
        found.append(f"What was kept was damaged at {kept.torn}, and was fetched again")
    if gone:
        shown = ", ".join(map(str, gone[:10])) + (", ..." if len(gone) > 10 else "")
        found.append(f"TMDb has {len(gone):,} of the titles no more, their rows stay: {shown}")
    return tuple(found)


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"

"""Where the posters that are shown come from, and when a source is left alone for a while."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matinee.errors import MatineeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from matinee.catalogue.title import Title
    from matinee.ingest.outside import Guard
    from matinee.ingest.posters import PosterSource
    from matinee.settings import Settings
    from matinee.types import Reject

_log = logging.getLogger("matinee.service")

DAY = 86_400.0
LOCAL_SECONDS = DAY
"""A file of one's own is read again after that: it may have been replaced."""
FETCHED_SECONDS = 150 * DAY
"""TMDb asks that nothing of theirs is kept for more than six months."""
FIRST_PAUSE = 60.0
"""Seconds until what failed is tried again."""
LONGEST_PAUSE = DAY


def pause_after(failures: int) -> float:
    """Return the seconds to wait after so many failures in a row: four times as long each.

    >>> [pause_after(n) for n in (1, 2, 3, 9)]
    [60.0, 240.0, 960.0, 86400.0]
    """
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 4.0 ** min(failures - 1, 20)))


@dataclass(slots=True)
class Supplier:
    """One source of posters; for one thread.

    Attributes:
        name: what it is called in logs.
        open: opens it.
        good_for: seconds until a poster of it is asked for again.
        done: called when some titles were asked for.
        fetches: whether it is TMDb's image host.
        failures: times in a row that it could not be used at all.
        rests_until: when it is asked again, in seconds of the caller's clock.
    """

    name: str
    open: Callable[[], PosterSource]
    good_for: float
    done: Callable[[], object] = lambda: None
    fetches: bool = False
    failures: int = field(default=0, init=False)
    rests_until: float = field(default=0.0, init=False)

    def posters(
        self, titles: Sequence[Title], now: Callable[[], float]
    ) -> Iterator[tuple[int, bytes | Reject]]:
        """Yield as the source does; where that fails it rests, and the rest is not yielded."""
        try:
            with contextlib.closing(self.open().posters(titles)) as found:  # type: ignore[type-var]
                yield from found
        except MatineeError as error:
            self.failures += 1
            pause = pause_after(self.failures)
            self.rests_until = now() + pause
            _log.warning(
                "Posters of %s cannot be shown, the drawn ones are; it is tried again in %.0f "
                "seconds: %s", self.name, pause, error,
            )  # fmt: skip
        else:
            self.failures = 0
        finally:
            self.done()


def suppliers(
    settings: Settings, folder: Path, *, guard: Guard | None = None
) -> tuple[Supplier, ...]:
    """Return the sources that the settings name, none opened yet, in their order.

    Args:
        settings: which they are.
        folder: where what is fetched lies until it is shown.
        guard: which addresses may be reached; None means public ones.
    """
    return tuple(_supplier(each, settings, folder, guard) for each in settings.posters)


def _supplier(where: str, settings: Settings, folder: Path, guard: Guard | None) -> Supplier:
    # Imported here and below: most servers show drawn posters alone.
    from matinee.ingest.posters import Manners, TmdbPosters, open_posters
    from matinee.ingest.posters.opening import TMDB

    limit = settings.max_picture
    if where != TMDB:
        return Supplier(where, lambda: open_posters(where, limit=limit), LOCAL_SECONDS)
    # Somebody looks at the page: what fails is tried again when the next one comes by.
    manners = Manners(tries=2, wait_seconds=5.0, total_seconds=15.0, failures=8, limit=limit)
    source = TmdbPosters(
        folder,
        host=settings.poster_host,
        size=settings.poster_size,
        manners=manners,
        guard=guard,
    )
    return Supplier(
        source.name,
        lambda: source,
        FETCHED_SECONDS,
        lambda: _delete_pictures(source.folder),
        fetches=True,
    )


def _delete_pictures(folder: Path) -> None:
    """Delete what was fetched, which is kept as it is shown; notes of what is not there stay."""
    for path in folder.glob("*/*"):
        if path.suffix != ".absent" and not path.parent.name.startswith("."):
            with contextlib.suppress(OSError):
                path.unlink()

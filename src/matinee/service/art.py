"""Posters that are pictures: of a folder of one's own, or fetched from TMDb's image host.

A page never waits for one. Whoever asks for a poster that is not there is given the drawn one, and
the picture is looked for in the background, a few titles at a time and by one thread of one worker;
the next page has its address. See docs/decisions/0034-poster-art.md.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from contextvars import ContextVar
from itertools import islice
from typing import TYPE_CHECKING

from matinee.errors import MatineeError, PictureError
from matinee.service.art_kept import Absence, KeptArt
from matinee.service.art_picture import WIDTH, printed
from matinee.service.art_sources import pause_after, suppliers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Receive, Scope, Send

    from matinee.catalogue.title import Title
    from matinee.ingest.outside import Guard
    from matinee.service.art_sources import Supplier
    from matinee.settings import Settings

_log = logging.getLogger("matinee.service")

FOLDER = "art"
"""Below the cache."""
LOOK_AGAIN = 3_600.0
"""Seconds until a title for which there was nothing is looked for again."""
SOON = 60
"""Seconds for which a browser may keep the drawn poster in place of one that may come."""
_QUEUE = 512
"""Titles that wait; beyond it they are dropped, and asked for by the next look at them."""
_BATCH = 32
"""Titles looked for at once: a folder is listed once for all of them."""
_BROKEN_SECONDS = 60.0
"""Nothing is looked for so long after the folder of kept posters could not be used."""


class Art:
    """Posters that are pictures, for any number of threads.

    Args:
        sources: where they come from, in order.
        kept: those that were had.
        most_bytes: of a file that is read.
        clock: tells the time in seconds since 1970.
        start: runs a function in the background.
    """

    def __init__(
        self,
        sources: Sequence[Supplier],
        kept: KeptArt,
        *,
        most_bytes: int = 10_000_000,
        clock: Callable[[], float] = time.time,
        start: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._sources = tuple(sources)
        self._kept = kept
        self._most_bytes = most_bytes
        self._clock = clock
        self._start = start or _in_thread
        self._lock = threading.Lock()
        self._waiting: dict[str, Title] = {}
        self._running = False
        self._broken_until = 0.0
        self._closed = False

    @property
    def fetches(self) -> bool:
        """Whether some come from TMDb, to whom thanks are due then."""
        return any(source.fetches for source in self._sources)

    def stamp(self, title: Title) -> str | None:
        """Return what tells the picture of a title from any other; None if there is none."""
        return self._kept.digest(key_of(title))

    def picture(self, title: Title) -> tuple[bytes, str] | None:
        """Return the picture of a title and its stamp, and have it looked for if that is due.

        Returns:
            A WebP; None if there is none yet.
        """
        key = key_of(title)
        found = self._kept.read(key)
        if self._kept.is_due(key):
            self._want(key, title)
        return found

    def seconds_without(self, title: Title) -> int:
        """Return how long it is known that there is no picture, 60 seconds to an hour."""
        left = self._kept.until(key_of(title)) - self._clock()
        return int(max(SOON, min(LOOK_AGAIN, left)))

    def close(self) -> None:
        """Look for nothing more. What is under way ends by itself."""
        self._closed = True

    def _want(self, key: str, title: Title) -> None:
        with self._lock:
            full = len(self._waiting) >= _QUEUE
            if self._closed or full or key in self._waiting or self._clock() < self._broken_until:
                return
            self._waiting[key] = title
            if self._running:
                return
            self._running = True
        self._start(self._work)

    def _work(self) -> None:
        """Look for what is wanted until nothing is. A title stays wanted until it is known."""
        try:
            while batch := self._next():
                try:
                    self._look_for(batch)
                except (MatineeError, OSError) as error:
                    _log.error("Posters cannot be kept, the drawn ones are shown: %s", error)
                    self._broken_until = self._clock() + _BROKEN_SECONDS
                with self._lock:
                    for key in batch:
                        del self._waiting[key]
        except BaseException:
            # Else its titles would stay wanted, and nobody would look for them.
            self._rest()
            raise

    def _next(self) -> dict[str, Title]:
        """Return what is to be looked for next; the thread has ended where that is nothing."""
        with self._lock:
            batch = {} if self._closed else dict(islice(self._waiting.items(), _BATCH))
            self._running = bool(batch)
            return batch

    def _rest(self) -> None:
        with self._lock:
            self._running = False
            self._waiting.clear()

    def _look_for(self, batch: dict[str, Title]) -> None:
        with self._kept.alone():
            # Another worker may have had them in the meantime.
            left = {key: title for key, title in batch.items() if self._kept.is_due(key)}
            troubled: dict[str, float] = {}
            for source in self._sources:
                if left and not self._closed:
                    self._ask(source, left, troubled)
            if self._closed:
                return
            for key in left:
                self._note(key, troubled.get(key))
            self._kept.trim()

    def _ask(self, source: Supplier, left: dict[str, Title], troubled: dict[str, float]) -> None:
        """Take from ``left`` what a source has; note in ``troubled`` until when it cannot be had.

        A note of 0 leaves the time to how often it failed.
        """
        keys, titles = list(left), list(left.values())
        if source.rests_until <= self._clock():
            for position, got in source.posters(titles, self._clock):
                key = keys[position]
                if isinstance(got, bytes):
                    try:
                        data = printed(got, self._most_bytes)
                    except PictureError as error:
                        why = str(error)
                    else:
                        self._kept.keep(key, data, self._clock() + source.good_for)
                        del left[key]
                        continue
                else:
                    why = got.reason
                troubled.setdefault(key, 0.0)
                _log.info("The poster of %s by %s is of no use: %s", left[key].id, source.name, why)
                if self._closed:
                    return
        if source.rests_until > self._clock():
            # Whose turn did not come is no fault of theirs.
            for key in left:
                troubled.setdefault(key, source.rests_until)

    def _note(self, key: str, until: float | None) -> None:
        """Keep that a poster could not be had, or that there is none where ``until`` is None."""
        if until is None:
            self._kept.drop(key)
            self._kept.keep_absence(key, Absence(0, self._clock() + LOOK_AGAIN))
            return
        before = self._kept.absence(key)
        failures = (before.failures if before else 0) + (not until)
        until = until or self._clock() + pause_after(failures)
        # What was had before is still shown.
        if not self._kept.prolong(key, until):
            self._kept.keep_absence(key, Absence(failures, until))


def key_of(title: Title) -> str:
    """Return the name that the poster of a title is kept under; another path is another poster."""
    facts = f"{WIDTH}|{title.id}|{title.poster_path}"
    return hashlib.blake2b(facts.encode("utf-8", "replace"), digest_size=16).hexdigest()


_SHOWN: ContextVar[Art | None] = ContextVar("art", default=None)


def shown() -> Art | None:
    """Return the pictures of the service that answers; None where drawn posters alone are shown."""
    return _SHOWN.get()


def install(
    app: FastAPI, settings: Settings, *, guard: Guard | None = None, folder: Path | None = None
) -> Art | None:
    """Let a service show pictures, if its settings name any; call it before the service starts.

    Args:
        app: the service; its ``state.art`` is what is returned.
        settings: where pictures come from.
        guard: which addresses may be reached; None means public ones.
        folder: where they are kept; None means ``art`` in the cache.

    Raises:
        InputError: the host or the size of posters in the settings is none.
    """
    app.state.art = None
    if not settings.posters:
        return None
    if folder is None:
        import platformdirs

        folder = (settings.cache or platformdirs.user_cache_path("matinee")) / FOLDER
    made = Art(
        suppliers(settings, folder / "fetched", guard=guard),
        KeptArt(folder, settings.poster_cache),
        most_bytes=settings.max_picture,
    )
    app.state.art = made
    app.add_middleware(_Showing, art=made)
    return made


class _Showing:
    """Lets what answers a request know the pictures of its service."""

    def __init__(self, app: ASGIApp, art: Art) -> None:
        self._app = app
        self._art = art

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _SHOWN.set(self._art)
        await self._app(scope, receive, send)


def _in_thread(work: Callable[[], None]) -> None:
    # A daemon: a poster is no reason for a server to stay.
    threading.Thread(target=work, name="art", daemon=True).start()

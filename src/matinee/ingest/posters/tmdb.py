"""Posters fetched from TMDb's image host, and kept."""

from __future__ import annotations

import datetime as dt
import random
import re
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from matinee.errors import InputError
from matinee.ingest.asking.agent import agent
from matinee.ingest.asking.pace import Pace
from matinee.ingest.posters.cache import PosterCache
from matinee.ingest.posters.manners import Manners
from matinee.ingest.posters.tally import Tally
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from matinee.catalogue.title import Title
    from matinee.ingest.outside import Guard
    from matinee.ingest.posters.fetch import Failed

HOST = "https://image.tmdb.org/t/p"
SIZE = "w342"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}\.(?:jpe?g|png|webp)")
_SIZE = re.compile(r"[A-Za-z0-9_-]{1,20}")
_AHEAD = 2
"""Pictures under way or waiting to be taken, for each connection."""


class TmdbPosters:
    """The posters that ``poster_path`` of titles name, in the sizes TMDb has them in.

    Only paths of TMDb's own form are asked for (``/p3TqW1ID7hHsN549mOT5Yu8fO7W.jpg``, or their
    whole address at the host), from the host that was set and no other. A poster that is kept is
    not asked for again; where all are, nothing is connected to. One that is not there is asked for
    again after :data:`~matinee.ingest.posters.cache.ABSENT_DAYS`.

    Args:
        cache: folder where posters are kept.
        host: address that the paths belong to. It may be ``http`` if it says so.
        size: as the host calls it: ``w92``, ``w154``, ``w185``, ``w342``, ``w500``, ``w780`` or
            ``original``.
        manners: how the host is asked.
        guard: which addresses may be reached; None means public ones.
        rng: of the waits.
        now: a clock, in seconds.
        sleep: waits; None means as long as the rest is wanted.
        today: the date.

    Attributes:
        tally: what the last reading found.

    Raises:
        InputError: the host is no address, or the size no name.
    """

    def __init__(
        self,
        cache: Path,
        *,
        host: str = HOST,
        size: str = SIZE,
        manners: Manners | None = None,
        guard: Guard | None = None,
        rng: random.Random | None = None,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        today: Callable[[], dt.date] = dt.date.today,
    ) -> None:
        _check_host(host)
        if not _SIZE.fullmatch(size):
            raise InputError(
                f"The size of posters is {size!r:.60}",
                cure="Use w92, w154, w185, w342, w500, w780 or original",
            )
        self._host = host.rstrip("/")
        self._plain = host.startswith("http:")
        self._size = size
        folder = cache / re.sub(r"[^A-Za-z0-9.]+", "-", self._host) / size
        self._cache = PosterCache(folder, today=today)
        self._manners = manners or Manners()
        self._guard = guard
        self._rng = rng or random.Random()  # noqa: S311 -- no secret
        self._now = now
        self._sleep = sleep
        self.tally = Tally()

    @property
    def name(self) -> str:
        """The host, and the size asked of it."""
        return f"{self._host}/{self._size}"

    @property
    def folder(self) -> Path:
        """Where the posters of this host and size are kept."""
        return self._cache.folder

    @property
    def unused(self) -> int:
        """0: a title is looked up, and never a picture without one."""
        return 0

    def posters(self, titles: Sequence[Title]) -> Iterator[tuple[int, bytes | Reject]]:
        """Yield the posters that are kept, then those that are fetched, as they come.

        A title without a ``poster_path`` has none; one whose path is of another form, whose poster
        is not there or cannot be had, is a reject.

        Raises:
            SourceError: the run was given up: the host does not answer, asks for a long rest or
                has nothing, or the disk is full. What was fetched is kept.
            InputError: the host leads into a private network.
        """
        self.tally = Tally()
        positions: dict[str, list[int]] = {}
        for position, title in enumerate(titles):
            if not title.poster_path:
                continue
            name = self._name_of(title.poster_path)
            if name is None:
                yield from self._reject(
                    titles,
                    [position],
                    f"this is no path of a picture at {self._host}",
                    "Give the picture itself, in a folder",
                )
            else:
                positions.setdefault(name, []).append(position)
        missing = []
        for name, owners in positions.items():
            data = self._cache.picture(name)
            if data is not None:
                self.tally.kept += len(owners)
                yield from self._give(owners, data)
            elif (day := self._cache.absent_since(name)) is not None:
                reason = f"the host had no such picture on {day}"
                yield from self._reject(titles, owners, reason, "It is asked for again in a month")
            else:
                missing.append(name)
        if not missing:
            return
        for name, got in self._fetch(missing):
            if isinstance(got, bytes):
                self.tally.fetched += len(positions[name])
                yield from self._give(positions[name], got)
            else:
                yield from self._reject(titles, positions[name], got.reason, got.cure)

    def _fetch(self, names: Iterable[str]) -> Iterator[tuple[str, bytes | Failed]]:
        """Yield each picture, or why there is none, as they come; no more than a few ahead."""
        from matinee.ingest.outside import Guard, open_client
        from matinee.ingest.posters.fetch import Fetcher, StoppedError

        manners, stop = self._manners, threading.Event()
        sleep = self._sleep or stop.wait
        self._cache.sweep()
        client = open_client(
            self._guard or Guard(plain=self._plain),
            agent=agent(),
            seconds=manners.wait_seconds,
            connections=manners.connections,
        )
        pace = Pace(manners.rate, manners.burst, self._now, sleep)
        fetcher = Fetcher(
            client,
            manners,
            pace=pace,
            rng=self._rng,
            sleep=sleep,
            stop=stop,
            known=self.tally.kept > 0,
        )

        def fetch(name: str) -> tuple[str, bytes | Failed]:
            got = fetcher.fetch(f"{self._host}/{self._size}/{name}")
            if isinstance(got, bytes):
                self._cache.keep_picture(name, got)
            elif got.gone:
                self._cache.keep_absence(name)
            return name, got

        waiting = iter(names)
        under_way: set[Future[tuple[str, bytes | Failed]]] = set()
        threads = ThreadPoolExecutor(manners.connections, thread_name_prefix="posters")
        try:
            while True:
                room = 0 if stop.is_set() else _AHEAD * manners.connections - len(under_way)
                under_way |= {threads.submit(fetch, name) for name in islice(waiting, room)}
                if not under_way:
                    break
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                for each in done:
                    if not isinstance(each.exception(), StoppedError):
                        yield each.result()
        finally:
            stop.set()
            threads.shutdown(cancel_futures=True)
            client.close()
        if fetcher.fault is not None:
            raise fetcher.fault

    def _name_of(self, path: str) -> str | None:
        """Return the name of a picture at the host; None where the path is of something else."""
        if path.startswith(self._host + "/"):
            size, _, path = path.removeprefix(self._host + "/").partition("/")
            path = "/" + path if _SIZE.fullmatch(size) else ""
        name = path.removeprefix("/")
        return name if path.startswith("/") and _NAME.fullmatch(name) else None

    def _give(self, owners: list[int], data: bytes) -> Iterator[tuple[int, bytes]]:
        for position in owners:
            self.tally.found += 1
            yield position, data

    def _reject(
        self, titles: Sequence[Title], owners: list[int], reason: str, cure: str
    ) -> Iterator[tuple[int, Reject]]:
        for position in owners:
            self.tally.rejected += 1
            value = (titles[position].poster_path or "")[:200]
            yield position, Reject(self.name, position + 1, "poster_path", value, reason, cure)


def _check_host(host: str) -> None:
    try:
        parts = urlsplit(host)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "@" in host or "?" in host or "#" in host or not host.isprintable():
        raise InputError(
            f"The host of posters is {host!r:.100}",
            cure=f"Set MATINEE_POSTER_HOST to an address such as {HOST}",
        )

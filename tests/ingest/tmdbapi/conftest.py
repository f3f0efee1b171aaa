"""A TMDb that is a list in memory, and time that passes in no time."""

from __future__ import annotations

import asyncio
import json
import math
import selectors
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2
import pytest

from matinee.ingest.tmdbapi import Access, Manners
from matinee.ingest.tmdbapi.client import Tmdb

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from matinee.testing.fake_tmdb import FakeTmdb

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Never waits: where nothing is to be done until some time, it is that time."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0 if timeout else timeout)
        if timeout and not found:
            self.skipped += timeout
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.chosen = _Selector()
        super().__init__(self.chosen)

    def time(self) -> float:
        return super().time() + self.chosen.skipped


def run_in_no_time(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine; what it sleeps is skipped, though its clock goes on."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


def loop_time() -> float:
    return asyncio.get_running_loop().time()


@pytest.fixture
def in_no_time() -> Callable[[Coroutine[Any, Any, T]], T]:
    return run_in_no_time


@pytest.fixture
def open_tmdb() -> Callable[..., Tmdb]:
    """Return a client of a function that answers requests, on the clock of the loop."""

    def make(
        answer: Callable[[httpx2.Request], Awaitable[httpx2.Response]],
        manners: Manners | None = None,
        key: str = "0123456789abcdef0123456789abcdef",
    ) -> Tmdb:
        return Tmdb(
            Access(key, "http://127.0.0.1:1/3"),
            manners,
            now=loop_time,
            transport=httpx2.MockTransport(answer),
        )

    return make


class Shelf:
    """A list of TMDb's whose titles are all of one day and have no votes.

    Attributes:
        rows: as they are listed.
        shown: what ``total_results`` never is above.
        pages: how many are shown.
        latency: seconds an answer takes.
        moments: when each request came.
        asked: addresses, in order.
    """

    def __init__(self, count: int, *, shown: int | None = None, pages: int = 500) -> None:
        self.rows = [{"id": n, "title": f"Film {n:05}", "vote_average": 0.0} for n in
                     range(1, count + 1)]  # fmt: skip
        self.shown = shown
        self.pages = pages
        self.latency = 0.0
        self.moments: list[float] = []
        self.asked: list[str] = []

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.moments.append(loop_time())
        self.asked.append(str(request.url))
        await asyncio.sleep(self.latency)
        page = int(request.url.params["page"])
        if page > self.pages:
            return httpx2.Response(400, json={"success": False, "status_code": 22})
        falling = request.url.params["sort_by"].endswith(".desc")
        rows = self.rows[::-1] if falling else self.rows
        found = len(rows) if self.shown is None else min(len(rows), self.shown)
        told = {
            "page": page,
            "results": rows[20 * (page - 1) : 20 * page],
            "total_results": found,
            "total_pages": min(self.pages, math.ceil(len(rows) / 20)),
        }
        return httpx2.Response(200, content=json.dumps(told).encode())


@pytest.fixture
def make_shelf() -> type[Shelf]:
    return Shelf


FAST = Manners(rate=10_000, burst=100, first_wait=0.001, wait_seconds=5, request_seconds=5)


class Counting(httpx2.AsyncHTTPTransport):
    """Counts requests by path, and ends the run at one of them for a reason nobody knows of."""

    def __init__(self, asked: Counter[str], die_at: int | None) -> None:
        super().__init__(verify=False, trust_env=False)
        self._asked = asked
        self._left = die_at

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise RuntimeError("killed")
        self._asked[request.url.path] += 1
        return await super().handle_async_request(request)


@pytest.fixture(scope="session")
def on() -> Callable[..., Any]:
    """Run a function of a client on a server; it may die at some request."""

    def run(
        fake: FakeTmdb,
        work: Callable[[Tmdb], Awaitable[T]],
        *,
        asked: Counter[str] | None = None,
        die_at: int | None = None,
        manners: Manners = FAST,
    ) -> T:
        async def inner() -> T:
            transport = Counting(Counter() if asked is None else asked, die_at)
            access = Access(fake.key, fake.url)
            async with Tmdb(access, manners, transport=transport) as tmdb:
                return await work(tmdb)

        return asyncio.run(inner())

    return run

"""More than a server can do: from one caller (24), and from everybody at once (25)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from matinee.service import create_app
from matinee.settings import Settings
from matinee.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee.assembly import Library


def test_one_token_over_its_rate_and_nobody_else_notices(demo: Library, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    settings = Settings(database_url=url, accounts="on", rate_limit=0.05)
    with contextlib.closing(open_store(url)) as store:
        headers = {}
        for name in ("ada", "grace"):
            store.accounts.create(name).result()
            _, secret = store.tokens.create(name).result()
            headers[name] = {"authorization": f"Bearer {secret}"}
        with TestClient(create_app(demo, settings=settings, store=store)) as client:

            def ask(name: str) -> Any:
                return client.get("/v1/titles/tmdb:603", headers=headers[name])

            first, *others = [ask("ada") for _ in range(5)]
            assert first.status_code != 429
            for refused in others:
                assert refused.status_code == 429
                assert 1 <= int(refused.headers["retry-after"]) <= 20
                assert refused.headers["ratelimit"].startswith('"caller";r=0;t=')
                assert refused.headers["content-type"] == "application/problem+json"
            assert ask("grace").status_code == first.status_code
            # Another token of the same person has a rate of its own.
            _, secret = store.tokens.create("ada").result()
            headers["again"] = {"authorization": f"Bearer {secret}"}
            assert ask("again").status_code == first.status_code
            assert client.get("/health/live").status_code == 200


QUEUE = 16
TIMES = 5
SECONDS = 12.0
SLACK = 8.0
"""What a request may wait beyond its turn in a full queue: the machine that floods is the one that
answers, and refusing takes time as well. Without a bound the last would wait for four times the
length of the flood, which is 48 seconds."""
MEMORY = 100e6


@dataclass
class Answer:
    status: int
    seconds: float
    headers: str
    body: str


class Client:
    """Asks over connections that it keeps; of few parts, for it shares the processor."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def get(self, target: str) -> Answer:
        reader, writer = (
            self._idle.pop()
            if self._idle
            else await asyncio.open_connection("127.0.0.1", self._port)
        )
        began = time.perf_counter()
        writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = re.search(r"content-length: (\d+)", head)
        assert length is not None, head
        body = await reader.readexactly(int(length[1]))
        seconds = time.perf_counter() - began
        self._idle.append((reader, writer))
        return Answer(int(head.split()[1]), seconds, head, body.decode())

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()


class Server:
    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = {
            **os.environ,
            "MATINEE_DATABASE_URL": f"sqlite:///{folder / 'store.db'}",
            "MATINEE_QUEUE": str(QUEUE),
            "MATINEE_THREADS_PER_WORKER": "2",
            "MATINEE_ANSWER_CACHE": "0",
            "MATINEE_LOG_LEVEL": "warning",
            "MATINEE_THREADS": "1",
        }
        command = Path(sys.executable).with_name("matinee")
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [command, "serve", "--demo", "--port", str(self.port)],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=folder,
            )


@pytest.fixture
def server(demo: Library, tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    try:
        for _ in range(1_200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", made.port)):
                break
            assert made.process.poll() is None, made.log.read_text()
            time.sleep(0.1)
        yield made
    finally:
        made.process.terminate()
        made.process.wait(30)


numbers = itertools.count()


def target() -> str:
    """A search that no cache knows."""
    number = next(numbers)
    return f"/v1/search?q=a+thief+number+{number}+who+falls+in+love&k=50&explain=true"


def level(text: str, name: str) -> float:
    found = re.search(rf"^matinee_{name} (.+)$", text, re.MULTILINE)
    assert found is not None, name
    return float(found[1])


@pytest.mark.extra
def test_a_flood_of_five_times_what_it_can_do(server: Server) -> None:
    async def run() -> None:
        client = Client(server.port)
        try:
            await flood(client)
        finally:
            client.close()

    async def flood(client: Client) -> None:
        for _ in range(30):
            assert (await client.get(target())).status == 200
        alone = median([(await client.get(target())).seconds for _ in range(100)])

        # What it can do: always as many at work as it has threads for.
        async def busily(until: float) -> int:
            done = 0
            while time.perf_counter() < until:
                assert (await client.get(target())).status == 200
                done += 1
            return done

        until = time.perf_counter() + 4
        capacity = sum(await asyncio.gather(*(busily(until) for _ in range(3)))) / 4
        before = level((await client.get("/metrics")).body, "resident_memory_bytes")

        # They come at their own pace, whatever becomes of those that came before.
        pace = 1 / (TIMES * capacity)
        began = time.perf_counter()
        asked: list[asyncio.Task[Answer]] = []
        looked: list[asyncio.Task[Answer]] = []
        late = 0.0
        for number in itertools.count():
            due = began + number * pace
            if due > began + SECONDS:
                break
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            late = max(late, -wait)
            asked.append(asyncio.create_task(client.get(target())))
            if number % max(1, int(1 / pace)) == 0:
                looked.append(asyncio.create_task(client.get("/metrics")))
                looked.append(asyncio.create_task(client.get("/health/live")))
        rate = len(asked) / (time.perf_counter() - began)
        answers = await asyncio.gather(*asked)
        seen = await asyncio.gather(*looked)

        served = sorted(answer.seconds for answer in answers if answer.status == 200)
        refused = [answer for answer in answers if answer.status == 503]
        p99 = served[int(len(served) * 0.99)]
        print(
            f"alone {alone * 1e3:.1f} ms, capacity {capacity:.0f}/s, asked {rate:.0f}/s "
            f"({rate / capacity:.1f} times), served {len(served)}, refused {len(refused)}, "
            f"p50 {median(served) * 1e3:.0f} ms, p99 {p99 * 1e3:.0f} ms = {p99 / alone:.0f} times"
        )
        # That it was a flood, or nothing below says anything.
        assert rate > 0.8 * TIMES * capacity, (rate, capacity, late)
        assert len(served) + len(refused) == len(answers)
        assert refused
        assert all("\r\nretry-after: 1\r\n" in answer.headers for answer in refused)
        assert all('"status":503' in answer.body for answer in refused)
        # It goes on serving what it can, and whoever is let in waits for a full queue at most.
        assert len(served) > 0.3 * capacity * SECONDS
        assert p99 < SLACK * QUEUE * max(alone, 1 / capacity)

        # Whoever watches over it is answered all the while, and sees what is so.
        assert [answer.status for answer in seen] == [200] * len(seen)
        pages = [answer.body for answer in seen if "matinee_info" in answer.body]
        watchers = 4
        assert max(level(page, "requests_in_flight") for page in pages) <= QUEUE + watchers + 64
        assert max(level(page, "requests_waiting") for page in pages) <= QUEUE
        memory = max(level(page, "resident_memory_bytes") for page in pages)
        print(f"memory {before / 1e6:.0f} MB before, {memory / 1e6:.0f} MB at most")
        assert memory - before < MEMORY

        # And it is over when it is over.
        assert [(await client.get(target())).status for _ in range(50)] == [200] * 50
        last = (await client.get("/metrics")).body
        assert level(last, "requests_in_flight") == 1
        found = re.search(r'matinee_requests_refused_total\{reason="queue"\} (.+)', last)
        assert found is not None
        assert float(found[1]) == len(refused)

    asyncio.run(run())

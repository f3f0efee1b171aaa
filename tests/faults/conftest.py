"""The service as it runs for real: a process of its own, killed and started as one likes."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matinee import Library

_WAIT = 90
"""Seconds for the service to answer; it takes two, but the machine may be busy."""


class Answer:
    """Status, headers and values of an answer."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.raw = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


class Service:
    """A server process with a store of its own, on the demo library.

    Attributes:
        port: on 127.0.0.1, the same after each start.
        log: file of what the server says.
    """

    def __init__(self, folder: Path, url: str, *, workers: int = 1, **settings: str) -> None:
        self.port = _free_port()
        self.log = folder / "service.log"
        self._workers = workers
        self._environment = {
            **os.environ,
            "MATINEE_DATABASE_URL": url,
            "MATINEE_RATE_LIMIT": "0",
            "OMP_NUM_THREADS": "1",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, program: Sequence[str | Path] = ()) -> None:
        """Start it and wait until it answers; ``program`` is what runs instead of ``matinee``."""
        assert self.process is None
        program = program or [Path(sys.executable).with_name("matinee")]
        command = [*program, "serve", "--demo", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--workers", str(self._workers)],
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + _WAIT
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/health/live").status == 200:
                    return
            said = self.log.read_text(errors="replace")[-2_000:]
            assert self.process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill all its processes without warning."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> int:
        """Stop it in good order; return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(_WAIT)
        self.process = None
        return status

    def connect(self, timeout: float = 60) -> http.client.HTTPConnection:
        """Return a connection that stays open from request to request."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(self, method: str, path: str, body: Any = None, timeout: float = 60) -> Answer:
        """Send one request on a connection of its own."""
        with contextlib.closing(self.connect(timeout)) as connection:
            return ask(connection, method, path, body)

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def rate(self, title: str, stars: float) -> Answer:
        return self.ask("PUT", f"/v1/people/me/ratings/{title}", {"rating": stars})

    def ratings(self) -> dict[str, float]:
        """Return all that the person of this machine thinks."""
        found: dict[str, float] = {}
        path = "/v1/people/me/ratings?limit=100"
        cursor = None
        while True:
            answer = self.get(path + (f"&cursor={cursor}" if cursor else ""))
            assert answer.status == 200, answer.raw
            page = answer.json
            found |= {item["id"]: item["rating"] for item in page["results"]}
            cursor = page["next"]
            if cursor is None:
                return found


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> Answer:
    """Send a request on an open connection."""
    raw = None if body is None else json.dumps(body)
    connection.request(method, path, raw, {"Content-Type": "application/json"})
    return Answer(connection.getresponse())


class Raters:
    """Clients that rate without pause, each its own titles, and note what was acknowledged.

    Attributes:
        acknowledged: rating of each title in the last answer 200.
        attempted: rating of each title in the last request.
        answers: how many of each status there were; 0 stands for a broken connection.
        said: the first answer of each status.
    """

    def __init__(self, service: Service, titles: Sequence[str], clients: int) -> None:
        self.acknowledged: dict[str, float] = {}
        self.attempted: dict[str, float] = {}
        self.answers: dict[int, int] = {}
        self.said: dict[int, bytes] = {}
        self._service = service
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._rate, args=(titles[number::clients],))
            for number in range(clients)
        ]

    def __enter__(self) -> Raters:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int, status: int = 200) -> None:
        """Wait until that many further answers of a status have come."""
        wanted = self.answers.get(status, 0) + more
        deadline = time.monotonic() + _WAIT
        while self.answers.get(status, 0) < wanted:
            assert time.monotonic() < deadline, self.answers
            time.sleep(0.002)

    def _rate(self, titles: Sequence[str]) -> None:
        turn = 0
        connection = self._service.connect()
        while not self._stop.is_set():
            turn += 1
            title, stars = titles[turn % len(titles)], 0.5 + turn // len(titles) % 10 / 2
            self.attempted[title] = stars
            try:
                path = f"/v1/people/me/ratings/{title}"
                answer = ask(connection, "PUT", path, {"rating": stars})
                status = answer.status
                self.said.setdefault(status, answer.raw)
            except (OSError, http.client.HTTPException):
                status = 0
                connection.close()
                connection = self._service.connect()
                self._stop.wait(0.02)
            if status == 200:
                self.acknowledged[title] = stars
            with self._lock:
                self.answers[status] = self.answers.get(status, 0) + 1
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def missing(what: str) -> None:
    """Skip a test for want of a tool, but not in CI."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture
def serve(demo: Library, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Make servers, which are killed at the end of the test.

    They find the demo library in the cache of the tests, so that it is built once.
    """
    made: list[Service] = []

    def make(url: str | None = None, **options: Any) -> Service:
        folder = tmp_path / f"service-{len(made)}"
        folder.mkdir()
        service = Service(folder, url or f"sqlite:///{folder / 'store.db'}", **options)
        made.append(service)
        return service

    yield make
    for service in made:
        service.kill()


@pytest.fixture
def titles(demo: Library) -> list[str]:
    """Ids of titles of the demo library."""
    return [title.id for title in demo._engine.catalogue][:200]


@pytest.fixture
def raters() -> type[Raters]:
    return Raters


@pytest.fixture
def skip_or_fail() -> Callable[[str], None]:
    return missing

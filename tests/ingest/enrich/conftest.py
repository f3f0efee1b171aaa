"""What tests of enrichment share: a host that does as it is told, and a clock without waiting."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from matinee.ingest.asking.agent import agent
from matinee.ingest.enrich.asking import Asking
from matinee.ingest.outside import Guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = ipaddress.ip_address("127.0.0.1")


class FakeTime:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


class Host:
    """A host on the loopback interface.

    Attributes:
        robots: what ``/robots.txt`` says; None for 404.
        scripts: path to what is done at each request for it, in turn, the last one ever after;
            where there is none, ``default`` is done.
        asked: (path, query, headers) of the requests, without those for robots.txt.
        robots_asked: how often that was read.
    """

    def __init__(self) -> None:
        self.robots: str | None = None
        self.scripts: dict[str, list[Callable[[BaseHTTPRequestHandler], None]]] = {}
        self.default: Callable[[BaseHTTPRequestHandler], None] = reply(404, b'{"type":"error"}')
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.robots_asked = 0
        self.robots_headers: dict[str, str] = {}
        self.robots_query = ""
        lock = threading.Lock()
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # an answer in one packet: two wait for each other, 40 ms

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                headers = {name.casefold(): value for name, value in self.headers.items()}
                if parts.path == "/robots.txt" and "/robots.txt" not in host.scripts:
                    host.robots_asked += 1
                    host.robots_headers, host.robots_query = headers, parts.query
                    told = host.robots
                    script = reply(404) if told is None else reply(200, told.encode())
                else:
                    with lock:
                        turn = [path for path, _, _ in host.asked].count(parts.path)
                        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
                        host.asked.append((parts.path, query, headers))
                    scripts = host.scripts.get(parts.path, [host.default])
                    script = scripts[min(turn, len(scripts) - 1)]
                with contextlib.suppress(OSError):
                    script(self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Gate:
    """Answers until the request for one path, which waits until it is opened.

    Whoever asks can be killed there: it has asked for that, and gets no further.
    """

    def __init__(self, inner: Callable[[BaseHTTPRequestHandler], None], path: str) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()
        self._inner = inner
        self._path = path

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        if self._path in handler.path and not self._opened.is_set():
            self.reached.set()
            self._opened.wait(60)
        self._inner(handler)

    def open(self) -> None:
        self._opened.set()


def reply(
    status: int, body: bytes = b"", headers: dict[str, str] | None = None
) -> Callable[[BaseHTTPRequestHandler], None]:
    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        length = {} if status == 304 else {"Content-Length": str(len(body))}
        for name, value in (length | (headers or {})).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return act


def as_json(
    found: Any, status: int = 200, **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply(status, json.dumps(found).encode(), {"Content-Type": "application/json"} | named)


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    yield made
    made.close()


@pytest.fixture
def clock() -> FakeTime:
    return FakeTime()


@pytest.fixture
def here() -> Guard:
    return Guard(plain=True, allowed=lambda address: address == HERE)


@pytest.fixture
def asking(clock: FakeTime, here: Guard) -> Callable[..., Asking]:
    """Make ways of asking that reach the loopback address alone, and whose waits take no time."""

    def make(**more: Any) -> Asking:
        given: dict[str, Any] = {
            "agent": agent("tests@films.example"),
            "rng": random.Random(1),
            "guard": here,
            "now": clock,
            "sleep": clock.sleep,
        }
        return Asking(**(given | more))

    return make


@pytest.fixture
def gate() -> type[Gate]:
    return Gate


@pytest.fixture(name="reply")
def _reply() -> Callable[..., Callable[[BaseHTTPRequestHandler], None]]:
    return reply


@pytest.fixture(name="as_json")
def _as_json() -> Callable[..., Callable[[BaseHTTPRequestHandler], None]]:
    return as_json

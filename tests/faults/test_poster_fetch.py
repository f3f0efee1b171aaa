"""Posters fetched from a host that misbehaves, or whose address leads where nobody should go."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import json
import random
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from matinee.catalogue.title import Title
from matinee.errors import InputError, SourceError
from matinee.ingest.outside import Guard, open_client
from matinee.ingest.posters import Manners, TmdbPosters
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PICTURE = b"\xff\xd8\xff\xe0" + b"poster " * 300
HERE = ipaddress.ip_address("127.0.0.1")
SOON = 0.4
"""Seconds of a deadline that a test waits for."""


class FakeTime:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            if seconds > 1e-6:  # less is the pace of a thousand million a second
                self.slept.append(seconds)


class Host:
    """An image host on the loopback interface that does what it is told.

    Attributes:
        scripts: what it does at each request for a name, in turn, the last one ever after; a
            name without a script is a picture.
        asked: names, in order of the requests.
        connections: how many were made.
        most: requests at work at once, at most.
        released: set when those that hang may go.
    """

    def __init__(self) -> None:
        self.scripts: dict[str, list[Callable[[BaseHTTPRequestHandler], None]]] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.most = 0
        self.delay = 0.0
        self.released = threading.Event()
        self._busy = 0
        self._lock = threading.Lock()
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                with host._lock:
                    turn = host.asked.count(name)
                    host.asked.append(name)
                    host.agents.add(self.headers["user-agent"])
                    host._busy += 1
                    host.most = max(host.most, host._busy)
                try:
                    if host.delay:
                        time.sleep(host.delay)
                    script = host.scripts.get(name, [picture()])
                    with contextlib.suppress(OSError):
                        script[min(turn, len(script) - 1)](self)
                finally:
                    with host._lock:
                        host._busy -= 1

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            connections = 0

            def get_request(self) -> Any:
                self.connections += 1
                return super().get_request()

            def handle_error(self, *_: object) -> None:
                pass  # clients that go away are what these tests are about

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/t/p"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def connections(self) -> int:
        return self.server.connections

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


def picture(body: bytes = PICTURE) -> Callable[[BaseHTTPRequestHandler], None]:
    return answer(200, body, {"Content-Type": "image/jpeg"})


def answer(
    status: int, body: bytes = b"", headers: dict[str, str] | None = None
) -> Callable[[BaseHTTPRequestHandler], None]:
    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return act


def drip(part: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """Send a byte now and then, for ever: no single wait for bytes is long."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(part)
        for _ in range(1000):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(SOON / 10)

    return act


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\xff\xd8\xff\xe0")
    while True:
        handler.wfile.write(bytes(1 << 16))


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    yield made
    made.close()


@pytest.fixture
def clock() -> FakeTime:
    return FakeTime()


@pytest.fixture
def source(host: Host, clock: FakeTime, tmp_path: Path) -> Callable[..., TmdbPosters]:
    """Make sources that may reach the host; their waits take no time."""

    def make(address: str | None = None, guard: Guard | None = None, **manners: Any) -> TmdbPosters:
        return TmdbPosters(
            tmp_path / "cache",
            host=address or host.url,
            manners=Manners(**manners),
            guard=guard or Guard(plain=True, allowed=lambda address: address == HERE),
            rng=random.Random(1),
            now=clock,
            sleep=clock.sleep,
        )

    return make


def films(count: int) -> list[Title]:
    return [Title(id=f"tmdb:{n}", title="A", poster_path=f"/p{n}.jpg") for n in range(count)]


def one(source: TmdbPosters, path: str = "/p0.jpg") -> bytes | Reject:
    ((position, got),) = source.posters([Title(id="tmdb:1", title="A", poster_path=path)])
    assert position == 0
    return got


def reason(source: TmdbPosters, path: str = "/p0.jpg") -> str:
    got = one(source, path)
    assert isinstance(got, Reject)
    assert got.column == "poster_path"
    assert got.value == path
    assert got.cure
    return got.reason


# A host that is well.


def test_each_poster_is_fetched_once_and_kept(
    host: Host, source: Callable[..., TmdbPosters]
) -> None:
    titles = [*films(60), Title(id="local:x", title="B")]
    titles.append(Title(id="local:y", title="C", poster_path="/p3.jpg"))
    host.scripts = {f"p{n}.jpg": [picture(PICTURE + bytes([n]))] for n in range(60)}
    host.delay = 0.005
    first = source()
    got = dict(first.posters(titles))
    assert got == {n: PICTURE + bytes([n]) for n in range(60)} | {61: PICTURE + bytes([3])}
    assert sorted(host.asked) == sorted(f"p{n}.jpg" for n in range(60))
    assert host.agents == {next(iter(host.agents))}
    assert next(iter(host.agents)).startswith("matinee/")
    assert "+https://" in next(iter(host.agents))
    assert 1 < host.most <= 8
    assert host.connections <= 8
    assert first.tally.to_dict() | {"found": 61, "fetched": 61, "kept": 0} == first.tally.to_dict()

    host.close()
    again = source()
    assert dict(again.posters(titles)) == got
    assert again.tally.kept == 61
    assert again.tally.fetched == 0


def test_no_more_requests_than_the_rate(
    source: Callable[..., TmdbPosters], clock: FakeTime
) -> None:
    assert len(list(source(rate=20.0, burst=8).posters(films(48)))) == 48
    assert sum(clock.slept) >= (48 - 8) / 20


def test_nobody_asks_further_ahead_than_is_taken(
    host: Host, source: Callable[..., TmdbPosters]
) -> None:
    posters = source(connections=2).posters(films(200))
    next(posters)
    time.sleep(0.2)
    assert len(host.asked) <= 2 * 2 + 2
    posters.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("posters")]


def test_a_poster_kept_in_part_is_fetched_again(
    host: Host, source: Callable[..., TmdbPosters]
) -> None:
    assert one(source()) == PICTURE
    (kept,) = source().folder.glob("??/p0.jpg")
    kept.write_bytes(b"")
    assert one(source()) == PICTURE
    assert kept.read_bytes() == PICTURE
    assert len(host.asked) == 2


# A host that is not.


def test_what_is_not_there_is_not_asked_for_again_for_a_month(host: Host, tmp_path: Path) -> None:
    host.scripts["p0.jpg"] = [answer(404, b"<h1>none</h1>"), picture()]
    day = [dt.date(2026, 1, 1)]

    def again() -> TmdbPosters:
        guard = Guard(plain=True, allowed=lambda address: address == HERE)
        return TmdbPosters(tmp_path, host=host.url, guard=guard, today=lambda: day[0])

    assert "404" in reason(again())
    day[0] = dt.date(2026, 1, 30)
    assert "2026-01-01" in reason(again())
    assert len(host.asked) == 1
    day[0] = dt.date(2026, 1, 31)
    assert one(again()) == PICTURE


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_heeded_by_all(
    host: Host, source: Callable[..., TmdbPosters], clock: FakeTime, status: int
) -> None:
    host.scripts["p0.jpg"] = [answer(status, headers={"Retry-After": "7"}), picture()]
    got = source(connections=1, rate=1e9).posters(films(5))
    assert [isinstance(each, bytes) for _, each in got] == [True] * 5
    assert host.asked == ["p0.jpg", "p0.jpg", *(f"p{n}.jpg" for n in range(1, 5))]
    assert clock.slept == [pytest.approx(7.0)]


def test_a_host_that_is_overrun_sees_no_storm(
    host: Host, source: Callable[..., TmdbPosters], clock: FakeTime
) -> None:
    """All of a round are refused; then each is asked for once more, not sooner than told."""
    times: list[float] = []

    def note(handler: BaseHTTPRequestHandler) -> None:
        times.append(clock.now)
        picture()(handler)

    busy = answer(429, headers={"Retry-After": "30"})
    host.scripts = {f"p{n}.jpg": [busy, note] for n in range(8)}
    got = dict(source(rate=1e9).posters(films(40)))
    assert all(isinstance(each, bytes) for each in got.values())
    assert len(got) == 40
    assert all(host.asked.count(f"p{n}.jpg") == 2 for n in range(8))
    assert len(host.asked) == 48
    assert min(times) >= 30


def test_what_one_is_told_all_heed(host: Host, tmp_path: Path) -> None:
    """While the host has asked for a rest, no connection asks for anything."""
    released = threading.Event()
    now = [0.0]
    sleeping = [0]

    def sleep(seconds: float) -> None:
        if seconds > 1:
            sleeping[0] += 1
            assert released.wait(60)

    host.scripts["p0.jpg"] = [answer(429, headers={"Retry-After": "60"}), picture()]
    source = TmdbPosters(
        tmp_path,
        host=host.url,
        manners=Manners(connections=2, rate=1e9),
        guard=Guard(plain=True, allowed=lambda address: address == HERE),
        now=lambda: now[0],
        sleep=sleep,
    )
    got: dict[int, Any] = {}
    taking = threading.Thread(target=lambda: got.update(source.posters(films(50))))
    taking.start()
    deadline = time.monotonic() + 30
    while sleeping[0] < 2:
        assert time.monotonic() < deadline, f"{len(host.asked)} were asked for meanwhile"
        time.sleep(0.005)
    asked = len(host.asked)
    now[0] += 60
    released.set()
    taking.join(60)
    assert asked < 50
    assert set(got.values()) == {PICTURE}
    assert len(got) == 50
    assert len(host.asked) == 51


def test_a_host_that_wants_a_long_rest_gets_it(
    host: Host, source: Callable[..., TmdbPosters], clock: FakeTime
) -> None:
    host.scripts["p3.jpg"] = [answer(429, headers={"Retry-After": "86400"})]
    got: list[int] = []
    with pytest.raises(SourceError, match="86,400 seconds"):
        got.extend(position for position, _ in source(connections=1).posters(films(50)))
    assert got == [0, 1, 2]
    assert host.asked.count("p3.jpg") == 1
    assert max(clock.slept, default=0) < 100


def test_passing_faults_are_tried_again_with_growing_waits(
    host: Host, source: Callable[..., TmdbPosters], clock: FakeTime
) -> None:
    cut = answer(200, PICTURE, {"Content-Length": "99999", "Connection": "close"})

    def broken(handler: BaseHTTPRequestHandler) -> None:
        cut(handler)
        handler.close_connection = True

    host.scripts["p0.jpg"] = [answer(500), broken, answer(502), picture()]
    assert one(source(rate=1e9)) == PICTURE
    assert len(clock.slept) == 3
    assert all(0 <= slept <= 2**n for n, slept in enumerate(clock.slept))


def test_a_poster_that_is_never_to_be_had_is_a_reject(
    host: Host, source: Callable[..., TmdbPosters]
) -> None:
    host.scripts["p2.jpg"] = [answer(500)]
    made = source()
    got = dict(made.posters(films(20)))
    refused = got.pop(2)
    assert isinstance(refused, Reject)
    assert refused.reason == "the host answers 500 Internal Server Error, 4 times"
    assert set(got.values()) == {PICTURE}
    assert (made.tally.found, made.tally.rejected) == (19, 1)
    # It is no verdict: the next build asks again.
    host.scripts.clear()
    assert dict(source().posters(films(20)))[2] == PICTURE


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(drip(b""), id="not even a status"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX: "), id="slow headers"),
        pytest.param(
            drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n\xff\xd8\xff"), id="slow bytes"
        ),
    ],
)
def test_slow_bytes_end_at_the_deadline(
    host: Host,
    source: Callable[..., TmdbPosters],
    script: Callable[[BaseHTTPRequestHandler], None],
) -> None:
    host.scripts["p0.jpg"] = [script]
    made = source(total_seconds=SOON, wait_seconds=30.0, tries=2)
    assert "no answer" in reason(made)
    assert len(host.asked) == 2


def test_silence_ends_at_the_deadline(host: Host, source: Callable[..., TmdbPosters]) -> None:
    host.scripts["p0.jpg"] = [lambda _: bool(host.released.wait(60)) and None]
    began = time.monotonic()
    assert "no answer" in reason(source(total_seconds=SOON, wait_seconds=40.0, tries=1))
    assert time.monotonic() - began < 30


def test_a_half_open_connection_ends_at_the_deadline(
    host: Host, source: Callable[..., TmdbPosters]
) -> None:
    host.scripts["p0.jpg"] = [lambda _: bool(host.released.wait(60)) and None, picture()]
    made = source(wait_seconds=SOON, total_seconds=60.0)
    assert one(made) == PICTURE


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (answer(200, b"<html>please log in</html>", {"Content-Type": "text/html"}), "text/html"),
        (answer(200, b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "JPEG, PNG or WebP"),
        (answer(200, b""), "JPEG, PNG or WebP"),
        (answer(200, PICTURE, {"Content-Length": "9" * 18}), "more than 5,000 bytes"),
        (picture(PICTURE + bytes(5_000)), "more than 5,000 bytes"),
        (endless, "more than 5,000 bytes"),
        (answer(403, b"no"), "403"),
        (answer(302, headers={"Location": "/t/p/w342/p1.jpg"}), "not followed"),
        (answer(302), "not followed"),
        (answer(302, headers={"Location": "http://[::1"}), "not followed"),
    ],
)
def test_what_is_no_poster_is_not_kept(
    host: Host,
    source: Callable[..., TmdbPosters],
    script: Callable[[BaseHTTPRequestHandler], None],
    said: str,
) -> None:
    host.scripts["p0.jpg"] = [script]
    made = source(limit=5_000)
    assert said in reason(made)
    assert host.asked == ["p0.jpg"]
    assert not list(made.folder.glob("??/*"))


def test_a_compressed_bomb_is_not_unpacked(host: Host, source: Callable[..., TmdbPosters]) -> None:
    import gzip

    bomb = gzip.compress(PICTURE + bytes(50_000_000))
    host.scripts["p0.jpg"] = [answer(200, bomb, {"Content-Encoding": "gzip"})]
    assert "JPEG, PNG or WebP" in reason(source())


def test_a_host_that_is_down_ends_the_run_and_keeps_what_there_was(
    host: Host, source: Callable[..., TmdbPosters]
) -> None:
    host.scripts = {f"p{n}.jpg": [answer(500)] for n in range(20, 400)}
    got: list[int] = []
    made = source(tries=100, connections=1)
    with pytest.raises(SourceError, match="40 requests for posters failed one after another"):
        got.extend(position for position, _ in made.posters(films(400)))
    assert got == list(range(20))
    assert len(host.asked) == 20 + 40
    host.scripts.clear()
    host.asked.clear()
    assert len(dict(source().posters(films(400)))) == 400
    assert len(host.asked) == 380


def test_faults_now_and_then_do_not_end_the_run(
    host: Host, source: Callable[..., TmdbPosters]
) -> None:
    host.scripts = {f"p{n}.jpg": [answer(500), picture()] for n in range(100)}
    got = dict(source(connections=1, failures=3).posters(films(100)))
    assert set(got.values()) == {PICTURE}
    host.scripts = {f"p{n}.jpg": [answer(500), answer(404)] for n in range(100, 200)}
    got = dict(source(connections=1, failures=3, absences=50).posters(films(200)))
    assert len(got) == 200


def test_a_host_that_refuses_everything_is_not_asked_for_everything(
    host: Host, source: Callable[..., TmdbPosters]
) -> None:
    host.scripts = {f"p{n}.jpg": [answer(403)] for n in range(400)}
    with pytest.raises(SourceError, match="403"):
        list(source().posters(films(400)))
    assert len(host.asked) <= 48


def test_a_wrong_size_is_noticed(host: Host, source: Callable[..., TmdbPosters]) -> None:
    host.scripts = {f"p{n}.jpg": [answer(404)] for n in range(400)}
    with pytest.raises(SourceError, match="MATINEE_POSTER_SIZE"):
        list(source(absences=50).posters(films(400)))
    assert len(host.asked) <= 58


def test_nobody_listens(source: Callable[..., TmdbPosters]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(SourceError, match="refused"):
        list(source(f"http://127.0.0.1:{port}/t/p").posters(films(100)))


@pytest.mark.parametrize(
    "address", ["https://.", "https://" + "x" * 64 + ".test", "https://[v1.x]"]
)
def test_a_host_that_is_none(source: Callable[..., TmdbPosters], address: str) -> None:
    with pytest.raises(InputError):
        list(source(address, Guard()).posters(films(100)))


def test_a_name_that_nobody_knows(source: Callable[..., TmdbPosters]) -> None:
    def unknown(name: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    guard = Guard(look_up=unknown)
    with pytest.raises(SourceError, match="cannot be looked up"):
        list(source("https://posters.test", guard).posters(films(100)))


def test_a_cache_that_cannot_be_written(
    host: Host, source: Callable[..., TmdbPosters], tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(SourceError, match="MATINEE_CACHE"):
        list(source().posters(films(100)))
    assert len(host.asked) <= 24


RUN = """
import ipaddress, json, sys
from pathlib import Path
from matinee.catalogue.title import Title
from matinee.ingest.outside import Guard
from matinee.ingest.posters import Manners, TmdbPosters
host, cache, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
here = ipaddress.ip_address("127.0.0.1")
source = TmdbPosters(cache, host=host, manners=Manners(rate=1e9),
                     guard=Guard(plain=True, allowed=lambda address: address == here))
titles = [Title(id=f"tmdb:{n}", title="A", poster_path=f"/p{n}.jpg") for n in range(count)]
print(json.dumps(sorted(position for position, _ in source.posters(titles))))
"""


def test_kill_9_in_mid_fetch_and_it_goes_on_where_it_was(host: Host, tmp_path: Path) -> None:
    count, kills = 300, 5
    command = [sys.executable, "-c", RUN, host.url, str(tmp_path / "cache"), str(count)]
    host.delay = 0.01
    rng = random.Random(3)
    folder = TmdbPosters(tmp_path / "cache", host=host.url).folder
    wanted = {f"p{n}.jpg" for n in range(count)}
    for _ in range(kills):
        kept = {path.name for path in folder.glob("??/*.jpg")}
        host.asked.clear()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        after = rng.randint(10, 60)
        deadline = time.monotonic() + 60
        while len(host.asked) < after:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(3 * host.delay)
        asked = list(host.asked)
        assert len(set(asked)) == len(asked)
        assert not kept & set(asked), "what was kept was asked for again"
        now = {path.name for path in folder.glob("??/*.jpg")}
        assert len(set(asked) - now) <= 8, "more was lost than was under way"
        assert all(path.read_bytes() == PICTURE for path in folder.glob("??/*.jpg"))
    kept = {path.name for path in folder.glob("??/*.jpg")}
    assert 0 < len(kept) < count
    host.asked.clear()
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    assert json.loads(done.stdout) == list(range(count))
    assert sorted(host.asked) == sorted(wanted - kept)


def test_what_was_half_written_is_swept_up(host: Host, source: Callable[..., TmdbPosters]) -> None:
    import os

    parts = source().folder / ".parts"
    parts.mkdir(parents=True)
    (parts / "old").write_bytes(PICTURE[:10])
    (parts / "new").write_bytes(PICTURE[:10])
    os.utime(parts / "old", (0, 0))
    one(source())
    assert [path.name for path in parts.iterdir()] == ["new"]


# Addresses that lead where nobody should go.


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note every address that anything in this process connects to."""
    seen: list[Any] = []
    connect = socket.socket.connect

    def note(self: socket.socket, address: Any) -> None:
        seen.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", note)
    return seen


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """A socket that listens on all addresses of this machine, and at which nobody should arrive."""
    with socket.socket(socket.AF_INET6) as listening:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind(("::", 0))
        listening.listen()
        listening.setblocking(False)
        yield listening
        with pytest.raises(BlockingIOError):
            listening.accept()


INSIDE = """127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 017700000001 0x7f.1 127.0.0.1. 0
0.0.0.0 169.254.169.254 2852039166 0xa9fea9fe 10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 224.0.0.1
255.255.255.255 192.0.0.1 198.18.0.1 203.0.113.5 240.0.0.1 [::1] [::] [::ffff:127.0.0.1]
[::ffff:169.254.169.254] [::ffff:9.9.9.9] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::909:909]
[fe80::1] [fc00::1] [fd00:ec2::254] [ff02::1] [2002:7f00:1::] [2001:0:7f00:1::] [fec0::1]
[2001:db8::1] localhost localhost. 127。0。0。1""".split()


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_connection_is_made_to_an_address_inside(
    trap: socket.socket, connected: list[Any], inside: str, scheme: str, tmp_path: Path
) -> None:
    port = trap.getsockname()[1]
    made = TmdbPosters(tmp_path, host=f"{scheme}://{inside}:{port}/t/p")
    with pytest.raises(InputError):
        list(made.posters(films(50)))
    assert connected == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{}/", "https://127.1:{}/", "https://a@b.test:{}/"]
)
def test_what_is_refused_as_it_is_written(
    trap: socket.socket, connected: list[Any], url: str
) -> None:
    """By the client itself, whoever uses it, and whatever addresses are allowed."""
    guard = Guard(allowed=lambda _: True, look_up=lambda name, port: ["127.0.0.1"])
    with open_client(guard, agent="test") as client, pytest.raises(InputError):
        client.get(url.format(trap.getsockname()[1]))
    assert connected == []


@pytest.mark.parametrize("inside", ["127.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1"])
@pytest.mark.parametrize("others", [(), ("9.9.9.9",)])
def test_no_connection_by_a_name(
    trap: socket.socket, connected: list[Any], inside: str, others: tuple[str, ...], tmp_path: Path
) -> None:
    port = trap.getsockname()[1]
    guard = Guard(look_up=lambda name, port: [*others, inside])
    made = TmdbPosters(tmp_path, host=f"https://posters.test:{port}/t/p", guard=guard)
    with pytest.raises(InputError, match=r"posters\.test, which is"):
        list(made.posters(films(50)))
    assert connected == []


def test_rebinding_a_name_is_of_no_use(
    host: Host, trap: socket.socket, connected: list[Any], source: Callable[..., TmdbPosters]
) -> None:
    """What was checked is what is connected to, and a later connection is checked for itself."""
    answers = ["127.0.0.1", "127.0.0.2", "127.0.0.2"]
    looked_up: list[str] = []

    def rebind(name: str, port: int) -> list[str]:
        looked_up.append(answers[len(looked_up)])
        return [looked_up[-1]]

    port = int(host.url.split(":")[2].split("/")[0])
    url = f"http://posters.test:{port}/t/p"
    host.scripts["p1.jpg"] = [answer(500, headers={"Connection": "close"}), picture()]
    guard = Guard(plain=True, allowed=lambda address: address == HERE, look_up=rebind)
    got: list[Any] = []
    with pytest.raises(InputError, match=r"posters\.test, which is 127\.0\.0\.2"):
        got.extend(source(url, guard, connections=1).posters(films(5)))
    assert [position for position, _ in got] == [0]
    assert connected == [("127.0.0.1", port)]
    assert looked_up == ["127.0.0.1", "127.0.0.2"]


def test_no_redirect_leads_inside(
    host: Host, trap: socket.socket, connected: list[Any], source: Callable[..., TmdbPosters]
) -> None:
    port = trap.getsockname()[1]
    targets = [f"http://{inside}:{port}/" for inside in INSIDE if inside.isascii()]
    targets += ["//[::1]/", "file:///etc/passwd"]
    for number, target in enumerate(targets):
        host.scripts[f"p{number}.jpg"] = [answer(302, headers={"Location": target})]
    # Even where redirects are followed: only to the host that was set.
    made = source(redirects=3, failures=1000)
    got = dict(made.posters(films(len(targets))))
    assert all(isinstance(each, Reject) and "sends us on" in each.reason for each in got.values())
    assert len(got) == len(targets)
    own = host.url.split("/")[2]
    assert {f"{address}:{port}" for address, port in connected} == {own}


def test_redirects_are_followed_where_that_is_asked_for(
    host: Host, source: Callable[..., TmdbPosters]
) -> None:
    for number in range(5):
        onward = {"Location": f"/t/p/w342/p{number + 1}.jpg"}
        host.scripts[f"p{number}.jpg"] = [answer(302, headers=onward)]
    assert one(source(redirects=3), "/p2.jpg") == PICTURE
    assert host.asked == ["p2.jpg", "p3.jpg", "p4.jpg", "p5.jpg"]
    assert "not followed" in reason(source(redirects=3), "/p1.jpg")


@pytest.mark.parametrize(
    "path",
    [
        "http://127.0.0.1/x.jpg",
        "https://169.254.169.254/latest/x.jpg",
        "//127.0.0.1/x.jpg",
        "/../../x.jpg",
        "/w342/x.jpg",
        "/%2e%2e/x.jpg",
        "/x.jpg?to=http://127.0.0.1",
        "/x.jpg#y",
        "/.jpg",
        "/x.svg",
        "x.jpg",
        "@127.0.0.1/x.jpg",
        "/x.jpg\n",
        "/x\x00.jpg",
        "/é.jpg",
        ".../w500<NA>",
        "https://image.tmdb.org/t/p/w500/x.jpg",
        "HOST@127.0.0.1/x.jpg",
        "HOST.evil.test/w342/x.jpg",
        "HOST/w342/../../x.jpg",
        "/" + "x" * 101 + ".jpg",
    ],
)
def test_only_paths_of_tmdbs_form_are_asked_for(
    host: Host, connected: list[Any], source: Callable[..., TmdbPosters], path: str
) -> None:
    path = path.replace("HOST", host.url)
    assert "no path of a picture" in reason(source(), path)
    assert connected == []


def test_a_whole_address_at_the_host_is_its_path(
    host: Host, source: Callable[..., TmdbPosters]
) -> None:
    assert one(source(), f"{host.url}/w500/p7.jpg") == PICTURE
    assert host.asked == ["p7.jpg"]
    assert (next(source().folder.glob("??/p7.jpg"))).is_file()


def test_a_proxy_of_the_environment_is_not_used(
    host: Host,
    trap: socket.socket,
    source: Callable[..., TmdbPosters],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = f"http://127.0.0.1:{trap.getsockname()[1]}"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, proxy)
    assert one(source()) == PICTURE


@pytest.mark.parametrize("known", [True, False])
def test_the_certificate_is_that_of_the_name(
    tmp_path: Path, connected: list[Any], known: bool
) -> None:
    """The address is connected to; name indication, certificate and Host go by the name."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    name = "posters.test" if known else "another.test"
    new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    subprocess.run(
        [*new.split(), "-keyout", key, "-out", certificate, *subject],
        check=True,
        capture_output=True,
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    asked: list[str | None] = []
    server.sni_callback = lambda _, asked_for, __: asked.append(asked_for)
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def serve() -> None:
            taken, _ = listening.accept()
            with taken, contextlib.suppress(OSError), server.wrap_socket(taken, True) as stream:
                heard.append(stream.recv(4096))
                stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        thread = threading.Thread(target=serve)
        thread.start()
        guard = Guard(allowed=lambda a: a == HERE, look_up=lambda name, port: ["127.0.0.1"])
        trusted = ssl.create_default_context(cafile=certificate)
        with open_client(guard, agent="test", tls=trusted, seconds=5) as client:
            if known:
                assert client.get(f"https://posters.test:{port}/x").text == "ok"
                assert f"host: posters.test:{port}".encode() in heard[0].lower()
            else:
                with pytest.raises(httpx2.NetworkError, match="certificate"):
                    client.get(f"https://posters.test:{port}/x")
        thread.join()
    assert asked == ["posters.test"]
    assert connected == [("127.0.0.1", port)]

"""What the system is asked, call by call: no rating is acknowledged before the disk has it."""

from __future__ import annotations

import re
import shutil
import socket
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENTS = 4
REQUESTS = 25
"""Of each client."""
CALLS = "read,recvfrom,recvmsg,write,writev,sendto,sendmsg,fsync,fdatasync"
_LINE = re.compile(r"(?P<pid>\d+) +(?P<time>\d+\.\d+) (?P<rest>.*)")
_CALL = re.compile(r"(?P<name>\w+)\(\d+<(?P<file>[^>]*(?:>[^>(),]*)?)>(?P<rest>.*)")
_RESUMED = re.compile(r"<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)")
_END = re.compile(r"= (?P<result>-?\d+).*<(?P<took>\d+\.\d+)>$")

UNSYNCED = """
from sqlalchemy import event
from sqlalchemy.pool import Pool

@event.listens_for(Pool, "checkout")
def off(connection, record, proxy):
    connection.execute("PRAGMA synchronous=OFF")

from matinee.cli.main import run
run()
"""
"""The server, with a database that does not wait for the disk: the test must see that."""


@dataclass
class Call:
    """One call of the system: when it began and ended, on what, with what bytes."""

    name: str
    file: str
    text: str
    began: float
    ended: float


@dataclass
class Trace:
    """What came of a trace: syncs of the store, and when requests came and answers went."""

    syncs: list[tuple[float, float]] = field(default_factory=list)
    requests: list[tuple[float, float]] = field(default_factory=list)

    def unsynced(self) -> int:
        """Count answers without a sync that began after the request came and ended before."""
        return sum(
            not any(came <= began and ended <= went for began, ended in self.syncs)
            for came, went in self.requests
        )


def calls_of(path: Path) -> list[Call]:
    """Read a trace of ``strace -f -ttt -T -y``, putting calls that were interrupted together."""
    found: list[Call] = []
    open_calls: dict[str, tuple[float, str]] = {}
    for line in path.read_text(errors="replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        pid, time, rest = match["pid"], float(match["time"]), match["rest"]
        began = time
        if rest.endswith("<unfinished ...>"):
            open_calls[pid] = (time, rest.removesuffix("<unfinished ...>"))
            continue
        if (resumed := _RESUMED.fullmatch(rest)) is not None:
            if pid not in open_calls:
                continue
            began, start = open_calls.pop(pid)
            rest = start + resumed["rest"]
        call, end = _CALL.fullmatch(rest), _END.search(rest)
        if call is None or end is None or int(end["result"]) < 0:
            continue
        found.append(
            Call(call["name"], call["file"], call["rest"], began, began + float(end["took"]))
        )
    return found


def read_trace(path: Path) -> Trace:
    trace = Trace()
    waiting: dict[str, float] = {}
    for call in sorted(calls_of(path), key=lambda call: call.ended):
        if call.name in ("fsync", "fdatasync"):
            if "store.db" in call.file:
                trace.syncs.append((call.began, call.ended))
        elif '"PUT /v1/people/me/ratings/' in call.text:
            # It came at the earliest when the call began that fetched it.
            waiting[call.file] = call.began
        elif '"HTTP/1.1 200' in call.text and call.file in waiting:
            # The answer left at the earliest when the call began that sent it.
            trace.requests.append((waiting.pop(call.file), call.began))
    return trace


def put(port: int, titles: list[str], stars: list[float]) -> None:
    """Send requests one after the other, each in one piece, so that one call fetches it."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for title, value in zip(titles, stars, strict=True):
            body = f'{{"rating": {value}}}'
            connection.sendall(
                f"PUT /v1/people/me/ratings/{title} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                "Content-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            answer = b""
            while b"\r\n\r\n" not in answer or not answer.endswith(b"}"):
                answer += connection.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 200"), answer


def traced(service: Any, titles: list[str], path: Path, program: list[str]) -> Trace:
    strace = ["strace", "-f", "-y", "-ttt", "-T", "-s", "48", "-e", f"trace={CALLS}", "-o"]
    service.start([*strace, str(path), *program])
    threads = [
        threading.Thread(
            target=put,
            args=(
                service.port,
                titles[client * REQUESTS : (client + 1) * REQUESTS],
                [0.5 + turn % 10 / 2 for turn in range(REQUESTS)],
            ),
        )
        for client in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(service.ratings()) == CLIENTS * REQUESTS
    service.kill()
    return read_trace(path)


@pytest.mark.extra
def test_a_sync_before_each_answer(
    serve: Callable[..., Any],
    titles: list[str],
    tmp_path: Path,
    skip_or_fail: Callable[[str], None],
) -> None:
    if shutil.which("strace") is None:
        skip_or_fail("strace is not installed")
    matinee = Path(sys.executable).with_name("matinee")
    trace = traced(serve(), titles, tmp_path / "synced.txt", [str(matinee)])
    assert len(trace.requests) == CLIENTS * REQUESTS
    assert trace.unsynced() == 0
    print(
        f"{len(trace.requests)} ratings acknowledged by {CLIENTS} clients, {len(trace.syncs)} "
        "syncs of the store, one at least between each request and its answer"
    )
    # And the test would see it if that were otherwise.
    program = [sys.executable, "-c", UNSYNCED]
    without = traced(serve(), titles, tmp_path / "unsynced.txt", program)
    assert len(without.requests) == CLIENTS * REQUESTS
    assert without.unsynced() > 0.9 * len(without.requests)


def test_the_trace_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "trace.txt"
    path.write_text(
        """\
7 10.000000 read(15<socket:[9]>, "PUT /v1/people/me/ratings/x:1 HT"..., 65536) = 90 <0.000010>
8 10.100000 fdatasync(20</d/store.db-wal> <unfinished ...>
7 10.150000 read(16<socket:[8]>, "PUT /v1/people/me/ratings/x:2 HT"..., 65536) = 90 <0.000010>
8 10.200000 <... fdatasync resumed>) = 0 <0.100000>
7 10.300000 write(15<socket:[9]>, "HTTP/1.1 200 OK\\r\\ncontent-type"..., 300) = 300 <0.000020>
7 10.400000 sendto(16<socket:[8]>, "HTTP/1.1 200 OK\\r\\n"..., 300, 0, NULL, 0) = 300 <0.000020>
8 10.500000 fsync(21</d/other.db>) = 0 <0.000100>
8 10.600000 fdatasync(20</d/store.db-wal>) = -1 EIO (Input/output error) <0.000100>
"""
    )
    trace = read_trace(path)
    assert trace.syncs == [(10.1, pytest.approx(10.2))]
    assert [came for came, _ in trace.requests] == [10.0, 10.15]
    # The second request came when the sync was under way already: that one is none of its own.
    assert trace.unsynced() == 1

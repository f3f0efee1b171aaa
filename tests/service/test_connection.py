"""What a client may make the server hold: heads without end, slow ones, too many of them."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import pytest
import uvicorn

from matinee.service import connection
from matinee.service.connection import Connection


async def app(scope, receive, send) -> None:
    """Answer with the length of the body."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    if scope["path"] == "/slow":
        await asyncio.sleep(0.5)
    body = b"%d" % size
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Running:
    def __init__(self) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.address = listening.getsockname()
        config = uvicorn.Config(
            app, http=Connection, ws="none", lifespan="off", log_config=None, timeout_keep_alive=5
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, args=([listening],), daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=20)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture
def running():
    made = Running()
    yield made
    made.stop()


def status(link: socket.socket) -> int:
    return int(link.makefile("rb").readline().split()[1])


def answer(link: socket.socket) -> bytes:
    """Return one whole answer, whose body has one digit or more."""
    stream = link.makefile("rb")
    head = b""
    while (line := stream.readline()) not in (b"\r\n", b""):
        head += line
    length = int(head.lower().split(b"content-length: ")[1].split()[0])
    return head + stream.read(length)


@pytest.mark.parametrize(
    ("begin", "more", "expected"),
    [
        (b"GET /", b"a" * 65_536, 414),
        (b"GET / HTTP/1.1\r\nX: ", b"a" * 65_536, 431),
        (b"GET / HTTP/1.1\r\n", b"a: b\r\n" * 1_000, 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\n", b"Cookie: " + b"c" * 60_000 + b"\r\n", 431),
    ],
)
def test_a_head_without_end_is_refused_and_not_kept(running, begin, more, expected) -> None:
    with running.connect() as link:
        link.sendall(begin)
        sent = 0
        # Longer than what is kept; the client reads the refusal though it is still sending.
        while sent < 4 * connection.MAX_HEAD:
            link.sendall(more)
            sent += len(more)
        assert status(link) == expected
        [held] = running.server.server_state.connections
        assert len(held.url) + sum(len(n) + len(v) for n, v in held.headers) == 0


def test_sending_on_and_on_after_a_refusal_ends_the_connection(running) -> None:
    with running.connect() as link:
        link.sendall(b"GET /")
        with pytest.raises(ConnectionError):
            link.sendall(b"a" * (4 * connection.MAX_DISCARDED))


def test_a_long_address_of_a_bounded_head_reaches_the_app(running) -> None:
    with running.connect() as link:
        link.sendall(b"GET /?q=" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status(link) == 200


def test_bodies_do_not_count_as_heads(running) -> None:
    with running.connect() as link:
        for _ in range(3):
            size = 2 * connection.MAX_HEAD
            link.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
            link.sendall(b"a" * size)
            assert answer(link).endswith(b"%d" % size)


def test_requests_sent_without_waiting_are_answered_in_order(running) -> None:
    with running.connect() as link:
        link.sendall(
            b"".join(
                b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % n + b"a" * n
                for n in range(50)
            )
        )
        stream = link.makefile("rb")
        for n in range(50):
            while stream.readline() != b"\r\n":
                pass
            assert int(stream.read(len(str(n)))) == n


def test_a_slow_head_is_given_up(running, monkeypatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)
    with running.connect() as link, running.connect() as mute:
        for byte in b"GET / HTTP/1.1\r\nHost: x":
            try:
                link.sendall(bytes([byte]))
            except ConnectionError:
                break
            time.sleep(0.05)
        assert status(link) == 408
        assert status(mute) == 408


def test_too_many_connections_are_told_so(running, monkeypatch) -> None:
    monkeypatch.setattr(connection, "MAX_CONNECTIONS", 3)
    links = [running.connect() for _ in range(3)]
    for link in links:
        link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer(link).endswith(b"0")
    with running.connect() as late:
        assert answer(late).startswith(b"HTTP/1.1 503")
    for link in links:
        link.close()


def test_a_request_on_its_way_when_the_server_stops_is_answered() -> None:
    running = Running()
    with running.connect() as idle, running.connect() as busy:
        for link in (idle, busy):
            link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert answer(link).startswith(b"HTTP/1.1 200")
        busy.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        running.server.should_exit = True
        while running.server.servers[0].is_serving():
            time.sleep(0.005)
        # Sent by a client that has not heard yet.
        idle.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for link in (idle, busy):
            said = answer(link).lower()
            assert said.startswith(b"http/1.1 200")
            assert b"connection: close" in said
    running.stop()

"""HTTP on loopback, in a thread of its own, for the answers and for what goes wrong with them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from matinee.testing.fake_tmdb.refusals import error

if TYPE_CHECKING:
    from collections.abc import Callable

    from matinee.testing.fake_tmdb.faults import Counts, Faults, Striker, Trouble

COUNTS = "/counts"
"""Answered with what was asked so far, without a key and uncounted."""
_HEAD_BYTES = 32_768
_KEY = re.compile(r"(?<=[?&])api_key=[^&]*&?")
_TURNS = 5
"""Of the event loop, in which a connection is made; it takes asyncio three."""
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}
_CODES = {500: 11, 502: 43, 503: 9, 504: 24}
_GARBLED = (
    b"<html><body>Bad gateway</body></html>",
    b'{"page": 1, "results": [{"id": 7, "title": "Half',
    b"",
    b'{"page": NaN nan}',
    b"\xff\xfe\x00{",
)


class Server:
    """Serves one API until it is closed.

    Args:
        answer: returns status and body for a path and a query.
        striker: decides what goes wrong.
        faults: its numbers.
        counts: filled as requests come.
        keys: that are let in.
        port: to listen on; 0 for any.
    """

    def __init__(
        self,
        answer: Callable[[str, str], tuple[int, dict[str, Any]]],
        *,
        striker: Striker,
        faults: Faults,
        counts: Counts,
        keys: frozenset[str],
        port: int = 0,
    ) -> None:
        self._answer = answer
        self._striker = striker
        self._faults = faults
        self._counts = counts
        self._keys = keys
        self._busy = 0
        # It listens from here on, so that a port that is taken is an error of the caller's.
        self._socket = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fake-tmdb", daemon=True)
        self._ready = threading.Event()
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        """Close all connections, and stop."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        run = self._loop.run_until_complete
        server = run(asyncio.start_server(self._connected, sock=self._socket, limit=_HEAD_BYTES))
        self._loop.call_soon(self._ready.set)
        try:
            self._loop.run_forever()
        finally:
            # No more are accepted, and one that just was must come as far as being ours to close:
            # asyncio loses those that are under way when it closes a server.
            self._loop.remove_reader(self._socket)
            for _ in range(_TURNS):
                run(asyncio.sleep(0))
            server.close()
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            if left:
                run(asyncio.wait(left))
            run(asyncio.sleep(0))  # in which the sockets of those tasks are closed
            self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._counts.connections += 1
        try:
            # The other side may go at any moment, in order or not.
            with contextlib.suppress(ConnectionError, asyncio.LimitOverrunError):
                while await self._serve(reader, writer):
                    pass
        except asyncio.CancelledError:
            pass  # the server closes; nobody awaits this
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether the connection is kept."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return False
        line, _, rest = head.partition("\r\n")
        method, _, target = line.rpartition(" ")[0].partition(" ")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (each.partition(":") for each in rest.splitlines())
        }
        parts = urlsplit(target)
        if parts.path == COUNTS:
            await _send(writer, 200, self._counted())
            return True
        self._busy += 1
        self._counts.most = max(self._counts.most, self._busy)
        try:
            return await self._respond(
                reader, writer, method, target, self._let_in(parts.query, headers)
            )
        finally:
            self._busy -= 1

    async def _respond(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        method: str,
        target: str,
        let_in: bool,
    ) -> bool:
        address = _KEY.sub("", target).rstrip("?&")
        parts = urlsplit(address)
        trouble = self._striker.strike(address, self._counts)
        if trouble == "silent":
            await reader.read()  # until the other side gives up
            return False
        extra: tuple[str, ...] = ()
        if trouble == "too_many":
            status, body = error(25)
            if self._faults.retry_after is not None:
                extra = (f"Retry-After: {self._faults.retry_after}",)
        elif trouble == "failing":
            status, body = error(_CODES[self._striker.status(address)])
        elif method != "GET":
            status, body = error(42)
        elif not let_in:
            status, body = error(7)
        else:
            status, body = self._answer(unquote(parts.path), parts.query)
        self._counts.statuses[status] += 1
        if method != "GET":
            await _send(writer, status, _encode(body), close=True)
            return False  # what else it sent is not read
        return await self._write(writer, status, body, trouble, address, extra)

    async def _write(
        self,
        writer: asyncio.StreamWriter,
        status: int,
        body: dict[str, Any],
        trouble: Trouble | None,
        address: str,
        extra: tuple[str, ...],
    ) -> bool:
        if trouble == "garbled":
            await _send(writer, 200, _GARBLED[self._counts.troubles["garbled"] % len(_GARBLED)])
            return True
        data = _encode(body)
        if trouble == "cut":
            whole = _head(status, len(data), extra) + data
            writer.write(whole[: len(whole) - len(data) // 2 - 1])
            await writer.drain()
            return False
        if trouble == "slow":
            writer.write(_head(status, len(data), extra))
            for position in range(len(data) - 1):
                writer.write(data[position : position + 1])
                await writer.drain()
                await asyncio.sleep(self._faults.byte_seconds)
        if status == 200:
            # Before the last of it is sent: who has read it finds it counted.
            self._counts.served[address] += 1
        if trouble == "slow":
            writer.write(data[-1:])
            await writer.drain()
        else:
            await _send(writer, status, data, extra)
        return True

    def _let_in(self, query: str, headers: dict[str, str]) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = parse_qs(query).get("api_key", [""])[0]
        return given in self._keys or (scheme.lower() == "bearer" and token in self._keys)

    def _counted(self) -> bytes:
        counts = self._counts
        return _encode(
            {
                "asked": counts.asked,
                "served": sum(counts.served.values()),
                "statuses": counts.statuses,
                "troubles": counts.troubles,
                "early": counts.early,
                "connections": counts.connections,
                "most": counts.most,
            }
        )


def _encode(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _head(status: int, length: int, extra: tuple[str, ...] = (), *, close: bool = False) -> bytes:
    lines = [
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Other')}",
        "Content-Type: application/json;charset=utf-8",
        f"Content-Length: {length}",
        f"Connection: {'close' if close else 'keep-alive'}",
        *extra,
    ]
    return "\r\n".join((*lines, "", "")).encode("latin-1")


async def _send(
    writer: asyncio.StreamWriter,
    status: int,
    data: bytes,
    extra: tuple[str, ...] = (),
    *,
    close: bool = False,
) -> None:
    writer.write(_head(status, len(data), extra, close=close) + data)
    await writer.drain()

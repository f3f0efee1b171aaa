"""A connection of the server, with bounds on what a client may make it hold.

Uvicorn's protocol over httptools, which is twice as fast as the one over h11, but reads a request
line and headers without end and waits for them for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

if TYPE_CHECKING:
    import asyncio

    from uvicorn.config import Config
    from uvicorn.server import ServerState

MAX_HEAD = 256 * 1024
"""Bytes of a request line and headers: a query of 160,000 bytes, which is all the service takes,
and what browsers and proxies add. Beyond it nothing is kept."""
MAX_HEADERS = 200
"""Lines; browsers send some twenty. Each costs 136 bytes of objects however short it is."""
MAX_DISCARDED = 8 * 1024 * 1024
"""Bytes that are read and thrown away after a refusal, so that a client that is still sending
reads the refusal and not a broken connection."""
HEAD_SECONDS = 20.0
"""How long a client may take to send a head, or the rest of a body that nobody waits for."""
DISCARD_SECONDS = 2.0
_LONGEST_PARSED = 65_000
FILES_KEPT = 200
"""Open files left for the library, the store and the rest: some sixty are in use."""
LAST_SECONDS = 0.5
"""How long a connection without a request stays open when the server is stopped: a request that is
on its way then still gets its answer."""
MAX_CONNECTIONS = 4_000
"""Of one worker, an idle one taking some 11 kB; fewer where the system allows fewer files."""


class Connection(HttpToolsProtocol):
    """Reads the requests of one client."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head = 0
        self._in_head = True
        self._waiting: float | None = None
        self._check: asyncio.TimerHandle | None = None
        self._refused = False
        self._discarded = 0
        self._last = False
        self.headers = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a client, or tell it that there are too many."""
        super().connection_made(transport)
        if len(self.connections) > _limit():
            self._refuse(503, "Too many connections.", b"retry-after: 1\r\n")
            return
        self._waiting = self.loop.time()
        self._check = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of a client."""
        if self._check is not None:
            self._check.cancel()
            self._check = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what a client sent; refuse a head that is too long."""
        if self._refused:
            self._discarded += len(data)
            if self._discarded > MAX_DISCARDED:
                self.transport.abort()
            return
        if self._in_head:
            self._head += len(data)
            if self._waiting is None:
                self._waiting = self.loop.time()
        else:
            self._head = len(data)
        super().data_received(data)
        if self._in_head and not self.transport.is_closing() and self.parser is not None:
            self._bound()

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._in_head = False
        self._head = 0
        self._waiting = None
        if len(self.headers) > MAX_HEADERS:
            self._refuse(431, "Too many header lines.")
            return
        query = self._long_query()
        super().on_headers_complete()
        if query is not None:
            # The app runs at the next turn of the loop, and finds it there.
            self.scope["query_string"] = query
        if self._last:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Expect another request."""
        if self._refused:
            return
        self._in_head = True
        self._waiting = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, but not for ever for the rest of this one."""
        super().on_response_complete()
        if not self._in_head:
            self._waiting = self.loop.time()
        if self._last and not self.transport.is_closing() and not self.pipeline:
            self.loop.call_later(LAST_SECONDS, self._close_if_idle)

    def shutdown(self) -> None:
        """Stop: answer what is under way or on its way, and tell the client to come no more."""
        self._last = True
        cycle = self._under_way()
        if cycle is None:
            self.loop.call_later(LAST_SECONDS, self._close_if_idle)
        elif not cycle.response_started:
            cycle.keep_alive = False

    def _long_query(self) -> bytes | None:
        """Take the query out of an address too long for httptools, which counts in 16 bits."""
        if len(self.url) < _LONGEST_PARSED:
            return None
        self.url, _, query = self.url.partition(b"?")
        return query.partition(b"#")[0]

    def _under_way(self) -> RequestResponseCycle | None:
        """Return the request that is being answered; None between two and before the first."""
        cycle: RequestResponseCycle | None = self.cycle
        return None if cycle is None or cycle.response_complete else cycle

    def _close_if_idle(self) -> None:
        if self._under_way() is None:
            self.transport.close()

    def _bound(self) -> None:
        if len(self.headers) > MAX_HEADERS:
            self._refuse(431, "Too many header lines.")
        elif self._head > MAX_HEAD:
            long_address = len(self.url) > MAX_HEAD // 2
            self._refuse(
                414 if long_address else 431,
                "The address is too long." if long_address else "The headers are too long.",
            )

    def _refuse(self, status: int, message: str, headers: bytes = b"") -> None:
        """Answer without the app, and close."""
        if self._refused:
            return
        self._refused = True
        if self._under_way() is not None:
            # The answer to an earlier request is under way; nothing can be put into its midst.
            self.transport.abort()
            return
        self.url = b""
        self.headers = []
        # It holds the header that was being read.
        self.parser = None  # type: ignore[assignment]
        body = message.encode()
        self.transport.write(
            STATUS_LINE[status]
            + headers
            + b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
            + b"content-length: %d\r\n\r\n" % len(body)
            + body
        )
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(DISCARD_SECONDS, self.transport.abort)

    def _too_slow(self) -> None:
        """Look whether the client keeps the server waiting: one timer for all its requests."""
        now = self.loop.time()
        due = HEAD_SECONDS if self._waiting is None else self._waiting + HEAD_SECONDS - now
        if due > 0:
            self._check = self.loop.call_later(due, self._too_slow)
        elif self._in_head:
            self._refuse(408, "The request took too long to arrive.")
        else:
            self.transport.abort()


def _limit() -> int:
    """Return how many connections this process may hold, leaving files for all else."""
    try:
        import resource
    except ImportError:  # Windows, which has no such bound.
        return MAX_CONNECTIONS
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return min(MAX_CONNECTIONS, max(allowed - FILES_KEPT, FILES_KEPT))

"""Bounds of what a worker takes on: how many requests, how long, how large.

Whoever cannot be served soon is told so at once. A queue without a bound serves nobody under a
flood: each request waits until its sender has given up, and is then computed for no one.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from matinee.service import problems

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

RETRY_SECONDS = 1
"""A worker answers what is in its queue within about this time, or is slower than it should be."""
_ALWAYS = ("/health/", "/metrics")
"""Whoever watches over a server must see it most of all when it is overloaded."""


class Shedding:
    """Refuses what is too much (503), too slow (503, 408) or too large (413).

    A request counts as in flight until its work has ended, and not merely until it was answered: a
    computation in a thread cannot be stopped, and if it did not count, a worker would take on more
    and more of what it cannot finish. So after its time a request is answered, and what it still
    sends is dropped, but its place stays taken.

    The time runs until an answer begins; one that is long in the sending, as an export, may go on.

    Args:
        app: what comes after it.
        queue: requests in flight at most.
        seconds: that a request may take, its body included.
        max_body: bytes of a body at most.
    """

    def __init__(self, app: ASGIApp, *, queue: int, seconds: float, max_body: int) -> None:
        self._app = app
        self._queue = queue
        self._seconds = seconds
        self._max_body = max_body
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(_ALWAYS):
            await self._app(scope, receive, send)
            return
        if self._in_flight >= self._queue:
            await _refuse(scope, receive, send, "queue", 503)
            return
        if _length(scope) > self._max_body:
            await _refuse(scope, receive, send, "body", 413)
            return
        request = _Request(scope, receive, send, self._seconds, self._max_body)
        self._in_flight += 1
        # A timer and not a task for each request, nor a cancellation: that would let go of the
        # thread's place while the thread goes on.
        timer = asyncio.get_running_loop().call_later(self._seconds, request.expire)
        try:
            await self._app(scope, request.receive, request.send)
        except _Refusal as refusal:
            # Raised to who read the body outside the routes, where nothing makes an answer of it.
            if not request.started:
                request.answer(refusal.reason, refusal.status_code)
        finally:
            timer.cancel()
            self._in_flight -= 1
            if request.answering is not None:
                await request.answering


class _Refusal(HTTPException):
    """What reading a body raises that is too long or too slow; the app makes an answer of it."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(status, headers={"connection": "close"})
        self.reason = reason


class _Request:
    """One request on its way: has its answer begun, is its time over, how much was read."""

    __slots__ = (
        "_deadline",
        "_limit",
        "_read",
        "_receive",
        "_received",
        "_scope",
        "_send",
        "_slow",
        "answering",
        "started",
    )

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, seconds: float, limit: int
    ) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._limit = limit
        self._received = 0
        self._read = False
        self._slow = False
        self.started = False
        self.answering: asyncio.Task[None] | None = None

    def expire(self) -> None:
        """Answer in place of whoever is still at it."""
        if not self.started:
            self.answer(*(("body-time", 408) if self._slow else ("time", 503)))

    def answer(self, reason: str, status: int) -> None:
        """Send a refusal; from now on, what the app sends is dropped."""
        self.started = True
        self.answering = asyncio.create_task(
            _refuse(self._scope, self._receive, self._send, reason, status)
        )

    async def receive(self) -> Message:
        """Return the next part of the body, within the time and the bound.

        Raises:
            _Refusal: it is too long, or does not come.
        """
        if self._read:
            # What comes after the body is that the client has gone, whenever that may be.
            return await self._receive()
        self._slow = True
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self._scope.setdefault("state", {})["refused"] = "body-time"
            raise _Refusal("body-time", 408) from None
        self._slow = False
        self._received += len(message.get("body", b""))
        self._read = not message.get("more_body", False)
        if self._received > self._limit:
            self._scope.setdefault("state", {})["refused"] = "body"
            raise _Refusal("body", 413)
        return message

    async def send(self, message: Message) -> None:
        """Pass on what the app sends, unless its time is over."""
        if self.answering is None:
            self.started = True
            await self._send(message)


def _length(scope: Scope) -> int:
    """Return the length a body is said to have; what it has is counted anyhow."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


_DETAIL = {
    "queue": ("The server has more to do than it can.", "Try again after Retry-After"),
    "time": ("This took longer than the server allows.", "Ask for less, or try again later"),
    "body": ("The body is longer than the server allows.", "Send it in parts"),
    "body-time": ("The body did not arrive in time.", "Send it again"),
}


async def _refuse(scope: Scope, receive: Receive, send: Send, reason: str, status: int) -> None:
    scope.setdefault("state", {})["refused"] = reason
    detail, cure = _DETAIL[reason]
    problem = replace(problems.from_status(status, scope["path"], detail), cure=cure)
    headers = {"retry-after": str(RETRY_SECONDS)} if status == 503 else {}
    if reason.startswith("body"):
        # What is left of the body must not be taken for the next request.
        headers["connection"] = "close"
    await problems.respond(problem, headers)(scope, receive, send)

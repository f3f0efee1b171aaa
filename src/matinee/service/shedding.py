"""Bounds of what a worker takes on: how many requests, how long, how large.

Whoever cannot be served soon is told so at once. A queue without a bound serves nobody under a
flood: each request waits until its sender has given up, and is then computed for no one.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from matinee.errors import PictureTooLargeError
from matinee.service import forms, problems
from matinee.service.doorman import MACHINES
from matinee.service.templating import page

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

RETRY_SECONDS = 1
"""A worker answers what is in its queue within about this time, or is slower than it should be."""
_ALWAYS = ("/health/", "/metrics")
"""Whoever watches over a server must see it most of all when it is overloaded."""
LARGE_AT_ONCE = 16
"""Requests with a large body in flight at once: at ten megabytes each they hold 160."""
DRAINED = 64 * 1024 * 1024
"""Bytes of a body that are read and thrown away to tell its sender that it was too long. A browser
that is still sending when the connection closes shows its own error, and not ours."""


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
        large: paths that take a larger one when something is sent to them.
        max_large: bytes of that at most.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        queue: int,
        seconds: float,
        max_body: int,
        large: Collection[str] = (),
        max_large: int = 0,
    ) -> None:
        self._app = app
        self._queue = queue
        self._seconds = seconds
        self._max_body = max_body
        self._large = frozenset(large)
        self._max_large = max_large
        self._in_flight = 0
        self._large_in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(_ALWAYS):
            await self._app(scope, receive, send)
            return
        large = scope["method"] == "POST" and scope["path"] in self._large
        if self._in_flight >= self._queue or (large and self._large_in_flight >= LARGE_AT_ONCE):
            await _refuse(scope, receive, send, "queue", 503)
            return
        limit = self._max_large if large else self._max_body
        if not large and _length(scope) > limit:
            await _refuse(scope, receive, send, "body", 413)
            return
        request = _Request(scope, receive, send, self._seconds, limit, large=large)
        self._in_flight += 1
        self._large_in_flight += large
        # A timer and not a task for each request, nor a cancellation: that would let go of the
        # thread's place while the thread goes on.
        timer = asyncio.get_running_loop().call_later(self._seconds, request.expire)
        try:
            if _length(scope) > limit:
                await request.drain()
                raise _Refusal("large-body", 413)
            await self._app(scope, request.receive, request.send)
        except _Refusal as refusal:
            # Raised to who read the body outside the routes, where nothing makes an answer of it.
            if not request.started:
                request.answer(refusal.reason, refusal.status_code)
        finally:
            timer.cancel()
            self._in_flight -= 1
            self._large_in_flight -= large
            if request.answering is not None:
                await request.answering


class _Refusal(problems.Refused):
    """What reading a body raises that is too long or too slow; the app makes an answer of it."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(status, *_DETAIL[reason])
        self.headers = {"connection": "close"}
        self.reason = reason

    def problem(self, path: str) -> problems.Problem:
        """Return the problem it is at a path."""
        return _problem(self.reason, self.status_code, path)


class _Request:
    """One request on its way: has its answer begun, is its time over, how much was read."""

    __slots__ = (
        "_deadline",
        "_large",
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
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        seconds: float,
        limit: int,
        *,
        large: bool = False,
    ) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._large = large
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
            raise _Refusal("large-body" if self._large else "body", 413)
        return message

    async def drain(self) -> None:
        """Read what is sent and keep nothing of it, within the time and a bound."""
        left = DRAINED
        self._slow = True
        try:
            async with asyncio.timeout_at(self._deadline):
                while left > 0:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return
        except TimeoutError:
            return

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
    "large-body": (
        "The picture is larger than the server allows.",
        "Make it smaller: 1,000 pixels a side are more than enough",
    ),
    "body-time": ("The body did not arrive in time.", "Send it again"),
}


async def _refuse(scope: Scope, receive: Receive, send: Send, reason: str, status: int) -> None:
    scope.setdefault("state", {})["refused"] = reason.removeprefix("large-")
    problem = _problem(reason, status, scope["path"])
    headers = {"retry-after": str(RETRY_SECONDS)} if status == 503 else {}
    if "body" in reason:
        # What is left of the body must not be taken for the next request.
        headers["connection"] = "close"
    await _answer(scope, problem, headers)(scope, receive, send)


def _problem(reason: str, status: int, path: str) -> problems.Problem:
    detail, cure = _DETAIL[reason]
    if reason == "large-body":
        # The same as if the picture alone had been too large.
        return problems.from_error(PictureTooLargeError(detail.rstrip("."), cure=cure), path)
    return problems.from_status(status, path, detail, cure)


def _answer(scope: Scope, problem: problems.Problem, headers: dict[str, str]) -> Response:
    """Return a page to a person and a problem to a program."""
    accepted = Headers(scope=scope).get("accept", "")
    if "text/html" not in accepted or scope["path"].startswith(MACHINES):
        return problems.respond(problem, headers)
    answer = page("error.html", problem.status, problem=problem, form=forms.SearchForm())
    answer.headers.update(headers)
    return answer

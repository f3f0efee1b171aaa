"""What holds for every answer: headers, an id, a bound on the address, and no bare failure."""

from __future__ import annotations

import logging
import re
import uuid
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from matinee.service import problems

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from matinee.service.holder import Holder

_log = logging.getLogger("matinee.service")

MAX_BODY_BYTES = 1_000_000
"""A search with every list full takes 270,000 at one byte a character."""
MAX_QUERY_BYTES = 160_000
"""A query of 10,000 characters takes 120,000 bytes at most: four of UTF-8, each written %XX."""

SECURITY = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Guard:
    """Gives every answer its headers and turns whatever escapes the app into a 500 problem.

    It is plain ASGI: ``BaseHTTPMiddleware`` would put a task and a queue between app and server.

    Args:
        app: what is guarded.
        holder: knows the version of the library that answers.
    """

    def __init__(self, app: ASGIApp, holder: Holder) -> None:
        self._app = app
        self._holder = holder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
        bodiless = scope["method"] == "HEAD"
        started, received = False, 0

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                raise HTTPException(413)
            return message

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                if self._holder.version is not None:
                    headers["x-matinee-library"] = self._holder.version
                for name, value in SECURITY.items():
                    headers[name] = value
            elif bodiless:
                message = {**message, "body": b""}
            await send(message)

        if len(scope["query_string"]) > MAX_QUERY_BYTES:
            length = len(scope["query_string"])
            detail = f"The query takes {length:,} bytes, the most is {MAX_QUERY_BYTES:,}."
            answer = problems.respond(problems.from_status(414, scope["path"], detail))
            await answer(scope, receive, guarded)
            return
        if bodiless:
            # The routes know GET; what they answer to it, without its body, is what HEAD asks for.
            scope = {**scope, "method": "GET"}
        try:
            await self._app(scope, bounded, guarded)
        except Exception:
            _log.exception("Request %s to %s failed", request_id, scope["path"])
            if started:
                raise
            answer = problems.respond(problems.from_status(500, scope["path"]))
            await answer(scope, receive, guarded)

"""What holds for every answer: headers, an id, one library, a bound, and no bare failure."""

from __future__ import annotations

import logging
import os
import re
from typing import TYPE_CHECKING

from matinee.service import problems, scene, views

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from matinee.service.holder import Holder
    from matinee.settings import Settings

_log = logging.getLogger("matinee.service")

MAX_QUERY_BYTES = 160_000
"""A query of 10,000 characters takes 120,000 bytes at most: four of UTF-8, each written %XX."""

SECURITY = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
HSTS = "max-age=31536000"
"""A year. Subdomains are their owner's to decide about, and so is the preload list."""
_PRIVATE = "/v1/people"
"""Below this is what people did: no cache keeps it, unless a route says how."""
_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_ID_BYTES = 16
"""As many random bits as a UUID, for a tenth of its time."""


class Guard:
    """Gives every answer its headers and turns whatever escapes the app into a 500 problem.

    It is plain ASGI: ``BaseHTTPMiddleware`` would put a task and a queue between app and server.
    Headers are appended to the raw list: each look-up in ``MutableHeaders`` decodes all of them.

    Args:
        app: what is guarded.
        holder: knows the library that answers.
        settings: whether people come by https.
    """

    def __init__(self, app: ASGIApp, holder: Holder, settings: Settings) -> None:
        self._app = app
        self._holder = holder
        values = dict(SECURITY)
        if (settings.public_url or "").startswith("https:"):
            values["strict-transport-security"] = HSTS
        self._security = [(name.encode(), value.encode()) for name, value in values.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given_id(scope) or os.urandom(_ID_BYTES).hex().encode()
        # From here on this request knows one library, whatever is swapped in meanwhile.
        library = self._holder.library
        state = scope.setdefault("state", {})
        state["request_id"] = request_id.decode()
        state["library"] = library
        views.answer_from(library)
        scene.begin(scope)
        degraded: list[str] = []
        state["degraded"] = degraded
        always = [(b"x-request-id", request_id), *self._security]
        if library is not None:
            always.append((b"x-matinee-library", library.version.encode()))
        private = scope["path"].startswith(_PRIVATE)
        bodiless = scope["method"] == "HEAD"
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = list(message.get("headers", ()))
                if private and not any(name == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
                if degraded:
                    flags = ", ".join(degraded).encode("ascii", "replace")
                    headers.append((b"x-matinee-degraded", flags))
                message = {**message, "headers": [*headers, *always]}
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
            await self._app(scope, receive, guarded)
        except Exception:
            _log.exception("Request %s to %s failed", state["request_id"], scope["path"])
            if started:
                raise
            answer = problems.respond(problems.from_status(500, scope["path"]))
            await answer(scope, receive, guarded)


def _given_id(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given: bytes = value
            return given if _SANE_ID.fullmatch(given) else None
    return None

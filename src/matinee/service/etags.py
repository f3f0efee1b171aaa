"""ETags of answers that stay the same while what they are made of does.

A tag is the hash of the very bytes of the answer. The number of a library version or of a person's
revision would be quicker to tell, but two libraries may both have a ``v0001``, and a store that was
restored from a copy counts its revisions again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request

ASK_AGAIN = "private, no-cache"
"""Whoever keeps the answer has to ask whether it still holds, and keeps it for one person alone:
what an answer shows may depend on an age limit."""


def tag_of(body: bytes) -> str:
    """Return the strong tag of an answer, in its quotes."""
    return f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'


def is_known(request: Request, tag: str) -> bool:
    """Tell whether the reader has what the tag stands for, by If-None-Match.

    Compressing makes a tag weak on its way out, so either form counts, as RFC 9110 has it.
    """
    given = request.headers.get("if-none-match", "")
    known = {one.strip().removeprefix("W/") for one in given.split(",")}
    return tag in known or "*" in known


def tagged(
    request: Request,
    body: bytes,
    media_type: str = "application/json",
    *,
    cache: str = ASK_AGAIN,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an answer with its tag, or 304 where the reader has it.

    Args:
        request: may carry If-None-Match.
        body: the whole answer.
        media_type: its type.
        cache: what Cache-Control says.
        headers: others of the answer.
    """
    tag = tag_of(body)
    said = {**(headers or {}), "etag": tag, "cache-control": cache}
    if is_known(request, tag):
        return Response(status_code=304, headers=said)
    return Response(body, headers=said, media_type=media_type)

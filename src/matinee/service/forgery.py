"""Requests that another site has a browser send in somebody's name."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from matinee.service.exposure import names_loopback
from matinee.service.sessions import CSRF_FIELD, CSRF_HEADER

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import Message, Receive

    from matinee.settings import Settings

SAFE = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
"""Methods that change nothing."""
_PEEK = 65_536
"""Bytes of a form read in search of its proof; our forms have it as their first field."""
_PROOF = re.compile(CSRF_FIELD.encode() + rb'(?:=|"\r\n\r\n)([0-9a-f]{64})')
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def is_own_host(headers: Headers, settings: Settings) -> bool:
    """Tell whether a request was sent to a name of this machine.

    A page of another site can make its own name mean 127.0.0.1 (DNS rebinding); its requests then
    come here, and only the Host header tells whom the browser takes us for.
    """
    name = _name(headers.get("host", ""))
    if not name:
        return False
    known = {_name(settings.host), _name(urlsplit(settings.public_url or "").netloc)} - {""}
    return is_loopback_host(headers) or name in known


def is_loopback_host(headers: Headers) -> bool:
    """Tell whether a request was sent to a name that can mean this machine alone."""
    return names_loopback(_name(headers.get("host", "")))


def is_foreign(headers: Headers, settings: Settings) -> bool:
    """Tell whether the page that sent a request is another site's.

    A program that is no browser says nothing of pages, and is not foreign. Another port of this
    machine is: browsers call it the same site, but somebody else may listen there.
    """
    origin = headers.get("origin")
    if origin is not None and origin in settings.cors_origins:
        return False
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return True
    if origin is None:
        return False
    own = {headers.get("host", "").casefold()}
    if settings.public_url:
        own.add(urlsplit(settings.public_url).netloc.casefold())
    return origin == "null" or urlsplit(origin).netloc.casefold() not in own


async def proven(headers: Headers, receive: Receive, proof: str) -> tuple[bool, Receive]:
    """Tell whether a request holds the proof that its page was ours, and return what is to be read.

    The proof stands in a header, or in the first field of a form. What had to be read of the body
    to find it is given again by the ``receive`` that is returned.
    """
    given = headers.get(CSRF_HEADER)
    if given is not None:
        return hmac.compare_digest(given.encode(), proof.encode()), receive
    if not headers.get("content-type", "").startswith(_FORMS):
        return False, receive
    messages: list[Message] = []
    body = b""
    while True:
        message = await receive()
        messages.append(message)
        body += message.get("body", b"")
        found = _PROOF.search(body)
        if found or len(body) > _PEEK or not message.get("more_body", False):
            break
    right = found is not None and hmac.compare_digest(found[1], proof.encode())
    read = iter(messages)

    async def again() -> Message:
        message = next(read, None)
        return await receive() if message is None else message

    return right, again


def _name(host: str) -> str:
    """Return the name of a Host header without its port."""
    host = host.strip().casefold()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    # An address of IPv6 without brackets, as a setting may give it, has several colons.
    return f"[{host}]" if host.count(":") > 1 else host.partition(":")[0]

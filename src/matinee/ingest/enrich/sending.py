"""One try of one question to a host: redirects, what may last, what may be tried again.

This module loads ``httpx2``; import it where something is asked, not before.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx2

from matinee.ingest.asking.tries import (
    EVERYBODY,
    REDIRECTS,
    AgainError,
    RefusedError,
    read_body,
    same_host,
)
from matinee.ingest.asking.waits import retry_after
from matinee.ingest.enrich.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TRY_AGAIN = (408, 425, 429)
"""Besides all from 500 on, among which proxies have many of their own."""
_LASTING = (200, 400, 404, 410, 414)
"""What is kept: the answer, or that there is none to this question."""
_TOLD = 1 << 12
"""Bytes that are looked at of what a host says when it refuses."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        url: without keys.
        kept: the answer of an earlier day, whose tags are sent along.
        limit: bytes of the longest answer that is taken.
        redirects: followed to other pages of the same host.
        keys: parameters that are sent and kept nowhere.
    """

    url: str
    kept: Answer | None
    limit: int
    redirects: int
    keys: Mapping[str, str]


class Keyless(logging.Filter):
    """Takes keys out of what the HTTP library logs of addresses.

    Args:
        keys: parameters of requests.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        super().__init__()
        self._keys = [each for key in keys.values() for each in (key, urlencode({"": key})[1:])]

    def filter(self, record: logging.LogRecord) -> bool:
        """Change what is said, and let it be said."""
        text = record.getMessage()
        for key in self._keys:
            text = text.replace(key, "…")
        record.msg, record.args = text, ()
        return True


def send(client: httpx2.Client, question: Question, permit: Callable[[str], None]) -> Answer:
    """Return what a host answers to one question, tried once.

    Args:
        client: made by :func:`~matinee.ingest.outside.open_client`.
        question: what is asked.
        permit: called before each request with its address; raises where that must not be asked.

    Raises:
        AgainError: it may answer later.
        RefusedError: it will not.
        httpx2.TransportError: the connection failed, or it took too long.
    """
    kept, limit = question.kept, question.limit
    headers = {"accept": "application/json, text/plain;q=0.9", "accept-encoding": "identity"}
    if kept is not None and kept.etag:
        headers["if-none-match"] = kept.etag
    if kept is not None and kept.modified:
        headers["if-modified-since"] = kept.modified
    here = httpx2.URL(question.url)
    for _ in range(question.redirects + 1):
        permit(str(here))
        full = here.copy_merge_params(question.keys) if question.keys else here
        with client.stream("GET", full, headers=headers) as answer:
            status = answer.status_code
            body = read_body(answer, limit)
            if status == 304 and kept is not None:
                return kept
            if status in _LASTING:
                if body is None:
                    raise AgainError(f"the answer has more than {limit:,} bytes")
                return Answer(
                    url=question.url,
                    final=str(here),
                    status=status,
                    body=body,
                    asked="",
                    etag=answer.headers.get("etag", "")[:200],
                    modified=answer.headers.get("last-modified", "")[:100],
                )
            if status in _TRY_AGAIN or status >= 500:
                everybody = status in EVERYBODY
                said = answer.headers.get("retry-after") if everybody else None
                raise AgainError(
                    f"the host answers {status}", wait=retry_after(said), everybody=everybody
                )
            if status not in REDIRECTS:
                raise RefusedError(status, (body or b"")[:_TOLD])
            here = _next(here, answer.headers.get("location", ""))
    raise AgainError("the host sends us on again and again")


def _next(here: httpx2.URL, location: str) -> httpx2.URL:
    """Return where a redirect leads, if it is to another page of the same host."""
    try:
        target = here.join(location)
    except httpx2.InvalidURL:
        raise AgainError("the host sends us on to no address") from None
    if not same_host(target, here):
        raise AgainError(f"the host sends us on to {target.host[:100]!r}; not followed")
    return target

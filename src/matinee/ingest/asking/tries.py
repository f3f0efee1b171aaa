"""What came of one try to ask a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

EVERYBODY = (429, 503)
"""Statuses that are said of whoever asks, and not of the one thing that was asked for."""
REDIRECTS = (301, 302, 303, 307, 308)


class AgainError(Exception):
    """A try failed that may well succeed later.

    Args:
        reason: what went wrong.
        wait: seconds that the host asks for; None where it says nothing.
        everybody: whether it means all requests and not this one.
    """

    def __init__(self, reason: str, *, wait: float | None = None, everybody: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.everybody = everybody


class UnansweredError(Exception):
    """A question was not answered, however often it was asked."""


class RefusedError(Exception):
    """The host does not answer us, whatever the question.

    Args:
        status: of HTTP.
        body: what it said.
    """

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"the host answers {status}")
        self.status = status
        self.body = body


def read_body(answer: httpx2.Response, limit: int) -> bytes | None:
    """Return the body of an answer as it came, None if it is longer than the limit.

    No more is read then.
    """
    data = bytearray()
    for piece in answer.iter_raw():
        data += piece
        if len(data) > limit:
            return None
    return bytes(data)


def same_host(one: httpx2.URL, other: httpx2.URL) -> bool:
    """Tell whether two addresses are of one host, asked in one way."""
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)

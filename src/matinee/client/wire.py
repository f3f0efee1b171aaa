"""How a client talks to the server: one request, tried again where that can do no harm."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from matinee.client.answers import Answer
from matinee.client.errors import NoAnswerError, StrangeAnswerError, error_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx2


T = TypeVar("T")
F = TypeVar("F", bound="Callable[..., Any]")

BASE_URL = "http://127.0.0.1:7860"
TIMEOUT = 30.0
"""Seconds; as long as the server works on one request at most."""
PAGE = 500
"""Items of one page where a method goes through all of them: a request for a few hundred kB."""
_WAITING = (429, 503)
_IDEMPOTENT = frozenset(("GET", "PUT", "DELETE"))

OPERATIONS: dict[tuple[str, str], str] = {}
"""Each operation of the API, by verb and path, to the name of the method that asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """When a request is tried again.

    Only what changes nothing, or nothing more the second time, is; after 429 and 503, and where
    the connection failed.

    Attributes:
        tries: requests in all, the first one included.
        first_wait: seconds before the second, where the server names none; each next wait is
            twice as long.
        longest_wait: seconds; a server that asks for a longer wait is not tried again.
        jitter: part of a wait that is added by chance, so that many clients do not all come back
            at once.
    """

    tries: int = 3
    first_wait: float = 0.25
    longest_wait: float = 10.0
    jitter: float = 0.25

    def wait(self, tried: int, asked: str | None) -> float | None:
        """Return the seconds to wait after some tries, None to give up.

        Args:
            tried: how often it was tried.
            asked: Retry-After of the answer.
        """
        if tried >= self.tries:
            return None
        seconds = self.first_wait * 2.0 ** (tried - 1)
        if asked is not None and asked.strip().isdecimal():
            seconds = float(asked)
        if seconds > self.longest_wait:
            return None
        return seconds * (1.0 + random.uniform(0, self.jitter))  # noqa: S311 -- no secret


def operation(verb: str, path: str) -> Callable[[F], F]:
    """Note that a method asks for an operation."""

    def mark(method: F) -> F:
        OPERATIONS[verb, path] = method.__name__
        return method

    return mark


class Wire:
    """The connection to a server.

    Args:
        base_url: where it listens.
        token: sent with every request; None where the server needs none.
        timeout: seconds until an answer is given up.
        retries: when a request is tried again.
        transport: instead of the network, for tests.
        sleep: how to wait.
    """

    def __init__(
        self,
        base_url: str = BASE_URL,
        token: str | None = None,
        timeout: float = TIMEOUT,
        *,
        retries: Retries | None = None,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import httpx2

        from matinee._version import __version__

        headers = {"user-agent": f"matinee-client/{__version__}", "accept": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        self._http = httpx2.Client(
            base_url=base_url.rstrip("/"), headers=headers, timeout=timeout, transport=transport
        )
        self._errors = (httpx2.TransportError,)
        self._retries = retries or Retries()
        self._sleep = sleep

    def close(self) -> None:
        """Close the connections; the client is of no use afterwards."""
        self._http.close()

    def _ask(
        self,
        verb: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        form: Mapping[str, Any] | None = None,
        file: bytes | None = None,
        again: bool | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Return the answer to a request.

        Args:
            verb: GET and others.
            path: with its parts quoted.
            params: of the address; those that are None are left out.
            body: sent as JSON; None for none.
            form: fields sent as a form instead, lists field by field; those that are None are left
                out.
            file: the picture sent with it.
            again: whether it may be sent twice; None means that the verb decides.
            headers: besides the usual ones.

        Raises:
            ClientError: there was no answer, or it was a problem.
        """
        may_repeat = verb in _IDEMPOTENT if again is None else again
        sent = {k: v for k, v in (params or {}).items() if v is not None}
        more = dict(headers or {})
        sending: dict[str, Any] = {}
        if body is not None:
            sending["content"] = msgspec.json.encode(body)
            more["content-type"] = "application/json"
        elif file is not None:
            sending["data"] = {k: _said(v) for k, v in (form or {}).items() if v is not None}
            sending["files"] = {"picture": ("picture", file, "application/octet-stream")}
        tried = 0
        while True:
            tried += 1
            try:
                answer = self._http.request(verb, path, params=sent, headers=more, **sending)
            except self._errors as error:
                wait = self._retries.wait(tried, None) if may_repeat else None
                if wait is None:
                    why = str(error) or type(error).__name__
                    raise NoAnswerError(
                        f"{self._http.base_url} does not answer: {why}",
                        cure="Start it with: matinee serve; or give its address as base_url",
                    ) from error
            else:
                if answer.status_code < 300:
                    return answer
                asked = answer.headers.get("retry-after")
                waiting = may_repeat and answer.status_code in _WAITING
                wait = self._retries.wait(tried, asked) if waiting else None
                if wait is None:
                    known = answer.headers.get("x-request-id", "")
                    raise error_from(answer.status_code, answer.content, known)
            self._sleep(wait)

    def _get(self, shape: type[T], path: str, /, **params: Any) -> T:
        return decoded(self._ask("GET", path, params=params), shape)

    def _pages(self, shape: type[T], path: str, /, **params: Any) -> Iterator[T]:
        """Yield the items of all pages of a list; each page is read when it is needed."""
        cursor: str | None = None
        while True:
            answer = self._ask("GET", path, params=params | {"cursor": cursor, "limit": PAGE})
            found = decoded(answer, Listing)
            yield from _shaped(found.results, shape, answer)
            cursor = found.next
            if not cursor:
                return


class Listing(Struct, frozen=True):
    """A page of a list, its items not read yet."""

    results: msgspec.Raw
    next: str | None = None


def decoded(answer: httpx2.Response, kind: type[T]) -> T:
    """Return the value of an answer.

    Raises:
        StrangeAnswerError: it has another shape.
    """
    try:
        value = msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError as error:
        raise _strange(answer, error) from error
    if isinstance(value, Answer):
        return msgspec.structs.replace(value, request_id=answer.headers.get("x-request-id", ""))
    return value


def _said(value: Any) -> str | list[str]:
    """Return a value as a field of a form holds it; a list is a field for each."""
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def segment(text: str) -> str:
    """Return a text as one part of a path.

    >>> segment("tmdb:603"), segment("a/b?")
    ('tmdb:603', 'a%2Fb%3F')
    """
    return quote(text, safe=":")


def commas(fields: Any) -> str | None:
    """Return names of fields as the server takes them.

    >>> commas(["title", "year"]), commas("title"), commas(None)
    ('title,year', 'title', None)
    """
    if fields is None or isinstance(fields, str):
        return fields
    return ",".join(fields)


def _shaped(raw: msgspec.Raw, kind: type[T], answer: httpx2.Response) -> list[T]:
    try:
        return msgspec.json.decode(raw, type=list[kind])  # type: ignore[valid-type]
    except msgspec.DecodeError as error:
        raise _strange(answer, error) from error


def _strange(answer: httpx2.Response, error: Exception) -> StrangeAnswerError:
    return StrangeAnswerError(
        f"The answer of {answer.request.url} cannot be read: {error}",
        status=answer.status_code,
        cure="See that base_url is that of a Matinee, of the version of this client",
        request_id=answer.headers.get("x-request-id", ""),
    )

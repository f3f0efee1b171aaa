"""Asking TMDb's API: at a rate, tried again where that may help, and never showing the key.

The host is TMDb's or one that whoever runs the command has set; no catalogue has a say in it. So
this is plain TLS, without the look at every address that :mod:`matinee.ingest.outside` has, but
like there without redirects, cookies and proxies of the environment.

This module loads ``httpx2``; import it where something is asked, not before.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import httpx2

from matinee._version import __version__
from matinee.errors import SettingsError, SourceError
from matinee.ingest.asking.pace import AsyncPace
from matinee.ingest.asking.tries import EVERYBODY
from matinee.ingest.asking.waits import retry_after
from matinee.ingest.tmdbapi.manners import Manners

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from matinee.ingest.tmdbapi.access import Access

T = TypeVar("T")

_TRY_AGAIN = (408, 425, 429)
_DRAINED = 1 << 16
"""Bytes read of an answer that is of no use."""
_TEXT = 200
"""Characters of what TMDb says that are shown."""


class _AgainError(Exception):
    """A try failed that may well succeed later; ``wait`` is what TMDb asks for."""

    def __init__(self, reason: str, *, wait: float | None = None, refused: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at the key told.

    Attributes:
        key: ``v3 key`` or ``v4 token``.
        first_seconds: of the first answer, with the connection made for it.
        seconds: of the next one.
    """

    key: str
    first_seconds: float
    seconds: float


class Tmdb:
    """TMDb's API, for coroutines of one event loop; an asynchronous context manager.

    Args:
        access: the key and the address.
        manners: how fast, and how patiently.
        rng: of the waits.
        now: a clock, in seconds.
        sleep: waits.
        transport: what requests go through; None means the network.

    Attributes:
        requests: tries that were sent.
        refusals: of these, how many were answered by 429.
    """

    def __init__(
        self,
        access: Access,
        manners: Manners | None = None,
        *,
        rng: random.Random | None = None,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.access = access
        self.manners = manners or Manners()
        self.requests = 0
        self.refusals = 0
        self._rng = rng or random.Random()  # noqa: S311 -- of waits, not of secrets
        self._now = now
        self._sleep = sleep
        self._pace = AsyncPace(self.manners.rate, self.manners.burst, now, sleep)
        self._slots = asyncio.Semaphore(self.manners.concurrency)
        if transport is None:
            most = self.manners.concurrency
            transport = httpx2.AsyncHTTPTransport(
                verify=httpx2.create_ssl_context(),
                trust_env=False,
                limits=httpx2.Limits(max_connections=most, max_keepalive_connections=most),
            )
        self._client = httpx2.AsyncClient(
            transport=_Signing(access, transport),
            base_url=access.url,
            headers={
                "user-agent": f"matinee/{__version__}",
                "accept": "application/json",
                "accept-encoding": "gzip",
            },
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=self.manners.wait_seconds,
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Tmdb:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def get(
        self, path: str, params: Mapping[str, str | int] | None = None
    ) -> dict[str, Any] | None:
        """Return an object of TMDb's, None if it has none there (404).

        Args:
            path: within the API, such as ``/movie/603``.
            params: of the query, without the key.

        Raises:
            SettingsError: TMDb does not accept the key.
            SourceError: TMDb refuses, or did not answer properly as often as it was asked.
        """
        return await self.read(path, params or {}, dict)

    async def read(
        self, path: str, params: Mapping[str, str | int], make: Callable[[dict[str, Any]], T]
    ) -> T | None:
        """Return what is made of an object of TMDb's; as :meth:`get`.

        Args:
            path: within the API.
            params: of the query, without the key.
            make: raises ValueError for what is not as it should be; it is then asked for again.
        """
        async with self._slots:
            tried = refused = 0
            while True:
                await self._pace.take_turn()
                self.requests += 1
                try:
                    async with asyncio.timeout(self.manners.request_seconds):
                        found = await self._ask(path, params)
                    return None if found is None else make(found)
                except _AgainError as error:
                    trouble = error
                except TimeoutError:
                    trouble = _AgainError(
                        f"no whole answer within {self.manners.request_seconds:g} s"
                    )
                except httpx2.TransportError as error:
                    trouble = _AgainError(f"no answer: {str(error) or type(error).__name__}")
                except (httpx2.DecodingError, ValueError, RecursionError) as error:
                    trouble = _AgainError(f"no such answer as TMDb's: {error}")
                refused += trouble.refused
                tried += not trouble.refused
                if tried >= self.manners.tries or refused >= self.manners.refusals:
                    self._give_up(path, trouble, tried + refused)
                await self._wait(path, trouble, tried + refused)

    async def check(self) -> Checked:
        """Tell whether TMDb accepts the key, and how long it takes to answer.

        Raises:
            SettingsError: it does not.
            SourceError: it does not answer.
        """
        times = []
        for path in ("/authentication", "/configuration"):
            start = self._now()
            if await self.get(path) is None:
                raise SourceError(
                    "This is not the address of TMDb's API",
                    where=f"{self.access.url}{path} is not there",
                    cure="Set MATINEE_TMDB_URL to the right one, or leave it out",
                )
            times.append(self._now() - start)
        return Checked("v4 token" if self.access.is_token else "v3 key", *times)

    async def _ask(self, path: str, params: Mapping[str, str | int]) -> dict[str, Any] | None:
        """Return what came of one try."""
        async with self._client.stream("GET", path, params=dict(params)) as answer:
            status = answer.status_code
            if status in _TRY_AGAIN or status >= 500:
                trouble = self._again(answer)
                # Read to its end, so that the connection can be used again.
                with contextlib.suppress(ValueError, httpx2.DecodingError):
                    await _body(answer, _DRAINED)
                raise trouble
            data = await _body(answer, self.manners.limit)
        if status == 404:
            return None
        if status != 200:
            self._refuse(path, status, data)
        found = json.loads(data, parse_constant=_no_number)
        if not isinstance(found, dict):
            raise ValueError("it is no object")
        if found.get("success") is False:
            raise ValueError(self._said(found))
        return found

    def _again(self, answer: httpx2.Response) -> _AgainError:
        """Return the fault that an answer tells of; where it asks for a wait, all wait from now."""
        status = answer.status_code
        self.refusals += status == 429
        # A wait of 0 says no more than that one may try again.
        wait = retry_after(answer.headers.get("retry-after")) or None
        if status not in EVERYBODY:
            wait = None
        if wait is not None:
            self._pace.pause(min(wait, self.manners.longest_wait))
        reason = f"TMDb answers {status} {answer.reason_phrase}".rstrip()
        return _AgainError(reason, wait=wait, refused=status == 429)

    async def _wait(self, path: str, trouble: _AgainError, tried: int) -> None:
        wait = trouble.wait
        if wait is not None and wait > self.manners.longest_wait:
            raise SourceError(
                f"TMDb asks to be left alone for {wait:,.0f} seconds",
                where=f"{path}: {trouble}",
                cure="Run the same command again after that",
            )
        if wait is not None:
            return  # everybody is held already, this request too
        seconds = self.manners.wait(tried, self._rng)
        if trouble.refused:
            self._pace.pause(seconds)
        else:
            await self._sleep(seconds)

    def _give_up(self, path: str, trouble: _AgainError, tried: int) -> NoReturn:
        raise SourceError(
            f"{tried:,} requests for the same failed",
            where=self.access.hide(f"{path}, the last: {trouble}"),
            cure="Ask more slowly: --rate"
            if trouble.refused
            else "Run the same command again later. Proxies of the environment are not used",
        ) from None

    def _refuse(self, path: str, status: int, data: bytes) -> NoReturn:
        try:
            said = self._said(json.loads(data))
        except (ValueError, RecursionError):
            said = ""
        where = f"{path}: {status} {said}".rstrip()
        if status == 401:
            raise SettingsError(
                "TMDb does not accept the key",
                where=where,
                cure="Set MATINEE_TMDB_KEY to the key or the read access token of "
                "https://www.themoviedb.org/settings/api",
            )
        raise SourceError(
            "TMDb refuses what it was asked",
            where=where,
            cure="See what it says; if it speaks of the address, set MATINEE_TMDB_URL",
        )

    def _said(self, found: Any) -> str:
        """Return what TMDb says is wrong, as one line without the key."""
        said = found.get("status_message") if isinstance(found, dict) else None
        text = " ".join(said.split()) if isinstance(said, str) else ""
        return "".join(c for c in self.access.hide(text) if c.isprintable())[:_TEXT]


class _Signing(httpx2.AsyncBaseTransport):
    """Adds the key below the client, which logs addresses and puts them into its errors."""

    def __init__(self, access: Access, inner: httpx2.AsyncBaseTransport) -> None:
        self._access = access
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url, headers = request.url, request.headers.copy()
        if self._access.is_token:
            headers["authorization"] = f"Bearer {self._access.key}"
        else:
            url = url.copy_merge_params({"api_key": self._access.key})
        return await self._inner.handle_async_request(
            httpx2.Request(
                request.method,
                url,
                headers=headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _body(answer: httpx2.Response, limit: int) -> bytes:
    """Return the body of an answer, unpacked.

    Raises:
        ValueError: it is longer than the limit; the rest is not read.
    """
    data = bytearray()
    async for piece in answer.aiter_bytes():
        data += piece
        if len(data) > limit:
            raise ValueError(f"it has more than {limit:,} bytes")
    return bytes(data)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")

"""Asking the web where others had a say in the address: no private network is reached.

A catalogue can name an address that means the machine itself, its router or the metadata service of
a cloud: by number in one of many spellings, by name, by a redirect, or by a name that answers
differently the second time it is asked (DNS rebinding). So a name is looked up once for each
connection, every address it has is checked, and it is one of these that is connected to, never the
name again. The certificate and the ``Host`` header still go by the name.

No proxy is taken from the environment: behind one, the proxy looks up the name, and there is
nothing left that could be checked here.

This module loads ``httpx2``; import it where something is fetched, not before.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import time
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, TypeAlias

import httpcore2
import httpx2

from matinee.errors import InputError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Sequence

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_UNICAST = ipaddress.IPv6Network("2000::/3")
"""What IANA has given out of IPv6; all else is private, local, special or nobody's."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""An IPv4 address as a network without IPv4 shows it (RFC 6052): as good as the one it holds."""
_SPECIAL = tuple(
    ipaddress.ip_network(each)
    for each in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
)
"""Assignments of protocols, tunnels that hold another address, and examples: versions of Python
differ in which of these they call private."""
_NUMERIC = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)
_IDLE_SECONDS = 30.0
"""A connection that was not used for so long is not used again; servers close theirs about then."""

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


def is_public(address: Address) -> bool:
    """Tell whether an address is one host on the public internet.

    >>> [is_public(ipaddress.ip_address(a)) for a in ("9.9.9.9", "10.0.0.1", "::ffff:9.9.9.9")]
    [True, False, False]
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in _UNICAST or address.scope_id is not None:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in net for net in _SPECIAL if net.version == address.version)
    )


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses the system knows for a name, best first.

    Raises:
        OSError: it knows none; the system decides how long it tries.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Which addresses may be reached.

    Attributes:
        allowed: tells of an address whether it may be connected to.
        look_up: returns the addresses of a name, given a port.
        plain: whether ``http`` will do; otherwise ``https`` alone.
    """

    allowed: Callable[[Address], bool] = is_public
    look_up: Callable[[str, int], Sequence[str]] = look_up
    plain: bool = False

    def check(self, url: httpx2.URL) -> None:
        """Look at an address as it is written.

        Raises:
            InputError: it is not one that may be asked for, wherever it leads.
        """
        if url.scheme != "https" and not (self.plain and url.scheme == "http"):
            raise _refusal(url, f"an address of {url.scheme or 'no scheme'}, which is not asked")
        if url.userinfo:
            raise _refusal(url, "an address with a name or password in it")
        if not url.host:
            raise _refusal(url, "an address without a host")
        if _NUMERIC.fullmatch(url.host):
            # 2130706433, 0177.0.0.1 and 127.1 are all 127.0.0.1 to a resolver.
            try:
                ipaddress.IPv4Address(url.host)
            except ValueError:
                raise _refusal(url, "an unusual spelling of a numeric address") from None

    def addresses(self, host: str, port: int) -> list[Address]:
        """Return the addresses of a name, looked up now, all of them allowed.

        Raises:
            InputError: one is not; then none is used.
            OSError: there are none.
        """
        found = [ipaddress.ip_address(each) for each in self.look_up(host, port)]
        for address in found:
            if not self.allowed(address):
                raise InputError(
                    "The address leads into a private network or to no single host, and is not "
                    "connected to",
                    where=host if host == str(address) else f"{host}, which is {address}",
                    cure="Give the address of a host on the public internet",
                )
        return found


def open_client(
    guard: Guard | None = None,
    *,
    agent: str,
    seconds: float = 10.0,
    connections: int = 8,
    tls: ssl.SSLContext | None = None,
) -> httpx2.Client:
    """Return a client that reaches only what the guard allows; it follows no redirect by itself.

    Besides the errors of ``httpx2``, its requests raise InputError for an address that the guard
    refuses. It keeps no cookies and heeds no proxy.

    Args:
        guard: which addresses may be reached; None means public ones over ``https``.
        agent: what it calls itself.
        seconds: to connect, and for each time one waits for bytes; :func:`within` bounds a request.
        connections: open at once.
        tls: which certificates are trusted; None means those of the system.
    """
    return httpx2.Client(
        transport=_Transport(guard or Guard(), connections, tls or httpx2.create_ssl_context()),
        headers={"user-agent": agent},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=seconds,
        follow_redirects=False,
        trust_env=False,
    )


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let the requests of this thread take that many seconds in all, however slow the bytes come.

    They raise ``httpx2.TimeoutException`` when these are over. Looking up a name is not cut short.
    """
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class _Transport(httpx2.BaseTransport):
    """Checks the address of each request, and connects as the guard says."""

    def __init__(self, guard: Guard, connections: int, tls: ssl.SSLContext) -> None:
        self._guard = guard
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=_Backend(guard),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._guard.check(request.url)
        url = request.url
        asked = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _errors():
            answer = self._pool.handle_request(asked)
        return httpx2.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    """What an answer holds, as it comes."""

    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _errors():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _Backend(httpcore2.NetworkBackend):
    """Connects to addresses that were checked, never to a name."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        try:
            found = self._guard.addresses(host, port)
        except (OSError, UnicodeError) as error:  # the latter for a name that is too long
            raise httpcore2.ConnectError(f"{host} cannot be looked up: {error}") from error
        for address in found:
            try:
                stream = self._sockets.connect_tcp(
                    str(address), port, _left(timeout), local_address, socket_options or ()
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error  # a machine may have no way to an address of IPv6, say
            else:
                return _Stream(stream)
        raise failure


class _Stream(httpcore2.NetworkStream):
    """A connection that knows how much time its request has left."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None) -> float | None:
    """Return the seconds that one wait may take."""
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("it took longer than a request may take")
    return left if timeout is None else min(left, timeout)


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """Raise the errors of httpcore2 as those of httpx2, as the latter's own transport does."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise httpx2.TimeoutException(str(error) or "no answer in time") from error
    except httpcore2.NetworkError as error:
        raise httpx2.NetworkError(str(error) or "the connection broke") from error
    except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
        raise httpx2.RemoteProtocolError(str(error)) from error


def _refusal(url: httpx2.URL, what: str) -> InputError:
    return InputError(
        f"This is {what}",
        where=url.host[:200],
        cure="Give an address such as https://host.example/path",
    )

"""How often one caller may ask."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matinee.service import problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from matinee.service.caller import Caller

BURST_SECONDS = 2
"""A page asks for many posters at once: so many seconds' worth may come together."""
_CALLERS = 10_000
"""Callers remembered; 200 bytes each. Who asks least recently is forgotten first, and by then
nearly always has a full bucket again."""
_FREE = ("/health/", "/metrics", "/static/", "/favicon.ico")
"""What costs nothing to answer, and what watches over the server."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a bucket says to one request.

    Attributes:
        allowed: whether there was a token for it.
        remaining: whole tokens left.
        wait: seconds until there is one, 0 where one is left.
        full: seconds until the bucket is full.
    """

    allowed: bool
    remaining: int
    wait: float
    full: float


class Buckets:
    """A token bucket for each key, kept as one number: the moment at which it is full again.

    That is the generic cell rate algorithm (ITU-T I.371), which needs no timer to fill buckets.

    >>> now = 0.0
    >>> buckets = Buckets(per_second=1, burst=2, clock=lambda: now)
    >>> [buckets.take("ada").allowed for _ in range(3)], buckets.take("grace").allowed
    ([True, True, False], True)
    >>> now = 1.0
    >>> buckets.take("ada")
    Taken(allowed=True, remaining=0, wait=1.0, full=2.0)

    Args:
        per_second: tokens that come in each second.
        burst: tokens a bucket holds, at least 1.
        clock: tells the time in seconds and never goes back.
        size: buckets kept.
    """

    def __init__(
        self,
        *,
        per_second: float,
        burst: float,
        clock: Callable[[], float] = time.monotonic,
        size: int = _CALLERS,
    ) -> None:
        self._step = 1 / per_second
        self._depth = max(burst, 1.0) * self._step
        self._clock = clock
        self._size = size
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: str) -> Taken:
        """Take a token out of a bucket, if there is one."""
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now)
        then = full_at + self._step
        # Sums of steps are off by some last digits, which must not cost anybody a token.
        over = then - now - self._depth
        allowed = over <= self._step * 1e-6
        if allowed:
            self._full_at[key] = full_at = then
        if key in self._full_at:
            self._full_at.move_to_end(key)
        if len(self._full_at) > self._size:
            self._full_at.popitem(last=False)
        left = (self._depth - (full_at - now)) / self._step
        remaining = max(0, math.floor(left + 1e-6))
        wait = 0.0 if remaining else (1 - left) * self._step
        return Taken(allowed, remaining, wait, full_at - now)


class RateLimit:
    """Refuses (429) who asks more often than allowed; everybody else is served as before.

    Each token and each session has its own bucket; who has not said who they are, as at the
    sign-in page, shares that of their address. The person of a machine without accounts is never
    limited. Answers carry ``RateLimit`` and ``RateLimit-Policy`` as draft-ietf-httpapi-ratelimit-
    headers has them.

    Args:
        app: what comes after it.
        per_second: requests a second of one caller; 0 is no limit.
        clock: tells the time in seconds and never goes back.
    """

    def __init__(
        self, app: ASGIApp, *, per_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        burst = max(1, math.ceil(per_second * BURST_SECONDS))
        self._buckets = (
            Buckets(per_second=per_second, burst=burst, clock=clock) if per_second else None
        )
        window = math.ceil(burst / per_second) if per_second else 0
        self._policy = (b"ratelimit-policy", f'"caller";q={burst};w={window}'.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        key = None if self._buckets is None or scope["type"] != "http" else _key(scope)
        if key is None or self._buckets is None:
            await self._app(scope, receive, send)
            return
        taken = self._buckets.take(key)
        seconds = math.ceil(taken.full if taken.allowed else taken.wait)
        said = (b"ratelimit", f'"caller";r={taken.remaining};t={max(seconds, 1)}'.encode())

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], self._policy, said]}
            await send(message)

        if taken.allowed:
            await self._app(scope, receive, told)
            return
        scope["state"]["refused"] = "rate"
        problem = problems.from_status(
            429, scope["path"], "This caller asks more often than the server allows."
        )
        problem = replace(problem, cure="Try again after Retry-After, and ask more slowly")
        answer = problems.respond(problem, {"retry-after": str(max(seconds, 1))})
        await answer(scope, receive, told)


def share(per_second: float, workers: int) -> float:
    """Return what one of several workers grants: they know nothing of each other's callers.

    Connections spread over the workers, so a caller with many of them gets about the whole rate,
    and one with a single connection gets this share.
    """
    return per_second / workers


def _key(scope: Scope) -> str | None:
    """Return whose bucket a request takes from, None for nobody's."""
    if scope["path"].startswith(_FREE):
        return None
    caller: Caller | None = scope.setdefault("state", {}).get("caller")
    if caller is None:
        # Passwords are checked at some cost, and are guessed by those who have not signed in.
        client = scope.get("client")
        return f"address:{client[0]}" if client else "address:"
    return None if caller.via == "local" else caller.key

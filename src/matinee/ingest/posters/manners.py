"""How one asks a host for many pictures without being a nuisance, and when one gives up."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from matinee.ingest.posters.tally import MAX_BYTES

if TYPE_CHECKING:
    import random
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What a host is asked, and how patiently.

    TMDb calls some forty requests a second too many for its API, and names no limit for its image
    host. These ask half of that: ten thousand posters take some nine minutes.

    Attributes:
        connections: open at once, and requests under way.
        rate: requests a second.
        burst: requests that may be sent at once after a pause.
        tries: of one poster, the first one included.
        first_wait: seconds that the second try waits at most; each further one twice as long.
        longest_wait: seconds; a host that asks for a longer wait is asked no more in this run.
        wait_seconds: to connect, and between bytes.
        total_seconds: of one request, from the connection to the last byte; at the slowest that
            is still of use, 2 kB a second, a poster takes 20.
        failures: requests in a row that fail, whichever posters they are for, until the run is
            given up: what fails five rounds of all connections is no passing fault.
        absences: posters that are not there, before the first that is, until the run is given up:
            the address is then wrong rather than the catalogue.
        redirects: followed to another address of the same host; TMDb's makes none.
        limit: bytes of the largest picture that is taken.
    """

    connections: int = 8
    rate: float = 20.0
    burst: int = 8
    tries: int = 4
    first_wait: float = 1.0
    longest_wait: float = 120.0
    wait_seconds: float = 10.0
    total_seconds: float = 30.0
    failures: int = 40
    absences: int = 200
    redirects: int = 0
    limit: int = MAX_BYTES

    def wait(self, tried: int, rng: random.Random) -> float:
        """Return the seconds to wait after some tries: anything up to a bound that doubles.

        The whole of it is left to chance ("full jitter"), so that the connections do not come
        back together. Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        """
        return rng.uniform(0, min(self.longest_wait, self.first_wait * 2.0 ** (tried - 1)))


class Pace:
    """Lets requests through at a rate, and none while the host has asked to wait.

    Args:
        manners: the rate and the burst.
        now: a clock, in seconds.
        sleep: waits; it may return early, where there is no more use in waiting.
    """

    def __init__(
        self, manners: Manners, now: Callable[[], float], sleep: Callable[[float], object]
    ) -> None:
        self._gap = 1.0 / manners.rate
        self._slack = (manners.burst - 1) * self._gap
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = float("-inf")
        self._resume = float("-inf")

    def take_turn(self) -> None:
        """Return when the next request may be sent."""
        while True:
            with self._lock:
                now, resume = self._now(), self._resume
                turn = max(self._next, now - self._slack, resume)
                self._next = turn + self._gap
            if turn > now:
                self._sleep(turn - now)
            with self._lock:
                if self._resume == resume:  # nobody was asked to wait meanwhile
                    return

    def pause(self, seconds: float) -> None:
        """Let nothing through for that long."""
        with self._lock:
            self._resume = max(self._resume, self._now() + seconds)


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds that a header ``Retry-After`` asks one to wait, None if it says nothing.

    >>> retry_after("120"), retry_after("soon"), retry_after(None)
    (120.0, None, None)
    >>> retry_after("Wed, 21 Oct 2026 07:28:30 GMT", datetime(2026, 10, 21, 7, 28, tzinfo=UTC))
    30.0
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())

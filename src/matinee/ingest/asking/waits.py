"""How long to wait before a host is asked again."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random


def full_jitter(tried: int, first: float, longest: float, rng: random.Random) -> float:
    """Return the seconds to wait after some tries: anything up to a bound that doubles.

    The whole of it is left to chance ("full jitter"), so that requests that failed together do not
    come back together.
    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

    Args:
        tried: how often it was tried, at least once.
        first: seconds that the second try waits at most; each further one twice as long.
        longest: seconds.
        rng: draws the wait.
    """
    return rng.uniform(0, min(longest, first * 2.0 ** (tried - 1)))


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

"""How one asks TMDb's API for much without being a nuisance, and when one gives up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import InputError
from matinee.ingest.asking.waits import full_jitter

if TYPE_CHECKING:
    import random

MOST_CONCURRENT = 20
"""Connections TMDb grants one address; more of them are cut off."""
DEFAULT_RATE = 35.0
"""Requests a second. TMDb says that its limit is "in the 40 requests per second range"; with the
burst below no second has 40."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What TMDb is asked, and how patiently.

    Attributes:
        concurrency: requests under way at once, 1 to 20.
        rate: requests a second.
        burst: requests that may be sent at once after a pause.
        tries: of one request, the first one included.
        refusals: of one request by 429, which are no fault of it; each is waited for. More than
            that many mean that somebody else uses up the limit of this key or address.
        first_wait: seconds that the second try waits at most; each further one twice as long.
        longest_wait: seconds; who asks for a longer wait is asked no more in this run.
        wait_seconds: to connect, and between bytes.
        request_seconds: of one try, from the connection to the last byte: an answer of 20 rows
            has 20 kB and takes a tenth of a second.
        limit: bytes of the longest answer that is read, unpacked; the longest of TMDb's own, a
            series with all its credits, has 1 MB.

    Raises:
        InputError: one of them is out of its bounds.
    """

    concurrency: int = 12
    rate: float = DEFAULT_RATE
    burst: int = 4
    tries: int = 6
    refusals: int = 20
    first_wait: float = 0.5
    longest_wait: float = 120.0
    wait_seconds: float = 10.0
    request_seconds: float = 30.0
    limit: int = 16 * 2**20

    def __post_init__(self) -> None:
        if not 1 <= self.concurrency <= MOST_CONCURRENT:
            raise InputError(
                f"{self.concurrency:,} requests at once cannot be had of TMDb",
                where="concurrency",
                cure=f"Give 1 to {MOST_CONCURRENT}",
            )
        if not 0 < self.rate <= 10_000:
            raise InputError(
                f"{self.rate:g} requests a second cannot be sent",
                where="rate",
                cure=f"Give some {DEFAULT_RATE:g}: TMDb refuses what is well above 40",
            )

    def wait(self, tried: int, rng: random.Random) -> float:
        """Return the seconds to wait after some tries: anything up to a bound that doubles."""
        return full_jitter(tried, self.first_wait, self.longest_wait, rng)

"""How one asks a host for many pictures without being a nuisance, and when one gives up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.ingest.asking.waits import full_jitter
from matinee.ingest.posters.tally import MAX_BYTES

if TYPE_CHECKING:
    import random


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
        """Return the seconds to wait after some tries: anything up to a bound that doubles."""
        return full_jitter(tried, self.first_wait, self.longest_wait, rng)

"""What goes wrong with some answers, by seed, and the count of it."""

from __future__ import annotations

import hashlib
import math
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from matinee.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

Trouble = Literal["too_many", "failing", "slow", "silent", "garbled", "cut"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What is to go wrong. Nothing does, unless told.

    Which requests are struck depends on the seed, the address and how often it was asked for, but
    not on the order in which connections come; shares are between 0 and 1, and their sum is too.

    Attributes:
        too_many_every: each so manyth request is answered 429; 0 for none.
        most_a_second: requests within a second beyond so many are answered 429; 0 for no limit.
            TMDb's own is about 40.
        retry_after: what the header ``Retry-After`` says then; None for no header.
        failing: share of requests answered 500, 502, 503 or 504.
        slow: share of answers that come a byte at a time.
        byte_seconds: between two such bytes.
        silent: share of requests that are taken and never answered.
        garbled: share of answers that say 200 and are no JSON.
        cut: share of answers whose connection is closed half-way.
        insert_every: before each so manyth page of a listing a new title comes to be its first, so
            that who pages on meets another twice.
        drop_every: before each so manyth page of a listing its first title goes, so that who pages
            on misses another.
        lift_every: before each so manyth page of a listing its last title comes to be its first.
        under: only addresses that begin so are struck.
        after: the first so many requests are spared.
        times: only the first so many requests for an address are struck; 0 for all.
        seed: of the shares.

    Raises:
        InputError: a share or a number is out of its bounds.
    """

    too_many_every: int = 0
    most_a_second: int = 0
    retry_after: str | None = "1"
    failing: float = 0.0
    slow: float = 0.0
    byte_seconds: float = 0.05
    silent: float = 0.0
    garbled: float = 0.0
    cut: float = 0.0
    insert_every: int = 0
    drop_every: int = 0
    lift_every: int = 0
    under: str = "/3/"
    after: int = 0
    times: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        shares = (self.failing, self.slow, self.silent, self.garbled, self.cut)
        if min(shares) < 0 or math.fsum(shares) > 1 + 1e-9:
            raise InputError("Shares of faults are below 0, or above 1 in all", where=f"{shares}")
        least = min(
            self.too_many_every,
            self.most_a_second,
            self.byte_seconds,
            self.insert_every,
            self.drop_every,
            self.lift_every,
            self.after,
            self.times,
        )
        if least < 0:
            raise InputError("A number of faults is below 0", where=f"{least}")


@dataclass(slots=True)
class Counts:
    """What was asked and what became of it.

    Attributes:
        asked: requests.
        served: whole and right answers, by address without the key.
        statuses: answers begun, by status.
        troubles: requests struck, by what.
        early: requests that came while an earlier answer had asked for a rest.
        connections: that were made.
        most: requests at work at once, at most.
        moments: when each request came, in seconds of the server's clock.
    """

    asked: int = 0
    served: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    early: int = 0
    connections: int = 0
    most: int = 0
    moments: list[float] = field(default_factory=list)


class Striker:
    """Decides what goes wrong with each request.

    Args:
        faults: what is to go wrong.
        now: a clock, in seconds.
    """

    def __init__(self, faults: Faults, now: Callable[[], float]) -> None:
        self._faults = faults
        self._now = now
        self._seen: Counter[str] = Counter()
        self._recent: deque[float] = deque()
        self._struck = 0
        self._rest = float("-inf")
        self._pages = 0

    def strike(self, target: str, counts: Counts) -> Trouble | None:
        """Return what goes wrong with a request for an address, and count the request."""
        faults, now = self._faults, self._now()
        counts.asked += 1
        counts.moments.append(now)
        counts.early += now < self._rest
        if counts.asked <= faults.after or not target.startswith(faults.under):
            return None
        nth = self._seen[target]
        self._seen[target] += 1
        trouble = self._too_many(now) or self._share(target, nth)
        if trouble is not None:
            counts.troubles[trouble] += 1
            if trouble == "too_many" and faults.retry_after is not None:
                asked = faults.retry_after
                self._rest = max(self._rest, now + (float(asked) if asked.isdecimal() else 0.0))
        return trouble

    def status(self, target: str) -> int:
        """Return the status of an answer that is struck by ``failing``."""
        return (500, 502, 503, 504)[int(4 * _drawn(f"status {self._seen[target]} {target}"))]

    def turn(self) -> tuple[bool, bool, bool]:
        """Return whether a title comes, goes and is lifted before the next page of a listing."""
        self._pages += 1
        faults = self._faults
        come, go, lift = (
            every > 0 and self._pages % every == 0
            for every in (faults.insert_every, faults.drop_every, faults.lift_every)
        )
        return come, go, lift

    def _too_many(self, now: float) -> Trouble | None:
        every, most = self._faults.too_many_every, self._faults.most_a_second
        self._struck += 1
        if every and self._struck % every == 0:
            return "too_many"
        if not most:
            return None
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()
        if len(self._recent) >= most:
            return "too_many"
        self._recent.append(now)
        return None

    def _share(self, target: str, nth: int) -> Trouble | None:
        faults = self._faults
        if faults.times and nth >= faults.times:
            return None
        drawn = _drawn(f"{faults.seed} {nth} {target}")
        shares: tuple[tuple[Trouble, float], ...] = (
            ("failing", faults.failing),
            ("slow", faults.slow),
            ("silent", faults.silent),
            ("garbled", faults.garbled),
            ("cut", faults.cut),
        )
        for trouble, share in shares:
            if drawn < share:
                return trouble
            drawn -= share
        return None


def _drawn(text: str) -> float:
    """Return a number in [0, 1) that a text decides."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48

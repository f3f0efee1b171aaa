"""Guessing passwords, made slow."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW = 60.0
"""Seconds in which failures are counted."""
BY_NAME = 5
"""Failures of one name from one address: enough for somebody with two keyboards."""
BY_ADDRESS = 20
"""Failures from one address: a household behind one address, but no list of names."""
_SIZE = 10_000
"""Names and addresses remembered; the oldest make room."""


class Throttle:
    """Counts failed attempts to sign in, in this process alone.

    An attempt counts as failed from its beginning, so that many at once gain nothing; one that
    succeeds is taken back.

    Args:
        clock: tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, ...], deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, name: str, address: str) -> int:
        """Count an attempt, and return after how many seconds it may be made: 0 for now.

        >>> throttle = Throttle(clock=lambda: 100.0)
        >>> [throttle.begin("ann", "192.0.2.1") for _ in range(6)]
        [0, 0, 0, 0, 0, 60]
        """
        now = self._clock()
        with self._lock:
            counted = [
                (self._recent(key, now), most)
                for key, most in (((name, address), BY_NAME), ((address,), BY_ADDRESS))
            ]
            # The attempt that makes room when it is old enough: the one ``most`` before this one.
            waits = [times[-most] + WINDOW - now for times, most in counted if len(times) >= most]
            if waits:
                return max(1, math.ceil(max(waits)))
            for times, _ in counted:
                times.append(now)
        return 0

    def succeeded(self, name: str, address: str) -> None:
        """Take back the attempts of a name, and the last one from its address."""
        with self._lock:
            self._failures.pop((name, address), None)
            if times := self._failures.get((address,)):
                times.pop()

    def _recent(self, key: tuple[str, ...], now: float) -> deque[float]:
        times = self._failures.setdefault(key, deque())
        self._failures.move_to_end(key)
        while times and times[0] <= now - WINDOW:
            times.popleft()
        while len(self._failures) > _SIZE:
            self._failures.popitem(last=False)
        return times

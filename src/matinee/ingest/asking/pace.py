"""A token bucket: when the next request may be sent."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


class _Turns:
    """Gains ``rate`` tokens a second and holds ``burst``; kept as the time of the next turn.

    It tells how long to wait and waits for nothing itself, so that threads and coroutines may.

    Args:
        rate: requests a second.
        burst: requests that may be sent at once after a pause.
        now: a clock, in seconds.
    """

    def __init__(self, rate: float, burst: int, now: Callable[[], float]) -> None:
        self._gap = 1.0 / rate
        self._slack = (burst - 1) * self._gap
        self._now = now
        self._lock = threading.Lock()
        self._next = float("-inf")
        self._resume = float("-inf")

    def pause(self, seconds: float) -> None:
        """Let nothing through for that long; a longer pause is not cut short."""
        with self._lock:
            self._resume = max(self._resume, self._now() + seconds)

    def _waits(self) -> Iterator[float]:
        """Yield seconds to wait, one after the other; at the end the turn has come."""
        while True:
            with self._lock:
                now, resume = self._now(), self._resume
                turn = max(self._next, now - self._slack, resume)
                self._next = turn + self._gap
            if turn > now:
                yield turn - now
            with self._lock:
                if self._resume == resume:  # nobody was asked to wait meanwhile
                    return


class Pace(_Turns):
    """Lets requests through at a rate, and none while the host has asked to wait; for threads.

    Args:
        rate: requests a second.
        burst: requests that may be sent at once after a pause.
        now: a clock, in seconds.
        sleep: waits; it may return early, where there is no more use in waiting.
    """

    def __init__(
        self,
        rate: float,
        burst: int,
        now: Callable[[], float],
        sleep: Callable[[float], object],
    ) -> None:
        super().__init__(rate, burst, now)
        self._sleep = sleep

    def take_turn(self) -> None:
        """Return when the next request may be sent."""
        for seconds in self._waits():
            self._sleep(seconds)


class AsyncPace(_Turns):
    """As :class:`Pace`, for the coroutines of one event loop."""

    def __init__(
        self,
        rate: float,
        burst: int,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        super().__init__(rate, burst, now)
        self._sleep = sleep

    async def take_turn(self) -> None:
        """Return when the next request may be sent."""
        for seconds in self._waits():
            await self._sleep(seconds)

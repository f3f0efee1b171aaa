"""When the next request may be sent, to threads and to coroutines."""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from matinee.ingest.asking.pace import AsyncPace, Pace

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


def turns_of_threads(rate: float, burst: int, clock: Clock) -> Callable[[], None]:
    return Pace(rate, burst, clock, clock.sleep).take_turn


def turns_of_coroutines(rate: float, burst: int, clock: Clock) -> Callable[[], None]:
    pace = AsyncPace(rate, burst, clock, clock.sleep_async)
    return lambda: asyncio.run(pace.take_turn())


@given(
    st.sampled_from([turns_of_threads, turns_of_coroutines]),
    st.floats(0.5, 100),
    st.integers(1, 10),
    st.lists(st.floats(0, 5) | st.none(), min_size=1, max_size=60),
)
def test_never_more_than_the_burst_and_the_rate(
    turns: Callable[[float, int, Clock], Callable[[], None]],
    rate: float,
    burst: int,
    pauses: list[float | None],
) -> None:
    """In any stretch of time there are at most burst + rate x seconds requests."""
    clock = Clock()
    take_turn = turns(rate, burst, clock)
    times = []
    for idle in pauses:
        clock.now += idle or 0
        take_turn()
        times.append(clock.now)
    for first, last in itertools.combinations(range(len(times)), 2):
        assert last - first + 1 <= burst + rate * (times[last] - times[first]) + 1e-6


def test_a_pause_holds_also_who_has_a_turn_already() -> None:
    clock = Clock()
    sleeps: list[float] = []

    def sleep(seconds: float) -> None:
        if not sleeps:
            pace.pause(50)  # somebody else is told to wait meanwhile
        sleeps.append(seconds)
        clock.now += seconds

    pace = Pace(1, 1, clock, sleep)
    pace.take_turn()
    assert not sleeps
    pace.take_turn()
    assert clock.now >= 150
    assert len(sleeps) == 2


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    clock = Clock()
    pace = Pace(20, 8, clock, clock.sleep)
    pace.pause(50)
    pace.pause(1)
    pace.take_turn()
    assert clock.now == 150


def test_from_many_threads() -> None:
    clock = Clock()
    lock = threading.Lock()
    taken: list[float] = []

    def sleep(seconds: float) -> None:
        with lock:
            clock.now += seconds

    pace = Pace(10, 1, clock, sleep)

    def work() -> None:
        for _ in range(50):
            pace.take_turn()
            taken.append(clock.now)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 400
    assert clock.now - 100 >= 399 / 10 - 1e-6

"""How fast, and how patiently."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.ingest.posters.manners import Manners, Pace, retry_after


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@given(
    st.floats(0.5, 100),
    st.integers(1, 10),
    st.lists(st.floats(0, 5) | st.none(), min_size=1, max_size=60),
)
def test_never_more_than_the_burst_and_the_rate(
    rate: float, burst: int, pauses: list[float | None]
) -> None:
    """In any stretch of time there are at most burst + rate x seconds requests."""
    clock = Clock()
    pace = Pace(Manners(rate=rate, burst=burst), clock, clock.sleep)
    times = []
    for idle in pauses:
        clock.now += idle or 0
        pace.take_turn()
        times.append(clock.now)
    for first in range(len(times)):
        for last in range(first, len(times)):
            seconds = times[last] - times[first]
            assert last - first + 1 <= burst + rate * seconds + 1e-6


def test_a_pause_holds_also_who_has_a_turn_already() -> None:
    clock = Clock()
    pace = Pace(Manners(rate=1, burst=1), clock, clock.sleep)
    pace.take_turn()
    sleeps = []

    def sleep(seconds: float) -> None:
        if not sleeps:
            pace.pause(50)  # somebody else is told to wait meanwhile
        sleeps.append(seconds)
        clock.now += seconds

    pace._sleep = sleep
    pace.take_turn()
    assert clock.now >= 150
    assert len(sleeps) == 2


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    clock = Clock()
    pace = Pace(Manners(), clock, clock.sleep)
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

    pace = Pace(Manners(rate=10, burst=1), clock, sleep)

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


@given(st.integers(1, 1000), st.integers(0, 2**32))
def test_waits_grow_to_a_bound(tried: int, seed: int) -> None:
    wait = Manners(longest_wait=60).wait(tried, random.Random(seed))
    assert 0 <= wait <= min(60, 2.0 ** (tried - 1))


@pytest.mark.parametrize("value", ["", "-1", "1.5", "²", "soon", "Wed, 99 Oct 2026 07:28:00 GMT"])
def test_headers_that_say_nothing(value: str) -> None:
    assert retry_after(value) is None


@given(st.text(max_size=60))
def test_any_header_at_all(value: str) -> None:
    wait = retry_after(value)
    assert wait is None or wait >= 0


def test_a_date_that_is_past() -> None:
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("Wed, 21 Oct 2015 07:28:00 -0000") == 0

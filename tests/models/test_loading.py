"""Models loaded at their first use: once, whoever else asks, and again after an error."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Semaphore
from typing import Any

import pytest

from matinee.errors import ModelError
from matinee.models import loading
from matinee.models.loading import Loaded

THREADS = 16


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is told of loads."""
    calls: list[tuple[str, str]] = []

    def observe(name: str, seconds: float, outcome: str) -> None:
        assert seconds >= 0.0
        calls.append((name, outcome))

    monkeypatch.setattr(loading, "observe", observe)
    return calls


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Semaphore:
    """Is released by every thread that begins to wait for a load."""
    arrived = Semaphore(0)

    class Awaited(Future[Any]):
        def result(self, timeout: float | None = None) -> Any:
            arrived.release()
            return super().result(timeout)

    monkeypatch.setattr(loading, "Future", Awaited)
    return arrived


class Making:
    """Makes a new object at every call, when so many threads wait for it; or fails."""

    def __init__(self, waiting: Semaphore, others: int, *failures: BaseException) -> None:
        self.waiting = waiting
        self.others = others
        self.failures = list(failures)
        self.calls = 0

    def __call__(self) -> object:
        self.calls += 1
        for _ in range(self.others):
            assert self.waiting.acquire(timeout=30)
        self.others = 0
        if self.failures:
            raise self.failures.pop(0)
        return object()


def outcomes(loaded: Loaded[object]) -> list[object]:
    """Call from many threads at once; return what each got, or what was raised to it."""

    def call(_: int) -> object:
        try:
            return loaded()
        except BaseException as error:  # noqa: BLE001
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(call, range(THREADS)))


def test_nothing_is_loaded_before_it_is_needed() -> None:
    loaded = Loaded("clip", list)
    assert not loaded.is_loaded
    assert loaded() is loaded()
    assert loaded.is_loaded


def test_many_threads_share_one_load(waiting: Semaphore, told: list[tuple[str, str]]) -> None:
    make = Making(waiting, THREADS - 1)
    loaded = Loaded("clip", make)
    found = outcomes(loaded)
    assert make.calls == 1
    assert len({id(one) for one in found}) == 1
    assert found[0] is loaded()
    assert told == [("clip", "loaded")]


def test_all_that_wait_hear_of_an_error_and_the_next_tries_again(
    waiting: Semaphore, told: list[tuple[str, str]]
) -> None:
    failure = ModelError("There is no memory left")
    make = Making(waiting, THREADS - 1, failure)
    loaded = Loaded("blip", make)
    assert all(one is failure for one in outcomes(loaded))
    assert make.calls == 1
    assert not loaded.is_loaded
    assert type(loaded()) is object
    assert make.calls == 2
    assert told == [("blip", "failed"), ("blip", "loaded")]


def test_a_load_that_is_broken_off_is_broken_off_for_its_own_thread(waiting: Semaphore) -> None:
    make = Making(waiting, THREADS - 1, KeyboardInterrupt())
    loaded = Loaded("blip", make)
    found = outcomes(loaded)
    assert sum(isinstance(one, KeyboardInterrupt) for one in found) == 1
    told = [one for one in found if isinstance(one, ModelError)]
    assert len(told) == THREADS - 1
    assert "broken off (blip)" in str(told[0])
    assert type(loaded()) is object


def test_nobody_needs_to_listen() -> None:
    assert loading.observe is None
    loaded = Loaded("clip", Making(Semaphore(0), 0, OSError("unplugged")))
    with pytest.raises(OSError, match="unplugged"):
        loaded()
    assert type(loaded()) is object

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee import timing
from matinee.timing import Clock

if TYPE_CHECKING:
    import pytest


def test_each_stage_is_told_with_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    told: list[tuple[str, float]] = []
    monkeypatch.setattr("matinee.timing.time.perf_counter", lambda: now[0])
    monkeypatch.setattr(timing, "observe", lambda name, seconds: told.append((name, seconds)))
    clock = Clock("search")

    def works(seconds: float, outcome: str) -> str:
        now[0] += seconds
        return outcome

    assert clock.lap("understand", works(2.0, "asked")) == "asked"
    assert clock.lap("retrieve", works(3.0, "found")) == "found"
    assert told == [("search.understand", 2.0), ("search.retrieve", 3.0)]
    assert clock.milliseconds == 5_000.0


def test_nobody_need_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "observe", None)
    assert Clock("search").lap("fuse", 1) == 1

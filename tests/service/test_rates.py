from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse

from matinee.service.caller import Caller
from matinee.service.rates import Buckets, RateLimit, share
from matinee.store.records import Person, Scope

RIGHTS = frozenset({Scope.READ})


def caller(key: str, via: Any = "token") -> Caller:
    return Caller(Person(key=1, name="ada"), RIGHTS, via, key)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Asker:
    """Sends requests through a limit and returns status and headers."""

    def __init__(self, per_second: float) -> None:
        self.clock = Clock()
        self.app = RateLimit(PlainTextResponse("served"), per_second=per_second, clock=self.clock)

    def ask(
        self, who: Caller | None, path: str = "/v1/search", address: str = "192.0.2.1"
    ) -> tuple[int, dict[str, str], bytes]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            raise AssertionError("nobody reads the body")

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "headers": [],
            "client": (address, 1),
            "state": {"caller": who},
        }
        asyncio.run(self.app(scope, receive, send))
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], headers, sent[1]["body"]

    def statuses(self, who: Caller | None, times: int, **more: Any) -> list[int]:
        return [self.ask(who, **more)[0] for _ in range(times)]


def test_twice_the_rate_at_once_then_429_and_others_are_unaffected() -> None:
    asker = Asker(per_second=5)
    assert asker.statuses(caller("token:1"), 11) == [200] * 10 + [429]
    assert asker.statuses(caller("token:2"), 10) == [200] * 10
    asker.clock.now += 0.2
    assert asker.statuses(caller("token:1"), 2) == [200, 429]


def test_the_answer_says_when_to_come_back() -> None:
    asker = Asker(per_second=0.1)
    status, headers, _ = asker.ask(caller("token:1"))
    assert status == 200
    assert headers["ratelimit-policy"] == '"caller";q=1;w=10'
    assert headers["ratelimit"] == '"caller";r=0;t=10'
    asker.clock.now += 3.5
    status, headers, body = asker.ask(caller("token:1"))
    assert status == 429
    assert headers["retry-after"] == "7"
    assert headers["ratelimit"] == '"caller";r=0;t=7'
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["status"] == 429
    # Whoever keeps to it is served.
    asker.clock.now += int(headers["retry-after"])
    assert asker.ask(caller("token:1"))[0] == 200


def test_being_refused_costs_nothing_more() -> None:
    asker = Asker(per_second=1)
    assert asker.statuses(caller("token:1"), 100) == [200, 200] + [429] * 98
    asker.clock.now += 1
    assert asker.ask(caller("token:1"))[0] == 200


@pytest.mark.parametrize(
    ("who", "path"),
    [
        (caller("local", "local"), "/v1/search"),
        (None, "/static/x/matinee.css"),
        (None, "/health/ready"),
        (caller("token:1"), "/metrics"),
    ],
)
def test_who_and_what_is_never_limited(who: Caller | None, path: str) -> None:
    assert Asker(per_second=1).statuses(who, 20, path=path) == [200] * 20


def test_strangers_are_counted_by_their_address() -> None:
    asker = Asker(per_second=1)
    assert asker.statuses(None, 3, path="/login", address="192.0.2.1") == [200, 200, 429]
    assert asker.statuses(None, 2, path="/login", address="192.0.2.2") == [200, 200]


def test_no_limit() -> None:
    asker = Asker(per_second=0)
    status, headers, _ = asker.ask(caller("token:1"))
    assert (status, "ratelimit" in headers) == (200, False)
    assert asker.statuses(caller("token:1"), 500) == [200] * 500


def test_memory_is_bounded_and_the_busy_are_not_forgotten() -> None:
    clock = Clock()
    buckets = Buckets(per_second=1, burst=2, clock=clock, size=10)
    for number in range(1_000):
        buckets.take(f"stranger {number}")
        buckets.take("busy")
        assert len(buckets) <= 10
    assert not buckets.take("busy").allowed


def test_workers_share_the_rate() -> None:
    assert share(50, 4) * 4 == 50


@given(
    per_second=st.floats(0.01, 1_000),
    burst=st.integers(1, 100),
    steps=st.lists(st.floats(0, 10), min_size=1, max_size=200),
)
def test_never_more_than_the_burst_and_what_came_in_since(
    per_second: float, burst: int, steps: list[float]
) -> None:
    clock = Clock()
    buckets = Buckets(per_second=per_second, burst=burst, clock=clock)
    began, served = clock.now, 0
    for step in steps:
        clock.now += step
        taken = buckets.take("x")
        served += taken.allowed
        assert served <= burst + (clock.now - began) * per_second + 1e-3
        assert 0 <= taken.remaining <= burst
        assert taken.full <= burst / per_second + 1e-6
        if not taken.allowed:
            assert taken.remaining == 0
            assert 0 < taken.wait <= 1 / per_second + 1e-6
    # Who waits as long as told gets a token.
    last = buckets.take("x")
    clock.now += last.wait + 1e-6 / per_second
    assert buckets.take("x").allowed


@given(st.floats(0.01, 1_000), st.integers(1, 100))
def test_a_full_bucket_gives_the_burst(per_second: float, burst: int) -> None:
    clock = Clock()
    buckets = Buckets(per_second=per_second, burst=burst, clock=clock)
    for _ in range(3):
        assert [buckets.take("x").allowed for _ in range(burst + 1)] == [True] * burst + [False]
        clock.now += math.nextafter(burst / per_second, math.inf) * (1 + 1e-9)

"""How long to wait before a host is asked again."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.ingest.asking.waits import full_jitter, retry_after


@given(st.integers(1, 1000), st.integers(0, 2**32))
def test_waits_grow_to_a_bound(tried: int, seed: int) -> None:
    wait = full_jitter(tried, 1.0, 60.0, random.Random(seed))
    assert 0 <= wait <= min(60, 2.0 ** (tried - 1))


def test_all_of_a_wait_is_left_to_chance() -> None:
    rng = random.Random(0)
    for tried, bound in ((1, 0.5), (3, 2), (5, 6), (50, 6)):
        waits = [full_jitter(tried, 0.5, 6.0, rng) for _ in range(400)]
        assert min(waits) < 0.1 * bound
        assert 0.9 * bound < max(waits) <= bound


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

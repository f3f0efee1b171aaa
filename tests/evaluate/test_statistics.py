from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import InputError
from matinee.evaluate import statistics
from matinee.evaluate.statistics import bootstrap, holm, randomisation_test

share = st.floats(0, 1, allow_subnormal=False)
values = st.lists(share, min_size=1, max_size=40)
pairs = st.lists(st.tuples(share, share), min_size=1, max_size=30)
p_values = st.dictionaries(st.text(max_size=3), st.floats(1e-6, 1), min_size=1, max_size=8)


@given(values, st.integers(0, 5))
def test_an_interval_holds_its_mean_and_stays_among_the_values(
    sample: list[float], seed: int
) -> None:
    found = bootstrap(sample, seed=seed, resamples=100)
    slack = 1e-12
    assert min(sample) - slack <= found.low <= found.high <= max(sample) + slack
    assert found.mean == pytest.approx(sum(sample) / len(sample))
    assert found == bootstrap(sample, seed=seed, resamples=100)


def test_an_interval_is_about_what_the_normal_law_says() -> None:
    sample = np.random.default_rng(3).random(2_000)
    found = bootstrap(sample.tolist(), seed=1)
    wide = 1.96 * sample.std() / np.sqrt(len(sample))
    assert found.high - found.mean == pytest.approx(wide, rel=0.1)
    assert found.mean - found.low == pytest.approx(wide, rel=0.1)


def test_an_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    found = [bootstrap(rng.random(60).tolist(), seed=i, resamples=400) for i in range(300)]
    share = np.mean([estimate.low <= 0.5 <= estimate.high for estimate in found])
    assert 0.90 <= share <= 0.98


def test_blocks_change_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = [0.1, 0.4, 0.9]
    whole = bootstrap(sample, seed=1, resamples=500)
    monkeypatch.setattr(statistics, "_BLOCK", 10)
    assert bootstrap(sample, seed=1, resamples=500) == whole


@given(pairs, st.integers(0, 5))
def test_p_is_a_chance_and_the_order_of_methods_does_not_matter(
    pairs: list[tuple[float, float]], seed: int
) -> None:
    first, second = map(list, zip(*pairs, strict=True))
    p = randomisation_test(first, second, seed=seed, flips=200)
    assert 0 < p <= 1
    assert p == randomisation_test(second, first, seed=seed, flips=200)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=8))
def test_p_of_few_queries_is_that_of_all_sign_patterns(differences: list[int]) -> None:
    sums = [
        abs(sum(sign * d for sign, d in zip(signs, differences, strict=True)))
        for signs in product((1, -1), repeat=len(differences))
    ]
    exact = sum(s >= abs(sum(differences)) for s in sums) / len(sums)
    assert randomisation_test(differences, [0] * len(differences), seed=1) == pytest.approx(exact)


def test_random_patterns_come_near_the_exact_p(monkeypatch: pytest.MonkeyPatch) -> None:
    differences = [0.3, -0.1, 0.25, 0.4, -0.2, 0.1, 0.15, 0.05, -0.3, 0.35]
    nothing = [0.0] * len(differences)
    exact = randomisation_test(differences, nothing, seed=1)
    monkeypatch.setattr(statistics, "_EXACT", 0)
    monkeypatch.setattr(statistics, "_BLOCK", 1_000)
    drawn = randomisation_test(differences, nothing, seed=1)
    assert drawn != exact
    assert drawn == pytest.approx(exact, abs=0.015)


def test_p_is_never_0_and_falls_with_the_number_of_queries() -> None:
    found = [randomisation_test([1.0] * n, [0.0] * n, seed=1) for n in (2, 5, 10, 40, 500)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == 1 / (statistics.FLIPS + 1)


def test_p_of_no_difference_is_uniform_enough() -> None:
    rng = np.random.default_rng(5)
    found = [
        randomisation_test(*rng.random((2, 40)).tolist(), seed=i, flips=400) for i in range(300)
    ]
    assert 0.02 <= np.mean(np.array(found) < 0.05) <= 0.09


def test_what_cannot_be_compared() -> None:
    with pytest.raises(InputError, match="no queries"):
        bootstrap([], seed=1)
    with pytest.raises(InputError, match="2 and 1 queries"):
        randomisation_test([1, 2], [1], seed=1)


@given(p_values)
def test_holm_raises_every_p_and_keeps_their_order(given: dict[str, float]) -> None:
    adjusted = holm(given)
    assert list(adjusted) == list(given)
    for name, p in given.items():
        assert p <= adjusted[name] <= 1
    ordered = sorted(given, key=given.__getitem__)
    assert [adjusted[n] for n in ordered] == sorted(adjusted.values())
    smallest = ordered[0]
    assert adjusted[smallest] == min(1.0, given[smallest] * len(given))

"""Many models at once: the contract, trees against their package, held-out ratings, the future."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import InputError, LibraryCorruptError, MissingExtraError
from matinee.interaction import NO_TIME, Histories, Interactions, ItemFeatures
from matinee.taste.bias import Bias
from matinee.taste.named import open_predictor, rating_model
from matinee.taste.rating_data import LATER, Ratings
from matinee.taste.rating_kernel import Nearness
from matinee.taste.stack import FittedStack, Stack
from matinee.taste.stack_combine import Combine
from matinee.taste.stack_context import Context
from matinee.taste.stack_inner import inner_splits
from matinee.taste.stack_trees import Trees
from matinee.testing import RatingPredictorContract
from matinee.testing.invented import invented_features, invented_interactions

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.protocols import RatingModel, RatingPredictor

SMALL = Stack(
    folds=2,
    rank=3,
    burn_in=8,
    samples=12,
    kept=6,
    combine=Combine(rounds=20, smallest=20, checks=2),
)


def timed(seed: int = 7) -> Interactions:
    """Return the invented people with a time for every row, some minutes and some days apart."""
    did = invented_interactions(seed)
    gaps = np.random.default_rng(seed).choice([20, 400, 100_000], len(did))
    return replace(did, times=1_000_000_000 + np.cumsum(gaps))


class NeedsExtras:
    @pytest.fixture(autouse=True)
    def _needs_extras(self) -> None:
        pytest.importorskip("myfm")
        pytest.importorskip("lightgbm")


class TestStackContract(NeedsExtras, RatingPredictorContract):
    def model(self) -> RatingModel:
        return SMALL

    def open(self, folder: Path) -> RatingPredictor:
        return FittedStack.open(folder)


class TestTimes(NeedsExtras):
    @pytest.mark.parametrize("causal", [True, False])
    def test_what_comes_later_changes_nothing_where_the_past_is_asked_for(
        self, causal: bool
    ) -> None:
        did = timed()
        fitted = replace(SMALL, causal=causal).fit(did, invented_features())
        moment = int(np.median(did.times))
        later = did.times > moment
        rng = np.random.default_rng(3)
        altered = replace(
            did,
            values=np.where(later, rng.permutation(did.values), did.values),
            items=np.where(later, rng.permutation(did.items), did.items),
            times=np.where(later, did.times + rng.integers(0, 10**7, len(did)), did.times),
        )
        people, items = np.divmod(np.arange(60 * 25), 25)
        asked = people, items, np.full(len(people), moment)
        before = fitted.predict(Histories.of(did), *asked)
        after = fitted.predict(Histories.of(altered), *asked)
        dropped = fitted.predict(Histories.of(did.take(~later)), *asked)
        assert np.array_equal(before.stars, after.stars) == causal
        assert np.array_equal(before.low, after.low) == causal  # type: ignore[arg-type]
        assert (np.abs(before.stars - dropped.stars).max() < 1e-4) == causal

    def test_titles_are_counted_up_to_the_moment_too(self) -> None:
        did = timed()
        ratings = Ratings.of(did)
        context = Context.of(
            ratings, invented_features(), Bias().learn(ratings), timed=True, past=True
        )
        moment = int(np.median(did.times))
        one = np.array([0]), np.array([4]), np.array([moment])
        told = context.columns(ratings, *one)
        known = (ratings.items == 4) & (ratings.times <= moment)
        assert np.expm1(told["title's ratings"][0]) == pytest.approx(known.sum())
        known &= ratings.times >= moment - 31_556_952 // 2
        assert np.expm1(told["title's ratings, half year"][0]) == pytest.approx(known.sum())

    def test_times_are_not_looked_at_unless_asked(self) -> None:
        did = timed()
        fitted = replace(SMALL, use_time=False).fit(did, invented_features())
        blind = replace(SMALL, use_time=False).fit(
            replace(did, times=np.full(len(did), NO_TIME)), invented_features()
        )
        # Equal but for the order of the ratings of a person, which the sampler's sums follow.
        pairs = np.arange(60), np.full(60, 24)
        left = fitted.predict(Histories.of(did), *pairs, np.full(60, 5)).stars
        right = fitted.predict(Histories.of(did), *pairs, np.full(60, 10**9)).stars
        np.testing.assert_array_equal(left, right)
        assert "age" not in blind.columns
        assert blind.columns == fitted.columns

    def test_causal_needs_times(self) -> None:
        with pytest.raises(InputError, match="use_time"):
            Stack(causal=True, use_time=False)
        with pytest.raises(InputError, match="time of every rating"):
            replace(SMALL, causal=True).fit(invented_interactions())


class TestFit(NeedsExtras):
    def test_is_found_by_name_and_opened_again(self, tmp_path: Path) -> None:
        assert rating_model("stack") == Stack()
        did = timed()
        fitted = replace(SMALL, causal=True).fit(did, invented_features())
        fitted.save(tmp_path)
        opened = open_predictor(tmp_path)
        asked = Histories.of(did), np.arange(60), np.full(60, 24), np.full(60, 1_010_000_000)
        np.testing.assert_array_equal(fitted.predict(*asked).stars, opened.predict(*asked).stars)

    def test_a_damaged_folder_is_reported(self, tmp_path: Path) -> None:
        SMALL.fit(timed()).save(tmp_path)
        (tmp_path / "trees-value.npy").write_bytes(b"no array")
        with pytest.raises(LibraryCorruptError):
            open_predictor(tmp_path)

    def test_progress_names_the_stages(self) -> None:
        told: list[tuple[str, int, int]] = []
        SMALL.fit(timed(), progress=lambda *each: told.append(each))
        stages = list(dict.fromkeys(stage for stage, _, _ in told))
        assert stages == ["part 1 of 2", "part 2 of 2", "all ratings"]
        for stage in stages:
            steps = [(done, total) for name, done, total in told if name == stage]
            assert steps == [(i + 1, 40) for i in range(40)]

    @pytest.mark.parametrize("inner", ["person", "late"])
    def test_learns_from_what_came_last(self, inner: str) -> None:
        did = timed()
        fitted = replace(SMALL, inner=inner).fit(did, invented_features())
        assert 0 < fitted.inner_rmse < 1.5
        found = fitted.predict(Histories.of(did), np.arange(60), np.full(60, 3))
        assert np.isfinite(found.stars).all()

    def test_without_a_package_the_cure_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "lightgbm", None)
        with pytest.raises(MissingExtraError, match=r"matinee\[taste\]"):
            SMALL.fit(timed())

    def test_settings_that_cannot_be_are_refused(self) -> None:
        with pytest.raises(InputError, match="folds"):
            Stack(folds=1)
        with pytest.raises(InputError, match="inner split"):
            Stack(inner="first")
        with pytest.raises(InputError, match="inner split"):
            inner_splits(Ratings.of(timed()), "first", 2, 0)
        with pytest.raises(InputError, match="needs times"):
            inner_splits(Ratings.of(invented_interactions()), "late", 2, 0)


def test_trees_are_those_of_the_package() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    rng = np.random.default_rng(0)
    rows = np.round(rng.normal(size=(600, 5)), 1)
    target = np.where(rows[:, 0] > 0.3, rows[:, 1], -rows[:, 2]) + rng.normal(size=600) / 10
    told = {"num_leaves": 7, "learning_rate": 0.2, "min_data_in_leaf": 5}
    trees = Trees.learn(rows, target, rounds=30, seed=3, parameters=told)
    settings = told | {"objective": "regression", "boost_from_average": False, "verbosity": -1}
    settings |= {"num_threads": 1, "deterministic": True, "force_col_wise": True, "seed": 3}
    package = lightgbm.train(settings, lightgbm.Dataset(rows, target), 30)
    other = np.round(rng.normal(size=(500, 5)), 1)
    np.testing.assert_allclose(trees.predict(other), package.predict(other), atol=1e-12)


@pytest.mark.parametrize("past", [True, False])
def test_rests_are_those_of_one_gaussian_process(past: bool) -> None:
    rng = np.random.default_rng(1)
    times = np.sort(rng.integers(0, 5_000, 30))
    ratings = Ratings(
        users=np.zeros(30, np.int64),
        items=rng.permutation(40)[:30],
        stars=rng.integers(1, 11, 30) / 2,
        times=times,
        people=1,
        titles=40,
    )
    genres = rng.random((40, 4)) < 0.5
    years = rng.integers(1950, 2000, 40).astype(np.float32)
    features = ItemFeatures(years=years, genres=genres, genre_names="abcd")
    near = Nearness(past=past, spans=((60.0, 0.2), (1000.0, 0.1)))
    rests = rng.normal(size=30)

    def covariance(a: int, b: int, apart: float) -> float:
        both = (genres[a] & genres[b]).sum() / np.sqrt(max(genres[a].sum(), 1))
        both /= np.sqrt(max(genres[b].sum(), 1))
        found = 0.02 + 0.03 * both + 0.02 * np.exp(-abs(float(years[a] - years[b])) / 5)
        return float(found + 0.2 * np.exp(-apart / 60) + 0.1 * np.exp(-apart / 1000))

    asked, when = rng.integers(0, 40, 12), rng.integers(-100, 6_000, 12)
    got = near.rests(ratings, rests, np.zeros(12, np.int64), asked, when, features)
    for pair in range(12):
        rows = np.flatnonzero(times <= when[pair]) if past else np.arange(30)
        items = ratings.items
        known = np.array(
            [[covariance(items[a], items[b], abs(times[a] - times[b])) for b in rows] for a in rows]
        ).reshape(len(rows), len(rows))
        across = np.array(
            [covariance(items[a], asked[pair], abs(times[a] - when[pair])) for a in rows]
        )
        weights = np.linalg.solve(known + 0.4 * np.eye(len(rows)), across) if len(rows) else across
        alone = covariance(asked[pair], asked[pair], 0)
        if not genres[asked[pair]].any():
            alone += 0.03  # a title of no genre is as unsure as any
        assert got[0][pair] == pytest.approx(weights @ rests[rows])
        assert got[1][pair] == pytest.approx(alone - weights @ across)


def test_windows_agree_with_the_whole_where_margins_are_wide() -> None:
    rng = np.random.default_rng(2)
    ratings = Ratings(
        users=np.zeros(200, np.int64),
        items=np.arange(200),
        stars=np.full(200, 3.0),
        times=np.arange(200) * 600,
        people=1,
        titles=200,
    )
    rests = rng.normal(size=200)
    asked = np.zeros(50, np.int64), rng.integers(0, 200, 50), rng.integers(0, 120_000, 50)
    spans = ((60.0, 0.2), (600.0, 0.2))
    whole = Nearness(constant=0, spans=spans, window=1000)
    parts = Nearness(constant=0, spans=spans, window=30, margin=40)
    left = whole.rests(ratings, rests, *asked, None)
    right = parts.rests(ratings, rests, *asked, None)
    np.testing.assert_allclose(left[0], right[0], atol=1e-6)
    np.testing.assert_allclose(left[1], right[1], atol=1e-6)


def test_a_moment_far_away_has_no_mood() -> None:
    ratings = Ratings.of(timed())
    asked = np.arange(60), np.full(60, 3)
    rests = np.ones(len(ratings))
    timeless = Nearness(spans=()).rests(ratings, rests, *asked, np.full(60, LATER), None)
    near = Nearness().rests(ratings, rests, *asked, np.full(60, LATER), None)
    assert (near[0] < timeless[0]).all()  # moods explain part of what was the person's overall


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.sampled_from(["random", "person", "late"]))
def test_held_out_ratings_are_not_learnt_from(seed: int, folds: int, kind: str) -> None:
    ratings = Ratings.of(timed(seed % 5))
    splits = inner_splits(ratings, kind, folds, seed)
    held_times = np.zeros(len(ratings), int)
    for learnt, held in splits:
        assert not (learnt & held).any()
        assert learnt.any()
        assert held.any()
        held_times += held
        if kind == "late":
            assert ratings.times[learnt].max() <= ratings.times[held].min()
        if kind == "person":
            for person in np.unique(ratings.users[held]):
                own = ratings.users == person
                last = ratings.times[own & learnt].max()
                assert last <= ratings.times[own & held].min()
    assert held_times.max() == 1
    if kind == "random":
        assert (held_times == 1).all()


def test_intervals_widen_where_the_models_are_unsure() -> None:
    pytest.importorskip("lightgbm")
    rng = np.random.default_rng(0)
    sure = rng.random(6_000)
    rows = rng.normal(size=(6_000, 3))
    stars = rows[:, 0] + rng.normal(size=6_000) * (0.2 + sure)
    half = np.arange(6_000) < 3_000
    learnt = Combine(rounds=10).learn(rows[half], stars[half], sure[half], seed=0)
    got, low, high = learnt.predict(rows[~half], sure[~half])
    inside = (stars[~half] >= low) & (stars[~half] <= high)
    width = high - low
    assert 0.77 < inside.mean() < 0.83
    assert 0.72 < inside[sure[~half] > 0.8].mean() < 0.88
    assert width[sure[~half] > 0.8].mean() > 2 * width[sure[~half] < 0.2].mean()
    assert (low <= got).all()
    assert (got <= high).all()

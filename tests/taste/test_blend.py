"""The blend: contract, weights by length, folds, explanation, and what happens without members."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.errors import InputError, LibraryCorruptError
from matinee.explain.explanation import explain_one
from matinee.explain.wording import Label, Shared
from matinee.interaction import NO_TIME, Interactions
from matinee.taste.blend import USUAL, Blend, FittedBlend
from matinee.taste.blend_weights import ANCHORS, Lesson, climb, ideal, usual_weights
from matinee.taste.folds import parts, wanted
from matinee.taste.named import open_recommender
from matinee.taste.preference import Preference
from matinee.testing import RecommenderContract
from matinee.testing.invented import history_of, invented_features, invented_interactions

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.protocols import RankingModel, Recommender


class TestContract(RecommenderContract):
    def model(self) -> RankingModel:
        return Blend()

    def open(self, folder: Path) -> Recommender:
        return FittedBlend.open(folder)


PEOPLE = 5
"""Batches of sixty invented people, from whom weights can be learnt."""


@pytest.fixture(scope="module")
def many() -> Interactions:
    batches = [invented_interactions(seed) for seed in range(PEOPLE)]
    size = len(batches[0].user_ids)
    joined = {
        name: np.concatenate([getattr(batch, name) for batch in batches])
        for name in ("items", "actions", "values", "times")
    }
    users = np.concatenate([batch.users + i * size for i, batch in enumerate(batches)])
    names = [f"person:{i}" for i in range(PEOPLE * size)]
    return Interactions(users=users, user_ids=names, item_ids=batches[0].item_ids, **joined)


@pytest.fixture(scope="module")
def fitted(many: Interactions) -> FittedBlend:
    return Blend().fit(many, invented_features())


def test_weights_are_learnt_from_people_held_out(many: Interactions, fitted: FittedBlend) -> None:
    usual = usual_weights(USUAL, list(fitted.members))
    assert fitted.weights.weights.shape == (len(ANCHORS), 6)
    assert (fitted.weights.weights != usual).any()
    kept = Blend(fewest=len(many.user_ids) + 1).fit(many, invented_features())
    assert (kept.weights.weights == usual).all()


def test_only_popularity_may_weigh_below_nothing(fitted: FittedBlend) -> None:
    personal = [i for i, name in enumerate(fitted.members) if name != "popularity"]
    assert (fitted.weights.weights[:, personal] >= 0).all()


def test_what_is_liked_raises_its_like(fitted: FittedBlend) -> None:
    for kind in range(3):
        titles = np.arange(kind * 8, kind * 8 + 8)
        scores = fitted.score(history_of(titles[:3].tolist()))[0]
        assert scores[titles[3:]].mean() > np.delete(scores[:24], titles).mean()


def test_dislikes_alone_push_down_their_like(fitted: FittedBlend) -> None:
    scores = fitted.score(history_of([0, 1, 2], [0.5, 0.5, 0.5]))[0]
    assert scores[3:8].mean() < scores[8:24].mean()


def test_a_dislike_does_not_change_the_weights(fitted: FittedBlend) -> None:
    liked = history_of([8, 9], [5, 5])
    hated = history_of([8, 9, 0, 1], [5, 5, 0.5, 0.5])
    before, after = fitted.score(liked)[0], fitted.score(hated)[0]
    assert (after[2:8] <= before[2:8] + 1e-5).all()


def test_parts_are_those_of_the_members_and_add_up(fitted: FittedBlend) -> None:
    history = history_of([0, 1, 9, 17, 2, 3], [5, 4, 4.5, 0.5, 5, 4])
    items = np.array([4, 10, 20, 24])
    parts = fitted.explain(history, items)
    total = parts.base.sum(axis=0) + parts.titles.sum(axis=(0, 1))
    assert total == pytest.approx(fitted.score(history, items)[0], abs=1e-4)


def test_shares_of_the_blend_are_true(fitted: FittedBlend) -> None:
    history = history_of([0, 1, 9, 17, 2, 3], [5, 4, 4.5, 0.5, 5, 4])
    labels = [Label(f"id:{i}", f"Film {i}") for i in range(len(fitted))]
    found = explain_one(
        fitted,
        history,
        4,
        label=lambda item: labels[item],
        facts=lambda *_: Shared(),
        allowed=np.ones(len(fitted), bool),
    )
    assert sum(reason.percent for reason in found.reasons) == pytest.approx(100, abs=0.11)
    top = next(reason for reason in found.reasons if reason.title is not None)
    entry = labels.index(top.title)
    assert history.items.tolist().count(entry) == 1
    left = fitted.score(history.keep(history.items != entry), np.array([4]))[0, 0]
    share = sum(r.percent for r in found.reasons if r.title == top.title)
    whole = fitted.score(history, np.array([4]))[0, 0]
    assert (whole - left) / whole * 100 == pytest.approx(share, abs=0.2)


def test_evidence_is_told_by_its_kinds(fitted: FittedBlend) -> None:
    assert fitted.signals == (
        "collaborative", "story", "people", "genre", "era", "recent", "popular"
    )  # fmt: skip
    base = fitted.explain(history_of([0]), np.array([4])).base[:, 0]
    assert base[:-1].tolist() == [0] * 6
    assert base[-1] > 0


@pytest.mark.extra
def test_titles_nobody_rated_differ_by_what_they_are(many: Interactions) -> None:
    # The last title was seen by nobody, and is given the genre of the first kind.
    scores = [
        Blend().fit(many, invented_features()).score(history_of(kind))[0, 24]
        for kind in ([0, 1, 2], [8, 9, 10])
    ]
    assert scores[0] > scores[1]


def test_without_implicit_the_blend_says_what_it_lacks(
    many: Interactions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("implicit", "implicit.cpu", "implicit.cpu.als"):
        monkeypatch.setitem(sys.modules, name, None)
    found = Blend().fit(many, invented_features())
    assert list(found.members) == ["linear", "content", "sequence", "popularity"]
    assert len(found.degraded) == 1
    assert "implicit" in found.degraded[0]
    found.save(tmp_path / "blend")
    assert FittedBlend.open(tmp_path / "blend").degraded == found.degraded


def test_nothing_is_degraded_with_all_packages(fitted: FittedBlend) -> None:
    assert fitted.degraded == ()


@pytest.mark.extra
def test_without_times_there_is_nothing_recent(many: Interactions) -> None:
    untimed = replace(many, times=np.full(len(many), NO_TIME))
    found = Blend().fit(untimed, invented_features())
    assert "sequence" not in found.members
    assert "recent" not in found.signals


def test_every_rating_speaks_where_the_preference_says_so(many: Interactions) -> None:
    found = Blend(preference=Preference(positive=None)).fit(many)
    assert "ials-wide" not in found.members
    low = found.score(history_of([0, 1], [1, 1]))
    assert np.allclose(low, found.score(history_of([0, 1], [5, 5])), atol=1e-5)


def test_opens_by_its_name(fitted: FittedBlend, tmp_path: Path) -> None:
    fitted.save(tmp_path / "blend")
    opened = open_recommender(tmp_path / "blend")
    assert isinstance(opened, FittedBlend)
    assert np.allclose(opened.score(history_of([0])), fitted.score(history_of([0])), atol=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {"members": ["linear"]},
        {"members": ["linear", "other", "x", "y", "z", "w"]},
        {"scales": [[0.0] * 6] * 6},
        {"preference": {"unknown": 1}},
        {"weights": "none"},
    ],
)
def test_refuses_a_damaged_folder(
    fitted: FittedBlend, tmp_path: Path, change: dict[str, object]
) -> None:
    fitted.save(tmp_path)
    values = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(values | change))
    with pytest.raises(LibraryCorruptError):
        FittedBlend.open(tmp_path)


def test_memory_is_reported_before_it_is_taken(many: Interactions) -> None:
    said: list[str] = []
    with pytest.raises(InputError, match="GiB"):
        Blend(max_bytes=1).fit(many, progress=lambda stage, done, total: said.append(stage))
    assert said == ["bytes of memory"]


class TestWeights:
    def test_run_between_anchors_without_a_leap(self, fitted: FittedBlend) -> None:
        factors = fitted.weights.at(np.arange(1, 200))
        largest = np.abs(fitted.weights.weights / fitted.weights.scales)[1:].max()
        assert np.abs(np.diff(factors, axis=0)).max() <= 2 * largest

    def test_stay_beyond_the_last_anchor(self, fitted: FittedBlend) -> None:
        beyond = fitted.weights.at(np.array([ANCHORS[-1], 10_000]))
        assert (beyond[0] == beyond[1]).all()

    def test_climb_finds_the_member_that_is_right(self) -> None:
        rng = np.random.default_rng(0)
        right = np.zeros((200, 30), np.bool_)
        right[np.arange(200), rng.integers(0, 30, 200)] = True
        noise = rng.normal(size=(2, 200, 30)).astype(np.float32)
        noise[1] += 2 * right
        lesson = Lesson(scores=noise, right=right, ideal=ideal(np.ones(200, np.int64)))
        usual = np.array([1.0, 0.0])
        found = climb(lesson, usual, np.zeros(2), 1.0)
        assert found[0] < 1
        assert found[1] > 0
        before, after = (lesson.gains(lesson.blended(weights)) for weights in (usual, found))
        assert after.mean() > before.mean()
        assert (climb(lesson, usual, np.zeros(2), np.inf) == usual).all()

    def test_climb_leaves_what_chance_would_move(self) -> None:
        rng = np.random.default_rng(0)
        right = rng.random((50, 30)) < 0.1
        right[:, 0] = True
        scores = rng.normal(size=(2, 50, 30)).astype(np.float32)
        lesson = Lesson(scores=scores, right=right, ideal=ideal(right.sum(axis=1)))
        usual = np.array([1.0, 1.0])
        assert (climb(lesson, usual, np.zeros(2), 4.0) == usual).all()


class TestFolds:
    def test_people_held_out_are_not_learnt_from(self, many: Interactions) -> None:
        for part in parts(many, Preference(), 5, 10_000, 0):
            assert len(part) > 0
            assert len(np.unique(part.train.users)) + len(part) <= len(many.user_ids)
            assert (part.told.users == -1).all()

    def test_what_is_asked_is_not_told(self, many: Interactions) -> None:
        part = parts(many, Preference(), 5, 1, 0)[0]
        told = set(zip(part.told.owners.tolist(), part.told.items.tolist(), strict=True))
        owners = np.repeat(np.arange(len(part)), np.diff(part.offsets))
        asked = set(zip(owners.tolist(), part.asked.tolist(), strict=True))
        assert asked
        assert not told & asked
        assert (np.diff(part.offsets) >= 1).all()
        assert (part.told.lengths >= 1).all()

    def test_no_further_part_once_enough(self, many: Interactions) -> None:
        assert len(parts(many, Preference(), 5, 1, 0)) == 1
        assert len(parts(many, Preference(), 5, 10_000, 0)) == 5

    def test_histories_are_shortened(self, many: Interactions) -> None:
        part = parts(many, Preference(), 5, 1, 0)[0]
        short = part.shortened(2, np.random.default_rng(0))
        assert (short.lengths == np.minimum(part.told.lengths, 2)).all()
        none = part.shortened(0, np.random.default_rng(0))
        assert len(none) == len(part)
        assert none.lengths.sum() == 0

    def test_well_enough_is_not_wanted(self) -> None:
        history = history_of([0, 1, 2], [5, 3, 1])
        assert wanted(history, Preference(neutral=0.5)).tolist() == [True, False, False]
        assert wanted(history, Preference(positive=None)).all()

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import InputError, LibraryCorruptError, MissingExtraError
from matinee.taste.named import open_predictor, rating_model
from matinee.taste.neural import NAME, FittedNeural
from matinee.taste.rating_data import Ratings
from matinee.testing import RatingPredictorContract
from matinee.testing.invented import history_of, invented_features, invented_interactions

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.interaction import Histories, Interactions, ItemFeatures
    from matinee.protocols import RatingModel, RatingPredictor


@dataclass(frozen=True)
class Handmade:
    """Makes a network by hand that says how far a person's mean of a genre is beyond the mean.

    A unit of the first layer is a genre: ``relu(person + title)`` is the person's mean, raised so
    that it is above 0, where the title is of the genre, and 0 elsewhere. The second passes it on.
    """

    name: str = NAME

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,
        *,
        seed: int = 0,
        progress: object = None,
    ) -> FittedNeural:
        ratings = Ratings.of(interactions)
        n, high = ratings.titles, np.float32(10)
        genres = np.ones((n, 1)) if features is None else features.genres.astype(float)
        rest = ratings.stars - ratings.stars.mean()
        means = np.zeros((ratings.people + 1, genres.shape[1]), np.float32)
        np.add.at(means, ratings.users, rest[:, None] * genres[ratings.items])
        counts = np.zeros_like(means)
        np.add.at(counts, ratings.users, genres[ratings.items])
        return FittedNeural(
            mean=float(ratings.stars.mean()) - float(high),
            people=means / np.maximum(counts, 1),
            titles=(high * (2 * genres - 1)).astype(np.float32),
            weight=np.eye(genres.shape[1], dtype=np.float32),
            bias=np.zeros(genres.shape[1], np.float32),
            out=np.ones(genres.shape[1], np.float32),
            known=np.bincount(ratings.users, minlength=ratings.people) > 0,
            person_shrinkage=5.0,
            taste_shrinkage=20.0,
        )


class TestServing(RatingPredictorContract):
    def model(self) -> RatingModel:
        return Handmade()

    def open(self, folder: Path) -> RatingPredictor:
        opened = open_predictor(folder)
        assert isinstance(opened, FittedNeural)
        return opened


def drawn(
    seed: int, people: int = 4, titles: int = 6, first: int = 5, second: int = 3
) -> FittedNeural:
    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    return FittedNeural(
        mean=3.0,
        people=normal(people + 1, first),
        titles=normal(titles, first),
        weight=normal(first, second),
        bias=normal(second),
        out=normal(second) / 4,
        known=np.arange(people) != 2,
        person_shrinkage=2.0,
        taste_shrinkage=3.0,
    )


def by_hand(fitted: FittedNeural, row: int, item: int) -> tuple[list[float], float]:
    """Return the layer under the last and the stars, number by number."""
    first = [
        max(0.0, float(fitted.people[row, a]) + float(fitted.titles[item, a]))
        for a in range(fitted.people.shape[1])
    ]
    second = [
        max(
            0.0,
            float(fitted.bias[b])
            + sum(v * float(w) for v, w in zip(first, fitted.weight[:, b], strict=True)),
        )
        for b in range(len(fitted.bias))
    ]
    return second, fitted.mean + sum(v * float(w) for v, w in zip(second, fitted.out, strict=True))


def batch(users: list[int]) -> Histories:
    empty = history_of([])
    return replace(empty, offsets=np.zeros(len(users) + 1, np.int64), users=np.array(users))


@given(st.integers(0, 10_000))
def test_the_network_is_what_it_is_by_hand(seed: int) -> None:
    fitted = drawn(seed)
    people, items = np.array([0, 1, 2, 3, 3]), np.array([5, 0, 1, 4, 4])
    found = fitted.predict(batch([0, 3, -1, 2]), people, items).stars
    # -1 is nobody it knows and 2 gave no rating: both are the average person, the last row.
    rows = [0, 3, 4, 4, 4]
    for stars, row, item in zip(found, rows, items, strict=True):
        assert stars == pytest.approx(np.clip(by_hand(fitted, row, item)[1], 0.5, 5), abs=1e-5)


@given(st.integers(0, 10_000), st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True))
def test_somebody_new_is_folded_in_by_ridge_regression(seed: int, rated: list[int]) -> None:
    """As least squares with a row more for each coefficient, the root of its ridge and a 0."""
    fitted = drawn(seed)
    stars = np.random.default_rng(seed).integers(1, 11, len(rated)) / 2
    history = history_of(rated, stars.tolist())
    known = [by_hand(fitted, 4, item) for item in rated]
    design = np.vstack(
        [[[1.0, *hidden] for hidden, _ in known], np.diag(np.sqrt([2.0, 3.0, 3.0, 3.0]))]
    )
    rest = [*(stars - [said for _, said in known]), 0, 0, 0, 0]
    (constant, *taste), *_ = np.linalg.lstsq(design, rest, rcond=None)
    found = fitted.predict(history, np.zeros(6, np.int64), np.arange(6)).stars
    for item in range(6):
        hidden, said = by_hand(fitted, 4, item)
        wanted = said + constant + float(np.dot(hidden, taste))
        assert found[item] == pytest.approx(np.clip(wanted, 0.5, 5), abs=1e-4)


def test_whom_it_knows_stays_as_trained() -> None:
    fitted = drawn(1)
    nobody, items = np.zeros(6, np.int64), np.arange(6)
    before = fitted.predict(batch([1]), nobody, items).stars
    rated = replace(history_of([0, 1], [5, 5]), users=np.array([1]))
    assert np.array_equal(fitted.predict(rated, nobody, items).stars, before)
    unknown = replace(rated, users=np.array([-1]))
    assert not np.array_equal(fitted.predict(unknown, nobody, items).stars, before)


def test_kind_ratings_raise_and_a_watch_changes_nothing() -> None:
    fitted = Handmade().fit(invented_interactions(), invented_features())
    nobody, items = np.zeros(24, np.int64), np.arange(24)
    average = fitted.predict(history_of([]), nobody, items).stars
    kind = fitted.predict(history_of([0, 1, 2]), nobody, items).stars
    assert (kind > average).all()
    assert (kind[:8] > kind[8:].max()).all()
    watched = fitted.predict(history_of([0], [np.nan]), nobody, items).stars
    assert np.array_equal(watched, average)


@pytest.mark.parametrize(("users", "items"), [([4], 0), ([-2], 0), ([0], 6), ([0], -1)])
def test_what_is_out_of_range_is_refused(users: list[int], items: int) -> None:
    with pytest.raises(InputError, match="outside"):
        drawn(0).predict(batch(users), np.array([0]), np.array([items]))


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    drawn(0).save(tmp_path)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json"] + [".npy"] * 6
    np.save(tmp_path / "out.npy", np.zeros(7, np.float32))
    with pytest.raises(LibraryCorruptError, match="fit together"):
        FittedNeural.open(tmp_path)
    drawn(0).save(tmp_path)
    card = tmp_path / "model.json"
    values = json.loads(card.read_text(encoding="utf-8"))
    card.write_text(json.dumps({**values, "mean": None}), encoding="utf-8")
    with pytest.raises(LibraryCorruptError, match="cannot be read"):
        FittedNeural.open(tmp_path)
    (tmp_path / "people.npy").unlink()
    with pytest.raises(LibraryCorruptError):
        FittedNeural.open(tmp_path)


def test_training_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"matinee\[torch\]"):
        rating_model("neural").fit(invented_interactions(), invented_features())


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 0},
        {"dropout": 1.0},
        {"held_out": 0.0},
        {"hidden": (8, 0)},
        {"taste_shrinkage": 0.0},
    ],
)
def test_parameters_out_of_bounds(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        rating_model("neural", **wrong)

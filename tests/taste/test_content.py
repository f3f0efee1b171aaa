"""Content taste: what titles have in common with what a person liked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import InputError, LibraryCorruptError
from matinee.evaluate.dataset import read_dataset
from matinee.evaluate.protocols import ranking_split
from matinee.interaction import NO_TIME, Action, Interactions, ItemFeatures
from matinee.taste.content import ContentTaste, FittedContentTaste
from matinee.taste.content_entries import EntryWeights
from matinee.taste.content_learning import contests, worth
from matinee.taste.content_signals import SIGNALS, signals_of
from matinee.testing import RecommenderContract
from matinee.testing.invented import history_of, invented_features, invented_interactions

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.protocols import RankingModel, Recommender

DAY = 86_400
NOBODY = ItemFeatures(
    years=np.full(3, np.nan, np.float32), genres=np.zeros((3, 0), bool), genre_names=()
)


class TestContentTaste(RecommenderContract):
    # Without times the place in the history says how old an entry is.
    order_matters = True

    def model(self) -> RankingModel:
        return ContentTaste()

    def open(self, folder: Path) -> Recommender:
        return FittedContentTaste.open(folder)

    def test_learns_without_features(self) -> None:
        """This model has nothing to say without features, and says so."""
        with pytest.raises(InputError, match="needs to know the titles"):
            self.model().fit(invented_interactions())


def fitted(**parts: object) -> FittedContentTaste:
    features = replace(invented_features(), **parts)  # type: ignore[arg-type]
    return ContentTaste().fit(invented_interactions(), features)


def test_the_taste_learnt_puts_the_liked_kind_first() -> None:
    scores = fitted().score(history_of([0, 1, 2]))[0]
    assert set(np.argsort(-scores)[:8].tolist()) <= {*range(8), 24}


def test_a_title_that_nobody_rated_is_scored_by_what_it_is() -> None:
    # The last title is of the first kind and was seen by nobody.
    model = fitted()
    assert model.score(history_of([0, 1]))[0][24] > model.score(history_of([8, 9]))[0][24]


def test_explanations_name_the_entry_and_the_signal() -> None:
    parts = fitted().explain(history_of([0, 8]), np.array([1]))
    assert parts.signals == SIGNALS
    genre = parts.titles[SIGNALS.index("genre"), :, 0]
    assert genre[0] > 0 > genre[1]
    assert not parts.base.any()


def test_what_is_not_known_of_titles_gives_no_signal() -> None:
    assert set(fitted(vectors=None, people=None).signals) == {"genre", "era"}
    assert set(fitted(years=np.full(25, np.nan, np.float32)).signals) == {
        "story",
        "people",
        "genre",
    }
    with pytest.raises(InputError, match="needs to know the titles"):
        ContentTaste().fit(invented_interactions(), NOBODY)


def test_a_title_of_which_nothing_is_known_scores_nought() -> None:
    whole = invented_features()
    assert whole.vectors is not None
    assert whole.people is not None
    bare = np.arange(25) == 5
    model = fitted(
        years=np.where(bare, np.nan, whole.years).astype(np.float32),
        genres=whole.genres & ~bare[:, None],
        vectors=np.where(bare[:, None], 0, whole.vectors).astype(np.float32),
        people=[() if i == 5 else row for i, row in enumerate(whole.people)],
    )
    scores = model.score(history_of([0, 1]))[0]
    assert scores[5] == 0
    assert scores[2] > 0


def test_features_of_other_titles_are_refused() -> None:
    did = invented_interactions()
    more = replace(did, item_ids=[*did.item_ids, "x"])
    with pytest.raises(InputError, match="features of 25 titles"):
        ContentTaste().fit(more, invented_features())


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    fitted().save(tmp_path)
    np.save(tmp_path / "genre.npy", np.zeros((3, 3), np.float32))
    with pytest.raises(LibraryCorruptError, match="another number of titles"):
        FittedContentTaste.open(tmp_path)


def test_directors_tell_more_than_actors() -> None:
    features = replace(invented_features(), people=[(0, 9), (0, 8), (7, 9), *[()] * 22])
    rows = signals_of(features)["people"].rows
    likeness = (rows @ rows.T).toarray()
    assert likeness[0, 1] > likeness[0, 2] > 0
    assert likeness[1, 2] == 0


def test_eras_fade_with_the_years() -> None:
    years = np.array([1990, 1990, 1993, 1999, 1950], np.float32)
    rows = signals_of(ItemFeatures(years=years, genres=np.zeros((5, 0), bool), genre_names=()))[
        "era"
    ].rows
    near = np.linalg.norm(rows - rows[0], axis=1)
    assert near[1] == 0
    assert near[2] < near[3] < near[4] * 1.001


def test_stars_are_read_against_the_own_mean() -> None:
    weights = EntryWeights(own_mean=1e-6, half_life_days=1e9)
    mild, strict = history_of([0, 1], [5, 4]), history_of([0, 1], [3, 2])
    assert np.allclose(weights.of(mild, 3.5), weights.of(strict, 3.5), atol=1e-4)
    assert weights.of(mild, 3.5)[0] > weights.of(mild, 3.5)[1]


def test_entries_fade_by_time_where_all_times_are_known_and_else_by_place() -> None:
    weights = EntryWeights(half_life_days=2, half_life_places=1)
    history = history_of([0, 1, 2], [np.nan] * 3, action=Action.WATCH)
    assert weights.of(history, 3.5).tolist() == pytest.approx([0.5, 0.5**0.5, 1.0])
    times = history.times.copy()
    times[0] = NO_TIME
    assert weights.of(replace(history, times=times), 3.5).tolist() == [0.25, 0.5, 1.0]


def test_only_the_latest_entries_count() -> None:
    assert (EntryWeights(entries=2).of(history_of([0, 1, 2, 3]), 3.5) > 0).tolist() == [
        False, False, True, True,
    ]  # fmt: skip
    model = ContentTaste(entries=EntryWeights(entries=2)).fit(
        invented_interactions(), invented_features()
    )
    long, short = history_of([20, 9, 0, 1]), history_of([0, 1])
    # The mean of the stars is of all entries; all are fives.
    assert np.argmax(model.score(long)) == np.argmax(model.score(short))


@pytest.mark.parametrize("name", ["entries", "half_life_days", "half_life_places", "own_mean"])
def test_weights_out_of_bounds_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=name):
        EntryWeights(**{name: 0})


@given(
    stars=st.lists(st.sampled_from([0.5, 2.0, 3.5, 5.0]), min_size=1, max_size=8),
    better=st.integers(0, 7),
)
def test_more_stars_never_make_an_entry_count_less(stars: list[float], better: int) -> None:
    place = better % len(stars)
    weights = EntryWeights()
    raised = [5.0 if i == place else value for i, value in enumerate(stars)]
    before = weights.of(history_of(list(range(len(stars))), stars), 3.5)
    after = weights.of(history_of(list(range(len(stars))), raised), 3.5)
    assert after[place] >= before[place]


def test_contests_hold_nothing_the_person_knows() -> None:
    did = invented_interactions()
    drawn = contests(did, np.arange(0, len(did), 3), 3, np.random.default_rng(0))
    known = set(zip(did.users.tolist(), did.items.tolist(), strict=True))
    assert len(drawn.users) > 100
    for user, titles in zip(drawn.users.tolist(), drawn.titles.tolist(), strict=True):
        assert (user, titles[0]) in known
        assert not any((user, title) in known for title in titles[1:])


def test_worth_finds_the_signal_that_tells() -> None:
    rng = np.random.default_rng(0)
    told = rng.normal(size=(2000, 6, 2))
    told[:, 0, 0] += 1.0
    weights = worth(told, np.zeros(2), 1.0)
    # Two normals of one variance, a mean apart: the log-odds are the difference itself.
    assert weights[0] == pytest.approx(1.0, abs=0.1)
    assert abs(weights[1]) < 0.1


def test_worth_keeps_the_usual_weights_without_contests() -> None:
    usual = np.array([0.3, 0.7])
    few = np.random.default_rng(0).normal(size=(1, 5, 2))
    heavy = worth(few, usual, 1e9) * few.reshape(-1, 2).std(axis=0)
    assert heavy == pytest.approx(usual, abs=1e-6)


def popularity_of_genres(train: Interactions, features: ItemFeatures) -> np.ndarray:
    """Return the interactions per title of each genre: the strongest of such baselines."""
    counts = np.bincount(train.items, minlength=len(features)).astype(np.float64)
    return (counts @ features.genres) / np.maximum((counts > 0) @ features.genres.astype(int), 1)


@pytest.mark.extra
def test_cold_titles_of_movielens_are_found_in_a_band(data: Path) -> None:
    """Genres and years alone do: above popularity by genre, below the miraculous."""
    dataset = read_dataset(data / "ml-latest-small-2018")
    split = ranking_split("cold-items", dataset.interactions, seed=1)
    cold = np.random.default_rng(0).permutation(np.flatnonzero(split.candidates))
    model = ContentTaste().fit(split.train, dataset.features)
    histories = split.test.folded
    found = {"content": model.score(histories, cold)}
    genres = dataset.features.genres.astype(np.float64)
    counts = np.add.reduceat(genres[histories.items], histories.offsets[:-1])
    worth = popularity_of_genres(split.train, dataset.features)
    found["genres"] = (counts * worth) @ genres[cold].T
    recall = {}
    for name, scores in found.items():
        top = cold[np.argsort(-scores, axis=1, kind="stable")[:, :20]]
        hits = [
            len(set(top[i]) & set(split.test.targets[i])) / min(20, len(split.test.targets[i]))
            for i in range(len(split.test))
        ]
        recall[name] = float(np.mean(hits))
    assert recall["content"] > 2 * recall["genres"]
    assert 0.15 < recall["content"] < 0.30

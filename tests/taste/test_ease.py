from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import InputError, LibraryCorruptError
from matinee.interaction import Histories
from matinee.taste.ease import Ease, FittedEase, Rdlae
from matinee.taste.matrix import fitting_matrix
from matinee.taste.preference import Preference
from matinee.taste.properties import property_rows
from matinee.testing import RecommenderContract
from matinee.testing.invented import history_of, invented_features, invented_interactions

if TYPE_CHECKING:
    from pathlib import Path

TITLES = 25
SEEN = 24
"""The last of the invented titles was seen by nobody."""


class TestEase(RecommenderContract):
    def model(self) -> Ease:
        return Ease(ridge=5)

    def open(self, folder: Path) -> FittedEase:
        return FittedEase.open(folder)


class TestRdlae(RecommenderContract):
    def model(self) -> Rdlae:
        return Rdlae(ridge=5)

    def open(self, folder: Path) -> FittedEase:
        return FittedEase.open(folder)


class TestEaseOfFewTitles(RecommenderContract):
    """Some titles of the histories and of those asked for have no weights."""

    def model(self) -> Ease:
        return Ease(ridge=5, max_items=20)

    def open(self, folder: Path) -> FittedEase:
        return FittedEase.open(folder)

    def test_likes_raise_and_dislikes_lower_what_is_similar(self) -> None:
        fitted = self.fitted()
        assert isinstance(fitted, FittedEase)
        assert (weights_of(fitted) != 0).any(axis=0).sum() == 20


def weights_of(fitted: FittedEase) -> np.ndarray:
    """Return B [n, n]: the scores of histories of one liked title each."""
    everything = np.arange(TITLES)
    return np.concatenate([fitted.score(history_of([title]), everything) for title in everything])


def wants(seed: int = 7) -> np.ndarray:
    matrix = fitting_matrix(invented_interactions(seed), Preference(), negative=False)
    return matrix.toarray().astype(np.float64)


def brute_force(gram: np.ndarray, ridge: float, dropout: float, relaxation: float) -> np.ndarray:
    """The formulas of both papers, by numpy.linalg.inv."""
    penalty = ridge + dropout / (1 - dropout) * np.diag(gram)
    inverse = np.linalg.inv(gram + np.diag(penalty))
    b = np.zeros_like(gram)
    for j in range(len(gram)):
        free = 1 - penalty[j] * inverse[j, j]
        scale = penalty[j] if free <= relaxation else (1 - relaxation) / inverse[j, j]
        b[:, j] = -inverse[:, j] * scale
        b[j, j] += 1
    return b


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), ridge=st.sampled_from([0.5, 5.0, 200.0]))
def test_ease_is_that_of_brute_force(seed: int, ridge: float) -> None:
    x = wants(seed)
    fitted = Ease(ridge=ridge, activity_power=0).fit(invented_interactions(seed))
    inverse = np.linalg.inv(x.T @ x + ridge * np.eye(TITLES))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    assert weights_of(fitted) == pytest.approx(expected, abs=2e-3)
    assert (np.diag(weights_of(fitted)) == 0).all()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    ridge=st.sampled_from([2.0, 20.0]),
    dropout=st.sampled_from([0.0, 0.2, 0.5]),
    relaxation=st.sampled_from([0.0, 0.3, 0.9]),
)
def test_rdlae_is_that_of_brute_force(
    seed: int, ridge: float, dropout: float, relaxation: float
) -> None:
    x = wants(seed)
    model = Rdlae(ridge=ridge, dropout=dropout, relaxation=relaxation, activity_power=0)
    found = weights_of(model.fit(invented_interactions(seed)))
    expected = brute_force(x.T @ x, ridge, dropout, relaxation)
    assert found[:SEEN, :SEEN] == pytest.approx(expected[:SEEN, :SEEN], abs=2e-3)
    assert (np.diag(found) <= relaxation + 1e-3).all()


@pytest.mark.parametrize("power", [0.5, 1.0])
def test_busy_people_count_less(power: float) -> None:
    x = wants()
    counts = (x > 0).sum(axis=1)
    weights = np.maximum(counts, 1) ** -power
    weights *= counts.sum() / (weights @ counts)
    expected = brute_force((x * weights[:, None]).T @ x, 5, 0, 0)
    found = weights_of(Ease(ridge=5, activity_power=power).fit(invented_interactions()))
    assert found == pytest.approx(expected, abs=2e-3)


def test_what_titles_are_ties_those_that_share_it() -> None:
    features = invented_features()
    shared = property_rows(features).toarray().astype(np.float64)
    x = wants()
    model = Ease(ridge=5, activity_power=0, feature_weight=2)
    found = weights_of(model.fit(invented_interactions(), features))
    gram = (x.T @ x + 4 * shared.T @ shared)[:SEEN, :SEEN]
    assert found[:SEEN, :SEEN] == pytest.approx(brute_force(gram, 5, 0, 0), abs=2e-3)


def test_only_the_titles_most_wanted_get_weights() -> None:
    counts = (wants() > 0).sum(axis=0)
    fitted = Ease(ridge=5, max_items=10).fit(invented_interactions())
    kept = np.sort(np.argsort(-counts, kind="stable")[:10])
    dropped = np.setdiff1d(np.arange(TITLES), kept)
    found = weights_of(fitted)
    assert (found[:, dropped] == 0).all()
    assert (found[dropped] == 0).all()
    assert (found[np.ix_(kept, kept)] != 0).any(axis=0).all()


def test_more_memory_than_the_cap_is_refused_before_it_is_taken() -> None:
    said: list[str] = []
    with pytest.raises(InputError, match=r"max_items.*max_bytes.*ials"):
        Ease(max_bytes=1000).fit(
            invented_interactions(), progress=lambda stage, *_: said.append(stage)
        )
    assert said == ["bytes of memory"]


@pytest.mark.parametrize(
    "model", [Ease(ridge=0), Rdlae(dropout=1), Rdlae(relaxation=1), Rdlae(relaxation=-0.1)]
)
def test_parameters_out_of_bounds_are_refused(model: Ease | Rdlae) -> None:
    with pytest.raises(InputError, match="out of its bounds"):
        model.fit(invented_interactions())


def test_a_penalty_too_small_for_single_precision_is_refused() -> None:
    did = invented_interactions()
    # Two titles wanted by the very same people: without a penalty there is no inverse.
    same = did.take(did.items < 2)
    twice = same.take(np.repeat(np.flatnonzero(same.items == 0), 2))
    twice.items[1::2] = 1
    with pytest.raises(InputError, match="single precision"):
        Ease(ridge=1e-12, activity_power=0).fit(twice)


def test_what_an_entry_gives_is_what_goes_with_it() -> None:
    fitted = Rdlae(ridge=5).fit(invented_interactions())
    history, items = history_of([0, 3, 9, 24], [5, 1, 4, 5]), np.array([1, 2, 10, 24])
    parts = fitted.explain(history, items)
    for entry in range(4):
        without = history.keep(np.arange(4) != entry)
        change = fitted.score(history, items)[0] - fitted.score(without, items)[0]
        assert parts.titles[0, entry] == pytest.approx(change, abs=1e-6)


def test_an_opened_model_is_mapped_and_half_as_large(tmp_path: Path) -> None:
    Ease(ridge=5).fit(invented_interactions()).save(tmp_path)
    stored = np.load(tmp_path / "weights.npy", mmap_mode="r")
    assert stored.dtype == np.float16
    assert stored.shape == (SEEN, SEEN)
    (tmp_path / "weights.npy").write_bytes(b"damaged")
    with pytest.raises(LibraryCorruptError):
        FittedEase.open(tmp_path)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 24), max_size=6, unique=True), st.integers(0, 24))
def test_a_dislike_raises_nothing_and_is_told_the_same_everywhere(
    liked: list[int], disliked: int
) -> None:
    before = history_of([title for title in liked if title != disliked])
    size = len(before.items)
    after = history_of([*before.items.tolist(), disliked], [5.0] * size + [1.0])
    scores = MODEL.score(after)[0]
    assert (scores <= MODEL.score(before)[0] + 1e-6).all()
    everything = np.arange(TITLES)
    parts = MODEL.explain(after, everything)
    assert parts.titles[0].sum(axis=0) == pytest.approx(scores, abs=1e-6)
    assert (parts.titles[0, -1] <= 0).all()
    twice = Histories(
        offsets=np.array([0, size + 1, 2 * size + 2]),
        items=np.tile(after.items, 2),
        actions=np.tile(after.actions, 2),
        values=np.tile(after.values, 2),
        times=np.tile(after.times, 2),
        users=np.array([-1, -1]),
    )
    assert MODEL.score(twice)[1] == pytest.approx(scores, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 59), st.integers(0, 59))
def test_a_batch_of_two_scores_as_each_alone(first: int, second: int) -> None:
    did = invented_interactions()
    fitted = MODEL
    people = np.unique([first, second])
    batch = fitted.score(Histories.of(did, people))
    for row, person in enumerate(people):
        alone = fitted.score(Histories.of(did, np.array([person])))
        assert batch[row] == pytest.approx(alone[0], abs=1e-5)


MODEL = Ease(ridge=5).fit(invented_interactions())

"""Titles with few ratings in a ranking beside those with many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import InputError, LibraryCorruptError
from matinee.interaction import Action, Histories
from matinee.taste.cold import ColdTitles, FittedColdTitles
from matinee.taste.content import ContentTaste
from matinee.testing.invented import history_of, invented_features, invented_interactions

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Interactions
    from matinee.protocols import Recommender
    from matinee.types import Contributions, Rows

COLD = 24
"""The title nobody rated; it is of the first kind."""


@dataclass(frozen=True)
class Counting:
    """Scores titles by what one may know of them: a stand-in for a collaborative model."""

    scores: npt.NDArray[np.float32]
    name: str = "counting"

    def __len__(self) -> int:
        return len(self.scores)

    def score(self, histories: Histories, items: Rows | None = None) -> npt.NDArray[np.float32]:
        scores = self.scores if items is None else self.scores[items]
        return np.tile(scores, (len(histories), 1))

    def explain(self, history: Histories, items: Rows) -> Contributions:
        raise NotImplementedError

    def save(self, folder: Path) -> None:
        raise NotImplementedError


@pytest.fixture(scope="module")
def content() -> Recommender:
    return ContentTaste().fit(invented_interactions(), invented_features())


def parts() -> tuple[Interactions, Interactions]:
    """Return what is told and a fifth that is hidden."""
    did = invented_interactions()
    hidden = np.random.default_rng(2).random(len(did)) < 0.2
    return did.take(~hidden), did.take(hidden)


def learnt(collaborative: Recommender, content: Recommender) -> FittedColdTitles:
    return ColdTitles().fit(*parts(), collaborative, content)


@dataclass(frozen=True)
class Scaled(Counting):
    """Ten times the content score and a hundred, but nought for the title nobody rated."""

    content: Recommender | None = None

    def score(self, histories: Histories, items: Rows | None = None) -> npt.NDArray[np.float32]:
        assert self.content is not None
        found = 100 + 10 * self.content.score(histories)
        found[:, COLD] = 0
        return found if items is None else found[:, items]


def test_a_title_without_ratings_gets_what_its_like_get(content: Recommender) -> None:
    collaborative = Scaled(np.zeros(25, np.float32), content=content)
    cold = learnt(collaborative, content)
    history = history_of([0, 1])
    scores = cold.score(collaborative, content, history)[0]
    alike, unlike = scores[2:8], scores[8:24]
    assert scores[COLD] > unlike.max()
    assert alike.min() * 0.95 < scores[COLD] < alike.max() * 1.05
    assert cold.share[COLD] == 0


def test_content_that_tells_nothing_puts_no_new_title_first(content: Recommender) -> None:
    noise = Counting(np.random.default_rng(0).normal(size=25).astype(np.float32))
    cold = learnt(content, noise)
    histories = Histories.of(invented_interactions())
    scores = cold.score(content, noise, histories)
    assert (scores[:, COLD] < np.quantile(scores[:, :COLD], 0.9, axis=1)).all()


def test_many_ratings_leave_the_collaborative_score(content: Recommender) -> None:
    noise = Counting(np.random.default_rng(0).normal(size=25).astype(np.float32))
    cold = replace(learnt(noise, content), share=np.ones(25, np.float32))
    history = history_of([0, 1])
    assert np.allclose(cold.score(noise, content, history), noise.score(history))


def test_what_a_model_says_of_a_title_it_never_saw_is_ignored(content: Recommender) -> None:
    scores = np.random.default_rng(0).normal(size=25).astype(np.float32)
    cold = learnt(Counting(scores), content)
    scores[COLD] = np.nan
    found = cold.score(Counting(scores), content, history_of([0]))
    assert np.isfinite(found).all()


def test_some_titles_score_as_among_all(content: Recommender) -> None:
    noise = Counting(np.random.default_rng(0).normal(size=25).astype(np.float32))
    cold, histories = learnt(noise, content), Histories.of(invented_interactions())
    items = np.array([24, 3])
    whole = cold.score(noise, content, histories)
    assert np.allclose(cold.score(noise, content, histories, items), whole[:, items], atol=1e-5)


def test_nobody_s_history_is_answered(content: Recommender) -> None:
    noise = Counting(np.random.default_rng(0).normal(size=25).astype(np.float32))
    assert np.isfinite(learnt(noise, content).score(noise, content, history_of([]))).all()


@given(low=st.floats(-5, 5), more=st.floats(0, 5))
def test_a_better_content_score_never_lowers_the_title(low: float, more: float) -> None:
    cold = FittedColdTitles(
        knots=np.array([-1, 0, 2], np.float32),
        values=np.array([-0.2, 0, 0.5], np.float32),
        share=np.array([0.0, 0.4], np.float32),
        reference=np.array([0, 1]),
    )
    told = np.array([[low, low], [low + more, low + more]], np.float32)
    reference = np.array([[0.0, 1.0]] * 2, np.float32)
    found = cold.join(np.zeros((2, 2), np.float32), told, reference, reference, np.array([0, 1]))
    assert (found[1] >= found[0] - 1e-6).all()


def test_without_hidden_titles_there_is_nothing_to_learn(content: Recommender) -> None:
    told, hidden = parts()
    with pytest.raises(InputError, match="Nothing hidden speaks"):
        ColdTitles().fit(told, hidden.take(hidden.values < 3), content, content)


def test_more_ratings_give_the_own_score_more_weight(content: Recommender) -> None:
    told, _ = parts()
    few = learnt(content, content)
    more = ColdTitles().refit(few, invented_interactions())
    assert (more.share >= few.share).all()
    assert more.share.sum() > few.share.sum()
    assert few.share[COLD] == more.share[COLD] == 0
    assert np.array_equal(ColdTitles().refit(few, told).share, few.share)


def test_ratings_between_like_and_dislike_give_it_none(content: Recommender) -> None:
    few, did = learnt(content, content), invented_interactions()
    enough = replace(did, values=np.full_like(did.values, 3)).take(did.actions == Action.RATING)
    assert not ColdTitles().refit(few, enough).share.any()


def test_saved_and_opened_scores_the_same(content: Recommender, tmp_path: Path) -> None:
    noise = Counting(np.random.default_rng(0).normal(size=25).astype(np.float32))
    cold, history = learnt(noise, content), history_of([3])
    cold.save(tmp_path)
    opened = FittedColdTitles.open(tmp_path)
    found = opened.score(noise, content, history)
    assert np.array_equal(found, cold.score(noise, content, history))
    np.save(tmp_path / "values.npy", np.zeros(1, np.float32))
    with pytest.raises(LibraryCorruptError, match="does not fit together"):
        FittedColdTitles.open(tmp_path)

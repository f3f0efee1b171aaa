"""The contract suite of models that rank titles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matinee.interaction import LEAST_STARS, MOST_STARS, Action, Histories
from matinee.protocols import RankingModel, Recommender
from matinee.testing.invented import (
    DAY,
    KINDS,
    PEOPLE,
    PER_KIND,
    TITLES,
    history_of,
    invented_features,
    invented_interactions,
    refused,
)

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeAlias

    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float32]


class RecommenderContract(ABC):
    """What every model that ranks titles must do."""

    order_matters: bool = False
    """Whether the order of rows without times may change what is learnt."""
    personal: bool = True
    """Whether the history plays a part at all."""
    monotone: bool = True
    """Whether a dislike lowers each similar title; else it must lower them taken together."""
    tolerance: float = 1e-4
    """Largest difference of two scores that ought to be the same, beside the largest score."""

    @abstractmethod
    def model(self) -> RankingModel:
        """Return the model, before anything is learnt."""

    @abstractmethod
    def open(self, folder: Path) -> Recommender:
        """Open what a fitted model saved."""

    def fitted(self, seed: int = 0) -> Recommender:
        """Return the model, fitted on the invented people."""
        return self.model().fit(invented_interactions(), invented_features(), seed=seed)

    def _close(self, left: Floats, right: Floats) -> bool:
        largest = max(float(np.abs(left).max(initial=0)), 1e-6)
        return bool(np.abs(left - right).max(initial=0) <= self.tolerance * largest)

    def test_meets_the_protocols(self) -> None:
        """Both have the methods, the same name, and the right length."""
        model, fitted = self.model(), self.fitted()
        assert isinstance(model, RankingModel)
        assert isinstance(fitted, Recommender)
        assert model.name == fitted.name
        assert len(fitted) == TITLES + 1

    def test_scores_every_title_for_every_person(self) -> None:
        """The scores have the shape promised and are finite, those of unseen titles too."""
        scores = self.fitted().score(Histories.of(invented_interactions()))
        assert scores.shape == (PEOPLE, TITLES + 1)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()

    def test_answers_somebody_with_no_history(self) -> None:
        """An empty history, and an empty batch, have finite scores of the right shape."""
        fitted = self.fitted()
        empty = fitted.score(history_of([]))
        assert empty.shape == (1, TITLES + 1)
        assert np.isfinite(empty).all()
        none = Histories.of(invented_interactions(), np.array([], np.int64))
        assert fitted.score(none).shape == (0, TITLES + 1)

    def test_mixes_people_with_and_without_history(self) -> None:
        """Somebody with an empty history does not disturb the others of a batch."""
        fitted, did = self.fitted(), invented_interactions()
        histories = Histories.of(did.take(did.users % 2 == 0))
        scores = fitted.score(histories)
        for person in (0, 1, PEOPLE - 1):
            assert self._close(scores[person], fitted.score(histories.one(person))[0])

    def test_somebody_unknown_is_folded_in(self) -> None:
        """A history counts whether the person was among those learnt from or not."""
        fitted, did = self.fitted(), invented_interactions()
        known = fitted.score(Histories.of(did))
        unknown = fitted.score(Histories.of(did, known=False))
        assert self._close(known, unknown)

    def test_some_titles_score_as_among_all(self) -> None:
        """Scores of chosen titles, in any order and repeated, are columns of the full scores."""
        fitted, histories = self.fitted(), Histories.of(invented_interactions())
        items = np.array([5, 0, TITLES, 5, 17])
        assert self._close(fitted.score(histories, items), fitted.score(histories)[:, items])
        one = histories.one(3)
        assert self._close(fitted.score(one, items), fitted.score(one)[:, items])
        assert fitted.score(one, items[:0]).shape == (1, 0)

    def test_one_person_scores_as_in_a_batch(self) -> None:
        """A batch gives what each person alone is given."""
        fitted, histories = self.fitted(), Histories.of(invented_interactions())
        batch = fitted.score(histories)
        for person, history in enumerate(histories):
            assert self._close(batch[person], fitted.score(history)[0])

    def test_explanation_adds_up_to_the_score(self) -> None:
        """What the score is made of has the shapes promised and adds up, also of an empty one."""
        fitted = self.fitted()
        items = np.array([1, 9, TITLES, 20])
        histories = [*list(Histories.of(invented_interactions()))[:6], history_of([])]
        for history in histories:
            scores = fitted.score(history, items)[0]
            parts = fitted.explain(history, items)
            assert parts.base.shape == (len(parts.signals), len(items))
            assert parts.titles.shape == (len(parts.signals), len(history.items), len(items))
            assert parts.base.dtype == parts.titles.dtype == np.float32
            total = parts.base.sum(axis=0) + parts.titles.sum(axis=(0, 1))
            largest = max(float(np.abs(scores).max()), float(np.abs(parts.titles).max(initial=0)))
            assert np.abs(total - scores).max() <= 1e-3 * max(largest, 1e-6)

    def test_saved_and_opened_scores_the_same(self, tmp_path: Path) -> None:
        """A model opened again gives the same scores and explanations; it needs nothing else."""
        fitted, histories = self.fitted(), Histories.of(invented_interactions())
        fitted.save(tmp_path / "model")
        opened = self.open(tmp_path / "model")
        assert opened.name == fitted.name
        assert len(opened) == len(fitted)
        assert self._close(opened.score(histories), fitted.score(histories))
        items, one = np.array([2, 4]), histories.one(0)
        before, after = fitted.explain(one, items), opened.explain(one, items)
        assert before.signals == after.signals
        assert self._close(before.titles, after.titles)
        opened.save(tmp_path / "again")
        assert self._close(self.open(tmp_path / "again").score(histories), opened.score(histories))

    def test_the_same_seed_learns_the_same(self) -> None:
        """Two fits with one seed give the same scores to the last bit."""
        histories = Histories.of(invented_interactions())
        assert np.array_equal(self.fitted(5).score(histories), self.fitted(5).score(histories))

    def test_the_order_of_rows_plays_no_part(self) -> None:
        """Shuffled interactions teach the same, where all times are known or order says nothing."""
        did = invented_interactions()
        if self.order_matters:
            did = replace(did, times=np.arange(len(did)) * DAY)
        shuffled = did.take(np.random.default_rng(1).permutation(len(did)))
        histories = Histories.of(did)
        left = self.model().fit(did, invented_features(), seed=0).score(histories)
        right = self.model().fit(shuffled, invented_features(), seed=0).score(histories)
        assert self._close(left, right)

    def test_likes_raise_and_dislikes_lower_what_is_similar(self) -> None:
        """Five stars for a kind raise its titles over the others; a hate of it never does."""
        if not self.personal:
            return
        fitted = self.fitted()
        for kind in range(KINDS):
            titles = np.arange(kind * PER_KIND, (kind + 1) * PER_KIND)
            seen, rest = titles[:3].tolist(), titles[3:]
            others = np.setdiff1d(np.arange(TITLES), titles)
            liked = fitted.score(history_of(seen))[0]
            assert liked[rest].mean() > liked[others].mean()
            # Beside something liked of another kind, so that there is somebody to speak of.
            other = (kind + 1) % KINDS * PER_KIND
            before = fitted.score(history_of([other]))[0]
            hated = history_of([other, *seen], [MOST_STARS] + [LEAST_STARS] * len(seen))
            after = fitted.score(hated)[0]
            slack = self.tolerance * float(np.abs(before).max())
            if self.monotone:
                assert (after[rest] <= before[rest] + slack).all()
            else:
                assert after[rest].mean() < before[rest].mean()

    def test_what_has_no_stars_counts_by_its_action(self) -> None:
        """A watch or a like, which has no stars, is accepted and says something."""
        fitted = self.fitted()
        for action in (Action.WATCH, Action.LIKE, Action.REWATCH, Action.RATING):
            history = history_of([0, 1], [np.nan, np.nan], action=action)
            scores = fitted.score(history)
            assert np.isfinite(scores).all()
            if self.personal:
                assert not self._close(scores, fitted.score(history_of([])))

    def test_learns_without_features(self) -> None:
        """Nothing beside the interactions is needed."""
        scores = self.model().fit(invented_interactions()).score(history_of([0]))
        assert np.isfinite(scores).all()

    def test_refuses_to_learn_from_nothing(self) -> None:
        """No interactions, or none that speak for a title, are refused with a cure."""
        did = invented_interactions()
        hidden = replace(
            did,
            actions=np.full(len(did), Action.HIDE, np.int8),
            values=np.full(len(did), np.nan, np.float32),
        )
        for nothing in (did.take(np.zeros(len(did), np.bool_)), hidden):
            assert refused(self.model(), nothing)

    def test_reports_progress(self) -> None:
        """Each report has a stage, and no more steps done than there are."""
        said: list[tuple[str, int, int]] = []

        def progress(stage: str, done: int, total: int) -> None:
            said.append((stage, done, total))

        self.model().fit(invented_interactions(), invented_features(), progress=progress)
        assert said
        assert all(stage and 0 <= done <= total for stage, done, total in said)

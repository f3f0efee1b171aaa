"""The contract suite of models that predict stars."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matinee.interaction import LEAST_STARS, MOST_STARS, NO_TIME, Action, Histories
from matinee.protocols import RatingModel, RatingPredictor
from matinee.testing.invented import (
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

    from matinee.types import Predicted, Rows


class RatingPredictorContract(ABC):
    """What every model that predicts stars must do."""

    tolerance: float = 1e-3
    """Largest difference, in stars, of two predictions that ought to be the same."""

    @abstractmethod
    def model(self) -> RatingModel:
        """Return the model, before anything is learnt."""

    @abstractmethod
    def open(self, folder: Path) -> RatingPredictor:
        """Open what a fitted model saved."""

    def fitted(self, seed: int = 0) -> RatingPredictor:
        """Return the model, fitted on the invented people."""
        return self.model().fit(invented_interactions(), invented_features(), seed=seed)

    def _pairs(self) -> tuple[Histories, Rows, Rows]:
        histories = Histories.of(invented_interactions())
        rng = np.random.default_rng(2)
        return histories, rng.integers(0, PEOPLE, 80), rng.integers(0, TITLES + 1, 80)

    def _check(self, predicted: Predicted, count: int) -> None:
        assert predicted.stars.shape == (count,)
        assert predicted.stars.dtype == np.float32
        assert np.isfinite(predicted.stars).all()
        assert ((predicted.stars >= LEAST_STARS) & (predicted.stars <= MOST_STARS)).all()
        assert (predicted.low is None) == (predicted.high is None)
        if predicted.low is not None and predicted.high is not None:
            assert predicted.low.shape == predicted.high.shape == (count,)
            assert (predicted.low <= predicted.stars).all()
            assert (predicted.stars <= predicted.high).all()

    def test_meets_the_protocols(self) -> None:
        """Both have the methods and the same name."""
        model, fitted = self.model(), self.fitted()
        assert isinstance(model, RatingModel)
        assert isinstance(fitted, RatingPredictor)
        assert model.name == fitted.name

    def test_predicts_stars_within_the_scale(self) -> None:
        """The stars have the shape promised, lie on the scale, and within their interval."""
        histories, people, items = self._pairs()
        fitted = self.fitted()
        self._check(fitted.predict(histories, people, items), len(people))
        self._check(fitted.predict(histories, people[:0], items[:0]), 0)

    def test_accepts_times(self) -> None:
        """A time may be given for each pair, known or not."""
        histories, people, items = self._pairs()
        times = np.where(people % 2 == 0, 1_100_000_000, NO_TIME)
        self._check(self.fitted().predict(histories, people, items, times), len(people))

    def test_answers_for_whom_and_what_it_does_not_know(self) -> None:
        """Somebody new, with a history or none, and a title that nobody rated get stars."""
        fitted = self.fitted()
        everything = np.arange(TITLES + 1)
        nobody = np.zeros(TITLES + 1, np.int64)
        self._check(fitted.predict(history_of([]), nobody, everything), TITLES + 1)
        self._check(fitted.predict(history_of([0, 9], [5, 1]), nobody, everything), TITLES + 1)
        watched = history_of([0, 9], [np.nan, np.nan], action=Action.WATCH)
        self._check(fitted.predict(watched, nobody, everything), TITLES + 1)

    def test_a_pair_gets_the_same_stars_in_any_company(self) -> None:
        """Stars do not depend on which other pairs are asked for, nor on their order."""
        histories, people, items = self._pairs()
        fitted = self.fitted()
        together = fitted.predict(histories, people, items).stars
        backwards = fitted.predict(histories, people[::-1], items[::-1]).stars[::-1]
        alone = fitted.predict(histories, people[:1], items[:1]).stars
        assert np.abs(together - backwards).max() <= self.tolerance
        assert abs(float(together[0]) - float(alone[0])) <= self.tolerance

    def test_tells_the_loved_from_the_hated(self) -> None:
        """People are given more stars for the kind they love than for the one they hate."""
        histories = Histories.of(invented_interactions())
        people = np.arange(PEOPLE).repeat(TITLES)
        items = np.tile(np.arange(TITLES), PEOPLE)
        stars = self.fitted().predict(histories, people, items).stars
        distance = (items // PER_KIND - people % KINDS) % KINDS
        assert stars[distance == 0].mean() > stars[distance == 1].mean()

    def test_saved_and_opened_predicts_the_same(self, tmp_path: Path) -> None:
        """A model opened again gives the same stars, and the same intervals."""
        histories, people, items = self._pairs()
        fitted = self.fitted()
        fitted.save(tmp_path / "model")
        opened = self.open(tmp_path / "model")
        assert opened.name == fitted.name
        before = fitted.predict(histories, people, items)
        after = opened.predict(histories, people, items)
        assert np.abs(before.stars - after.stars).max() <= self.tolerance
        assert (before.low is None) == (after.low is None)
        if before.low is not None and after.low is not None:
            assert np.abs(before.low - after.low).max() <= self.tolerance

    def test_the_same_seed_learns_the_same(self) -> None:
        """Two fits with one seed give the same stars to the last bit."""
        histories, people, items = self._pairs()
        left = self.fitted(5).predict(histories, people, items).stars
        assert np.array_equal(left, self.fitted(5).predict(histories, people, items).stars)

    def test_learns_without_features(self) -> None:
        """Nothing beside the interactions is needed."""
        fitted = self.model().fit(invented_interactions())
        self._check(fitted.predict(history_of([0]), np.array([0]), np.array([3])), 1)

    def test_refuses_to_learn_from_nothing(self) -> None:
        """No ratings with stars are refused with a cure."""
        did = invented_interactions()
        unrated = replace(did, values=np.full(len(did), np.nan, np.float32))
        for nothing in (did.take(np.zeros(len(did), np.bool_)), unrated):
            assert refused(self.model(), nothing)

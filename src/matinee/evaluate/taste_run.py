"""One model of taste on one split: fitted, asked, measured, timed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.evaluate import topn
from matinee.evaluate.beyond import beside_accuracy
from matinee.evaluate.stars import measure_stars
from matinee.interaction import NO_TIME, Histories
from matinee.memory_used import peak_mb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from matinee.evaluate.splits import Held, RankingSplit, RatingSplit
    from matinee.interaction import Interactions, ItemFeatures
    from matinee.protocols import RankingModel, RatingModel, Recommender

    Progress = Callable[[str, int, int], None]

_BATCH = 256
"""People scored at a time: 256 times 10,000 titles are 10 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TasteRun:
    """What one model earned on one split.

    Attributes:
        model: its name.
        seed: of the split and of the model.
        metrics: means, by name.
        per_person: what the means are of, float64 [people], by name.
        people: position of each person among those of the data set, int64 [people]; runs of one
            split and seed measure the same people in the same order.
        seconds: of ``fit`` and of ``score``, and both as ``total``.
        peak_mb: most memory the process held so far, in MB of a million bytes.
        counts: sizes of the split.
        by_history: metrics of people of whom only so many titles are known, by that number, where
            the protocol asks for them.
        notes: what a reader must know, as sentences without stops.
    """

    model: str
    seed: int
    metrics: Mapping[str, float]
    per_person: Mapping[str, npt.NDArray[np.float64]]
    people: npt.NDArray[np.int64]
    seconds: Mapping[str, float]
    peak_mb: float
    counts: Mapping[str, int]
    by_history: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the run as plain values."""
        values: dict[str, Any] = {
            "seed": self.seed,
            "model": self.model,
            "metrics": {name: round(value, 6) for name, value in self.metrics.items()},
            "seconds": round(self.seconds["total"], 3),
            "seconds_fit": round(self.seconds["fit"], 3),
            "seconds_score": round(self.seconds["score"], 3),
            "peak_mb": round(self.peak_mb, 1),
            "counts": dict(self.counts),
        }
        if self.by_history:
            values["by_history"] = {
                str(k): {name: round(value, 6) for name, value in found.items()}
                for k, found in self.by_history.items()
            }
        if self.notes:
            values["notes"] = list(self.notes)
        return values


def run_ranking(
    split: RankingSplit,
    features: ItemFeatures,
    model: RankingModel,
    *,
    progress: Progress | None = None,
) -> TasteRun:
    """Fit a ranking model on a split and measure its lists for the people asked.

    Every candidate that the person is not known to have is ranked; none is sampled.
    """
    started = time.perf_counter()
    fitted = model.fit(split.train, features, seed=split.seed, progress=progress)
    fit_seconds = time.perf_counter() - started

    started = time.perf_counter()
    lists = recommend(fitted, split.test, split.candidates)
    score_seconds = time.perf_counter() - started
    n = len(features)
    per_person = topn.measure(lists, split.test.targets, n)
    metrics = {name: float(values.mean()) for name, values in per_person.items()}
    known, people = _popularity(split.train)
    metrics |= beside_accuracy(lists, split.test.folded, features, known, people)
    by_history = {}
    for k, held in split.steps.items():
        found = topn.measure(recommend(fitted, held, split.candidates), held.targets, n)
        by_history[k] = {name: float(values.mean()) for name, values in found.items()}
    return TasteRun(
        model=fitted.name,
        seed=split.seed,
        metrics=metrics,
        per_person=per_person,
        people=split.test.people,
        seconds=_seconds(fit_seconds, score_seconds),
        peak_mb=peak_mb(),
        counts={
            "people": len(split.test),
            "candidates": int(split.candidates.sum()),
            "train": len(split.train),
            "folded": len(split.test.folded.items),
            "targets": len(split.test.targets.items),
            **{f"left out: {why}": number for why, number in split.dropped.items() if number},
        },
        by_history=by_history,
        notes=(f"relevant: {split.relevant}", *getattr(fitted, "degraded", ())),
    )


def recommend(
    fitted: Recommender, held: Held, candidates: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Return the best :data:`matinee.evaluate.topn.DEPTH` titles for each person, int64 [b, k]."""
    found = []
    for start in range(0, len(held), _BATCH):
        stop = min(start + _BATCH, len(held))
        allowed = np.repeat(candidates[None, :], stop - start, axis=0)
        first, last = held.masked.offsets[start], held.masked.offsets[stop]
        allowed[held.masked.owners[first:last] - start, held.masked.items[first:last]] = False
        scores = fitted.score(held.folded.between(start, stop))
        found.append(topn.best(scores, topn.DEPTH, allowed))
    return np.concatenate(found)


def run_rating(
    interactions: Interactions,
    split: RatingSplit,
    features: ItemFeatures,
    model: RatingModel,
    *,
    progress: Progress | None = None,
) -> TasteRun:
    """Fit a rating model on a split of interactions and measure the stars it predicts."""
    if not split.use_time:
        interactions = replace(interactions, times=np.full(len(interactions), NO_TIME))
    train = interactions.take(split.train_rows)
    test = interactions.take(split.test_rows)
    started = time.perf_counter()
    fitted = model.fit(train, features, seed=split.seed, progress=progress)
    fit_seconds = time.perf_counter() - started

    started = time.perf_counter()
    people = np.unique(test.users)
    trained = np.zeros(len(interactions.user_ids), np.bool_)
    trained[train.users] = True
    told = interactions.take(np.concatenate((split.train_rows, split.folded_rows)))
    histories = Histories.of(told, people)
    histories = replace(histories, users=np.where(trained[people], people, -1))
    predicted = fitted.predict(
        histories,
        np.searchsorted(people, test.users),
        test.items,
        test.times if split.use_time else None,
    )
    score_seconds = time.perf_counter() - started
    found = measure_stars(test, predicted)
    return TasteRun(
        model=fitted.name,
        seed=split.seed,
        metrics=found.metrics,
        per_person=found.per_person,
        people=found.people,
        seconds=_seconds(fit_seconds, score_seconds),
        peak_mb=peak_mb(),
        counts={
            "people": len(found.people),
            "train": len(train),
            "folded": len(split.folded_rows),
            "test": len(test),
            "left out": split.dropped,
        },
        notes=getattr(fitted, "degraded", ()),
    )


def _seconds(fit: float, score: float) -> dict[str, float]:
    return {"fit": fit, "score": score, "total": fit + score}


def _popularity(train: Interactions) -> tuple[npt.NDArray[np.float64], int]:
    """Return what share of the training people knows each title, and how many people they are."""
    n = len(train.item_ids)
    pairs = np.unique(train.users * n + train.items)
    people = len(np.unique(train.users))
    return np.bincount(pairs % n, minlength=n) / max(people, 1), people

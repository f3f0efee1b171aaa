"""Metrics of predicted stars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from matinee.interaction import Interactions
    from matinee.types import Predicted

RELEVANT = 3.5
"""Stars from which a rating counts as liked, as in the FAQ of the Surprise library."""
_PLACES = 10


@dataclass(frozen=True, slots=True)
class StarsMeasured:
    """What predictions earned.

    Attributes:
        metrics: over all ratings: ``rmse``, ``mae``; over people: ``precision@10``, ``recall@10``;
            with intervals, ``interval_coverage`` (of 80%) and ``interval_width`` in stars.
        per_person: float64 [people], ``squared_error``, ``absolute_error`` (means of a person's
            ratings), ``precision@10`` and ``recall@10``.
        people: the position of each, int64 [people], ascending.
    """

    metrics: Mapping[str, float]
    per_person: Mapping[str, npt.NDArray[np.float64]]
    people: npt.NDArray[np.int64]


def measure_stars(test: Interactions, predicted: Predicted) -> StarsMeasured:
    """Measure predictions against the stars that were given.

    ``rmse = sqrt(mean((given - predicted)^2))``, ``mae = mean(|given - predicted|)``. Precision@10
    and recall@10 are those of the Surprise library's FAQ: of a person's ten best-predicted test
    ratings, those predicted at 3.5 stars or more are the recommended ones; precision is the share
    of these that were given 3.5 or more, recall the share of what was given 3.5 or more that is
    among them; 0 where nothing is recommended, or nothing liked. They rank only what a person
    rated, so they say nothing of finding titles.

    Args:
        test: the ratings, n of them.
        predicted: stars, float32 [n], in the same order.
    """
    given = test.values.astype(np.float64)
    stars = predicted.stars.astype(np.float64)
    error = given - stars
    people, owners = np.unique(test.users, return_inverse=True)
    counts = np.bincount(owners)
    precision, recall = _precision_recall(owners, given, stars, len(people))
    metrics = {
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
        "precision@10": float(precision.mean()),
        "recall@10": float(recall.mean()),
    }
    if predicted.low is not None and predicted.high is not None:
        inside = (given >= predicted.low) & (given <= predicted.high)
        metrics["interval_coverage"] = float(inside.mean())
        metrics["interval_width"] = float((predicted.high - predicted.low).mean())
    return StarsMeasured(
        metrics,
        {
            "squared_error": np.bincount(owners, error**2) / counts,
            "absolute_error": np.bincount(owners, np.abs(error)) / counts,
            "precision@10": precision,
            "recall@10": recall,
        },
        people,
    )


def _precision_recall(
    owners: npt.NDArray[np.int64],
    given: npt.NDArray[np.float64],
    stars: npt.NDArray[np.float64],
    people: int,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    order = np.lexsort((-stars, owners))
    owner = owners[order]
    starts = np.searchsorted(owner, np.arange(people))
    place = np.arange(len(owner)) - starts[owner]
    recommended = (place < _PLACES) & (stars[order] >= RELEVANT)
    liked = given[order] >= RELEVANT
    both = np.bincount(owner[recommended & liked], minlength=people)
    return (
        both / np.maximum(np.bincount(owner[recommended], minlength=people), 1),
        both / np.maximum(np.bincount(owner[liked], minlength=people), 1),
    )

"""What lists are like beside being right: how broad, how varied, how famous, how fitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.evaluate.topn import EMPTY
from matinee.taste.calibrate import distribution, divergence, genre_shares

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.evaluate.topn import Top
    from matinee.interaction import Histories, ItemFeatures


def coverage(lists: Top, n_items: int) -> float:
    """Return the share of all titles that are on somebody's list.

    >>> coverage(np.array([[0, 1], [1, -1]]), 4)
    0.5
    """
    return len(np.unique(lists[lists != EMPTY])) / n_items


def gini(lists: Top, n_items: int) -> float:
    """Return how unequally the places go to titles: 0 all alike, towards 1 all to one.

    ``sum_j (2 j - n - 1) c_j / (n sum_j c_j)`` over counts in ascending order, j from 1.

    Source: Castells, Hurley and Vargas, "Novelty and diversity in recommender systems", 2015.

    >>> gini(np.array([[0, 1]]), 2), gini(np.array([[0], [0]]), 2)
    (0.0, 0.5)
    """
    counts = np.sort(np.bincount(lists[lists != EMPTY], minlength=n_items))
    total = counts.sum()
    if not total:
        return 0.0
    ranks = 2 * np.arange(1, n_items + 1) - n_items - 1
    return float((ranks * counts).sum() / (n_items * total))


def mean_popularity(lists: Top, popularity: npt.NDArray[np.float64]) -> float:
    """Return the mean share of the people who know a recommended title.

    Args:
        lists: int64 [b, k].
        popularity: float64 [n], share of the training people who interacted with each title.

    >>> mean_popularity(np.array([[0, 1]]), np.array([0.5, 0.1]))
    0.3
    """
    filled = lists[lists != EMPTY]
    return float(popularity[filled].mean()) if len(filled) else 0.0


def novelty(lists: Top, popularity: npt.NDArray[np.float64], people: int) -> float:
    """Return the mean surprise of a recommended title in bits, ``-log2`` of its popularity.

    A title nobody knows counts as if half a person did.

    Source: Vargas and Castells, "Rank and relevance in novelty and diversity metrics", 2011.

    >>> novelty(np.array([[0, 1]]), np.array([0.5, 0.25]), 100)
    1.5
    """
    filled = lists[lists != EMPTY]
    if not len(filled):
        return 0.0
    return float(-np.log2(np.maximum(popularity[filled], 0.5 / people)).mean())


def intra_list_diversity(lists: Top, features: ItemFeatures) -> float:
    """Return the mean distance of two titles of one list, 1 less the Jaccard index of their genres.

    Pairs without any genre are left out; lists of one title as well.

    Source: Ziegler and others, "Improving recommendation lists through topic diversification",
    2005.
    """
    found = []
    for row in lists:
        genres = features.genres[row[row != EMPTY]].astype(np.float64)
        both = genres @ genres.T
        sizes = genres.sum(axis=1)
        either = sizes[:, None] + sizes - both
        pairs = np.triu(either > 0, 1)
        if pairs.any():
            found.append(1.0 - float((both[pairs] / either[pairs]).mean()))
    return float(np.mean(found)) if found else 0.0


def miscalibration(lists: Top, histories: Histories, features: ItemFeatures) -> float:
    """Return how far the genres of a list are from those of the person's own titles, in nats.

    The mean of ``KL(p || .99 q + .01 p)``, p the genres of the history, q those of the list, each
    title's genres sharing its weight; people or lists without genres are left out. Lower is better.

    Source: Steck, "Calibrated recommendations", 2018.
    """
    shares = genre_shares(features.genres)
    found = []
    for row, history in zip(lists, histories, strict=True):
        chosen, listed = (
            distribution(shares, items, np.ones(len(items), np.float32))
            for items in (history.items, row[row != EMPTY])
        )
        if chosen.any() and listed.any():
            found.append(divergence(chosen, listed))
    return float(np.mean(found)) if found else 0.0


def beside_accuracy(
    lists: Top,
    histories: Histories,
    features: ItemFeatures,
    popularity: npt.NDArray[np.float64],
    people: int,
) -> dict[str, float]:
    """Return everything of this module about the first ten places, by name.

    Args:
        lists: int64 [b, at least 10].
        histories: of the same b people.
        features: of the n titles.
        popularity: float64 [n], share of the training people who interacted with each title.
        people: how many those are.
    """
    top = lists[:, :10]
    values = {
        "coverage@10": coverage(top, len(popularity)),
        "gini@10": gini(top, len(popularity)),
        "mean_popularity@10": mean_popularity(top, popularity),
        "novelty@10": novelty(top, popularity, people),
    }
    if features.genres.any():
        values["intra_list_diversity@10"] = intra_list_diversity(top, features)
        values["miscalibration@10"] = miscalibration(top, histories, features)
    return values

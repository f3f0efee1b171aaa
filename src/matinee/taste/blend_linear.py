"""Collaborative members of the blend, which learn from more than what speaks for a title.

That somebody watched a film and gave it three stars or fewer still says which films go together:
people choose what they watch before they judge it. So the weights between titles, and one of two
sets of vectors, are learnt with lower ratings as weak entries, while a history is answered by what
speaks for or against titles as always.

Measured on MovieLens 1M (3,534 people to learn from, 1,500 others of training and validation to
choose by; R@20 / R@50 / NDCG@100): RDLAE of ratings from 4 stars .352 / .468 / .420; people weighed
by ``c ** -.5`` .355 / .477 / .425; with lower ratings as weak entries too
(one to four stars as .3, .4, .6 and .9) .363 / .488 / .429.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matinee.taste import closed_form
from matinee.taste.ease import FittedEase
from matinee.taste.folds import wanted
from matinee.taste.ials import FittedIals, Ials
from matinee.taste.matrix import even, fitting_matrix
from matinee.taste.properties import property_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from matinee.interaction import Interactions, ItemFeatures
    from matinee.taste.ease import Rdlae
    from matinee.taste.preference import Preference


def weakly(preference: Preference, weight: float) -> Preference:
    """Return the preference by which lower ratings weigh ``weight`` and none speaks against."""
    return replace(preference, neutral=weight, negative=0.0)


def titles_kept(
    interactions: Interactions, preference: Preference, most: int
) -> npt.NDArray[np.int64]:
    """Return the titles that get weights, those with most people who want them, ascending."""
    items = interactions.items[wanted(interactions, preference)]
    counts = np.bincount(items, minlength=len(interactions.item_ids))
    kept = np.sort(np.argsort(-counts, kind="stable")[:most])
    return kept[counts[kept] > 0].astype(np.int64)


def fit_linear(
    interactions: Interactions,
    features: ItemFeatures | None,
    model: Rdlae,
    weak: float,
    progress: Callable[[str, int, int], None] | None = None,
) -> FittedEase:
    """Learn the weights between titles as :class:`matinee.taste.ease.Rdlae`, from weak entries too.

    Args:
        interactions: what was done.
        features: of the titles, where known: properties they share are learnt from as rows too.
        model: parameters, and the preference by which histories are answered.
        weak: weight of ratings below those that speak for a title.
        progress: is called with a stage, the steps done and their total.

    Raises:
        InputError: nothing speaks for a title.
    """
    matrix = fitting_matrix(interactions, weakly(model.preference, weak), negative=False)
    kept = titles_kept(interactions, model.preference, model.max_items)
    rows = [even(matrix, model.activity_power).tocsc()[:, kept]]
    if features is not None and model.feature_weight > 0:
        rows.append(property_rows(features).tocsc()[:, kept] * model.feature_weight)
    gram = closed_form.gram(rows)
    diagonal = gram.diagonal().copy()
    ridge = (model.ridge + model.dropout / (1 - model.dropout) * diagonal).astype(np.float32)
    gram[np.arange(len(kept)), np.arange(len(kept))] += ridge
    weights = closed_form.weights(gram, ridge, model.relaxation, progress)
    return FittedEase(model.name, model.preference, len(interactions.item_ids), kept, weights)


def fit_vectors(
    interactions: Interactions,
    model: Ials,
    weak: float,
    seed: int,
    progress: Callable[[str, int, int], None] | None = None,
) -> FittedIals:
    """Learn the vectors of titles as :class:`matinee.taste.ials.Ials`, from weak entries too.

    Raises:
        InputError: nothing speaks for a title.
        MissingExtraError: ``implicit`` is not installed.
    """
    learnt = replace(model, preference=weakly(model.preference, weak))
    factors = learnt.fit(interactions, seed=seed, progress=progress).factors
    wide = factors.astype(np.float64)
    return FittedIals(model, factors, wide.T @ wide)

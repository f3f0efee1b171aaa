"""Models of the ``lenskit`` library: stars of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from exchange import Split, run
from lenskit.als import BiasedMFScorer
from lenskit.data import ItemList, RecQuery, from_interactions_df
from lenskit.knn import ItemKNNScorer
from lenskit.training import TrainingOptions

if TYPE_CHECKING:
    from exchange import Predict


def _trained(split: Split, seed: int, scorer: Any) -> Any:
    columns = {"user_id": split.users, "item_id": split.items, "rating": split.values}
    scorer.train(from_interactions_df(pd.DataFrame(columns)), TrainingOptions(rng=seed))
    return scorer


def _stars(split: Split, scorer: Any) -> Predict:
    """Predict pairs, person by person; what the model leaves out is the mean of all ratings."""

    def predict() -> np.ndarray:
        found = np.full(len(split.asked), np.nan, np.float32)
        told = np.argsort(split.users, kind="stable")
        bounds = np.searchsorted(split.users[told], np.arange(split.people + 1))
        for person in np.unique(split.asked):
            own = told[bounds[person] : bounds[person + 1]]
            history = ItemList(item_ids=split.items[own], rating=split.values[own])
            query = RecQuery(user_id=person, history_items=history)
            pairs = np.flatnonzero(split.asked == person)
            scored = scorer(query, ItemList(item_ids=split.asked_items[pairs]))
            found[pairs] = scored.scores()
        return np.where(np.isnan(found), split.values.mean(), found)

    return predict


def mf(split: Split, seed: int, **parameters: Any) -> Predict:
    return _stars(split, _trained(split, seed, BiasedMFScorer(**parameters)))


def knn(split: Split, seed: int, **parameters: Any) -> Predict:
    return _stars(split, _trained(split, seed, ItemKNNScorer(**parameters)))


if __name__ == "__main__":
    run({"mf": mf, "knn": knn}, ("lenskit", "torch", "numpy"))

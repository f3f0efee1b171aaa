"""EASE of the ``rectools`` library, learnt from the ratings that speak for a title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from exchange import Split, run
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import EASEModel
from scipy import sparse

if TYPE_CHECKING:
    from exchange import Predict


def ease(split: Split, seed: int, **parameters: Any) -> Predict:  # noqa: ARG001 - exact
    rows = split.positive
    table = pd.DataFrame(
        {
            Columns.User: split.users[rows],
            Columns.Item: split.items[rows],
            Columns.Weight: 1.0,
            Columns.Datetime: pd.Timestamp(0),
        }
    )
    data = Dataset.construct(table)
    model = EASEModel(**parameters).fit(data)

    def predict() -> np.ndarray:
        # The model recommends only to people it learnt from; for others the product is taken here.
        told = split.told_positive
        matrix = sparse.csr_matrix(
            (
                np.ones(int(told.sum()), np.float32),
                (split.told_rows[told], split.told_items[told]),
            ),
            shape=(len(split.asked), split.titles),
        )
        known = data.item_id_map.external_ids
        scores = np.full((len(split.asked), split.titles), np.finfo(np.float32).min, np.float32)
        scores[:, known] = matrix[:, known] @ model.weight
        return scores

    return predict


if __name__ == "__main__":
    run({"ease": ease}, ("rectools", "numpy"))

"""Models of the ``implicit`` library: learnt from the ratings that speak for a title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from exchange import Split, run
from implicit.cpu.als import AlternatingLeastSquares
from implicit.cpu.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
from scipy import sparse

if TYPE_CHECKING:
    from exchange import Predict


def _learnt(split: Split) -> sparse.csr_matrix:
    rows = split.positive
    data = np.ones(int(rows.sum()), np.float32)
    return sparse.csr_matrix(
        (data, (split.users[rows], split.items[rows])), shape=(split.people, split.titles)
    )


def _told(split: Split) -> sparse.csr_matrix:
    rows = split.told_positive
    data = np.ones(int(rows.sum()), np.float32)
    shape = (len(split.asked), split.titles)
    return sparse.csr_matrix((data, (split.told_rows[rows], split.told_items[rows])), shape=shape)


def als(split: Split, seed: int, **parameters: Any) -> Predict:
    model = AlternatingLeastSquares(random_state=seed, **parameters)
    model.fit(_learnt(split), show_progress=False)
    told = _told(split)
    everybody = np.arange(len(split.asked))
    return lambda: model.recalculate_user(everybody, told) @ model.item_factors.T


def bpr(split: Split, seed: int, **parameters: Any) -> Predict:
    if (split.asked < 0).any():
        raise SystemExit("BPR knows only the people it learnt from")
    model = BayesianPersonalizedRanking(random_state=seed, **parameters)
    model.fit(_learnt(split), show_progress=False)
    return lambda: model.user_factors[split.asked] @ model.item_factors.T


def cosine(split: Split, seed: int, **parameters: Any) -> Predict:  # noqa: ARG001 - exact
    model = CosineRecommender(**parameters)
    model.fit(_learnt(split), show_progress=False)
    return lambda: (_told(split) @ model.similarity).toarray()


def bm25(split: Split, seed: int, **parameters: Any) -> Predict:  # noqa: ARG001 - exact
    model = BM25Recommender(**parameters)
    model.fit(_learnt(split), show_progress=False)
    return lambda: (_told(split) @ model.similarity).toarray()


if __name__ == "__main__":
    run({"als": als, "bpr": bpr, "cosine": cosine, "bm25": bm25}, ("implicit", "numpy"))

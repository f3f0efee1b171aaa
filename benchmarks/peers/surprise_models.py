"""Models of the ``scikit-surprise`` library: stars of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from exchange import Split, run
from surprise import SVD, KNNBaseline, SVDpp
from surprise.trainset import Trainset

if TYPE_CHECKING:
    from exchange import Predict
    from surprise import AlgoBase


def _learnt(split: Split) -> Trainset:
    """Return the ratings in the form the library keeps them in, without its detour by a file."""
    by_user: dict[int, list[tuple[int, float]]] = {}
    by_item: dict[int, list[tuple[int, float]]] = {}
    rows = zip(split.users.tolist(), split.items.tolist(), split.values.tolist(), strict=True)
    users: dict[int, int] = {}
    items: dict[int, int] = {}
    for user, item, stars in rows:
        inner_user = users.setdefault(user, len(users))
        inner_item = items.setdefault(item, len(items))
        by_user.setdefault(inner_user, []).append((inner_item, stars))
        by_item.setdefault(inner_item, []).append((inner_user, stars))
    return Trainset(
        by_user, by_item, len(users), len(items), len(split.users), (0.5, 5.0), users, items
    )


def _predicts(split: Split, model: AlgoBase) -> Predict:
    model.fit(_learnt(split))
    pairs = list(zip(split.asked.tolist(), split.asked_items.tolist(), strict=True))
    return lambda: np.array([model.predict(user, item).est for user, item in pairs])


def svd(split: Split, seed: int, **parameters: Any) -> Predict:
    return _predicts(split, SVD(random_state=seed, **parameters))


def svdpp(split: Split, seed: int, **parameters: Any) -> Predict:
    return _predicts(split, SVDpp(random_state=seed, **parameters))


def knn(split: Split, seed: int, **parameters: Any) -> Predict:  # noqa: ARG001 - exact
    return _predicts(split, KNNBaseline(verbose=False, **parameters))


if __name__ == "__main__":
    run({"svd": svd, "svd++": svdpp, "knn": knn}, ("scikit-surprise", "numpy"))

"""Backtests on one's own history."""

from __future__ import annotations

import numpy as np
import pytest

from matinee.errors import InputError
from matinee.evaluate.mine import backtest, cut
from matinee.interaction import Histories, Interactions, ItemFeatures

PEOPLE, TITLES, KINDS = 80, 60, 3
GENRES = np.eye(KINDS, dtype=bool)[np.arange(TITLES) % KINDS]
FEATURES = ItemFeatures(
    years=np.full(TITLES, 2000, np.float32), genres=GENRES, genre_names=["a", "b", "c"]
)


def crowd() -> Interactions:
    """People of three kinds, each of whom likes the titles of their kind and few others."""
    rng = np.random.default_rng(1)
    rows = []
    for person in range(PEOPLE):
        for title in rng.permutation(TITLES)[:30].tolist():
            stars = 5.0 if title % KINDS == person % KINDS else 2.0
            rows.append((person, title, stars, int(rng.integers(10_000))))
    users, items, values, times = (np.array(column) for column in zip(*rows, strict=True))
    return Interactions(
        users=users,
        items=items,
        actions=np.zeros(len(rows), np.int8),
        values=values.astype(np.float32),
        times=times,
        user_ids=[str(i) for i in range(PEOPLE)],
        item_ids=[str(i) for i in range(TITLES)],
    )


def history(items: list[int], stars: float = 5.0) -> Histories:
    n = len(items)
    return Histories(
        offsets=np.array([0, n]),
        items=np.array(items),
        actions=np.zeros(n, np.int8),
        values=np.full(n, stars, np.float32),
        times=np.arange(n),
        users=np.array([-1]),
    )


def test_a_cut_tells_the_past_and_asks_for_the_next_tenth() -> None:
    split = cut(crowd(), history(list(range(20))))
    assert len(split.test) == 5
    for place, told in enumerate(split.test.folded):
        stop = 10 + 2 * place
        assert told.items.tolist() == list(range(stop))
        assert split.test.targets[place].tolist() == [stop, stop + 1]
        assert not set(split.test.masked[place]) & set(split.test.targets[place])
    assert (split.test.folded.users == -1).all()


def test_too_little_to_measure_on_is_said() -> None:
    with pytest.raises(InputError, match="0 liked titles"):
        cut(crowd(), history(list(range(20)), stars=1.0))
    with pytest.raises(InputError, match="9 liked titles"):
        cut(crowd(), history(list(range(9))))


def test_a_better_model_is_chosen_over_everybody() -> None:
    choice = backtest(crowd(), FEATURES, ("popularity", "ease"))
    assert choice.comparison.protocol == "user-temporal"
    assert choice.model == "ease"
    assert "ease has +" in choice.why
    stays = backtest(crowd(), FEATURES, ("ease", "popularity"))
    assert stays.model == "ease"
    assert "beyond doubt" in stays.why


def test_five_moments_of_one_history_do_not_overturn_the_default() -> None:
    own = history(list(range(0, TITLES, KINDS)))
    choice = backtest(crowd(), FEATURES, ("popularity", "ease"), history=own)
    means = {name: choice.comparison.mean(name)["ndcg@10"] for name in ("popularity", "ease")}
    assert means["ease"] > means["popularity"]
    # Of five pairs the smallest p there is is 2 / 2^5.
    assert choice.model == "popularity"

"""Invented people and what they did with invented titles, few enough to fit any model on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError
from matinee.interaction import (
    LEAST_STARS,
    MOST_STARS,
    NO_TIME,
    Action,
    Histories,
    Interactions,
    ItemFeatures,
)

if TYPE_CHECKING:
    from matinee.protocols import RankingModel, RatingModel

PEOPLE, KINDS, PER_KIND = 60, 3, 8
TITLES = KINDS * PER_KIND
"""Titles that somebody saw; one more was seen by nobody."""
DAY = 86_400
"""Seconds."""


def invented_interactions(seed: int = 7) -> Interactions:
    """Return what 60 invented people did with 24 titles of three kinds, eight titles a kind.

    A person likes one kind and dislikes the next; each saw some titles of all. Some ratings have no
    stars, some interactions no time. One more title, the last, was seen by nobody.
    """
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, int, int, float, int]] = []
    for person in range(PEOPLE):
        liked = person % KINDS
        for title in rng.permutation(TITLES)[: int(rng.integers(12, 19))]:
            kind = title // PER_KIND
            stars = {0: 4.5, 1: 1.5, 2: 3.0}[int(kind - liked) % KINDS]
            stars = float(np.clip(stars + rng.integers(-1, 2) / 2, LEAST_STARS, MOST_STARS))
            when = 1_000_000_000 + person * 1_000 + len(rows) * DAY
            rows.append((person, int(title), int(Action.RATING), stars, when))
    table = np.array(rows)
    actions, values = table[:, 2].astype(np.int8), table[:, 3].astype(np.float32)
    times = table[:, 4].astype(np.int64)
    # Every ninth lover only watched the title, or said so with a like; some hid what they hate.
    for row in range(0, len(table), 9):
        values[row] = np.nan if values[row] >= 4 or values[row] <= 2 else values[row]
        if np.isnan(values[row]):
            loved = table[row, 3] >= 4
            actions[row] = (Action.WATCH if row % 2 else Action.LIKE) if loved else Action.HIDE
    times[::11] = NO_TIME
    return Interactions(
        users=table[:, 0].astype(np.int64),
        items=table[:, 1].astype(np.int64),
        actions=actions,
        values=values,
        times=times,
        user_ids=[f"person:{i}" for i in range(PEOPLE)],
        item_ids=[f"title:{i}" for i in range(TITLES + 1)],
    )


def invented_features() -> ItemFeatures:
    """Return what is known of the titles of :func:`invented_interactions`: a genre a kind."""
    kinds = np.append(np.arange(TITLES) // PER_KIND, 0)
    vectors = np.random.default_rng(3).normal(size=(TITLES + 1, 8)) * 0.3
    vectors[np.arange(TITLES + 1), kinds] += 2
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return ItemFeatures(
        years=(1990 + np.arange(TITLES + 1)).astype(np.float32),
        genres=np.eye(KINDS, dtype=np.bool_)[kinds],
        genre_names=("comedy", "drama", "horror")[:KINDS],
        vectors=vectors.astype(np.float32),
        people=[(int(kind), 10 + i) for i, kind in enumerate(kinds)],
    )


def history_of(
    items: list[int], values: list[float] | None = None, *, action: Action = Action.RATING
) -> Histories:
    """Return the history of one person whom no model knows; five stars unless said."""
    stars = np.full(len(items), MOST_STARS) if values is None else np.array(values)
    return Histories(
        offsets=np.array([0, len(items)]),
        items=np.array(items, np.int64),
        actions=np.full(len(items), action, np.int8),
        values=stars.astype(np.float32),
        times=2_000_000_000 + DAY * np.arange(len(items), dtype=np.int64),
        users=np.array([-1]),
    )


def refused(model: RankingModel | RatingModel, interactions: Interactions) -> bool:
    """Whether the model refuses to learn from interactions and says what to do instead."""
    try:
        model.fit(interactions, invented_features())
    except InputError as error:
        return bool(error.cure)
    return False

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.taste.removal import explain_by_removal
from matinee.testing.invented import history_of

if TYPE_CHECKING:
    from matinee.interaction import Histories


def crooked(histories: Histories, items: np.ndarray) -> np.ndarray:
    """A score that is anything but additive: entries by place, pairs, and a square."""
    found = np.zeros((len(histories), len(items)), np.float32)
    for row, history in enumerate(histories):
        values = history.values * (1 + np.arange(len(history.items)))
        total = values.sum() + (values[:1] * values[-1:]).sum()
        found[row] = np.sin(total + items) + 0.1 * total**2 + items
    return found


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.5, 1.0, 3.0, 4.5, 5.0]), max_size=7))
def test_parts_add_up_and_the_first_is_the_change_alone(stars: list[float]) -> None:
    history, items = history_of(list(range(len(stars))), stars), np.array([3, 0])
    parts = explain_by_removal(crooked, history, items, "all")
    scores = crooked(history, items)[0]
    assert parts.signals == ("all",)
    assert parts.base[0] == pytest.approx(crooked(history_of([]), items)[0])
    total = parts.base[0] + parts.titles[0].sum(axis=0)
    assert total == pytest.approx(scores, abs=1e-3)
    if not stars:
        return
    entries = np.arange(len(stars))
    alone = np.stack(
        [scores - crooked(history.keep(entries != entry), items)[0] for entry in entries]
    )
    for column in range(2):
        first = np.abs(alone[:, column]).argmax()
        assert parts.titles[0, first, column] == pytest.approx(alone[first, column], abs=1e-4)


def test_of_an_additive_score_the_parts_are_what_entries_give() -> None:
    def additive(histories: Histories, items: np.ndarray) -> np.ndarray:
        sums = np.bincount(histories.owners, histories.values, minlength=len(histories))
        return (sums[:, None] * (1 + items) + 7).astype(np.float32)

    history = history_of([4, 5, 6], [1, 2, 3])
    parts = explain_by_removal(additive, history, np.array([0, 1]), "sum")
    assert parts.base.tolist() == [[7, 7]]
    assert parts.titles[0].tolist() == [[1, 2], [2, 4], [3, 6]]

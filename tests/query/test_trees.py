from __future__ import annotations

import numpy as np
import pytest

from matinee.query.trees import Trees

# The first tree asks column 0, then column 1 of rows on its left; the second is a leaf.
TREES = Trees(
    roots=np.array([0, 5]),
    columns=np.array([0, 1, 0, 0, 0, 0]),
    bounds=np.array([0.5, -1.0, 0, 0, 0, 0]),
    children=np.array([[2, 1], [4, 3], [2, 2], [3, 3], [4, 4], [5, 5]]),
    values=np.array([0, 0, 3.0, -2.0, 1.0, 0.5]),
    base=-0.25,
    depth=2,
)


def _probability(odds: float) -> float:
    return float(1 / (1 + np.exp(-odds)))


@pytest.mark.parametrize(
    ("row", "leaf"),
    [([0.6, -9.0], 3.0), ([0.5, -1.0], -2.0), ([0.5, -0.9], 1.0), ([0.0, 5.0], 1.0)],
)
def test_a_row_falls_to_the_leaf_its_numbers_say(row: list[float], leaf: float) -> None:
    found = TREES.probabilities(np.array([row]))
    assert found.tolist() == pytest.approx([_probability(-0.25 + leaf + 0.5)])


def test_rows_do_not_mix() -> None:
    rows = np.random.default_rng(0).normal(0, 2, (50, 2))
    together = TREES.probabilities(rows)
    assert together.tolist() == [TREES.probabilities(row[None, :])[0] for row in rows]


def test_no_rows() -> None:
    assert TREES.probabilities(np.empty((0, 2))).shape == (0,)

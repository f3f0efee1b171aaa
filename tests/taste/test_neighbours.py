from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from matinee.taste import neighbours
from matinee.taste.neighbours import Neighbours
from matinee.testing.invented import history_of


@settings(deadline=None)
@given(
    size=st.integers(1, 9),
    k=st.integers(1, 12),
    seed=st.integers(0, 1000),
    cells=st.sampled_from([1, 20, 1000]),
)
def test_the_nearest_are_those_of_a_full_sort(size: int, k: int, seed: int, cells: int) -> None:
    near = np.random.default_rng(seed).integers(-2, 4, (size, size)).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "_CELLS", cells)
        found = Neighbours.nearest(lambda start, stop: csr_matrix(near[start:stop]), size, k)
    everything = np.arange(size)
    expected = np.zeros((size, size))
    for scored in range(size):
        row = near[scored].copy()
        row[scored] = 0
        for seen in np.argsort(-row, kind="stable")[:k]:
            expected[seen, scored] = max(row[seen], 0)
    assert found.between(everything, everything).tolist() == expected.tolist()
    assert (found.weights > 0).all()
    weights = np.linspace(-1, 1, size).astype(np.float32)
    history = history_of(everything.tolist())
    assert found.score(history, weights)[0] == pytest.approx(weights @ expected, abs=1e-5)

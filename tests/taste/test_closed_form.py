from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import random as random_matrix

from matinee.taste import closed_form


@settings(deadline=None)
@given(block=st.sampled_from([1, 3, 100]), seed=st.integers(0, 100))
def test_the_lower_triangle_is_that_of_the_sum(block: int, seed: int) -> None:
    parts = [
        random_matrix(rows, 7, density=0.4, random_state=seed, dtype=np.float32) for rows in (11, 4)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closed_form, "_BLOCK", block)
        found = closed_form.gram(parts)
    expected = sum(part.toarray().T @ part.toarray() for part in parts)
    assert np.tril(found) == pytest.approx(np.tril(expected), abs=1e-5)


@settings(deadline=None)
@given(block=st.sampled_from([1, 3, 100]), seed=st.integers(0, 100))
def test_blocks_play_no_part_and_the_upper_triangle_is_not_read(block: int, seed: int) -> None:
    x = np.random.default_rng(seed).random((9, 7))
    gram = (x.T @ x + 2 * np.eye(7)).astype(np.float32)
    spoilt = np.asfortranarray(np.tril(gram) + np.triu(np.full((7, 7), 99, np.float32), 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closed_form, "_BLOCK", block)
        found = closed_form.weights(spoilt, np.full(7, 2, np.float32), 0.0)
    inverse = np.linalg.inv(gram)
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    assert found == pytest.approx(expected, abs=2e-3)


def test_the_memory_needed_is_what_was_estimated() -> None:
    size = 1500
    matrix = random_matrix(400, size, density=0.02, random_state=0, dtype=np.float32)
    tracemalloc.start()
    gram = closed_form.gram([matrix])
    gram[np.arange(size), np.arange(size)] += 10
    closed_form.weights(gram, np.full(size, 10, np.float32), 0.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= closed_form.peak_bytes(size, matrix.nnz) <= 4 * peak

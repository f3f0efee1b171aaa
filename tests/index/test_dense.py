import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import LibraryCorruptError
from matinee.index.dense import NAME, DenseConfig, DenseIndex

SIZE, DIMENSION = 400, 32
GRAPH = DenseConfig(graph_above=10)


def unit(rows: int, seed: int) -> npt.NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(rows, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


VECTORS = unit(SIZE, 1)
QUERIES = unit(20, 2)
EXACT = DenseIndex.build(VECTORS)
HNSW = DenseIndex.build(VECTORS, GRAPH)


def nearest(query: npt.NDArray[np.float32], k: int, mask: npt.NDArray[np.bool_]) -> list[int]:
    """Return the exact answer over the vectors as they are stored, in float16."""
    scores = np.where(mask, VECTORS.astype(np.float16).astype(np.float32) @ query, -np.inf)
    rows: list[int] = np.argsort(-scores, kind="stable")[: min(k, int(mask.sum()))].tolist()
    return rows


@pytest.mark.parametrize("k", [1, 10, SIZE, SIZE + 50])
def test_the_scan_is_exact(k: int) -> None:
    for query in QUERIES:
        ranked = EXACT.search(query, k)
        assert ranked.rows.tolist() == nearest(query, k, np.ones(SIZE, bool))
        np.testing.assert_allclose(ranked.scores, (VECTORS @ query)[ranked.rows], atol=2e-3)
        assert (np.diff(ranked.scores) <= 0).all()
        assert ranked.rows.dtype == np.int64
        assert ranked.scores.dtype == np.float32


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.0]), st.integers(1, 40))
def test_a_mask_against_numpy(seed: int, share: float, k: int) -> None:
    allowed = np.random.default_rng(seed).random(SIZE) < share
    query = QUERIES[seed % len(QUERIES)]
    ranked = EXACT.search(query, k, allowed=allowed)
    assert ranked.rows.tolist() == nearest(query, k, allowed)


def test_the_graph_finds_nearly_all() -> None:
    hits = sum(
        len(set(HNSW.search(query, 10).rows.tolist()) & set(EXACT.search(query, 10).rows.tolist()))
        for query in QUERIES
    )
    assert hits / (10 * len(QUERIES)) >= 0.98


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_the_graph_honours_a_mask(share: float) -> None:
    allowed = np.random.default_rng(3).random(SIZE) < share
    hits = total = 0
    for query in QUERIES:
        ranked = HNSW.search(query, 10, allowed=allowed)
        assert allowed[ranked.rows].all()
        assert len(set(ranked.rows.tolist())) == len(ranked)
        wanted = nearest(query, 10, allowed)
        hits += len(set(ranked.rows.tolist()) & set(wanted))
        total += len(wanted)
    assert hits / total >= 0.95


@pytest.mark.parametrize("index", [EXACT, HNSW], ids=["scan", "graph"])
def test_nothing_allowed_finds_nothing(index: DenseIndex) -> None:
    assert len(index.search(QUERIES[0], 5, allowed=np.zeros(SIZE, bool))) == 0


def test_no_vectors() -> None:
    empty = DenseIndex.build(np.empty((0, DIMENSION), np.float32))
    assert len(empty) == 0
    assert len(empty.search(QUERIES[0], 5)) == 0


@settings(deadline=None)
@given(st.integers(0, len(QUERIES) - 1), st.integers(1, 20))
def test_fewer_is_the_beginning_of_more(number: int, k: int) -> None:
    query = QUERIES[number]
    assert EXACT.search(query, k).rows.tolist() == EXACT.search(query, k + 7).rows[:k].tolist()


def test_half_precision_vectors_are_taken_too() -> None:
    half = DenseIndex.build(VECTORS.astype(np.float16))
    assert half.search(QUERIES[0], 10).rows.tolist() == EXACT.search(QUERIES[0], 10).rows.tolist()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 60), st.sampled_from([None, GRAPH]), st.integers(0, 19))
def test_saved_and_opened_it_ranks_the_same(
    size: int, config: DenseConfig | None, number: int
) -> None:
    index = DenseIndex.build(VECTORS[:size], config)
    before = index.search(QUERIES[number], 15)
    with tempfile.TemporaryDirectory() as folder:
        assert [path.name for path in index.save(Path(folder))] == [NAME]
        opened = DenseIndex.open(Path(folder), config)
        assert len(opened) == size
        after = opened.search(QUERIES[number], 15)
        assert before.rows.tolist() == after.rows.tolist()
        assert before.scores.tolist() == after.scores.tolist()
        del opened  # Windows cannot remove a file that is mapped.


@pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "garbage"])
@pytest.mark.parametrize("index", [EXACT, HNSW], ids=["scan", "graph"])
def test_damaged_files_are_refused(tmp_path: Path, index: DenseIndex, damage: str) -> None:
    (path,) = index.save(tmp_path)
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        damaged = {"empty": b"", "truncated": content[: len(content) // 2], "garbage": b"x" * 5000}
        path.write_bytes(damaged[damage])
    with pytest.raises(LibraryCorruptError) as caught:
        DenseIndex.open(tmp_path)
    assert NAME in str(caught.value)

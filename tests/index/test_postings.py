import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.arrays import load_array
from matinee.errors import LibraryCorruptError
from matinee.index import postings as module
from matinee.index.postings import Postings, top

LISTS: dict[str, tuple[list[int], list[float]]] = {
    "heat": ([0, 2], [1.0, 0.5]),
    "cold": ([1], [2.0]),
    "night": ([0, 1, 2], [1, 1, 1]),
}


def test_find_returns_the_list_of_a_term_and_nothing_for_another() -> None:
    postings = Postings.from_lists(LISTS)
    for term, (rows, weights) in LISTS.items():
        found, values = postings.find(term)
        assert found.tolist() == rows
        assert values.tolist() == weights
    assert len(postings.find("absent")[0]) == 0


def test_no_terms() -> None:
    postings = Postings.from_lists({})
    assert len(postings.find("heat")[0]) == 0
    nothing = np.empty(0, np.int64)
    assert len(Postings.from_arrays([], nothing, nothing, np.empty(0)).terms) == 0


def test_arrays_give_the_same_postings_as_lists() -> None:
    names = list(LISTS)
    triples = [
        (number, row, weight)
        for number, name in enumerate(names)
        for row, weight in zip(*LISTS[name], strict=True)
    ]
    ids, rows, weights = (np.array(column) for column in zip(*triples, strict=True))
    built = Postings.from_arrays(names, ids, rows, weights)
    expected = Postings.from_lists(LISTS)
    for name in ("terms", "offsets", "rows", "weights"):
        np.testing.assert_array_equal(getattr(built, name), getattr(expected, name))
        assert getattr(built, name).dtype == getattr(expected, name).dtype


def test_two_terms_with_one_hash_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "term_hash", lambda term: 7)
    with pytest.raises(ValueError, match="share"):
        Postings.from_lists(LISTS)
    one = np.array([0, 1])
    with pytest.raises(ValueError, match="share"):
        Postings.from_arrays(["a", "b"], one, one, one.astype(float))


def test_add_to_multiplies_by_the_factor() -> None:
    scores = np.zeros(3, np.float32)
    Postings.from_lists(LISTS).add_to(scores, {"heat": 2.0, "cold": 1.0, "absent": 9.0})
    assert scores.tolist() == [2.0, 2.0, 1.0]


def test_save_and_open(tmp_path: Path) -> None:
    postings = Postings.from_lists(LISTS)
    paths = postings.save(tmp_path / "new")
    assert all(path.is_file() for path in paths)
    opened = Postings.open(tmp_path / "new")
    for name in ("terms", "offsets", "rows", "weights"):
        np.testing.assert_array_equal(getattr(opened, name), getattr(postings, name))


@settings(deadline=None)
@given(st.lists(st.integers(-2, 4), max_size=40), st.integers(1, 45))
def test_top_against_sorting(values: list[int], k: int) -> None:
    scores = np.array(values, np.float32)
    expected = sorted((i for i, v in enumerate(values) if v > 0), key=lambda i: (-values[i], i))[:k]
    ranked = top(scores, k)
    assert ranked.rows.tolist() == expected
    assert ranked.scores.tolist() == [values[i] for i in expected]
    assert ranked.rows.dtype == np.int64
    assert ranked.scores.dtype == np.float32


def _damage(path: Path, how: str) -> None:
    if how == "missing":
        path.unlink()
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "truncated":
        path.write_bytes(path.read_bytes()[:-5])
    elif how == "header":
        path.write_bytes(b"garbage" + path.read_bytes()[7:])
    elif how == "pickle":
        path.write_bytes(pickle.dumps([1, 2, 3]))
    elif how == "objects":
        np.save(path, np.array([{"a": 1}], object), allow_pickle=True)
    elif how == "type":
        np.save(path, np.load(path).astype(np.float64))
    elif how == "shape":
        np.save(path, np.load(path)[None, :])


@pytest.mark.parametrize("name", ["terms", "offsets", "rows", "weights"])
@pytest.mark.parametrize(
    "how", ["missing", "empty", "truncated", "header", "pickle", "objects", "type", "shape"]
)
def test_damaged_files_are_refused(tmp_path: Path, name: str, how: str) -> None:
    Postings.from_lists(LISTS).save(tmp_path)
    _damage(tmp_path / f"{name}.npy", how)
    with pytest.raises(LibraryCorruptError) as caught:
        Postings.open(tmp_path)
    assert f"{name}.npy" in str(caught.value)
    assert caught.value.cure


@pytest.mark.parametrize("name", ["terms", "offsets", "rows", "weights"])
def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, name: str) -> None:
    Postings.from_lists(LISTS).save(tmp_path)
    path = tmp_path / f"{name}.npy"
    np.save(path, np.load(path)[:-1])
    with pytest.raises(LibraryCorruptError, match="do not fit"):
        Postings.open(tmp_path)


def test_without_a_type_any_array_is_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((2, 3), np.float16))
    assert load_array(tmp_path / "a.npy").shape == (2, 3)

"""Vectors of posters and texts against a plain sum over all of them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import LibraryCorruptError
from matinee.index.pictures import PictureIndex
from matinee.types import PictureEncoderSpec

TITLES, POSTERS, DIMENSION = 300, 200, 24
SPEC = PictureEncoderSpec("test", DIMENSION, True, "0123456789abcdef")
Floats = npt.NDArray[np.float32]


def unit(rows: int, seed: int, *, towards: float = 1.0) -> Floats:
    """Return unit vectors that all lean one way, as those of a real model do."""
    vectors = np.random.default_rng(seed).normal(size=(rows, DIMENSION))
    vectors[:, 0] += towards * np.sqrt(DIMENSION)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


ROWS = np.sort(np.random.default_rng(0).permutation(TITLES)[:POSTERS]).astype(np.int64)
OF_POSTERS, OF_TEXTS = unit(POSTERS, 1), unit(TITLES, 2, towards=-0.3)
INDEX = PictureIndex.build(SPEC, OF_POSTERS, ROWS, OF_TEXTS)
QUERIES = unit(20, 3)


def oracle(
    query: Floats, vectors: Floats, rows: npt.NDArray[np.int64], allowed: npt.NDArray[np.bool_]
) -> dict[int, float]:
    """Return the score of every allowed row."""
    half = vectors.astype(np.float16).astype(np.float64)
    cosines = half @ query.astype(np.float64)
    mean = cosines.mean()
    return {
        int(row): max(0.0, float(cosine - mean))
        for row, cosine in zip(rows, cosines, strict=True)
        if allowed[row]
    }


@settings(deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 0.02, 0.3, 1.0]),
    st.sampled_from([1, 7, 50, TITLES + 5]),
    st.booleans(),
)
def test_both_lists_against_the_oracle(seed: int, share: float, k: int, texts: bool) -> None:
    allowed = np.random.default_rng(seed).random(TITLES) < share
    query = QUERIES[seed % len(QUERIES)]
    vectors, rows = (OF_TEXTS, np.arange(TITLES)) if texts else (OF_POSTERS, ROWS)
    expected = oracle(query, vectors, rows, allowed)
    ranked = (INDEX.texts if texts else INDEX.posters)(query, k, allowed=allowed)
    assert ranked is not None
    assert len(ranked) == min(k, len(expected))
    assert len(set(ranked.rows.tolist())) == len(ranked)
    assert ranked.rows.dtype == np.int64
    assert ranked.scores.dtype == np.float32
    assert (np.diff(ranked.scores) <= 0).all()
    best = sorted(expected.values(), reverse=True)[:k]
    np.testing.assert_allclose(ranked.scores, best, atol=1e-4)
    for row, score in zip(ranked.rows.tolist(), ranked.scores.tolist(), strict=True):
        assert score == pytest.approx(expected[row], abs=1e-4)


def test_the_gap_between_the_kinds_makes_no_difference() -> None:
    """Cosines with posters are high and with texts low; the scores are of one size."""
    query = QUERIES[0]
    assert float((OF_POSTERS @ query).mean()) - float((OF_TEXTS @ query).mean()) > 0.3
    posters, texts = INDEX.posters(query, TITLES), INDEX.texts(query, TITLES)
    assert texts is not None
    assert abs(float(posters.scores.mean()) - float(texts.scores.mean())) < 0.05
    # About half of all are nearer than the mean, in either.
    for ranked in (posters, texts):
        assert 0.3 < float((ranked.scores > 0).mean()) < 0.7


def test_the_vectors_of_some_rows() -> None:
    rows = np.array([ROWS[5], ROWS[0], ROWS[-1]], np.int64)
    there, vectors = INDEX.poster_vectors(rows)
    assert there.tolist() == rows.tolist()
    np.testing.assert_allclose(vectors, OF_POSTERS[[5, 0, POSTERS - 1]], atol=1e-3)
    assert vectors.dtype == np.float32
    without = np.setdiff1d(np.arange(TITLES), ROWS)
    there, vectors = INDEX.poster_vectors(np.concatenate([without, ROWS[:1], [TITLES + 9]]))
    assert there.tolist() == ROWS[:1].tolist()
    assert vectors.shape == (1, DIMENSION)


def test_without_texts_and_without_posters() -> None:
    eyes_only = PictureIndex.build(SPEC, OF_POSTERS, ROWS)
    assert eyes_only.texts(QUERIES[0], 5) is None
    assert len(eyes_only.text_rows) == 0
    none = PictureIndex.build(SPEC, OF_POSTERS[:0], ROWS[:0], OF_TEXTS)
    assert len(none) == len(none.posters(QUERIES[0], 5)) == 0
    assert len(none.texts(QUERIES[0], 5) or ()) == 5
    assert none.poster_vectors(np.arange(3))[1].shape == (0, DIMENSION)


@pytest.mark.parametrize("texts", [True, False])
@pytest.mark.parametrize("posters", [0, POSTERS])
def test_saved_and_opened_it_ranks_the_same(tmp_path: Path, texts: bool, posters: int) -> None:
    index = PictureIndex.build(
        SPEC,
        OF_POSTERS[:posters],
        ROWS[:posters],
        OF_TEXTS[::2] if texts else None,
        np.arange(TITLES)[::2] if texts else None,
    )
    files = index.save(tmp_path)
    assert sorted(files) == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    again = PictureIndex.open(tmp_path, SPEC, TITLES)
    assert again.rows.tolist() == index.rows.tolist()
    assert again.text_rows.tolist() == index.text_rows.tolist()
    for query in QUERIES:
        for before, after in (
            (index.posters(query, 9), again.posters(query, 9)),
            (index.texts(query, 9), again.texts(query, 9)),
        ):
            assert (before is None) == (after is None)
            if before is not None and after is not None:
                assert before.rows.tolist() == after.rows.tolist()
                assert before.scores.tolist() == after.scores.tolist()


@pytest.mark.parametrize("rows", [[1, 1], [2, 1], [-1, 0], [0], [0, 1, 2]])
def test_rows_that_do_not_fit_are_no_index(rows: list[int]) -> None:
    with pytest.raises(ValueError, match="ascend"):
        PictureIndex.build(SPEC, OF_POSTERS[:2], np.array(rows, np.int64))


def test_files_that_do_not_fit_are_refused() -> None:
    def broken(name: str, value: npt.NDArray[np.generic]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            INDEX.save(Path(folder))
            np.save(Path(folder) / name, value)
            with pytest.raises(LibraryCorruptError, match=r"do not fit|cannot be read"):
                PictureIndex.open(Path(folder), SPEC, TITLES)

    broken("posters.rows.npy", ROWS[:-1])
    broken("posters.rows.npy", ROWS[::-1])
    broken("posters.rows.npy", ROWS - TITLES)
    broken("posters.rows.npy", ROWS + TITLES)
    broken("posters.rows.npy", ROWS.astype(np.int32))
    broken("posters.f16.npy", OF_POSTERS)
    broken("posters.f16.npy", OF_POSTERS[:, :-1].astype(np.float16))
    broken("texts.f16.npy", OF_TEXTS[:-1].astype(np.float16))


def test_missing_files_are_refused(tmp_path: Path) -> None:
    for path in INDEX.save(tmp_path):
        sound = path.read_bytes()
        path.unlink()
        if path.name != "texts.rows.npy":  # which says that there are texts; the manifest knows it
            with pytest.raises(LibraryCorruptError):
                PictureIndex.open(tmp_path, SPEC, TITLES)
        path.write_bytes(sound)
    PictureIndex.open(tmp_path, SPEC, TITLES)

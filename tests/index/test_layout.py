"""The map's layout: alike beside alike, the same for the same vectors in any order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.index import layout as module
from matinee.index.layout import LayoutConfig, layout, neighbours

QUICK = LayoutConfig(steps=60)


def blobs(count: int = 6, each: int = 40, width: int = 24, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = np.repeat(rng.normal(size=(count, width)), each, axis=0)
    return (centres + 0.25 * rng.normal(size=centres.shape)).astype(np.float16)


def kept(vectors: np.ndarray, places: np.ndarray, k: int = 10) -> float:
    """Return the share of the ``k`` nearest that are nearest on the map too."""
    near = [neighbours(np.asarray(one, np.float32), k) for one in (vectors, places)]
    pairs = zip(*map(np.ndarray.tolist, near), strict=True)
    return float(np.mean([len({*a} & {*b}) / k for a, b in pairs]))


def test_the_same_vectors_give_the_same_bytes_in_any_order() -> None:
    vectors = blobs()
    first = layout(vectors)
    assert first.dtype == np.float32
    assert layout(vectors.copy()).tobytes() == first.tobytes()
    order = np.random.default_rng(0).permutation(len(vectors))
    assert layout(vectors[order]).tobytes() == first[order].tobytes()


def test_alike_lies_beside_alike() -> None:
    vectors = blobs()
    places = layout(vectors)
    which = np.repeat(np.arange(6), 40)
    assert (which[neighbours(places, 10)] == which[:, None]).mean() > 0.99
    assert kept(vectors, places) > 0.45
    # By chance it would be four in a hundred; the measure can tell a bad map.
    assert kept(vectors, np.random.default_rng(0).random((240, 2))) < 0.1


def test_it_fills_the_unit_square_and_no_more() -> None:
    places = layout(blobs(), config=QUICK)
    assert places.min() >= 0
    assert places.max() <= 1
    assert np.ptp(places, axis=0).max() == pytest.approx(1)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 17])
def test_few_titles(count: int) -> None:
    places = layout(blobs(1, 20)[:count], config=QUICK)
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()
    assert len({*map(tuple, places.tolist())}) == count


@pytest.mark.parametrize("value", [0.0, 1.0, -3.7, 1e-4])
def test_vectors_that_are_all_the_same_lie_together_and_apart(value: float) -> None:
    places = layout(np.full((9, 5), value, np.float32), config=QUICK)
    assert len({*map(tuple, places.tolist())}) == 9


def test_titles_of_one_text_lie_around_one_place() -> None:
    vectors = blobs()
    twice = np.concatenate([vectors, vectors[:5]])
    places = layout(twice)
    gaps = np.hypot(*(places[:5] - places[240:]).T)
    assert (gaps > 0).all()
    assert gaps.max() < 0.01


def test_a_title_more_moves_the_others_little() -> None:
    vectors = blobs(8, 60)
    before, after = layout(vectors[:-4]), layout(vectors)
    assert np.median(np.hypot(*(after[:-4] - before).T)) < 0.05


def test_the_grid_gives_the_forces_of_all_pairs() -> None:
    places = np.random.default_rng(0).normal(size=(800, 2)) * 15
    apart = places[:, None] - places
    near = 1 / (1 + (apart**2).sum(axis=2))
    wanted = (-2 * near[:, :, None] ** 2 * apart).sum(axis=1)
    potential, slope = module._potential(places)
    assert potential.sum() == pytest.approx(near.sum(), rel=0.02)
    assert np.abs(slope - wanted).mean() < 0.2 * np.abs(wanted).mean()
    assert np.corrcoef(slope.ravel(), wanted.ravel())[0, 1] > 0.98


@given(st.integers(1, 30), st.integers(1, 6), st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_any_vectors_have_finite_places(count: int, width: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).integers(-3, 4, (count, width)).astype(np.float16)
    places = layout(vectors, config=LayoutConfig(steps=15))
    assert np.isfinite(places).all()
    assert ((places >= 0) & (places <= 1)).all()


def test_what_is_no_vector_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        layout(np.array([[1.0, np.nan]]))
    with pytest.raises(ValueError, match=r"\[n, d\]"):
        layout(np.zeros(3))


def test_the_demo_library(demo) -> None:
    """Bands on 1,177 real titles: the low one fails on a worse layout, the high on a leak."""
    vectors = np.asarray(demo.engine.vectors, np.float32)
    places = layout(demo.engine.vectors)
    share = kept(vectors, places)
    assert 0.15 < share < 0.6
    flat = (vectors - vectors.mean(axis=0)) @ np.linalg.svd(vectors - vectors.mean(axis=0))[2][:2].T
    assert share > 3 * kept(vectors, flat)

"""Posters against texts, on titles where it is known which of the two says more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import InputError
from matinee.evaluate.posters import (
    POSTER,
    TEXT,
    Known,
    Likes,
    PosterStudy,
    Views,
    alike,
    average_precision,
    level,
    liked_together,
    ridge,
)

if TYPE_CHECKING:
    import numpy.typing as npt

SIZE, GENRES = 200, 4


def around(centres: npt.NDArray[np.float64], noise: float, seed: int) -> npt.NDArray[np.float32]:
    """Unit vectors about the centre of each title's genre, in a narrow cone."""
    rng = np.random.default_rng(seed)
    vectors = centres + rng.normal(scale=noise, size=centres.shape) + 0.5
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def made() -> tuple[Views, npt.NDArray[np.int64]]:
    """Titles whose posters tell their genre, and whose texts tell hardly anything."""
    rng = np.random.default_rng(1)
    genre = rng.integers(0, GENRES, SIZE)
    centres = rng.normal(size=(GENRES, 16))[genre]
    return Views(around(centres, 6.0, 2), around(centres, 0.5, 3)), genre


def likes_of(genre: npt.NDArray[np.int64]) -> Likes:
    """Sixty people, each of whom likes twenty titles of one genre."""
    rng = np.random.default_rng(4)
    rows = [rng.choice(np.flatnonzero(genre == i % GENRES), 20, replace=False) for i in range(60)]
    return Likes(np.repeat(np.arange(60), 20), np.concatenate(rows))


def test_what_tells_more_measures_more_in_every_task() -> None:
    views, genre = made()
    likes = likes_of(genre)
    found = PosterStudy(resamples=200).run(
        views,
        genres=genre[:, None] == np.arange(GENRES),
        likes=likes,
        known=liked_together(likes, SIZE, fewest=2),
        seed=7,
    )
    assert set(found.values) == {"genres", "cold titles", "alike"}
    for task in found.values:
        told = found.to_dict()[task]
        assert told[POSTER]["mean"] > told[TEXT]["mean"] + 0.2, task
        assert told[POSTER]["gain_low"] > 0, task
        assert told[POSTER]["p"] < 0.01, task
        assert told[TEXT]["mean"] < told["both 0.5"]["mean"], task


def test_posters_that_say_nothing_gain_nothing() -> None:
    views, genre = made()
    noise = np.random.default_rng(5).normal(size=(SIZE, 16)).astype(np.float32)
    swapped = Views(views.poster, noise)
    found = PosterStudy(resamples=200).run(swapped, likes=likes_of(genre), seed=7)
    assert set(found.values) == {"cold titles"}
    gain = found.gain("cold titles", POSTER)
    assert gain.high < 0
    assert found.mean("cold titles", POSTER).mean < 0.5 < found.mean("cold titles", TEXT).mean


def test_the_same_seed_finds_the_same() -> None:
    views, genre = made()
    study = PosterStudy(resamples=100)
    first, again, other = (
        study.run(views, likes=likes_of(genre), seed=seed).to_dict() for seed in (1, 1, 2)
    )
    assert first == again != other


@given(st.floats(0, 1), st.integers(0, 50))
def test_joined_vectors_are_a_mixture_of_both_likenesses(share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    views = Views(*(rng.normal(size=(24, size)).astype(np.float32) + 1 for size in (5, 9)))
    text, poster = (level(view) @ level(view).T for view in (views.text, views.poster))
    joined = views.joined(share)
    np.testing.assert_allclose(joined @ joined.T, (1 - share) * text + share * poster, atol=1e-4)


def test_a_levelled_likeness_has_a_deviation_of_one() -> None:
    vectors = level(made()[0].poster)
    likeness = vectors @ vectors.T
    assert float(likeness[~np.eye(SIZE, dtype=np.bool_)].std()) == pytest.approx(1.0, abs=1e-3)


def test_ridge_is_that_of_the_normal_equations() -> None:
    rng = np.random.default_rng(6)
    vectors = rng.normal(size=(30, 4)).astype(np.float32)
    labels = rng.random((30, 2)) < 0.5
    asked = rng.normal(size=(5, 4)).astype(np.float32)
    centred = vectors - vectors.mean(axis=0)
    penalty = 0.3 * np.trace(centred @ centred.T) / 30
    weights = np.linalg.solve(
        centred.T @ centred + penalty * np.eye(4), centred.T @ (labels - labels.mean(axis=0))
    )
    expected = labels.mean(axis=0) + (asked - vectors.mean(axis=0)) @ weights
    np.testing.assert_allclose(ridge(vectors, labels, asked, 0.3), expected, atol=1e-5)


def test_average_precision_of_one_label_is_the_reciprocal_of_its_place() -> None:
    scores = np.array([[3.0, 2.0, 1.0]] * 3)
    assert average_precision(scores, np.eye(3, dtype=np.bool_)).tolist() == pytest.approx(
        [1, 1 / 2, 1 / 3]
    )


def test_a_title_is_not_alike_to_itself() -> None:
    vectors = np.eye(12, dtype=np.float32) + np.float32(0.01)
    grades = np.zeros((1, 12), np.float32)
    grades[0, [3, 4]] = (9.0, 1.0)
    vectors[4] = vectors[3]
    assert alike(vectors, Known(np.array([3]), grades)).tolist() == [1.0]


def test_liked_together_is_the_cosine_of_likes() -> None:
    likes = Likes(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 1]))
    known = liked_together(likes, 3, fewest=2)
    assert known.rows.tolist() == [0, 1]
    np.testing.assert_allclose(known.grades[0], [0, 2 / np.sqrt(6), 0], atol=1e-6)


def test_too_little_is_an_error() -> None:
    views, _ = made()
    with pytest.raises(InputError, match="Only 3 titles"):
        Views(views.text[:3], views.poster[:3])
    with pytest.raises(InputError, match="200 texts and 3 posters"):
        Views(views.text, views.poster[:3])
    few = Likes(np.arange(3), np.arange(3))
    with pytest.raises(InputError, match="Nobody liked"):
        PosterStudy().run(views, likes=few)
    with pytest.raises(InputError, match="No title was liked by 20"):
        liked_together(few, SIZE)
    with pytest.raises(InputError, match="No genre"):
        PosterStudy().run(views, genres=np.zeros((SIZE, 2), np.bool_))

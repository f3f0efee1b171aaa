"""Pictures as models see them, against what the processors of ``transformers`` made of the same.

``tools/make_picture_models.py`` kept every 16th row and column of what they made, and the means.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from matinee.encode.picture_input import LONGEST, picture_input
from matinee.models.card import Preprocess
from matinee.testing import pattern_picture
from matinee.types import Picture

FIXTURES = Path(__file__).parents[1] / "models/fixtures"
CLIP = {
    "mean": (0.48145466, 0.4578275, 0.40821073),
    "std": (0.26862954, 0.26130258, 0.27577711),
    "resample": "bicubic",
}
IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225), "resample": "bicubic"}
HOW = {
    "clip": Preprocess(size=224, resize=224, crop=True, **CLIP),
    "blip": Preprocess(size=384, resize=384, crop=False, **CLIP),
    "resnet50": Preprocess(size=224, resize=256, crop=True, **IMAGENET),
}
PLAIN = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0), "resample": "bilinear"}


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(FIXTURES / "golden_pixels.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize("name", list(HOW))
def test_pixels_are_those_of_the_processors(golden: dict[str, np.ndarray], name: str) -> None:
    """Landscape, portrait, tiny, and a strip; scaled, cut and brought to range."""
    for number, (width, height) in enumerate(golden["sizes"].tolist()):
        found = picture_input(pattern_picture(width, height, number), HOW[name])
        assert found.shape == (3, HOW[name].size, HOW[name].size)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found[:, ::16, ::16], golden[name][number], atol=1e-6)
        means = found.mean(axis=(1, 2), dtype=np.float64)
        np.testing.assert_allclose(means, golden[f"{name}_mean"][number], atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 400),
    height=st.integers(1, 400),
    size=st.integers(1, 40),
    more=st.integers(0, 10),
    crop=st.booleans(),
)
def test_every_picture_becomes_a_square(
    width: int, height: int, size: int, more: int, crop: bool
) -> None:
    """Whatever the sides: finite, contiguous, and within what pixels can be."""
    how = Preprocess(size=size, resize=size + more, crop=crop, **PLAIN)
    found = picture_input(pattern_picture(width, height), how)
    assert found.shape == (3, size, size)
    assert found.flags.c_contiguous
    assert found.min() >= 0.0
    assert found.max() <= 1.0


@pytest.mark.parametrize("tall", [False, True])
def test_of_a_long_strip_the_middle_is_seen(tall: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A strip of 2 MB of pixels would take 2 GB, were it scaled before it is cut."""
    pixels = np.zeros((8, 100_000, 3), np.uint8)
    pixels[:, 50_000 - 4 : 50_000 + 4] = 255
    if tall:
        pixels = np.ascontiguousarray(pixels.transpose(1, 0, 2))
    picture = Picture("", "PNG", pixels.shape[1], pixels.shape[0], pixels)
    sides: list[int] = []
    resize = Image.Image.resize

    def watched(image: Image.Image, size: tuple[int, int], *more: Any) -> Image.Image:
        sides.extend(size)
        return resize(image, size, *more)

    monkeypatch.setattr(Image.Image, "resize", watched)
    found = picture_input(picture, Preprocess(size=224, resize=224, crop=True, **PLAIN))
    np.testing.assert_allclose(found, 1.0, atol=0.51)  # the outermost pixels mix with the black
    np.testing.assert_allclose(found[:, 28:-28, 28:-28], 1.0)
    np.testing.assert_allclose(found, found[:, ::-1, ::-1], atol=1e-6)
    assert max(sides) <= 224 * LONGEST


@pytest.mark.parametrize("extra", [0, 1, 2, 3])
def test_cutting_the_ends_first_changes_little(extra: int) -> None:
    """Beside the limit: the middle of what was scaled whole is the same, but for rounding."""
    # Powers of two: the scale is exact, so that cutting first cannot move the grid of pixels.
    picture = pattern_picture(16 * LONGEST + extra, 16, 1)
    how = Preprocess(size=32, resize=32, crop=True, **PLAIN)
    whole = Image.fromarray(picture.pixels)
    whole = whole.resize((2 * whole.width, 32), Image.Resampling.BILINEAR)
    left = (whole.width - 32) // 2
    expected = np.asarray(whole.crop((left, 0, left + 32, 32))).transpose(2, 0, 1) / 255
    np.testing.assert_allclose(picture_input(picture, how), expected, atol=1e-6)


def test_the_filter_is_the_one_the_card_names() -> None:
    how = HOW["clip"]
    other = Preprocess(size=224, resize=224, crop=True, **(CLIP | {"resample": "bilinear"}))
    picture = pattern_picture(90, 60)
    assert np.abs(picture_input(picture, how) - picture_input(picture, other)).max() > 0.1


def test_the_picture_is_left_as_it_is() -> None:
    """Its pixels are read-only, and shared."""
    picture = pattern_picture(50, 40)
    before = picture.pixels.copy()
    picture_input(picture, HOW["clip"])
    np.testing.assert_array_equal(picture.pixels, before)

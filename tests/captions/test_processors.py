"""Pictures as models see them, against the processors of ``transformers``, value by value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import transformers as hf
from PIL import Image

from matinee.encode.picture_input import picture_input
from matinee.models import registry
from matinee.models.card import Preprocess
from matinee.testing import pattern_picture
from matinee.types import Picture

# As the repositories of the published models configure them.
PROCESSORS = {
    "clip": hf.CLIPImageProcessorPil(),
    "blip": hf.BlipImageProcessorPil(),
    "resnet50": hf.ConvNextImageProcessorPil(
        size={"shortest_edge": 224},
        crop_pct=0.875,
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
    ),
}
SIZES = [
    (771, 513), (300, 450), (342, 513), (224, 224), (225, 224), (257, 300), (256, 384),
    (11, 7), (1, 1), (7, 1), (640, 81), (81, 640), (1000, 641),
]  # fmt: skip


@pytest.mark.parametrize("name", list(PROCESSORS))
def test_every_value_is_that_of_the_processor(name: str) -> None:
    """Not only nearly: the same arithmetic in the same order. The registry says how."""
    processor, how = PROCESSORS[name], registry.find(name).preprocess
    assert how is not None
    rng = np.random.default_rng(5)
    for number, (width, height) in enumerate(SIZES):
        noise = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        for picture in (
            pattern_picture(width, height, number),
            Picture("", "PNG", width, height, noise),
        ):
            image = Image.fromarray(picture.pixels)
            expected = processor(image, return_tensors="np")["pixel_values"][0]
            np.testing.assert_array_equal(picture_input(picture, how), expected)


def test_bilinear_as_well() -> None:
    processor: Any = hf.CLIPImageProcessorPil(resample=Image.Resampling.BILINEAR)
    how = Preprocess(
        size=224,
        resize=224,
        crop=True,
        mean=tuple(processor.image_mean),
        std=tuple(processor.image_std),
        resample="bilinear",
    )
    picture = pattern_picture(300, 200)
    expected = processor(Image.fromarray(picture.pixels), return_tensors="np")["pixel_values"][0]
    np.testing.assert_array_equal(picture_input(picture, how), expected)

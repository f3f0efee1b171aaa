from __future__ import annotations

import numpy as np
import pytest

from matinee.encode.cached_pictures import CachedCaptioner, CachedPictureEncoder
from matinee.errors import ModelError
from matinee.testing import (
    CaptionerContract,
    ColourEncoder,
    FixedCaptioner,
    PictureEncoderContract,
    pattern_picture,
)
from matinee.types import Picture


def pictures(count: int) -> list[Picture]:
    rng = np.random.default_rng(1)
    return [
        Picture(f"{number:064x}", "PNG", 8, 8, rng.integers(0, 255, (8, 8, 3), np.uint8))
        for number in range(count)
    ]


class TestCachedPictureEncoder(PictureEncoderContract):
    def encoder(self) -> CachedPictureEncoder:
        return CachedPictureEncoder(ColourEncoder())


class TestCachedCaptioner(CaptionerContract):
    def captioner(self) -> CachedCaptioner:
        return CachedCaptioner(FixedCaptioner())


def test_a_picture_is_looked_at_once() -> None:
    inner = ColourEncoder()
    encoder = CachedPictureEncoder(inner)
    (picture,) = pictures(1)
    again = Picture(picture.digest, "PNG", 8, 8, picture.pixels.copy())
    first, second = encoder.encode_pictures([picture]), encoder.encode_pictures([again])
    assert inner.encoded == [picture.digest]
    np.testing.assert_array_equal(first, second)
    with pytest.raises(ValueError, match="read-only"):
        second[0, 0] = 1.0


def test_the_latest_are_kept_and_several_at_once_are_not() -> None:
    inner = ColourEncoder()
    encoder = CachedPictureEncoder(inner, size=2)
    one, two, three = pictures(3)
    for picture in (one, two, one, three, one, two):
        encoder.encode_pictures([picture])
    assert inner.encoded == [each.digest for each in (one, two, three, two)]
    encoder.encode_pictures([one, two])
    encoder.encode_pictures([one, two])
    assert len(inner.encoded) == 8


def test_a_caption_is_written_once_and_a_failure_is_not_kept() -> None:
    inner = FixedCaptioner()
    captioner = CachedCaptioner(inner)
    picture = pattern_picture(20, 30)
    assert captioner.caption(picture) == captioner.caption(picture)
    assert inner.seen == [picture.digest]

    class Failing(FixedCaptioner):
        def caption(self, picture: Picture) -> str:
            super().caption(picture)
            raise ModelError("It failed")

    failing = Failing()
    captioner = CachedCaptioner(failing)
    for _ in range(2):
        with pytest.raises(ModelError):
            captioner.caption(picture)
    assert len(failing.seen) == 2

"""Contract suites for the models that see: picture encoders and captioners.

They use plain ``assert`` and need pytest only to be collected.
"""

from __future__ import annotations

import hashlib
import io
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import ModelError
from matinee.protocols import Captioner, PictureEncoder
from matinee.types import Picture

if TYPE_CHECKING:
    from matinee.types import Matrix

_SIZES = ((120, 80), (64, 96), (1, 1), (90, 2), (3, 200), (33, 47), (256, 256), (50, 50), (7, 5))
"""Width and height: landscape, portrait, tiny, strips; more than a batch usually holds."""
_TEXTS = ("a red balloon", "", "lonely in space", "x " * 2000, "映画", "\ud800 \0", "a red balloon")


def pattern_picture(width: int, height: int, number: int = 0) -> Picture:
    """Return a picture of slanting bands and blocks, the same on every machine.

    Args:
        width: in pixels.
        height: likewise.
        number: another number is another picture.

    >>> pattern_picture(2, 1).pixels.tolist()
    [[[0, 40, 90], [5, 42, 91]]]
    """
    y, x = np.mgrid[:height, :width]
    blocks = 60 * ((x // 9 + y // 7 + number) % 4)
    # Three turns of the same, so that the colours go separate ways.
    red = 5 * x + 3 * y + 71 * number
    green = 40 + 2 * x + 7 * y + blocks
    blue = 90 + x + y * (number + 1) + 2 * blocks
    pixels = (np.stack([red, green, blue], axis=-1) % 256).astype(np.uint8)
    pixels.flags.writeable = False
    digest = hashlib.sha256(b"%d %d " % (width, height) + pixels.tobytes()).hexdigest()
    return Picture(digest, "PNG", width, height, pixels)


def drawn_poster(seed: int) -> bytes:
    """Return a poster like no other, as a JPEG: shapes on a ground of one colour.

    Args:
        seed: another seed is another poster, to an eye as to a signature.
    """
    from PIL import Image, ImageDraw

    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (240, 360), tuple(rng.integers(0, 255, 3).tolist()))
    pen = ImageDraw.Draw(image)
    for _ in range(25):
        x, y = rng.integers(0, 240), rng.integers(0, 360)
        size, colour = rng.integers(10, 90, 2), tuple(rng.integers(0, 255, 3).tolist())
        draw = pen.ellipse if rng.random() < 0.5 else pen.rectangle
        draw((int(x), int(y), int(x + size[0]), int(y + size[1])), fill=colour)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=88)
    return written.getvalue()


def _pictures() -> list[Picture]:
    return [pattern_picture(*size, number) for number, size in enumerate(_SIZES)]


class PictureEncoderContract(ABC):
    """What every picture encoder must do."""

    tolerance: float = 1e-4
    """Most that a number of a vector may change with the batch it is computed in."""

    @abstractmethod
    def encoder(self) -> PictureEncoder:
        """Return the encoder."""

    def _check(self, vectors: Matrix, number: int) -> None:
        assert vectors.shape == (number, self.encoder().spec.dimension)
        assert vectors.dtype == np.float32
        assert np.isfinite(vectors).all()
        assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-3

    def test_meets_the_protocol(self) -> None:
        """It has the methods, and says what it is, the same each time it is loaded."""
        encoder = self.encoder()
        assert isinstance(encoder, PictureEncoder)
        assert encoder.spec.name
        assert encoder.spec.dimension > 0
        assert encoder.spec.fingerprint
        assert encoder.spec == self.encoder().spec

    def test_vectors_are_unit_length(self) -> None:
        """Vectors are float32, finite and of length 1, whatever the sides of the picture."""
        self._check(self.encoder().encode_pictures(_pictures()), len(_SIZES))

    def test_a_vector_belongs_to_its_picture(self) -> None:
        """Neither place nor neighbours in a batch change a vector."""
        encoder, pictures = self.encoder(), _pictures()
        together = encoder.encode_pictures(pictures)
        backwards = encoder.encode_pictures(pictures[::-1])[::-1]
        alone = np.concatenate([encoder.encode_pictures([picture]) for picture in pictures])
        assert np.abs(together - backwards).max() <= self.tolerance
        assert np.abs(together - alone).max() <= self.tolerance

    def test_pictures_are_told_apart(self) -> None:
        """Different pictures have different vectors, a smaller copy a near one."""
        encoder = self.encoder()
        red = np.zeros((64, 64, 3), np.uint8)
        red[..., 0] = 255
        half = red.copy()
        half[32:] = (0, 0, 255)
        picture, other, small = (
            Picture(f"{number:064x}", "PNG", len(pixels), len(pixels), pixels)
            for number, pixels in enumerate((red, half, half[::2, ::2].copy()))
        )
        one, two, copy = encoder.encode_pictures([picture, other, small])
        assert float(one @ two) < 0.9999
        assert float(two @ copy) > float(one @ copy)

    def test_texts_lie_in_the_same_space(self) -> None:
        """Vectors of texts are as long as those of pictures, or there are none."""
        encoder = self.encoder()
        if not encoder.spec.reads_text:
            try:
                encoder.encode_texts(["a red balloon"])
            except ModelError:
                return
            raise AssertionError("It says that it reads no text, and does")
        vectors = encoder.encode_texts(_TEXTS)
        self._check(vectors, len(_TEXTS))
        alone = np.concatenate([encoder.encode_texts([text]) for text in _TEXTS])
        assert np.abs(vectors - alone).max() <= self.tolerance
        assert np.abs(vectors[0] - vectors[-1]).max() <= self.tolerance

    def test_threads_share_one_encoder(self) -> None:
        """What one thread computes is not changed by others."""
        encoder, pictures = self.encoder(), _pictures()
        expected = encoder.encode_pictures(pictures)
        with ThreadPoolExecutor(4) as pool:
            for found in pool.map(encoder.encode_pictures, [pictures] * 8):
                assert np.abs(found - expected).max() <= self.tolerance


class CaptionerContract(ABC):
    """What every captioner must do."""

    @abstractmethod
    def captioner(self) -> Captioner:
        """Return the captioner."""

    def test_meets_the_protocol(self) -> None:
        """It has the method and a name."""
        captioner = self.captioner()
        assert isinstance(captioner, Captioner)
        assert captioner.name

    def test_says_something_of_every_picture(self) -> None:
        """One line without a full stop or spaces around it, whatever the sides of the picture."""
        captioner = self.captioner()
        for picture in _pictures()[:5]:
            caption = captioner.caption(picture)
            assert caption
            assert caption == " ".join(caption.split())
            assert not caption.endswith(".")

    def test_says_the_same_again(self) -> None:
        """A picture has one caption, also in threads and after other pictures."""
        captioner, pictures = self.captioner(), _pictures()[:3]
        captions = [captioner.caption(picture) for picture in pictures]
        with ThreadPoolExecutor(3) as pool:
            assert list(pool.map(captioner.caption, pictures * 2)) == captions * 2

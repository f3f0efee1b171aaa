"""Pictures as a model sees them: scaled, cut, and brought to the range it was trained on.

Done as the processors published with the models do it on Pillow (``CLIPImageProcessorPil``,
``BlipImageProcessorPil`` and ``ConvNextImageProcessorPil`` of transformers 5), to the last bit; the
tests compare with them. Where torchvision is installed, transformers prefers its own scaling, of
which some three values in a thousand differ by one or two of the 255 levels (measured with torch
2.13, which torchvision calls). Pillow is what the models were trained with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL.Image import Image

    from matinee.models.card import Preprocess
    from matinee.types import Picture

LONGEST = 8
"""How many times longer than wide a picture may be. Only its middle is cut out in the end, but a
strip of 1 x 100,000 pixels would first be scaled to 224 x 22,400,000."""


def picture_input(picture: Picture, how: Preprocess) -> npt.NDArray[np.float32]:
    """Return a picture as a model sees it, float32 [3, size, size].

    Args:
        picture: the picture.
        how: what the card of the model says.

    >>> from matinee.models.card import Preprocess
    >>> from matinee.types import Picture
    >>> plain = dict(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.5), resample="bicubic")
    >>> how = Preprocess(size=2, resize=2, crop=True, **plain)
    >>> red = np.array([[[0, 0, 0], [255, 0, 0], [255, 0, 0], [0, 0, 0]]] * 2, np.uint8)
    >>> picture_input(Picture("", "PNG", 4, 2, red), how)[:, 0, 0].tolist()  # the middle is red
    [2.0, -2.0, -1.0]
    """
    from PIL import Image

    image = Image.fromarray(picture.pixels)
    filters = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}
    resample = filters[how.resample]
    if how.crop:
        image = _without_ends(image)
        image = image.resize(_scaled(image, how.resize), resample)
        image = _middle(image, how.size, how.size)
    else:
        image = image.resize((how.size, how.size), resample)
    # Multiplied in float64, like the processors: a division in float32 differs in the last place.
    values = (np.asarray(image, np.float64) * (1 / 255)).astype(np.float32)
    mean, std = np.array(how.mean, np.float32), np.array(how.std, np.float32)
    return np.ascontiguousarray(((values - mean) / std).transpose(2, 0, 1), np.float32)


def _scaled(image: Image, short: int) -> tuple[int, int]:
    """Return width and height with a shorter side of ``short``, the longer rounded down."""
    width, height = image.size
    if width <= height:
        return short, int(short * height / width)
    return int(short * width / height), short


def _without_ends(image: Image) -> Image:
    """Cut off the ends of a picture that is far longer than wide."""
    width, height = image.size
    most = LONGEST * min(width, height)
    if max(width, height) <= most:
        return image
    # As many pixels at either end, lest the middle move by half a pixel.
    most += (max(width, height) - most) % 2
    return _middle(image, min(width, most), min(height, most))


def _middle(image: Image, width: int, height: int) -> Image:
    """Cut out the middle."""
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))

"""A decoded image to few pixels in red, green and blue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.pictures.containers.essence import divisor

if TYPE_CHECKING:
    from PIL.Image import Image

_BAND = 500_000
"""Pixels converted at a time: two megabytes of each copy, where the whole would be eighty."""
_PLAIN = ("RGB", "L")
_WITH_ALPHA = ("RGBA", "LA", "PA")


def to_rgb(image: Image, side: int) -> Image:
    """Return an image in RGB whose shorter side is about ``side`` where it had more.

    Its sides are divided by a whole number, and each pixel is the mean of a square: a size met
    exactly would cost as much time as decoding a JPEG, for encoders to resize it once more.

    What is transparent becomes white: a logo or a cut-out poster is mostly drawn for a white page,
    and shows as it did there. Converting goes by bands of rows, for a copy in another mode of a
    large image would double the memory.
    """
    from PIL import Image

    factor = divisor(*image.size, side)
    if image.mode in _PLAIN and "transparency" not in image.info:
        small = image.reduce(factor) if factor > 1 else image
        return small if small.mode == "RGB" else small.convert("RGB")
    target = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    rows = max(1, _BAND // image.width // factor) * factor
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        opaque = _opaque(band)
        target.paste(opaque.reduce(factor) if factor > 1 else opaque, (0, top // factor))
    return target


def working_memory(width: int, height: int, side: int) -> int:
    """Return the bytes that ``to_rgb`` takes, and turning its result and copying it."""
    factor = divisor(width, height, side)
    return 11 * -(-width // factor) * -(-height // factor) + 4 * 4 * _BAND


def _opaque(band: Image) -> Image:
    """Return a band in RGB, on white where it is transparent."""
    from PIL import Image

    if band.mode.startswith("I;16"):
        return _of_16_bits(band)
    if band.mode in _WITH_ALPHA or "transparency" in band.info:
        band = band.convert("RGBA")
        if band.getchannel("A").getextrema() != (255, 255):
            white = Image.new("RGBA", band.size, "white")
            white.alpha_composite(band)
            band = white
    return band.convert("RGB")


def _of_16_bits(band: Image) -> Image:
    """Return grey of 16 bits in RGB: 65,535 is white, where a conversion by Pillow cuts at 255."""
    from PIL import Image

    values = np.asarray(band).astype(np.uint32)
    grey = ((values + 128) // 257).astype(np.uint8)
    transparent = band.info.get("transparency")
    if isinstance(transparent, int):
        grey[values == transparent] = 255
    return Image.fromarray(grey, "L").convert("RGB")

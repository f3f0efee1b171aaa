"""What a container has of a picture, known from its headers alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

_LEAST = 0.75
"""Of the side: 384 for 512. A picture of 4 megapixels has 408 then, and is decoded in half the time
of 816; an encoder that looks at 224 sees the same within .6 of 255 steps of grey (of 816: .2)."""
_LONGEST = 5
"""A strip of one to ten is decoded to some 200 x 2,000 pixels."""
CURE = "Send a JPEG, PNG, WebP, GIF or BMP"


@dataclass(frozen=True, slots=True)
class Essence:
    """A picture found in its file, and not decoded yet.

    What is given to the decoder is the picture alone: comments, profiles, thumbnails and further
    frames are left out before, for they cost a decoder memory and time out of all proportion, and
    none of them is seen.

    Attributes:
        format: ``JPEG`` for example.
        width: pixels of a row, as they are stored.
        height: rows, as they are stored.
        memory: bytes the decoder needs at its peak, its copies of the file included.
        orientation: how the stored picture is to be turned, 1 to 8 as EXIF numbers it.
        load: decodes it, once. Whatever goes wrong is raised as the decoder raises it.
    """

    format: str
    width: int
    height: int
    memory: int
    orientation: int
    load: Callable[[], Image]


def divisor(width: int, height: int, side: int) -> int:
    """Return by what the sides of a picture may be divided when it is decoded for ``side``.

    The shorter one keeps at least ``_LEAST`` of that, and less than twice as much. A strip more
    than ``_LONGEST`` times as long is made smaller than that, for it would have many times the
    pixels of a picture, and it is the middle of it that encoders look at.

    Example:
        >>> divisor(3000, 2000, 512), divisor(700, 500, 512), divisor(8000, 800, 512)
        (5, 1, 4)
    """
    shorter, longer = sorted((width, height))
    wanted = min(side, _LONGEST * side * shorter / longer)
    return max(1, int(shorter / (_LEAST * wanted)))


def damaged(kind: str, what: str) -> PictureError:
    """Return the error of a file that contradicts the rules of its format."""
    return PictureError(
        f"The {kind} is damaged: {what}",
        cure="Send the whole file, or save the picture again as a JPEG or PNG",
    )

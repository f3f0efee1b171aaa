"""Bytes that somebody sent to the pixels of a picture.

A picture is looked at before it is decoded: what it is, how large it says it is, and how much
memory its decoder will need for that. Then only the picture itself, without whatever else is in the
file, is given to Pillow.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import PictureError, PictureTooLargeError
from matinee.pictures.containers import read_container
from matinee.pictures.containers.essence import damaged
from matinee.pictures.gate import Gate
from matinee.pictures.rgb import to_rgb, working_memory
from matinee.types import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

    from matinee.pictures.containers.essence import Essence

_ROOM = 85_000_000
"""Bytes. With the file that was sent, a tenth of it, decoding stays below 100 MB."""
_GATE = Gate(_ROOM)


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What is read of pictures.

    Attributes:
        bytes: of the file.
        pixels: of the original; a JPEG of that size is read, for it is decoded smaller.
        memory: bytes that decoding it may take beside the file itself. This and not ``pixels`` is
            what limits the other formats, for they are decoded whole.
        least: pixels of the shorter side; below, there is nothing to be seen.
        aspect: how often the shorter side may go into the longer one.
        side: about how many pixels the shorter side of what is decoded has, where the original has
            more: three quarters of it to one and a half; fewer of a long strip. Encoders look at
            224 to 336.
    """

    bytes: int = 10_000_000
    pixels: int = 100_000_000
    memory: int = _ROOM
    least: int = 16
    aspect: float = 10.0
    side: int = 512


DEFAULT_LIMITS = PictureLimits()


def decode(data: bytes, limits: PictureLimits = DEFAULT_LIMITS) -> Picture:
    """Return the picture of a file: its first frame, upright, in RGB, on white, not too large.

    Args:
        data: the file.
        limits: what is read.

    Raises:
        PictureTooLargeError: it has too many bytes or pixels, which is known before it is decoded.
        PictureError: it is no picture of a kind that is read, or damaged, or too small or narrow.
    """
    if len(data) > limits.bytes:
        raise PictureTooLargeError(
            f"The picture has {len(data):,} bytes",
            cure=f"Send one of at most {limits.bytes:,}",
        )
    try:
        essence = read_container(data, limits.side)
        check_size(essence.width, essence.height, limits)
        memory = essence.memory + working_memory(essence.width, essence.height, limits.side)
        if memory > limits.memory:
            raise _too_large(essence, memory / limits.memory)
        with _GATE.pass_with(memory):
            image = to_rgb(essence.load(), limits.side)
    except PictureError:
        raise
    except MemoryError:
        raise PictureTooLargeError(
            "There is no memory left to decode the picture", cure="Send a smaller one"
        ) from None
    except Exception as error:
        # Decoders raise whatever the damage leads to: OSError, SyntaxError, ValueError, EOFError.
        raise damaged("picture", str(error) or type(error).__name__) from error
    digest = hashlib.sha256(data).hexdigest()
    size = (essence.width, essence.height)
    return picture_of(image, digest, essence.format, size, essence.orientation)


def picture_of(
    image: Image, digest: str, kind: str, size: tuple[int, int], orientation: int
) -> Picture:
    """Return the picture of an image in RGB that is still to be turned upright.

    Args:
        image: decoded, and as small as it is to be.
        digest: of what it was decoded from.
        kind: the format of that.
        size: width and height of that, as stored.
        orientation: 1 to 8, as EXIF numbers it.
    """
    width, height = size
    if orientation > 1:
        image = _upright(image, orientation)
    if orientation > 4:
        width, height = height, width
    # A view of bytes, and read-only for that.
    return Picture(digest, kind, width, height, np.asarray(image))


def check_size(width: int, height: int, limits: PictureLimits) -> None:
    """Raise where a picture has too many or too few pixels to be decoded.

    Raises:
        PictureTooLargeError: there are too many.
        PictureError: there are too few, or the picture is too narrow.
    """
    size = f"{width:,} x {height:,} pixels"
    if min(width, height) < limits.least:
        raise PictureError(
            f"The picture has {size}",
            cure=f"Send one of at least {limits.least} x {limits.least}",
        )
    if width * height > limits.pixels:
        raise PictureTooLargeError(
            f"The picture has {size}", cure=f"Send one of at most {limits.pixels:,} pixels"
        )
    if max(width, height) > limits.aspect * min(width, height):
        raise PictureError(
            f"The picture has {size}",
            cure=f"Send a part of it: it may be {limits.aspect:g} times as long as wide at most",
        )


def _too_large(essence: Essence, times: float) -> PictureTooLargeError:
    """Return the error of a picture that would take so many times the memory there is."""
    most = essence.width * essence.height / times / 1e6
    return PictureTooLargeError(
        f"The {essence.format} has {essence.width:,} x {essence.height:,} pixels",
        cure=f"Send it with at most {most:.1f} million, or as an ordinary JPEG",
    )


def _upright(image: Image, orientation: int) -> Image:
    """Return an image turned as its EXIF says."""
    from PIL.Image import Transpose

    ways = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(ways[orientation])

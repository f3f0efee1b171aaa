"""BMP: sizes that its bytes must bear out."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from matinee.errors import PictureError
from matinee.pictures.containers.essence import CURE, Essence, damaged
from matinee.pictures.containers.orientation import UPRIGHT

if TYPE_CHECKING:
    from PIL.Image import Image

_MAGIC = b"BM"
_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_BITS = {1: 1, 4: 1, 8: 1, 16: 4, 24: 4, 32: 4}
"""Bytes that Pillow keeps of a pixel, by the bits it has in the file."""
_PLAIN = (0, 3)


def is_bmp(data: bytes) -> bool:
    """Return whether it is one; two letters alone also begin many a text."""
    return data.startswith(_MAGIC) and int.from_bytes(data[14:18], "little") in _HEADERS


def read(data: bytes) -> Essence:
    """Return what a BMP holds.

    Raises:
        PictureError: it is cut off, or its pixels are compressed: files that are have not been
            written for decades, and Pillow unpacks them byte by byte.
    """
    if len(data) < 54:
        raise damaged("BMP", "its header is cut off")
    start, size = struct.unpack_from("<II", data, 10)
    if size == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
        height = abs(height)
    if compression not in _PLAIN:
        raise PictureError("The BMP is compressed, and such are not read", cure=CURE)
    if bits not in _BITS or width <= 0 or height <= 0:
        raise damaged("BMP", "its header is wrong")
    if start + (width * bits + 31) // 32 * 4 * height > len(data):
        raise damaged("BMP", "it has fewer pixels than it says")

    def load() -> Image:
        from PIL.BmpImagePlugin import BmpImageFile

        image = BmpImageFile(io.BytesIO(data))
        image.load()
        return image

    return Essence("BMP", width, height, _BITS[bits] * width * height, UPRIGHT, load)

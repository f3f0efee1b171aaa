"""The containers of pictures, found by their first bytes and stripped to the picture itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.errors import PictureError
from matinee.pictures.containers import bmp, gif, jpeg, other, png, webp
from matinee.pictures.containers.essence import CURE

if TYPE_CHECKING:
    from matinee.pictures.containers.essence import Essence


def read_container(data: bytes, side: int) -> Essence:
    """Return what picture the bytes hold; nothing of it is decoded.

    The first bytes say which format it is, never a name or a content type: these are the sender's
    word. Each format is read by its own decoder, so that nothing else of Pillow's sixty comes near
    what people send.

    Args:
        data: the file.
        side: pixels of the shorter side that are wanted; a JPEG is decoded to no more than twice
            as many.

    Raises:
        PictureError: it is damaged, or no JPEG, PNG, WebP, GIF or BMP.
    """
    if data.startswith(jpeg.MAGIC):
        return jpeg.read(data, side)
    if data.startswith(png.MAGIC):
        return png.read(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return webp.read(data)
    if data.startswith(gif.MAGICS):
        return gif.read(data)
    if bmp.is_bmp(data):
        return bmp.read(data)
    what = other.name(data)
    raise PictureError(
        f"The file is {what}" + (", not a picture" if what == "empty" else ""), cure=CURE
    )

"""GIF: the first frame."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from matinee.pictures.containers.essence import Essence, damaged
from matinee.pictures.containers.orientation import UPRIGHT

if TYPE_CHECKING:
    from PIL.Image import Image

MAGICS = (b"GIF87a", b"GIF89a")
_EXTENSION, _FRAME, _END = 0x21, 0x2C, 0x3B
_CONTROL = 0xF9
_MAX_BLOCKS = 100_000
"""Ten megabytes in blocks of 255 bytes are 40,000."""


def read(data: bytes) -> Essence:
    """Return the first frame of a GIF, on its canvas.

    Raises:
        PictureError: it is cut off or has no frame.
    """
    try:
        return _read(data)
    except (struct.error, IndexError):
        raise damaged("GIF", "its end is missing") from None


def _read(data: bytes) -> Essence:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 128 else 0)
    head, control = data[:at], b""
    blocks = _MAX_BLOCKS
    while data[at] == _EXTENSION:
        start = at
        at, blocks = _skip(data, at + 2, blocks)
        if data[start + 1] == _CONTROL:
            control = data[start:at]
    if data[at] != _FRAME:
        raise damaged("GIF", "it has no frame")
    left, top, wide, high, local = struct.unpack_from("<HHHHB", data, at + 1)
    start = at + 10 + (3 << (local & 7) + 1 if local & 128 else 0)
    end, _ = _skip(data, start + 1, blocks)
    if not wide or not high or left + wide > width or top + high > height:
        raise damaged("GIF", "its first frame lies outside of it")
    kept = b"".join((head, control, memoryview(data)[at:end], b";"))
    covered = (wide, high) == (width, height)

    def load() -> Image:
        from PIL import Image
        from PIL.GifImagePlugin import GifImageFile

        image: Image.Image = GifImageFile(io.BytesIO(kept))
        image.load()
        if not covered and "transparency" not in image.info:
            # Pillow gives what the frame leaves open the first colour of the palette.
            drawn = image.crop((left, top, left + wide, top + high)).convert("RGB")
            image = Image.new("RGB", (width, height), "white")
            image.paste(drawn, (left, top))
        return image

    memory = (1 if covered else 9) * width * height + len(kept)
    return Essence("GIF", width, height, memory, UPRIGHT, load)


def _skip(data: bytes, at: int, blocks: int) -> tuple[int, int]:
    """Return where the blocks that begin there end, and how many more may come."""
    while data[at]:
        at += data[at] + 1
        blocks -= 1
        if blocks < 0:
            raise damaged("GIF", f"it has more than {_MAX_BLOCKS:,} blocks")
    return at + 1, blocks

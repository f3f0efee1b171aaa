"""PNG: its chunks, checked and sorted out."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

from matinee.pictures.containers.essence import Essence, damaged
from matinee.pictures.containers.orientation import UPRIGHT, orientation

if TYPE_CHECKING:
    from PIL.Image import Image

MAGIC = b"\x89PNG\r\n\x1a\n"
_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_MAX_CHUNKS = 20_000
"""Writers put 4 to 64 KiB of the picture into each; ten megabytes hold 800,000 empty ones."""
_VALUES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""How many values a pixel has, by the kind of colour."""
_WHOLE = ((0, 1, 0, 1),)
_INTERLACED = (
    (0, 8, 0, 8),
    (4, 8, 0, 8),
    (0, 4, 4, 8),
    (2, 4, 0, 4),
    (0, 2, 2, 4),
    (1, 2, 0, 2),
    (0, 1, 1, 2),
)
"""First column, every which one, first row, every which one, of each pass (PNG, 8.2)."""
_STEP = 1_000_000
_BYTES = {0: 1, 2: 4, 3: 1, 4: 4, 6: 4}
"""Bytes that Pillow keeps of a pixel, by the kind of colour; grey of 16 bits has two."""


def read(data: bytes) -> Essence:
    """Return what a PNG holds; of an animated one, the picture shown by who knows no animation.

    Pillow checks neither the sums of the picture's own chunks nor that the file ends: that is done
    here. Texts and profiles are compressed, and inflate to 64 MB: they are left out.

    Raises:
        PictureError: it is cut off, or a checksum is wrong.
    """
    kept, exif = [MAGIC], b""
    at = len(MAGIC)
    view = memoryview(data)
    for count in range(_MAX_CHUNKS):
        if at + 12 > len(data):
            raise damaged("PNG", "its end is missing")
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise damaged("PNG", "its end is missing")
        if (count == 0) != (name == b"IHDR") or (name[0] < 0x60 and name not in _KEPT):
            raise damaged("PNG", "it has a part that no PNG has there")
        if name in _KEPT:
            if zlib.crc32(view[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
                raise damaged("PNG", "a checksum is wrong")
            kept.append(bytes(view[at:end]))
        elif name == b"eXIf" and not exif:
            exif = data[at + 8 : end - 4]
        if name == b"IEND":
            break
        at = end
    else:
        raise damaged("PNG", f"it has more than {_MAX_CHUNKS:,} chunks")
    header = kept[1]
    if len(header) != 25:
        raise damaged("PNG", "its header is cut off")
    width, height, bits, colours = struct.unpack_from(">IIBB", header, 8)
    interlaced = bool(header[20])
    if colours not in _BYTES:
        raise damaged("PNG", "it has colours of a kind that does not exist")
    stripped = b"".join(kept)
    each = 2 if colours == 0 and bits == 16 else _BYTES[colours]

    def load() -> Image:
        from PIL.PngImagePlugin import PngImageFile

        image = PngImageFile(io.BytesIO(stripped))
        image.load()
        # Pillow takes a picture for whole that has fewer rows than it says, and leaves the rest
        # black. To unpack it once more is spared where something is in the last row.
        last = image.crop((0, height - 1, width, height))
        if interlaced or not last.getbbox(alpha_only=False):
            _check_length(stripped, _length(width, height, bits * _VALUES[colours], interlaced))
        return image

    turned = orientation(exif) if exif else UPRIGHT
    return Essence("PNG", width, height, each * width * height + len(stripped), turned, load)


def _length(width: int, height: int, bits: int, interlaced: bool) -> int:
    """Return the bytes that the rows of a picture are, each with one that names its filter."""
    total = 0
    for left, across, top, down in _INTERLACED if interlaced else _WHOLE:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0:
            total += max(0, rows) * (1 + (columns * bits + 7) // 8)
    return total


def _check_length(png: bytes, expected: int) -> None:
    """Raise where the rows of a PNG, checked before, are fewer than it says."""
    inflate, found, at = zlib.decompressobj(), 0, len(MAGIC)
    while at < len(png) and found < expected and not inflate.eof:
        length, name = struct.unpack_from(">I4s", png, at)
        packed = png[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += 12 + length
        while packed and not inflate.eof:
            found += len(inflate.decompress(packed, _STEP))
            packed = inflate.unconsumed_tail
    if found < expected:
        raise damaged("PNG", "it has fewer rows than it says")

"""WebP: the first frame, and what it takes to decode it."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING

from matinee.errors import PictureError
from matinee.pictures.containers.essence import CURE, Essence, damaged
from matinee.pictures.containers.orientation import UPRIGHT, orientation

if TYPE_CHECKING:
    from PIL.Image import Image

_MAX_CHUNKS = 20_000
_LOSSY, _LOSSLESS, _ALPHA = b"VP8 ", b"VP8L", b"ALPH"
_HAS_ALPHA = 0x10
_BYTES = 17
"""Of a pixel, measured: four each of the canvas, of that of the frame before, of the copy that is
handed out and of the image, and one for the decoding itself."""


def read(data: bytes) -> Essence:
    """Return the first frame of a WebP.

    Raises:
        PictureError: it is cut off, or its parts contradict each other.
    """
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 > len(data):
        raise damaged("WebP", "its end is missing")
    first = data[12:16]
    if first in (_LOSSY, _LOSSLESS):
        chunks, exif = _chunks(data, 12, size + 8, stop=first)
        width, height = _size(first, chunks[first])
        return _essence(_still(first, chunks[first]), width, height, exif)
    if first != b"VP8X" or len(data) < 30:
        raise damaged("WebP", "it has no picture")
    width, height = _three(data, 24) + 1, _three(data, 27) + 1
    chunks, exif = _chunks(data, 12, size + 8)
    frame = chunks.get(b"ANMF")
    if frame is None:
        kind = next((kind for kind in (_LOSSY, _LOSSLESS) if kind in chunks), None)
        if kind is None:
            raise damaged("WebP", "it has no picture")
        if _size(kind, chunks[kind]) != (width, height):
            raise damaged("WebP", "it gives two sizes")
        body = _extended(width, height, chunks.get(_ALPHA), kind, chunks[kind])
        return _essence(body, width, height, exif)
    inner, _ = _chunks(frame, 16, len(frame))
    kind = next((kind for kind in (_LOSSY, _LOSSLESS) if kind in inner), None)
    if kind is None or _size(kind, inner[kind]) != (_three(frame, 6) + 1, _three(frame, 9) + 1):
        raise damaged("WebP", "its first frame has no picture, or gives two sizes")
    body = b"".join(
        (_chunk(b"VP8X", data[20:30]), _chunk(b"ANIM", bytes(6)), _chunk(b"ANMF", frame))
    )
    return _essence(_riff(body), width, height, exif)


def _essence(kept: bytes, width: int, height: int, exif: bytes) -> Essence:
    files = [kept]

    def load() -> Image:
        from PIL.WebPImagePlugin import SUPPORTED, WebPImageFile

        if not SUPPORTED:
            raise PictureError("This installation reads no WebP", cure=CURE)
        image = WebPImageFile(BytesIO(files.pop()))
        if image.size != (width, height):
            raise damaged("WebP", "it gives two sizes")
        image.load()
        return image

    memory = int(_BYTES * width * height) + len(kept)
    return Essence("WEBP", width, height, memory, orientation(exif) if exif else UPRIGHT, load)


def _chunks(
    data: bytes, at: int, end: int, stop: bytes | None = None
) -> tuple[dict[bytes, bytes], bytes]:
    """Return the first chunk of each name, and the EXIF."""
    found: dict[bytes, bytes] = {}
    for _ in range(_MAX_CHUNKS):
        if at + 8 > end:
            return found, found.get(b"EXIF", b"")
        name, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise damaged("WebP", "its end is missing")
        if name not in found and name in (_LOSSY, _LOSSLESS, _ALPHA, b"ANMF", b"EXIF"):
            found[name] = data[at + 8 : at + 8 + length]
        if name == stop:
            return found, b""
        at += 8 + length + length % 2
    raise damaged("WebP", f"it has more than {_MAX_CHUNKS:,} chunks")


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind == _LOSSY and len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == _LOSSLESS and len(body) >= 5 and body[0] == 0x2F:
        (bits,) = struct.unpack_from("<I", body, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise damaged("WebP", "its header is wrong")


def _three(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def _riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _still(kind: bytes, body: bytes) -> bytes:
    return _riff(_chunk(kind, body))


def _extended(width: int, height: int, alpha: bytes | None, kind: bytes, body: bytes) -> bytes:
    if alpha is None or kind == _LOSSLESS:
        return _still(kind, body)
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    head = _chunk(b"VP8X", bytes((_HAS_ALPHA, 0, 0, 0)) + sizes)
    return _riff(head + _chunk(_ALPHA, alpha) + _chunk(kind, body))

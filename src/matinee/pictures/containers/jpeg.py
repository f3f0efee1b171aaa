"""JPEG: its markers, and how much of it must be decoded."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matinee.pictures.containers.essence import Essence, damaged, divisor
from matinee.pictures.containers.orientation import orientation

if TYPE_CHECKING:
    from PIL.Image import Image

MAGIC = b"\xff\xd8\xff"
_SEQUENTIAL = (0xC0, 0xC1, 0xC9)
_PROGRESSIVE = (0xC2, 0xCA)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES = (0xC4, 0xCC, 0xDB, 0xDD)
_SCAN, _END, _INTERVAL = 0xDA, 0xD9, 0xDD
_MAX_SEGMENTS = 2_000
"""A profile of 10 MB takes 160; each is a step for a reader, and a megabyte holds 250,000."""
_MAX_SCANS = 64
"""A progressive file has some ten. Each goes over the whole picture, however few bytes it has."""
_COEFFICIENT = 2
"""Bytes; there are as many as a colour has pixels."""
_SCALES = (8, 4, 2)
_PADDING = bytes(16)
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")


@dataclass(slots=True)
class _Frame:
    """What the segments before the first scan tell."""

    width: int = 0
    height: int = 0
    kind: int = 0
    sampling: list[tuple[int, int]] = field(default_factory=list)
    interval: int = 0
    exif: bytes = b""
    kept: list[bytes] = field(default_factory=lambda: [MAGIC[:2]])


def read(data: bytes, side: int) -> Essence:
    """Return what a JPEG holds, to be decoded to about ``side`` pixels where it has more.

    Raises:
        PictureError: it is cut off, or of a kind that is not read.
    """
    frame, scan = _frame(data)
    components = data[scan + 2] if scan + 2 < len(data) else 0
    several = frame.kind in _PROGRESSIVE or components < len(frame.sampling)
    if several:
        end = _last_scan(data, scan)
        tail = b"\xff\xd9"
    else:
        # libjpeg fills what is missing before the end marker with grey and says nothing. Without
        # the marker it asks for more, and Pillow raises. It looks some bytes ahead.
        end = _end_of_scan(data, scan, frame)
        tail = _PADDING
    scale = _scale(frame, side)
    kept = b"".join([*frame.kept, memoryview(data)[scan - 2 : end], tail])

    def load() -> Image:
        from PIL.JpegImagePlugin import JpegImageFile

        image = JpegImageFile(io.BytesIO(kept))
        image.draft(None, (image.width // scale, image.height // scale))
        image.load()
        return image

    memory = _memory(frame, several, scale) + len(kept)
    return Essence("JPEG", frame.width, frame.height, memory, orientation(frame.exif), load)


def _scale(frame: _Frame, side: int) -> int:
    """Return by how much the decoder may divide the sides."""
    most = divisor(frame.width, frame.height, side)
    return next((scale for scale in _SCALES if scale <= most), 1)


def _frame(data: bytes) -> tuple[_Frame, int]:
    """Return what comes before the first scan, and where the length of that begins."""
    frame, at = _Frame(), 2
    for _ in range(_MAX_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            raise damaged("JPEG", "it ends before the picture begins")
        marker, at = found[1][0], found.end()
        if marker == _END or at + 2 > len(data):
            raise damaged("JPEG", "it ends before the picture begins")
        if marker == _SCAN:
            if not frame.kind:
                raise damaged("JPEG", "it does not say how large it is")
            return frame, at
        length = struct.unpack_from(">H", data, at)[0]
        body = data[at + 2 : at + length]
        if marker in _FRAMES:
            _read_frame(frame, marker, body)
        elif marker == 0xE1 and body.startswith(b"Exif\0\0") and not frame.exif:
            frame.exif = body
        elif marker == _INTERVAL and len(body) >= 2:
            frame.interval = struct.unpack_from(">H", body)[0]
        # JFIF and Adobe tell which colours are meant; all other segments are about the picture.
        colours = (marker == 0xE0 and body.startswith(b"JFIF")) or (
            marker == 0xEE and body.startswith(b"Adobe")
        )
        if marker in _FRAMES or marker in _TABLES or colours:
            frame.kept.append(bytes((0xFF, marker)) + data[at : at + length])
        at += max(length, 2)
    raise damaged("JPEG", f"it has more than {_MAX_SEGMENTS:,} segments")


def _read_frame(frame: _Frame, marker: int, body: bytes) -> None:
    if frame.kind:
        raise damaged("JPEG", "it says twice how large it is")
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:
        raise damaged("JPEG", "its header is cut off")
    if marker not in _SEQUENTIAL + _PROGRESSIVE or body[0] != 8:
        raise damaged(
            "JPEG", "it is of a kind (lossless, hierarchical or 12 bits) that is not read"
        )
    frame.kind = marker
    frame.height, frame.width = struct.unpack_from(">HH", body, 1)
    frame.sampling = [(body[at] >> 4, body[at] & 15) for at in range(7, 6 + 3 * body[5], 3)]
    if not all(1 <= factor <= 4 for pair in frame.sampling for factor in pair):
        raise damaged("JPEG", "its colours are sampled in a way that does not exist")


def _end_of_scan(data: bytes, scan: int, frame: _Frame) -> int:
    """Return where the only scan ends; raise where restart markers are missing in it."""
    values = np.frombuffer(data, np.uint8, offset=scan)
    places = np.flatnonzero(values[:-1] == 0xFF)
    after = values[places + 1]
    restart = (after >= 0xD0) & (after <= 0xD7)
    ends = np.flatnonzero(~restart & (after != 0) & (after != 0xFF))
    if not len(ends):
        raise damaged("JPEG", "its end is missing")
    if frame.interval:
        wide = max(h for h, _ in frame.sampling) * 8 if len(frame.sampling) > 1 else 8
        high = max(v for _, v in frame.sampling) * 8 if len(frame.sampling) > 1 else 8
        blocks = -(-frame.width // wide) * -(-frame.height // high)
        if int(restart[: ends[0]].sum()) != (blocks - 1) // frame.interval:
            raise damaged("JPEG", "a part of it is missing")
    return scan + int(places[ends[0]])


def _last_scan(data: bytes, scan: int) -> int:
    """Return where the end marker of a file of several scans is."""
    scans, at = 1, scan
    while found := _MARKER.search(data, at):
        marker, at = found[1][0], found.end()
        if marker == _END:
            if scans == 1:
                raise damaged("JPEG", "it has the first of several scans alone")
            return found.start()
        scans += marker == _SCAN
        if scans > _MAX_SCANS:
            raise damaged("JPEG", f"it has more than {_MAX_SCANS} scans")
        if at + 2 > len(data):
            break
        at += max(2, struct.unpack_from(">H", data, at)[0])
    raise damaged("JPEG", "its end is missing")


def _memory(frame: _Frame, several: bool, scale: int) -> int:
    """Return what decoding takes: all coefficients are kept where a file has several scans."""
    area = frame.width * frame.height
    pixels = (1 if len(frame.sampling) == 1 else 4) * area // scale**2
    if not several:
        return pixels
    wide = max(h for h, _ in frame.sampling)
    high = max(v for _, v in frame.sampling)
    shares = sum(h * v for h, v in frame.sampling) / (wide * high)
    return pixels + int(_COEFFICIENT * shares * area)

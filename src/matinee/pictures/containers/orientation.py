"""How a picture is to be turned, by its EXIF."""

from __future__ import annotations

import struct

UPRIGHT = 1
_TAG = 0x0112
_TYPES = {3: "H", 4: "I"}
"""A number of 16 bits by the standard; some writers take 32."""
_MAX_ENTRIES = 512


def orientation(exif: bytes) -> int:
    r"""Return the orientation that a block of EXIF tells, 1 (upright) to 8.

    Read here, for one number is wanted: the readers of whole EXIF warn, raise and recurse over
    damaged ones. What cannot be read means upright, as viewers have it.

    Example:
        >>> tiff = b"II*\0\x08\0\0\0" + b"\x01\0"
        >>> entry = b"\x12\x01" + b"\x03\0" + b"\x01\0\0\0" + b"\x06\0\0\0"
        >>> orientation(b"Exif\0\0" + tiff + entry)
        6
    """
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return UPRIGHT
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (entries,) = struct.unpack_from(order + "H", exif, start)
        for entry in range(min(entries, _MAX_ENTRIES)):
            at = start + 2 + 12 * entry
            tag, kind, count = struct.unpack_from(order + "HHI", exif, at)
            if tag == _TAG and kind in _TYPES and count == 1:
                (value,) = struct.unpack_from(order + _TYPES[kind], exif, at + 8)
                return int(value) if 1 <= value <= 8 else UPRIGHT
    except struct.error:
        pass
    return UPRIGHT

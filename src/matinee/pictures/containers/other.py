"""What bytes are that are no picture of a kind that is read."""

from __future__ import annotations

import struct

_STARTS = (
    (b"%PDF", "a PDF"),
    (b"%!PS", "PostScript"),
    (b"II*\0", "a TIFF, or a camera's raw picture"),
    (b"MM\0*", "a TIFF, or a camera's raw picture"),
    (b"II+\0", "a TIFF"),
    (b"MM\0+", "a TIFF"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\x01\0", "an icon"),
    (b"8BPS", "a Photoshop document"),
    (b"\x1a\x45\xdf\xa3", "a WebM or Matroska video"),
    (b"FLV\x01", "a video"),
    (b"\0\0\x01\xba", "an MPEG video"),
    (b"\0\0\x01\xb3", "an MPEG video"),
    (b"OggS", "an Ogg recording"),
    (b"ID3", "an MP3"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"qoif", "a QOI picture"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_HEIC = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_AVIF = frozenset((b"avif", b"avis"))
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LOOKED_AT = 4_096
"""Bytes; a comment or a DOCTYPE may stand before the first element of an SVG."""


def name(data: bytes) -> str:
    """Return what the bytes seem to be, with its article.

    Args:
        data: the bytes, which are of no kind that is read.

    Example:
        >>> name(b"<?xml version='1.0'?><svg>")
        'an SVG drawing'
    """
    if not data:
        return "empty"
    if brands := _brands(data):
        if brands & _AVIF:
            return "an AVIF picture"
        return "a HEIC picture" if brands & _HEIC else "an MP4 video"
    if data[:4] == b"RIFF":
        return "an AVI video" if data[8:12] == b"AVI " else "a sound or video file"
    for start, what in _STARTS:
        if data.startswith(start):
            return what
    return _text(data[:_LOOKED_AT]) or "not a picture"


def _brands(data: bytes) -> frozenset[bytes]:
    """Return what a file of the ISO family says it is, nothing where it is not of it."""
    if data[4:8] != b"ftyp":
        return frozenset()
    end = min(struct.unpack_from(">I", data)[0], len(data), 512)
    return frozenset((data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))))


def _text(head: bytes) -> str | None:
    """Return what a text is, None where it is none."""
    encoding = next((coding for mark, coding in _MARKS if head.startswith(mark)), "utf-8")
    # The cut may go through a letter.
    text = head.decode(encoding, "ignore").strip().lower()
    lost = len(head) - len(text.encode(encoding)) > 4 and "\ufffd" in head.decode(
        encoding, "replace"
    )
    if lost or not text or any(ord(letter) < 32 and not letter.isspace() for letter in text):
        return None
    if "<svg" in text:
        return "an SVG drawing"
    if text.startswith(("<!doctype html", "<html", "<head", "<body")) or "<html" in text:
        return "a web page"
    if text.startswith("data:image/"):
        return "a data URL"
    if text.startswith(("http://", "https://")):
        return "a web address"
    return "XML" if text.startswith("<?xml") else "a text"

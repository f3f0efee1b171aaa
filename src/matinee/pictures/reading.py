"""A picture from wherever the caller has it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import PictureError, PictureTooLargeError
from matinee.pictures.containers.essence import CURE
from matinee.pictures.containers.orientation import UPRIGHT, orientation
from matinee.pictures.decode import (
    DEFAULT_LIMITS,
    PictureLimits,
    check_size,
    decode,
    picture_of,
)
from matinee.pictures.rgb import to_rgb

if TYPE_CHECKING:
    from matinee.types import Picture

_ADDRESS = re.compile(r"^(?:[a-z][a-z0-9+.-]+:/|data:)", re.IGNORECASE)
"""Two letters at least: one is a drive of Windows. A ``Path`` has one of the slashes left."""
_EIGHT_BITS, _SIXTEEN_BITS = 255, 65_535


def read_picture(source: object, limits: PictureLimits = DEFAULT_LIMITS) -> Picture:
    """Return the picture of a file, of the bytes of a file, or of an image of PIL.

    Args:
        source: a path as ``str`` or ``Path``, ``bytes``, or a ``PIL.Image.Image``, whose first
            frame is taken, turned as its EXIF says. Two images have the same digest when they are
            as large and look the same.
        limits: what is read.

    Raises:
        PictureTooLargeError: it has too many bytes or pixels.
        PictureError: there is no such file, it cannot be read, is no picture, or the source is an
            address: Matinee fetches nothing on behalf of a request, for who may have a server fetch
            addresses can look behind its firewall.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return decode(bytes(source), limits)
    if isinstance(source, str | Path):
        return _of_file(source, limits)
    if _is_image(source):
        return _of_image(source, limits)
    raise PictureError(
        f"A {type(source).__name__} is no picture",
        cure="Give a path, the bytes of a file, or an image of PIL",
    )


def _of_file(source: str | Path, limits: PictureLimits) -> Picture:
    name = str(source)
    if _ADDRESS.match(name):
        raise PictureError(
            "The picture is an address, and Matinee fetches none",
            where=name[:200],
            cure="Download it and give the file, or its bytes",
        )
    try:
        path = Path(source)
        if path.is_dir():
            raise PictureError("The picture is a folder", where=name, cure="Name a file in it")
        if not path.exists():
            raise PictureError("There is no such picture", where=name, cure="Check the path")
        if not path.is_file():
            raise PictureError("The picture is not a file", where=name, cure="Name a file")
        with path.open("rb") as file:
            # One byte more than is allowed tells as much as all of them.
            data = file.read(limits.bytes + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PictureError(
            f"The picture cannot be read: {why}",
            where=name[:200],
            cure="Check the path and who may read it",
        ) from error
    try:
        return decode(data, limits)
    except PictureTooLargeError as error:
        if len(data) > limits.bytes:
            raise PictureTooLargeError(
                f"The picture has more than {limits.bytes:,} bytes",
                where=name,
                cure="Save it smaller, as a JPEG",
            ) from None
        raise PictureTooLargeError(error.what, where=name, cure=error.cure) from error
    except PictureError as error:
        raise PictureError(error.what, where=name, cure=error.cure) from error


def _is_image(source: object) -> bool:
    try:
        from PIL.Image import Image
    except ImportError:
        return False
    return isinstance(source, Image)


def _of_image(image: Any, limits: PictureLimits) -> Picture:
    """Return the picture of an image of PIL, which takes its memory already."""
    width, height = image.size
    check_size(width, height, limits)
    exif = image.info.get("exif")
    try:
        image.load()  # Pillow decodes lazily: what is wrong with the file is found here
        plain = _grey(image) if image.mode in ("I", "F") else image
        small = to_rgb(plain, limits.side)
    except PictureError:
        raise
    except Exception as error:
        raise PictureError(
            f"The image cannot be read: {str(error) or type(error).__name__}", cure=CURE
        ) from error
    kind = image.format or f"image of mode {image.mode}"
    turned = orientation(exif) if isinstance(exif, bytes) else UPRIGHT
    digest = hashlib.sha256(f"{width} x {height}, {turned}:".encode() + small.tobytes())
    return picture_of(small, digest.hexdigest(), kind, (width, height), turned)


def _grey(image: Any) -> Any:
    """Return an image of whole or of real numbers in grey of 8 bits.

    Real numbers up to 1 are shares of white; other numbers are of 8 bits where none is above 255,
    else of 16.
    """
    from PIL import Image

    values = np.asarray(image, np.float64)
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= _SIXTEEN_BITS):
        raise PictureError(
            f"The image of mode {image.mode} has values from {low:g} to {high:g}",
            cure="Scale them to 0 to 255",
        )
    if image.mode == "F" and high <= 1:
        white = 1
    else:
        white = _EIGHT_BITS if high <= _EIGHT_BITS else _SIXTEEN_BITS
    return Image.fromarray(np.rint(values * (255 / white)).astype(np.uint8), "L")

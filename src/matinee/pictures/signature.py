"""The signature of a poster: what is kept of it to know it again from a changed copy.

A signature holds the strongest points of the poster (``signature_points``), by which a copy of it
is found and laid over it, and a thumbnail of its luminance, against which that is checked::

    0      number of points p
    1, 2   width and height of the working picture
    8      codes, uint64 [48], little-endian
    392    x, y (in 256ths of a side), log2(sigma) (in 32nds), uint8 [3, 48]
    536    thumbnail, uint8 [36, 24]

What is beyond p is zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.pictures.signature_points import find_points
from matinee.pictures.signature_scales import octaves, shrunk, working_picture

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.types import Matrix, Picture, Rows, Vector

POINTS = 48
"""Points kept of a poster."""
THUMB_HEIGHT, THUMB_WIDTH = 36, 24
THUMB_SIGMA = 0.5
"""Smoothing of the thumbnail, in its own pixels."""
THUMB_CONTRAST = 42.0
"""Grey levels of the thumbnail to a standard deviation of the poster; three of them fit in."""
_CODES = 8
_PLACES = _CODES + POINTS * 8
_THUMB = _PLACES + POINTS * 3
SIGNATURE_BYTES = _THUMB + THUMB_HEIGHT * THUMB_WIDTH
SIGNATURE_VERSION = "points-1"
"""Part of the key under which signatures are kept; those of another version are computed anew."""
_SIDE_STEPS = 256
_SIGMA_STEPS = 32


def signature(picture: Picture) -> npt.NDArray[np.uint8]:
    """Return the signature of a picture, uint8 [SIGNATURE_BYTES]."""
    luminance = working_picture(picture.pixels)
    height, width = luminance.shape
    points = find_points(octaves(luminance), POINTS)
    found = len(points)
    kept = np.zeros(SIGNATURE_BYTES, np.uint8)
    kept[:3] = found, width, height
    kept[_CODES:_PLACES].view("<u8")[:found] = points.codes
    places = kept[_PLACES:_THUMB].reshape(3, POINTS)
    places[0, :found] = np.clip(points.x * (_SIDE_STEPS / width), 0, 255)
    places[1, :found] = np.clip(points.y * (_SIDE_STEPS / height), 0, 255)
    places[2, :found] = np.clip(np.log2(points.sigma) * _SIGMA_STEPS, 0, 255)
    small = shrunk(luminance, THUMB_HEIGHT, THUMB_WIDTH, THUMB_SIGMA)
    small = (small - small.mean()) * (THUMB_CONTRAST / (small.std() + 1e-3)) + 128
    kept[_THUMB:] = np.clip(np.rint(small), 0, 255).astype(np.uint8).ravel()
    return kept


def codes_of(signatures: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return the codes of all points of signatures, uint64 [s, POINTS], without a copy."""
    return signatures[:, _CODES:_PLACES].view("<u8")


def sizes_of(
    signatures: npt.NDArray[np.uint8], positions: Rows
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the width and height of the working pictures of signatures, float64 [p] each."""
    return signatures[positions, 1].astype(np.float64), signatures[positions, 2].astype(np.float64)


def places_of(
    signatures: npt.NDArray[np.uint8], positions: Rows, numbers: Rows
) -> tuple[Vector, Vector, Vector]:
    """Return x and y, -0.5 to 0.5 of a side, and sigma, in pixels, of points, float32 [p] each."""
    steps = [
        signatures[positions, _PLACES + part * POINTS + numbers].astype(np.float32)
        + np.float32(0.5)
        for part in range(3)
    ]
    side, half = np.float32(1 / _SIDE_STEPS), np.float32(0.5)
    sigma = np.exp2(steps[2] * np.float32(1 / _SIGMA_STEPS))
    return steps[0] * side - half, steps[1] * side - half, sigma


def thumbnail_of(signatures: npt.NDArray[np.uint8], position: int) -> Matrix:
    """Return the thumbnail of one signature, float32 [THUMB_HEIGHT, THUMB_WIDTH]."""
    flat = signatures[position, _THUMB:].astype(np.float32)
    return flat.reshape(THUMB_HEIGHT, THUMB_WIDTH)

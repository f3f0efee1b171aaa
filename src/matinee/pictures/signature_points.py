"""The points of a picture that are found again in a changed copy of it.

A point is a blob: a place and a size at which the scale-normalised Laplacian of the luminance,
``-sigma**2 * (Lxx + Lyy)``, is greater or smaller than at all neighbours in place and size
(Lindeberg, "Feature detection with automatic scale selection", 1998; Lowe, "Distinctive image
features from scale-invariant keypoints", 2004, whose test against edges is used). What lies around
it is described by the signs of 63 cosine coefficients, as in a perceptual hash, and the sign of the
blob. Posters are shown upright, so that points have no direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.pictures.signature_scales import PER_OCTAVE

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.pictures.signature_scales import Octave
    from matinee.types import Matrix, Vector

_FAINTEST = 1.0
"""Grey levels; below are the blocks of JPEG in flat colour."""
_MAX_EDGE = 10.0
"""Lowe's bound on the ratio of the two curvatures."""
_SIDE = 10
_SPACING = 1.15
"""Samples of a patch along a side, and their distance in sigmas of the point."""
_STEEPNESS = 1.5
"""Natural pictures have less of the finer waves; times fineness ** this, all are about as great."""


@dataclass(frozen=True, slots=True)
class Points:
    """Points of a picture, the strongest first.

    Attributes:
        x: float32 [p], pixels of the working picture from its left edge.
        y: float32 [p], from its upper edge.
        sigma: float32 [p], the size in the same pixels.
        codes: uint64 [p], bit 0 is set where the blob is bright, bits 1 to 63 where the
            coefficients, the coarsest first, have the same sign.
        margins: float32 [p, 64], how far each bit is from turning over, without a unit.
    """

    x: Vector
    y: Vector
    sigma: Vector
    codes: npt.NDArray[np.uint64]
    margins: Matrix

    def __len__(self) -> int:
        return len(self.x)


def find_points(pyramid: tuple[Octave, ...], most: int) -> Points:
    """Return the strongest points of a picture, at most so many."""
    found = [_blobs(octave) for octave in pyramid]
    strength = np.concatenate([abs(blobs[4]) for blobs in found])
    best = np.argsort(-strength, kind="stable")[:most]
    starts = np.cumsum([0] + [blobs.shape[1] for blobs in found])
    patches = np.empty((len(best), _SIDE, _SIDE), np.float32)
    of = np.searchsorted(starts, best, side="right") - 1
    for number, (octave, blobs) in enumerate(zip(pyramid, found, strict=True)):
        mine = of == number
        if mine.any():
            patches[mine] = _patches(octave, blobs[:, best[mine] - starts[number]])
    x, y, sigma, _, response = np.concatenate(found, axis=1)[:, best]
    codes, margins = _described(patches, np.sign(response))
    return Points(x, y, sigma, codes, margins)


def _blobs(octave: Octave) -> Matrix:
    """Return x, y, sigma, number of the size and Laplacian of the blobs, float32 [5, p]."""
    cube = octave.blobs
    middle = cube[1:-1, 1:-1, 1:-1]
    top, bottom = _around(cube, np.maximum), _around(cube, np.minimum)
    peak = ((middle == top) & (middle > _FAINTEST)) | ((middle == bottom) & (middle < -_FAINTEST))
    size, y, x = (places + 1 for places in np.nonzero(peak))
    value = cube[size, y, x]
    left, right = cube[size, y, x - 1], cube[size, y, x + 1]
    above, below = cube[size, y - 1, x], cube[size, y + 1, x]
    smaller, larger = cube[size - 1, y, x], cube[size + 1, y, x]
    xx, yy = left + right - 2 * value, above + below - 2 * value
    xy = cube[size, y + 1, x + 1] + cube[size, y - 1, x - 1]
    xy = (xy - cube[size, y + 1, x - 1] - cube[size, y - 1, x + 1]) / 4
    determinant = xx * yy - xy * xy
    round_enough = (xx + yy) ** 2 * _MAX_EDGE < (_MAX_EDGE + 1) ** 2 * determinant
    sigma = np.array(octave.sigmas, np.float32)[size]
    sigma = sigma * np.exp2(_vertex(smaller, value, larger) / PER_OCTAVE)
    blobs = np.stack(
        [
            (x + _vertex(left, value, right) + 0.5) * octave.step_x,
            (y + _vertex(above, value, below) + 0.5) * octave.step_y,
            sigma,
            size - 1,
            value,
        ]
    )
    return blobs[:, round_enough].astype(np.float32)


def _around(cube: Matrix, most: np.ufunc) -> Matrix:
    cube = most(most(cube[:, :-2], cube[:, 1:-1]), cube[:, 2:])
    cube = most(most(cube[:, :, :-2], cube[:, :, 1:-1]), cube[:, :, 2:])
    around: Matrix = most(most(cube[:-2], cube[1:-1]), cube[2:])
    return around


def _vertex(before: Vector, at: Vector, after: Vector) -> Vector:
    """Return where the parabola through three values has its extremum, -0.5 to 0.5."""
    bend = before + after - 2 * at
    vertex: Vector = np.clip((before - after) / (2 * np.where(bend == 0, 1, bend)), -0.5, 0.5)
    return vertex


def _patches(octave: Octave, blobs: Matrix) -> Matrix:
    """Return the smoothed picture around blobs [5, p], float32 [p, side, side]."""
    _, height, width = octave.smooth.shape
    x, y, sigma, size, _ = blobs
    offsets = (np.arange(_SIDE, dtype=np.float32) - (_SIDE - 1) / 2) * _SPACING
    across = (x[:, None] + offsets * sigma[:, None]) / octave.step_x - 0.5
    down = (y[:, None] + offsets * sigma[:, None]) / octave.step_y - 0.5
    across, down = np.clip(across, 0, width - 1.001), np.clip(down, 0, height - 1.001)
    left, upper = across.astype(np.int64), down.astype(np.int64)
    right_share, lower_share = (across - left)[:, None, :], (down - upper)[:, :, None]
    flat = octave.smooth.reshape(-1)
    at = (size.astype(np.int64) * height * width)[:, None, None]
    at = at + upper[:, :, None] * width + left[:, None, :]
    above = flat[at] + (flat[at + 1] - flat[at]) * right_share
    below = flat[at + width] + (flat[at + width + 1] - flat[at + width]) * right_share
    patches: Matrix = above + (below - above) * lower_share
    return patches


def _coarsest_first() -> npt.NDArray[np.int64]:
    down, across = np.mgrid[:_SIDE, :_SIDE]
    fineness = (down**2 + across**2) * 100 + down
    return np.argsort(fineness.ravel(), kind="stable")[1:64]


def _waves() -> Matrix:
    """Return the cosine transform of ``_SIDE`` samples, but for its scale."""
    places = (np.arange(_SIDE) + 0.5) / _SIDE
    return np.cos(np.pi * np.outer(np.arange(_SIDE), places)).astype(np.float32)


_WAVES = _waves()
_ORDER = _coarsest_first()
_FINENESS = np.sqrt((_ORDER // _SIDE) ** 2 + (_ORDER % _SIDE) ** 2).astype(np.float32)
_SURE = 9.0
"""Margin of the sign of the blob, which never turns over."""
_BITS = np.uint64(1) << np.arange(64, dtype=np.uint64)


def _described(patches: Matrix, signs: Vector) -> tuple[npt.NDArray[np.uint64], Matrix]:
    """Return codes uint64 [p] and margins float32 [p, 64] of patches."""
    found = (_WAVES @ (patches * signs[:, None, None]) @ _WAVES.T).reshape(
        len(patches), _SIDE * _SIDE
    )[:, _ORDER]
    weighed = found * _FINENESS**_STEEPNESS
    weighed /= np.sqrt((weighed**2).mean(axis=1, keepdims=True)) + 1e-6
    values = np.concatenate([signs[:, None] * _SURE, weighed], axis=1).astype(np.float32)
    codes = ((values > 0) * _BITS).sum(axis=1, dtype=np.uint64)
    return codes, abs(values)

"""Whether a picture shows a poster where it was laid: the two are compared piece by piece.

Compared are the directions of the gradients, not the grey levels: a correlation of grey levels is
high wherever two posters have a white margin around a dark picture, and there are many such. For
gradients g of the thumbnail and h of the picture at the same places, both divided by
``sqrt(|g|**2 + STIR**2)``, the agreement around a place is that of the box about it ::

    sum(g * h) / sqrt((sum|g|**2 + c) * (sum|h|**2 + c))

and the similarity is the mean over the better part of the places, weighed by how much there is to
see. The other part may be hidden under a banner or a box. Source of the measure: orientation
correlation (Fitch, Kadyrov, Christmas and Kittler, 2002), here within boxes and trimmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.pictures.signature import THUMB_CONTRAST, THUMB_HEIGHT, THUMB_SIGMA, THUMB_WIDTH

if TYPE_CHECKING:
    from matinee.pictures.signature_scales import Octave
    from matinee.types import Matrix, Vector

_STIR = 2.0
"""Grey levels a pixel; gradients below count less than their full direction."""
_BOX = 7
"""Pixels of the thumbnail; 5 to 9 do as well."""
_CALM = 0.02 * _BOX * _BOX
"""Keeps the agreement of two calm boxes at nought; the c above."""
_BETTER_PART = 0.6
"""A quarter may be hidden, and the boxes that reach into it suffer too."""
_LEAST_SEEN = 0.25
"""Of the area of the poster; a crop to 60% of each side leaves .36."""
_LEAST_COVERED = 0.3
"""Of the area of the picture; a border of 10% on each side leaves .69."""
_LEAST_WEIGHT = 60.0
"""Places, by weight, below which there is too little to see."""


def _band(length: int) -> Matrix:
    places = np.arange(length)
    return (abs(places[:, None] - places) <= _BOX // 2).astype(np.float32)


_DOWN, _ACROSS = _band(THUMB_HEIGHT), _band(THUMB_WIDTH)


def _places() -> Matrix:
    down, across = np.mgrid[:THUMB_HEIGHT, :THUMB_WIDTH]
    x, y = (across + 0.5) / THUMB_WIDTH - 0.5, (down + 0.5) / THUMB_HEIGHT - 0.5
    return np.stack([x.ravel(), y.ravel(), np.ones(x.size)]).astype(np.float32)


_PLACES = _places()


def similarity(
    thumbnail: Matrix, laid: Matrix, shape: tuple[int, int], pyramid: tuple[Octave, ...]
) -> float:
    """Return how well a picture agrees with a poster laid over it, 0 to 1.

    Args:
        thumbnail: of the poster, float32 [THUMB_HEIGHT, THUMB_WIDTH].
        laid: float32 [2, 3], takes (x, y, 1), -0.5 to 0.5 across and down the poster, to pixels of
            the working picture.
        shape: of the working picture.
        pyramid: its octaves.
    """
    height, width = shape
    x, y = laid @ _PLACES
    seen = ((x > 0) & (x < width) & (y > 0) & (y < height)).astype(np.float32)
    if seen.mean() < _LEAST_SEEN:
        return 0.0
    covered = seen.mean() * abs(float(np.linalg.det(laid[:, :2]))) / (height * width)
    if covered < _LEAST_COVERED:
        return 0.0
    sampled = _sampled(pyramid, laid, x, y)
    mean = float(sampled @ seen) / seen.sum()
    spread = float(np.sqrt(((sampled - mean) ** 2 @ seen) / seen.sum()))
    shown = ((sampled - mean) * (THUMB_CONTRAST / (spread + 1e-3))).reshape(thumbnail.shape)
    mask = seen.reshape(thumbnail.shape)
    (gx, gy), (hx, hy) = _directions(thumbnail, mask), _directions(shown, mask)
    sums = (
        _DOWN @ np.stack([gx * hx + gy * hy, gx * gx + gy * gy, hx * hx + hy * hy, mask]) @ _ACROSS
    )
    both, own, other, area = sums
    agreement = (both / np.sqrt((own + _CALM) * (other + _CALM))).ravel()
    weight = (mask * np.maximum(own, other) / np.maximum(area, 1)).ravel()
    order = np.argsort(-agreement, kind="stable")
    agreement, weight = agreement[order], weight[order]
    reached = np.cumsum(weight)
    if reached[-1] < _LEAST_WEIGHT:
        return 0.0
    part = int(np.searchsorted(reached, _BETTER_PART * reached[-1])) + 1
    return min(1.0, max(0.0, float(agreement[:part] @ weight[:part]) / float(reached[part - 1])))


def _sampled(pyramid: tuple[Octave, ...], laid: Matrix, x: Vector, y: Vector) -> Vector:
    """Return the picture at places [p], as smooth as the thumbnail would be there."""
    across = float(np.hypot(*laid[:, 0])) / THUMB_WIDTH
    down = float(np.hypot(*laid[:, 1])) / THUMB_HEIGHT
    wanted = THUMB_SIGMA * (across * down) ** 0.5
    levels = [
        (abs(np.log(sigma / wanted)), octave, level)
        for octave in pyramid
        for sigma, level in zip(octave.smooth_sigmas, octave.smooth, strict=True)
    ]
    _, octave, level = min(levels, key=lambda found: found[0])
    height, width = level.shape
    x = np.clip(x / octave.step_x - 0.5, 0, width - 1.001)
    y = np.clip(y / octave.step_y - 0.5, 0, height - 1.001)
    left, upper = x.astype(np.int64), y.astype(np.int64)
    flat, at = level.reshape(-1), upper * width + left
    above = flat[at] + (flat[at + 1] - flat[at]) * (x - left)
    below = flat[at + width] + (flat[at + width + 1] - flat[at + width]) * (x - left)
    sampled: Vector = above + (below - above) * (y - upper)
    return sampled


def _directions(grey: Matrix, mask: Matrix) -> tuple[Matrix, Matrix]:
    """Return the gradient across and down, of length near 1 wherever there is any."""
    across, down = np.zeros_like(grey), np.zeros_like(grey)
    across[:, 1:-1] = (grey[:, 2:] - grey[:, :-2]) * (0.5 * mask[:, 2:] * mask[:, :-2])
    down[1:-1] = (grey[2:] - grey[:-2]) * (0.5 * mask[2:] * mask[:-2])
    length = np.sqrt(across**2 + down**2 + _STIR**2)
    return across / length, down / length

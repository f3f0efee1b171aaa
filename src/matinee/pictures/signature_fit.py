"""Lays a poster over a picture so that like points come to lie on each other.

By least squares, turned and stretched as need be: ``target = matrix @ (x, y, 1)``, fitted to the
pairs that are not far off, three times over with less and less patience, each time drawn towards
the matrix before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.pictures.signature_points import Points
    from matinee.types import Matrix, Rows, Vector

LEAST_PAIRS = 3
"""Two points settle scale and place by themselves; the third is the first to confirm them."""
_TOLERANCES = (0.15, 0.08, 0.05)
"""How far a pair may be off in each round of fitting, in sides of a poster."""
_AGREED = 0.04
"""How far a pair may be off in the end, to count."""
_STIFFNESS = (0.15, 0.15, 0.0)
"""Pairs at a side's distance that it takes to turn or stretch the poster half the way; a few points
close together would bend it beyond all measure otherwise. Shifting is free."""
_MAX_STRETCH = 1.35
"""Of one side against the other; aspects may be changed by 15%, and the fit is not exact."""
_MAX_TURN = 0.16
"""Radians, 9 degrees; points are not found beyond."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A poster laid over a picture.

    Attributes:
        position: number of its signature.
        matrix: float32 [2, 3], takes (x, y, 1), -0.5 to 0.5 across and down the poster, to pixels
            of the working picture.
        points: how many points of the picture agree.
    """

    position: int
    matrix: Matrix
    points: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """Points of the picture and points of posters that look alike, all [m].

    Attributes:
        point: number of the point of the picture.
        position: number of the signature.
        x: place of the poster's point, -0.5 to 0.5 of its width.
        y: the same, of its height.
        width: of the working picture of the poster.
        height: the same, downwards.
        scale: size of the picture's point, in that of the poster's.
    """

    point: Rows
    position: Rows
    x: Vector
    y: Vector
    width: npt.NDArray[np.float64]
    height: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]


def lay(points: Points, pairs: Pairs, position: int, members: Rows) -> Laid | None:
    """Lay a poster over the picture, beginning with what ``members`` say; None if it does not."""
    mine = np.flatnonzero(pairs.position == position)
    width, height = float(pairs.width[mine[0]]), float(pairs.height[mine[0]])
    scale = float(np.exp(np.log(pairs.scale[members]).mean()))
    among, there = pairs.point[members], scale * np.array([width, height])
    x = float((points.x[among] - there[0] * pairs.x[members]).mean())
    y = float((points.y[among] - there[1] * pairs.y[members]).mean())
    matrix = np.array([[there[0], 0.0, x], [0.0, there[1], y]])
    target = np.stack([points.x, points.y], axis=1)[pairs.point[mine]].astype(np.float64)
    source = np.stack([pairs.x[mine], pairs.y[mine], np.ones(len(mine))], axis=1)
    prior = np.diag(_STIFFNESS)
    for tolerance in _TOLERANCES:
        agreed = _off(matrix, source, target) < tolerance
        if agreed.sum() < LEAST_PAIRS:
            return None
        kept = source[agreed]
        normal, moment = kept.T @ kept + prior, kept.T @ target[agreed] + prior @ matrix.T
        matrix = np.linalg.solve(normal, moment).T
    if not _plausible(matrix[:, :2] / [width, height]):
        return None
    agreed = _off(matrix, source, target) < _AGREED
    count = len(np.unique(pairs.point[mine][agreed]))
    return Laid(position, matrix.astype(np.float32), count) if count >= LEAST_PAIRS else None


def _plausible(matrix: npt.NDArray[np.float64]) -> bool:
    """Return whether a poster is hardly turned and stretched, by a matrix [2, 2] of pixels."""
    longer, shorter = np.linalg.svd(matrix, compute_uv=False)
    turn = np.arctan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1])
    return bool(longer < _MAX_STRETCH * shorter and abs(turn) < _MAX_TURN)


def _off(
    matrix: npt.NDArray[np.float64],
    source: npt.NDArray[np.float64],
    target: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return how far pairs [m] are off, in sides of the poster as it lies."""
    gone = source @ matrix.T - target
    side = np.sqrt(abs(np.linalg.det(matrix[:, :2]))) + 1e-9
    off: npt.NDArray[np.float64] = np.hypot(gone[:, 0], gone[:, 1]) / side
    return off

"""Where titles lie on a map: vectors of many dimensions laid out in two, alike beside alike.

The layout is t-SNE (van der Maaten and Hinton 2008) with uniform affinities over the nearest
neighbours (Böhm, Berens and Kobak 2022) and the repulsion taken from a grid by FFT, as in FIt-SNE
(Linderman et al. 2019). Of all titles together each is pushed along the slope of

    phi(y) = sum_j 1 / (1 + |y - y_j|^2),    force = -1/2 grad phi / Z,    Z = sum_i phi(y_i) - n

so that one convolution a step is enough. Figures: docs/decisions/0033-map.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
import scipy.fft
import scipy.sparse

if TYPE_CHECKING:
    import numpy.typing as npt

    Points = npt.NDArray[np.float64]

_PCA_ROWS = 8_192
"""Rows widened to float64 at a time."""
_LEVELS = 127
"""Steps to either side that a principal component is rounded to. Sums of products of 50 such
integers stay below 2^24, so float32 adds them exactly and in any order: neighbours do not depend on
threads or processor."""
_CELL = 0.5
"""Width of a cell of the grid; the kernel falls to half at 1."""
_MARGIN = 2
"""Cells around the outermost titles, which the quadratic spline reaches into."""
_MOST_CELLS = 448
"""Cells a side; a layout wider than that gets wider cells, as one of about 50,000 titles is."""
_MOMENTUM = 0.8
_GAIN_UP, _GAIN_DOWN, _GAIN_LEAST = 0.2, 0.8, 0.01
"""Momentum and delta-bar-delta as in van der Maaten's own code."""
_LONGEST = 5.0
"""Furthest a title moves in one step; longer ones fling titles out of small catalogues."""
_START = 0.17
"""Spread of the start, divided by the square root of the number of titles: that of a finished
layout. The usual start from a point, with exaggerated attraction, keeps 8% more neighbours; but
there 1% of the titles more or less is another map, here the others stay where they were."""
_ASIDE = 0.01
"""Share of the third and fourth component at the start."""
_DUPLICATES = 0.02
"""Distance of the first titles of one text, in units of the kernel; the others go spirally."""
_GOLDEN = np.pi * (3 - np.sqrt(5))


@dataclass(frozen=True, slots=True)
class LayoutConfig:
    """What may be chosen about a layout.

    Attributes:
        dimensions: principal components in which neighbours are looked for.
        neighbours: of each title; what attracts it.
        steps: how often all titles are moved.
    """

    dimensions: int = 50
    neighbours: int = 15
    steps: int = 350


def layout(
    vectors: npt.NDArray[Any], *, config: LayoutConfig | None = None
) -> npt.NDArray[np.float32]:
    """Return a place for each vector, alike beside alike.

    Nothing is drawn by chance: the same vectors give the same places, in whatever order the rows
    are; rows of one vector lie around one place.

    Args:
        vectors: floats [n, d].
        config: what may be chosen.

    Returns:
        Places in [0, 1], float32 [n, 2]; the longer side fills it, the other lies in its middle.

    Raises:
        ValueError: the shape does not fit, or a number is not finite.

    >>> layout(np.eye(1, 4)).tolist()
    [[0.5, 0.5]]
    """
    config = config or LayoutConfig()
    if vectors.ndim != 2:
        raise ValueError("vectors are [n, d]")
    if not np.isfinite(vectors).all():
        raise ValueError("a vector holds a number that is not finite")
    if not len(vectors):
        return np.empty((0, 2), np.float32)
    reduced, inverse = _distinct(_principal(vectors, config.dimensions))
    places = np.zeros((len(reduced), 2))
    if len(reduced) > 1:
        graph = _graph(reduced, config.neighbours)
        begun = _begun(reduced)
        places = _turned(_relaxed(graph, begun, config), begun)
    return _unit(_spread(places[inverse], inverse))


def neighbours(vectors: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.int64]:
    """Return the rows of the ``k`` nearest others of each row, int64 [n, k], nearest first."""
    index = faiss.IndexFlatL2(vectors.shape[1])
    index.add(vectors)
    _, found = index.search(vectors, min(k + 1, len(vectors)))
    # Itself is nearly always first; where others are as near it may be further down, or missing.
    itself = found == np.arange(len(vectors))[:, None]
    itself[~itself.any(axis=1), -1] = True
    others: npt.NDArray[np.int64] = found[~itself].reshape(len(vectors), -1)
    return others


def _principal(vectors: npt.NDArray[Any], dimensions: int) -> npt.NDArray[np.int8]:
    """Return the first principal components, rounded to one scale, int8 [n, at most d]."""
    count, width = vectors.shape
    total, squares = np.zeros(width), np.zeros((width, width))
    pieces = range(0, count, _PCA_ROWS)
    for first in pieces:
        piece = np.asarray(vectors[first : first + _PCA_ROWS], np.float64)
        total += piece.sum(axis=0)
        squares += piece.T @ piece
    mean = total / count
    _, axes = np.linalg.eigh(squares / count - np.outer(mean, mean))
    axes = axes[:, ::-1][:, :dimensions]
    projected = np.concatenate(
        [(np.asarray(vectors[i : i + _PCA_ROWS], np.float64) - mean) @ axes for i in pieces]
    )
    # An axis has no direction of its own: the longer tail of the titles points up.
    projected *= np.where((projected**3).sum(axis=0) < 0, -1.0, 1.0)
    scale = np.abs(projected).max()
    # Rounding noise of equal vectors is no difference between them.
    if scale <= np.abs(mean).max() * 1e-9:
        return np.zeros(projected.shape, np.int8)
    rounded: npt.NDArray[np.int8] = np.rint(projected * (_LEVELS / scale)).astype(np.int8)
    return rounded


def _distinct(
    reduced: npt.NDArray[np.int8],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Return the different rows in an order of their own, and which of them each row is."""
    whole = np.ascontiguousarray(reduced).view(np.dtype((np.void, reduced.shape[1]))).ravel()
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    return reduced[first].astype(np.float32), inverse.ravel()


def _graph(reduced: npt.NDArray[np.float32], k: int) -> Any:
    """Return affinities as a sparse matrix [m, m]: symmetric, and one in sum."""
    near = neighbours(reduced, k)
    count, k = near.shape
    ends = np.arange(0, count * k + 1, k)
    one_way = scipy.sparse.csr_matrix((np.ones(near.size), near.ravel(), ends), (count, count))
    both = (one_way + one_way.T).tocsr()
    both.sort_indices()
    return both / both.sum()


def _begun(reduced: npt.NDArray[np.float32]) -> Points:
    """Return first places [m, 2]: two components, and a little of the next, which sets apart."""
    four = np.zeros((len(reduced), 4))
    four[:, : reduced.shape[1]] = reduced[:, :4]
    first: Points = four[:, :2] + _ASIDE * four[:, 2:]
    spread: Points = _START * np.sqrt(len(first)) * first / first.std()
    return spread


def _relaxed(graph: Any, places: Points, config: LayoutConfig) -> Points:
    """Move titles by gradient descent until attraction and repulsion are nearly even."""
    count = len(places)
    rows = np.repeat(np.arange(count), np.diff(graph.indptr))
    pull = graph.copy()
    speed, gain = np.zeros_like(places), np.ones_like(places)
    for _ in range(config.steps):
        apart = places[rows] - places[graph.indices]
        pull.data = graph.data / (1 + np.einsum("ij,ij->i", apart, apart))
        attraction = (pull @ np.ones((count, 1))) * places - pull @ places
        potential, slope = _potential(places)
        force = attraction + slope / (2 * max(potential.sum() - count, 1e-9))
        gain = np.where(np.sign(force) == np.sign(speed), gain * _GAIN_DOWN, gain + _GAIN_UP)
        gain = np.maximum(gain, _GAIN_LEAST)
        speed = _MOMENTUM * speed - 4 * count * gain * force
        length = np.sqrt(np.einsum("ij,ij->i", speed, speed))
        speed /= np.maximum(1, length / _LONGEST)[:, None]
        places = places + speed
        places -= places.mean(axis=0)
    return places


def _turned(places: Points, like: Points) -> Points:
    """Return places turned, or mirrored, so that they lie most like others (Schönemann 1966).

    Nothing in the forces holds the whole in its direction.
    """
    left, _, right = np.linalg.svd(places.T @ (like - like.mean(axis=0)))
    turned: Points = places @ (left @ right)
    return turned


def _potential(places: Points) -> tuple[npt.NDArray[np.float64], Points]:
    """Return phi and its slope at each of the places [m, 2], by a grid."""
    low, high = places.min(axis=0), places.max(axis=0)
    span = float((high - low).max())
    width = max(_CELL, span / (_MOST_CELLS - 2 * _MARGIN - 1))
    cells = scipy.fft.next_fast_len(int(span / width) + 2 * _MARGIN + 1, real=True)
    at = (places - low) / width + _MARGIN
    middle = np.rint(at)
    off = at - middle
    corner = middle.astype(np.int64) @ np.array([cells, 1])
    share = ((0.5 - off) ** 2 / 2, 0.75 - off**2, (0.5 + off) ** 2 / 2)
    change = ((off - 0.5) / width, -2 * off / width, (0.5 + off) / width)
    nine = [
        (corner + (i - 1) * cells + j - 1, share[i][:, 0], share[j][:, 1], i, j)
        for i in range(3)
        for j in range(3)
    ]
    mass = np.zeros(cells * cells)
    for cell, across, along, _, _ in nine:
        mass += np.bincount(cell, across * along, cells * cells)
    size, kernel = _kernel(cells, width)
    spectrum = scipy.fft.rfft2(mass.reshape(cells, cells), (size, size))
    field = scipy.fft.irfft2(spectrum * kernel, (size, size))[:cells, :cells].ravel()
    potential, slope = np.zeros(len(places)), np.zeros_like(places)
    for cell, across, along, i, j in nine:
        here = field[cell]
        potential += here * across * along
        slope[:, 0] += here * change[i][:, 0] * along
        slope[:, 1] += here * across * change[j][:, 1]
    return potential, slope


def _kernel(cells: int, width: float) -> tuple[int, npt.NDArray[np.complex128]]:
    """Return the size of the padded grid and the spectrum of 1 / (1 + r^2) on it.

    Spreading a title over nine cells and reading nine back blurs twice by a quadratic spline, whose
    spectrum is sinc^3; dividing by it halves the error of the forces, to a tenth.
    """
    size = scipy.fft.next_fast_len(2 * cells, real=True)
    apart = np.minimum(np.arange(size), size - np.arange(size)) * width
    kernel = scipy.fft.rfft2(1 / (1 + apart[:, None] ** 2 + apart**2))
    blur = np.sinc(np.fft.fftfreq(size))[:, None] * np.sinc(np.fft.rfftfreq(size))
    spectrum: npt.NDArray[np.complex128] = kernel / blur**6
    return size, spectrum


def _spread(places: Points, inverse: npt.NDArray[np.int64]) -> Points:
    """Return places of rows [n, 2], those of one vector in a spiral around its place."""
    order = np.argsort(inverse, kind="stable")
    same = inverse[order]
    first = np.searchsorted(same, same)
    turn = np.empty(len(order))
    turn[order] = np.arange(len(order)) - first
    radius = _DUPLICATES * np.sqrt(turn)
    angle = turn * _GOLDEN
    aside: Points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return places + aside


def _unit(places: Points) -> npt.NDArray[np.float32]:
    low, high = places.min(axis=0), places.max(axis=0)
    side = (high - low).max()
    if not side:
        return np.full(places.shape, 0.5, np.float32)
    unit: npt.NDArray[np.float32] = ((places - (low + high) / 2) / side + 0.5).astype(np.float32)
    return unit

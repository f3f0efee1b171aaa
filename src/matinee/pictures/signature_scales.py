"""A picture at many sizes: smoothed, and searched for blobs of each size.

All smoothing is done on the cosine spectrum, where a Gaussian is a product: one transform of the
picture, and one back for each size, straight to the raster that this size needs. The transforms are
those of scipy: as products of matrices they would be as quick, but wake the threads of BLAS, which
cost several times what they save where other requests want the same cores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.types import Matrix

AREA = 96 * 144
"""Pixels a picture is brought to; posters of 56 x 84 then still have most of their points."""
MAX_ASPECT = 4.0
"""Pictures longer than this are squeezed; no poster is."""
PER_OCTAVE = 3
"""Sizes from one sigma to twice it, as in Lowe's paper."""
_GRAIN = 4
"""Sides are multiples of it: a transform of 94 pixels takes half as long again as one of 96."""
_OCTAVES = 3
_FIRST_SIGMA = 1.4
"""Pixels. Smaller blobs are lost in small copies; four times as large ones, crops cut through."""
_SMOOTHING = 0.7
"""Sigma of the picture that a point is described from, in that of the point."""


@dataclass(frozen=True, slots=True)
class Octave:
    """The sizes between one sigma and twice it, on one raster.

    Attributes:
        blobs: float32 [sizes + 2, h, w], the Laplacian turned over, one size more at either end.
        smooth: float32 [sizes, h, w], the picture smoothed by ``_SMOOTHING`` of each sigma.
        sigmas: of ``blobs``, in pixels of the working picture.
        step_x: pixels of the working picture from one sample to the next.
        step_y: the same, downwards.
    """

    blobs: Matrix
    smooth: Matrix
    sigmas: tuple[float, ...]
    step_x: float
    step_y: float

    @property
    def smooth_sigmas(self) -> tuple[float, ...]:
        """Sigma of the Gaussian that made each of ``smooth``."""
        return tuple(_SMOOTHING * sigma for sigma in self.sigmas[1:-1])


def working_picture(pixels: npt.NDArray[np.uint8]) -> Matrix:
    """Return the luminance of pixels [h, w, 3] in about ``AREA`` pixels, float32 [h', w']."""
    from PIL import Image

    height, width = pixels.shape[:2]
    aspect = min(MAX_ASPECT, max(1 / MAX_ASPECT, width / height))
    wide, high = math.sqrt(AREA * aspect), math.sqrt(AREA / aspect)
    size = _GRAIN * round(wide / _GRAIN), _GRAIN * round(high / _GRAIN)
    grey = Image.fromarray(np.ascontiguousarray(pixels)).convert("L")
    return np.asarray(grey.resize(size, Image.Resampling.BILINEAR), np.float32)


def octaves(luminance: Matrix) -> tuple[Octave, ...]:
    """Return the Laplacian and the smoothed picture at all sizes."""
    spectrum = _spectrum(luminance)
    return tuple(_octave(spectrum, number) for number in range(_OCTAVES))


def shrunk(luminance: Matrix, height: int, width: int, sigma: float) -> Matrix:
    """Return a picture in ``height`` x ``width`` pixels, smoothed by ``sigma`` of them."""
    spectrum = _spectrum(luminance)
    rows, columns = min(height, spectrum.shape[0]), min(width, spectrum.shape[1])
    down = np.exp(-0.5 * (sigma * np.pi * np.arange(rows) / height) ** 2)
    across = np.exp(-0.5 * (sigma * np.pi * np.arange(columns) / width) ** 2)
    kept = spectrum[:rows, :columns] * np.outer(down, across).astype(np.float32)
    return _raster(kept, spectrum.shape, (height, width))


def _spectrum(luminance: Matrix) -> Matrix:
    """Return the cosine spectrum of a picture, float32 of its shape."""
    from scipy.fft import dctn

    spectrum: Matrix = dctn(luminance, norm="ortho")
    return spectrum


def _raster(spectra: Matrix, of: tuple[int, ...], to: tuple[int, int]) -> Matrix:
    """Return the pictures of spectra [..., h, w], taken from pictures of the shape ``of``.

    They are the pictures at ``to`` places down and across, at most so many as there were; what is
    beyond the spectra is nought.
    """
    from scipy.fft import idctn

    scale = math.sqrt(to[0] * to[1] / (of[0] * of[1]))
    raster: Matrix = idctn(spectra * np.float32(scale), s=to, axes=(-2, -1), norm="ortho")
    return raster


def _octave(spectrum: Matrix, number: int) -> Octave:
    height, width = spectrum.shape
    sigmas, filters = _filters(height, width, number)
    _, high, wide = filters.shape
    raster = _raster(filters * spectrum[:high, :wide], spectrum.shape, (high, wide))
    split = len(sigmas)
    return Octave(raster[:split], raster[split:], sigmas, width / wide, height / high)


@lru_cache(24)
def _filters(height: int, width: int, number: int) -> tuple[tuple[float, ...], Matrix]:
    """Return the sigmas of an octave, and what makes its pictures of a spectrum."""
    first = _FIRST_SIGMA * 2.0**number
    sigmas = tuple(first * 2.0 ** ((i - 1) / PER_OCTAVE) for i in range(PER_OCTAVE + 2))
    # Waves finer than the raster: even the least of the Gaussians lets nothing of them through.
    high, wide = math.ceil(height / 2**number), math.ceil(width / 2**number)
    down = (np.pi * np.arange(high) / height) ** 2
    across = (np.pi * np.arange(wide) / width) ** 2
    squared = down[:, None] + across
    blobs = [squared * sigma**2 * np.exp(-0.5 * sigma**2 * squared) for sigma in sigmas]
    smooth = [np.exp(-0.5 * (_SMOOTHING * sigma) ** 2 * squared) for sigma in sigmas[1:-1]]
    filters = np.stack(blobs + smooth).astype(np.float32)
    filters.flags.writeable = False
    return sigmas, filters

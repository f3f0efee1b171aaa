"""Small pictures, drawn by seed, and the files that hold them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

COLOURS = {
    "top left": (255, 0, 0),
    "top right": (0, 255, 0),
    "bottom left": (0, 0, 255),
    "bottom right": (255, 255, 0),
}


def quarters(width: int = 60, height: int = 80) -> Image.Image:
    """A picture with a colour of its own in each corner."""
    image = Image.new("RGB", (width, height))
    boxes = [
        (0, 0, width // 2, height // 2),
        (width // 2, 0, width, height // 2),
        (0, height // 2, width // 2, height),
        (width // 2, height // 2, width, height),
    ]
    for colour, box in zip(COLOURS.values(), boxes, strict=True):
        image.paste(colour, box)
    return image


def scenery(width: int = 96, height: int = 64, *, seed: int = 0) -> Image.Image:
    """A picture with the spectrum of a photograph: the larger a structure, the stronger."""
    rng = np.random.default_rng(seed)
    ups, downs = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    frequency = np.hypot(ups, downs)
    frequency[0, 0] = np.inf
    planes = []
    for _ in range(3):
        noise = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
        plane = np.fft.irfft2(noise / frequency**1.2, s=(height, width))
        planes.append(128 + 50 * plane / plane.std())
    return Image.fromarray(np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The file of an image."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG, with its checksum."""
    whole = name + body
    return struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole))


@pytest.fixture(scope="session")
def draw_quarters() -> Callable[..., Image.Image]:
    return quarters


@pytest.fixture(scope="session")
def draw_scenery() -> Callable[..., Image.Image]:
    return scenery


@pytest.fixture(scope="session")
def encode_as() -> Callable[..., bytes]:
    return encoded


@pytest.fixture(scope="session")
def png_chunk() -> Callable[[bytes, bytes], bytes]:
    return chunk

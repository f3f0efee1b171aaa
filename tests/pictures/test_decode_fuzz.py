"""Whatever the bytes are, a picture or a PictureError comes out, and nothing else.

Warnings are errors in these tests, so that none leaks either.
"""

from __future__ import annotations

import random
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from matinee.errors import PictureError
from matinee.pictures import PictureLimits, decode
from matinee.pictures.containers.orientation import orientation

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = PictureLimits(pixels=4_000_000, memory=20_000_000)
"""A header may say 100 million pixels: decoding these is tested for memory elsewhere."""
NAMES = (
    "jpeg jpeg-progressive jpeg-cmyk jpeg-restart jpeg-exif png png-palette png-16 png-animated "
    "webp webp-lossless webp-alpha webp-animated gif gif-animated bmp bmp-palette"
).split()
MARKS = [b"IHDR", b"IDAT", b"tRNS", b"PLTE", b"eXIf", b"acTL", b"VP8 ", b"VP8L", b"VP8X", b"ALPH"]
MARKS += [b"ANMF", b"\xff\xc0", b"\xff\xc2", b"\xff\xc4", b"\xff\xda", b"\xff\xdb", b"\xff\xe1"]
MARKS += [b"Exif\0\0", b"BM", b"GIF89a", b"\x21\xf9", b"\x2c", b"RIFF"]
INTERESTING = [0, 1, 2, 15, 16, 127, 128, 255, 256, 32_767, 65_535, 2**24 - 1, 2**31 - 1, 2**32 - 1]


@pytest.fixture(scope="module")
def seeds(
    draw_scenery: Callable[..., Image.Image], encode_as: Callable[..., bytes]
) -> dict[str, bytes]:
    image, other = draw_scenery(48, 40), draw_scenery(48, 40, seed=1)
    clear = image.copy()
    clear.putalpha(Image.linear_gradient("L").resize(image.size))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a camera"
    frames = {"save_all": True, "append_images": [other, image]}
    sixteen = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    palette = image.quantize(17)
    made = {
        "jpeg": encode_as(image, "JPEG"),
        "jpeg-progressive": encode_as(image, "JPEG", progressive=True, subsampling=0),
        "jpeg-cmyk": encode_as(image.convert("CMYK"), "JPEG"),
        "jpeg-restart": encode_as(image, "JPEG", restart_marker_blocks=2),
        "jpeg-exif": encode_as(image, "JPEG", exif=exif, icc_profile=b"x" * 200, comment="c"),
        "png": encode_as(clear, "PNG", exif=exif),
        "png-palette": encode_as(palette, "PNG", transparency=b"\0\x80"),
        "png-16": encode_as(sixteen, "PNG"),
        "png-animated": encode_as(image, "PNG", **frames),
        "webp": encode_as(image, "WEBP", exif=exif),
        "webp-lossless": encode_as(clear, "WEBP", lossless=True),
        "webp-alpha": encode_as(clear, "WEBP"),
        "webp-animated": encode_as(clear, "WEBP", **frames),
        "gif": encode_as(palette, "GIF", transparency=3, comment=b"c"),
        "gif-animated": encode_as(image, "GIF", **frames),
        "bmp": encode_as(image, "BMP"),
        "bmp-palette": encode_as(palette, "BMP"),
    }
    assert list(made) == NAMES
    return made


def try_it(data: bytes) -> bool:
    """Decode, and return whether a picture came out; anything but a PictureError fails the test."""
    try:
        picture = decode(data, SMALL)
    except PictureError:
        return False
    height, width, depth = picture.pixels.shape
    assert depth == 3
    assert min(height, width) <= min(picture.height, picture.width, 1.5 * SMALL.side)
    assert picture.width * picture.height <= SMALL.pixels
    return True


def changed(data: bytes, draw: random.Random) -> bytes:
    """A file with some of its bytes changed in one of the ways files get changed."""
    out = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        if len(out) < 8:
            break
        at = draw.randrange(len(out))
        # Half of the changes go where headers are.
        if draw.random() < 0.5:
            at = draw.randrange(min(len(out), 300))
        match draw.randrange(9):
            case 0:
                out[at] ^= 1 << draw.randrange(8)
            case 1:
                out[at] = draw.randrange(256)
            case 2:
                del out[at:]
            case 3:
                del out[at : at + draw.choice((1, 2, 4, 12, 100))]
            case 4:
                out[at:at] = draw.randbytes(draw.choice((1, 2, 4, 12, 100)))
            case 5:
                order, size = draw.choice(("<", ">")), draw.choice("HI")
                value = draw.choice(INTERESTING) & (0xFFFF if size == "H" else 0xFFFFFFFF)
                out[at : at + struct.calcsize(size)] = struct.pack(order + size, value)
            case 6:
                other, length = draw.randrange(len(out)), draw.choice((4, 12, 40, 200))
                out[at : at + length] = out[other : other + length]
            case 7:
                places = [place for mark in MARKS if (place := out.find(mark)) >= 0]
                place = draw.choice(places) if places else at
                near = max(0, min(len(out) - 1, place + draw.randrange(-8, 24)))
                out[near] = draw.choice((0, 1, 2, 127, 128, 255, draw.randrange(256)))
            case _:
                other = draw.randrange(len(out))
                low, high = sorted((at, other))
                out[low:high] = out[low:high] * 2 if len(out) < 50_000 else b""
    return bytes(out)


def mended(data: bytes) -> bytes:
    """The same with checksums and lengths of the whole set right, so that more of it is read."""
    out = bytearray(data)
    if out[:4] == b"RIFF":
        out[4:8] = struct.pack("<I", max(0, len(out) - 8))
    at = 8 if out[:4] == b"\x89PNG" else len(out)
    while at + 12 <= len(out):
        length = int.from_bytes(out[at : at + 4], "big")
        end = at + 8 + length
        if end + 4 > len(out):
            break
        out[end : end + 4] = struct.pack(">I", zlib.crc32(out[at + 4 : end]))
        at = end + 4
    return bytes(out)


@pytest.mark.parametrize("name", NAMES)
def test_the_seeds_themselves_are_pictures(name: str, seeds: dict[str, bytes]) -> None:
    assert try_it(seeds[name])


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**63), mend=st.booleans())
def test_changed_files(name: str, seed: int, mend: bool, seeds: dict[str, bytes]) -> None:
    data = changed(seeds[name], random.Random(seed))
    try_it(mended(data) if mend else data)


@pytest.mark.parametrize("name", NAMES)
def test_every_length(name: str, seeds: dict[str, bytes]) -> None:
    """A file cut anywhere is refused, unless only what stands behind the picture is lost."""
    data = seeds[name]
    random_lengths = random.Random(0).sample(range(len(data)), min(len(data), 60))
    whole = decode(data, SMALL).pixels
    for length in sorted({*range(40), *random_lengths, len(data) - 1}):
        try:
            picture = decode(data[:length], SMALL)
        except PictureError:
            continue
        assert np.array_equal(picture.pixels, whole), length


@pytest.mark.parametrize("name", NAMES)
def test_heads_of_one_format_on_bodies_of_another(name: str, seeds: dict[str, bytes]) -> None:
    draw = random.Random(0)
    for other in seeds.values():
        cut = draw.randrange(4, 64)
        try_it(seeds[name][:cut] + other[cut:])
        try_it(seeds[name][:cut] + other)
        try_it(seeds[name] + other)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
@example(b"\xff\xd8\xff")
@example(b"\xff\xd8\xff\xda\0\x02")
@example(b"GIF89a")
@example(b"RIFF\0\0\0\0WEBPVP8 ")
@example(b"\x89PNG\r\n\x1a\n")
@example(b"BM" + bytes(12) + b"\x28" + bytes(39))
@example(b"\0\0\0\x10ftypavif" + bytes(8))
@example(b"\0\0\0\0ftypavis")
def test_any_bytes(data: bytes) -> None:
    assert not try_it(data)


STARTS = [b"\xff\xd8\xff", b"GIF89a", b"RIFF\xff\0\0\0WEBP", b"\x89PNG\r\n\x1a\n", b"BM"]
STARTS += [b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", b"<svg", b"<?xml", b"\xff\xfe", b"\xef\xbb\xbf"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_any_bytes_behind_a_true_beginning(start: bytes, data: bytes) -> None:
    assert not try_it(start + data)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([b"", b"II*\0", b"MM\0*", b"Exif\0\0II*\0\x08\0\0\0"]), st.binary(max_size=200)
)
def test_any_exif_means_some_orientation(start: bytes, data: bytes) -> None:
    assert 1 <= orientation(start + data) <= 8


@pytest.mark.extra
@pytest.mark.parametrize("name", NAMES)
def test_many_changed_files(name: str, seeds: dict[str, bytes]) -> None:
    draw = random.Random(f"decode {name}")
    for _ in range(2_500):
        data = changed(seeds[name], draw)
        try_it(data)
        try_it(mended(data))

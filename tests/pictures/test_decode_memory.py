"""No file makes decoding take 100 MB more than the process had.

Each case is decoded in a process of its own, forked from one that has decoded a picture before, and
measured by the highest resident size the kernel saw of it. Reading the file counts.
"""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Encode = Callable[..., bytes]

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="the kernel tells the peak of a process here"
)
MOST = 100e6
FULL = 9_900_000
"""Bytes of a file that is nearly as large as is read."""

MEASURE = """
import io, json, os, sys, threading
import numpy as np
from PIL import Image, BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin
from PIL import WebPImagePlugin
from matinee.errors import PictureError
from matinee.pictures import decode

def resident(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))

def one(path):
    with open(path, "rb") as file:
        data = file.read()
    try:
        picture = decode(data)
    except PictureError as error:
        return type(error).__name__
    return f"{picture.format} {picture.width} x {picture.height}"

def measured(paths):
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        before, found = resident("VmRSS"), [None] * len(paths)
        def work(place):
            found[place] = one(paths[place])
        threads = [threading.Thread(target=work, args=(at,)) for at in range(len(paths))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        os.write(theirs, json.dumps([resident("VmHWM") - before, found]).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as file:
        answer = json.load(file)
    os.waitpid(child, 0)
    return answer

small = io.BytesIO()
Image.fromarray(np.zeros((600, 600, 3), np.uint8)).save(small, "PNG")
decode(small.getvalue())
print(json.dumps({name: measured(paths) for name, paths in json.load(sys.stdin).items()}))
"""


def png(
    width: int, height: int, bits: int, colours: int, *chunks: bytes, row: bytes | None = None
) -> bytes:
    """A PNG of equal rows, and more chunks before them."""
    values = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colours]
    row = b"\0" + (row or b"\x5a" * -(-width * bits * values // 8))
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    body = [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", packed), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def chunk(name: bytes, body: bytes) -> bytes:
    whole = name + body
    return struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole))


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def gif(width: int, height: int, *extensions: bytes) -> bytes:
    """A GIF with a frame of one pixel on a canvas."""
    canvas = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes([9, 9, 9, 255, 0, 0])
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\x00;"
    return b"GIF89a" + canvas + b"".join(extensions) + frame


def blocks(data: bytes) -> bytes:
    parts = [data[at : at + 255] for at in range(0, len(data), 255)]
    return b"".join(bytes((len(part),)) + part for part in parts) + b"\0"


def with_segments(jpeg: bytes, segments: bytes) -> bytes:
    return jpeg[:2] + segments + jpeg[2:]


def noise(width: int, height: int) -> Image.Image:
    """Structure that neither compresses to nothing nor takes long to draw."""
    tile = np.random.default_rng(0).integers(90, 160, (200, 300, 3), np.uint8)
    return Image.fromarray(tile).resize((width, height), Image.Resampling.BICUBIC)


def refused(encode: Encode) -> Iterator[tuple[str, bytes]]:
    """Files that must not be decoded."""
    bomb = png(16_000, 16_000, 1, 0)
    assert len(bomb) < 200_000
    yield "a PNG of 256 million pixels", bomb
    yield "the same in colour", png(16_000, 16_000, 8, 2)
    yield "a PNG of 30 million pixels", png(6_000, 5_000, 8, 6)
    yield "an empty GIF of four billion", gif(65_535, 65_535)
    yield "empty chunks", png(64, 64, 8, 0, chunk(b"teXt", b"") * 800_000)
    small = encode(noise(64, 64), "JPEG")
    yield "empty segments", with_segments(small, b"\xff\xfe\0\2" * 2_400_000)
    frame = small.index(b"\xff\xc0")
    lie = small[: frame + 5] + struct.pack(">HH", 65_500, 65_500) + small[frame + 9 :]
    yield "a JPEG that says it has four billion", lie
    second = small[frame : frame + 19]
    yield "a JPEG of two sizes", small[:frame] + second + lie[frame : frame + 19] + small[frame:]
    progressive = encode(noise(4_000, 3_000), "JPEG", progressive=True)
    scan = progressive.rindex(b"\xff\xda")
    yield "a JPEG of 10,000 scans", progressive[:-2] + progressive[scan:-2][:40] * 10_000
    yield (
        "a progressive JPEG of 36 million",
        encode(Image.new("RGB", (6_000, 6_000)), "JPEG", progressive=True),
    )
    webp = encode(Image.new("RGB", (5_000, 4_000)), "WEBP", lossless=True, method=0)
    yield "a WebP of 20 million", webp
    flat = struct.pack("<I", 0x10) + (15).to_bytes(3, "little") * 2
    yield "the same, said to be small", riff((b"VP8X", flat), (b"VP8L", webp[20:]))
    yield "blocks of one byte", gif(64, 64, b"!\xfe" + b"\1a" * 4_900_000 + b"\0")


def accepted(encode: Encode) -> Iterator[tuple[str, bytes]]:
    """The largest that are decoded, and files full of what is not seen."""
    rest = random.Random(0).randbytes(FULL)
    for colours, bits, width, height in (
        (6, 8, 4_400, 4_000),
        (2, 16, 4_400, 4_000),
        (0, 16, 6_800, 5_000),
        (0, 8, 9_000, 8_000),
        (0, 1, 9_000, 8_000),
    ):
        yield f"a PNG of {bits} bits, kind {colours}", png(width, height, bits, colours)
    yield "a PNG in the form of a strip", png(12_000, 1_200, 8, 6)
    yield "a PNG with other things", png(4_000, 3_800, 8, 2, chunk(b"prVt", rest[:-400_000]))
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1_000_000)))
    long = chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(1_000_000)))
    profile = chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(1_000_000)))
    yield "a PNG with texts", png(4_000, 3_800, 8, 6, profile, text * 60, long * 60)
    control = struct.pack(">IIIIIHHBB", 0, 64, 64, 0, 0, 1, 25, 0, 0)
    frames = b"".join(
        chunk(b"fdAT", struct.pack(">I", at) + zlib.compress(bytes(64 * 65))) for at in range(9_000)
    )
    start = chunk(b"acTL", struct.pack(">II", 9_001, 0)) + chunk(b"fcTL", control)
    yield "a PNG of many frames", png(64, 64, 8, 0, start, frames)
    baseline = encode(noise(10_000, 9_900), "JPEG", quality=30)
    yield "a JPEG of 99 million", baseline
    yield (
        "a progressive JPEG",
        encode(noise(3_600, 3_000), "JPEG", progressive=True, subsampling=0, quality=60),
    )
    large = encode(noise(5_000, 4_200), "JPEG", progressive=True, quality=60)
    yield "another", large
    black = encode(noise(2_800, 2_600).convert("CMYK"), "JPEG", progressive=True, quality=60)
    yield "a progressive JPEG in CMYK", black
    segment = b"\xff\xe1" + struct.pack(">H", 65_000) + b"Exif\0\0II*\0" + bytes(64_988)
    yield (
        "a JPEG full of EXIF",
        with_segments(encode(noise(3_000, 3_000), "JPEG", quality=30), segment * 140),
    )
    webp = encode(noise(2_100, 2_000), "WEBP", quality=60, method=0)
    yield "a WebP", webp
    clear = noise(2_000, 1_900)
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    yield "a transparent WebP", encode(clear, "WEBP", quality=60, method=0)
    plain = encode(clear.quantize(16), "WEBP", lossless=True, quality=0, method=0)
    yield "a lossless WebP", plain
    canvas = bytes(4) + (2_099).to_bytes(3, "little") + (1_999).to_bytes(3, "little")
    full = rest[: FULL - len(webp) - 100]
    yield "a WebP with other things", riff((b"VP8X", canvas), (b"VP8 ", webp[20:]), (b"XMP ", full))
    frame = bytes(6) + canvas[4:] + bytes(4) + b"VP8 " + struct.pack("<I", len(webp) - 20)
    frame += webp[20:]
    more = [(b"ANMF", frame)] * (FULL // len(webp))
    flags = b"\x02" + canvas[1:]
    yield "a WebP of many frames", riff((b"VP8X", flags), (b"ANIM", bytes(6)), *more)
    yield "a GIF", encode(Image.new("P", (8_500, 8_400)), "GIF")
    yield "a GIF with a small frame", gif(2_800, 2_500)
    yield "a GIF full of comment", gif(2_000, 2_000, b"!\xfe" + blocks(rest[: FULL - 40_000]))
    yield "a BMP", encode(Image.new("1", (8_600, 8_400)), "BMP")


def measured(files: dict[str, list[Path]]) -> dict[str, tuple[int, list[str]]]:
    asked = json.dumps({name: [str(path) for path in paths] for name, paths in files.items()})
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], input=asked, capture_output=True, text=True, check=True
    )
    found: dict[str, tuple[int, list[str]]] = json.loads(done.stdout)
    return found


def written(folder: Path, cases: Iterator[tuple[str, bytes]]) -> dict[str, list[Path]]:
    files: dict[str, list[Path]] = {}
    for at, (name, data) in enumerate(cases):
        assert len(data) <= 10_000_000, name
        path = folder / str(at)
        path.write_bytes(data)
        files[f"{at}: {name}"] = [path]
    return files


def test_what_is_refused_takes_next_to_nothing(tmp_path: Path, encode_as: Encode) -> None:
    found = measured(written(tmp_path, refused(encode_as)))
    print(
        *(f"{grown / 1e6:6.1f} MB {name}: {what[0]}" for name, (grown, what) in found.items()),
        sep="\n",
    )
    assert {name: what for name, (_, what) in found.items() if "Error" not in what[0]} == {}
    assert found["0: a PNG of 256 million pixels"][1] == ["PictureTooLargeError"]
    assert {name: grown for name, (grown, _) in found.items() if grown > MOST / 2} == {}


def test_what_is_accepted_stays_below_100_mb(tmp_path: Path, encode_as: Encode) -> None:
    found = measured(written(tmp_path, accepted(encode_as)))
    print(
        *(f"{grown / 1e6:6.1f} MB {name}: {what[0]}" for name, (grown, what) in found.items()),
        sep="\n",
    )
    assert {name: what for name, (_, what) in found.items() if "Error" in what[0]} == {}
    assert {name: grown for name, (grown, _) in found.items() if grown > MOST} == {}


def test_several_at_once_stay_below_it_too(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(png(4_400, 4_000, 8, 6))
    ((grown, what),) = measured({"eight": [path] * 8}).values()
    assert what == ["PNG 4400 x 4000"] * 8
    # One after another, however many come: all at once would take 660 MB. What is beyond the room
    # of one are the eight files and what each thread's allocator keeps.
    assert grown < 150e6

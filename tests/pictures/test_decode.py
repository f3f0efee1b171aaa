"""Every format and mode comes out in the right colours, and whatever is none is named."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import struct
import subprocess
import sys
import threading
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from matinee.errors import PictureError, PictureTooLargeError
from matinee.pictures import PictureLimits, decode, read_picture
from matinee.pictures.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matinee.types import Picture

    Draw = Callable[..., Image.Image]
    Encode = Callable[..., bytes]

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
UPRIGHT = (RED, GREEN, BLUE, YELLOW)
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "BMP"]


def corners(picture: Picture) -> tuple[tuple[int, ...], ...]:
    """The colours a sixth inwards from each corner, in reading order."""
    height, width = picture.pixels.shape[:2]
    rows, columns = (height // 6, height - height // 6), (width // 6, width - width // 6)
    return tuple(tuple(map(int, picture.pixels[y, x])) for y in rows for x in columns)


def near(picture: Picture, expected: tuple[tuple[int, ...], ...], off: int = 6) -> bool:
    return bool(np.abs(np.subtract(corners(picture), expected)).max() <= off)


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_is_decoded(kind: str, draw_quarters: Draw, encode_as: Encode) -> None:
    data = encode_as(draw_quarters(), kind)
    picture = decode(data)
    assert (picture.format, picture.width, picture.height) == (kind, 60, 80)
    assert picture.digest == hashlib.sha256(data).hexdigest()
    assert picture.pixels.shape == (80, 60, 3)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.flags.c_contiguous
    assert not picture.pixels.flags.writeable
    assert near(picture, UPRIGHT)


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "LA", "PA", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F"]
)
def test_each_mode_of_an_image(mode: str, draw_quarters: Draw) -> None:
    grey = draw_quarters().convert("L")
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    elif mode == "I":
        image = Image.fromarray(np.asarray(grey).astype(np.int32) * 257)
    elif mode == "F":
        image = Image.fromarray(np.asarray(grey).astype(np.float32) / 255)
    elif mode == "1":
        image = draw_quarters().getchannel("G").convert("1")
    elif mode == "PA":
        image = draw_quarters().convert("P").convert("PA")
    else:
        image = draw_quarters().convert(mode)
    assert image.mode == mode
    expected: tuple[tuple[int, ...], ...] = UPRIGHT
    if mode in ("L", "LA", "I;16", "I", "F"):
        expected = tuple((value,) * 3 for value in (76, 150, 29, 226))
    if mode == "1":
        expected = ((0,) * 3, (255,) * 3, (0,) * 3, (255,) * 3)
    assert near(read_picture(image), expected)


def png(
    width: int, height: int, bits: int, colours: int, rows: bytes, *more: bytes, interlaced: int = 0
) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, interlaced))
    extra = b"".join(chunk(body[:4], body[4:]) for body in more)
    picture = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + header + extra + picture + chunk(b"IEND", b"")


def test_png_of_16_bits_is_scaled_and_not_cut(encode_as: Encode) -> None:
    ramp = np.linspace(0, 65_535, 256).astype(np.uint16)
    data = encode_as(Image.fromarray(np.tile(ramp, (32, 1))), "PNG")
    assert data[24:26] == b"\x10\x00"
    row = decode(data).pixels[5, :, 0].astype(int)
    assert np.abs(row - np.arange(256)).max() <= 1


@pytest.mark.parametrize(
    ("colours", "values"),
    [(2, (65_535, 32_768, 0)), (6, (65_535, 32_768, 0, 65_535)), (4, (32_768, 65_535))],
)
def test_png_of_16_bits_in_colour(colours: int, values: tuple[int, ...]) -> None:
    row = b"\0" + struct.pack(f">{len(values)}H", *values) * 20
    picture = decode(png(20, 20, 16, colours, row * 20))
    expected = (255, 128, 0) if colours != 4 else (128, 128, 128)
    assert np.abs(picture.pixels.astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    ("bits", "colours", "more", "row", "expected"),
    [
        (8, 0, [b"tRNS" + struct.pack(">H", 7)], bytes([7, 200]), [255, 200]),
        (16, 0, [b"tRNS" + struct.pack(">H", 1799)], bytes([7, 7, 200, 200]), [255, 200]),
        (8, 4, [], bytes([7, 0, 200, 255]), [255, 200]),
        (8, 3, [b"PLTE" + bytes([7, 7, 7, 200, 200, 200]), b"tRNS\0"], bytes([0, 1]), [255, 200]),
        (8, 2, [b"tRNS" + struct.pack(">3H", 7, 7, 7)], bytes([7] * 3 + [200] * 3), [255, 200]),
        (8, 6, [], bytes([7] * 3 + [0] + [200] * 4), [255, 212]),
    ],
)
def test_what_is_transparent_is_white(
    bits: int, colours: int, more: list[bytes], row: bytes, expected: list[int]
) -> None:
    picture = decode(png(20, 20, bits, colours, (b"\0" + row * 10) * 20, *more))
    assert np.abs(picture.pixels[3, :2].astype(int) - np.array(expected)[:, None]).max() <= 1


def test_half_transparent_pixels_are_reduced_after_they_are_put_on_white(encode_as: Encode) -> None:
    # Black that is not there must not darken what is.
    values = np.zeros((800, 800, 4), np.uint8)
    values[:, ::2] = (255, 0, 0, 255)
    picture = decode(encode_as(Image.fromarray(values), "PNG"))
    assert picture.pixels.shape == (400, 400, 3)
    assert np.abs(picture.pixels[50:-50, 50:-50].astype(int) - (255, 128, 128)).max() <= 2


@pytest.mark.parametrize("options", [{"progressive": True}, {"subsampling": 0}, {"optimize": True}])
def test_kinds_of_jpeg(options: dict[str, Any], draw_quarters: Draw, encode_as: Encode) -> None:
    assert near(decode(encode_as(draw_quarters(), "JPEG", **options)), UPRIGHT)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_jpeg_in_cmyk(options: dict[str, Any], draw_quarters: Draw, encode_as: Encode) -> None:
    data = encode_as(draw_quarters().convert("CMYK"), "JPEG", **options)
    assert near(decode(data), UPRIGHT)


def test_jpeg_with_restart_markers(draw_scenery: Draw, encode_as: Encode) -> None:
    image = draw_scenery(150, 130)
    data = encode_as(image, "JPEG", restart_marker_blocks=2)
    assert b"\xff\xd3" in data
    assert np.array_equal(decode(data).pixels, decode(encode_as(image, "JPEG")).pixels)
    at = data.index(b"\xff\xd3")
    with pytest.raises(PictureError, match="damaged"):
        decode(data[:at] + data[at + 2 :])


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_turns_it_upright(
    kind: str, turn: int, draw_quarters: Draw, encode_as: Encode
) -> None:
    upright = draw_quarters()
    # What a camera held that way stores: the inverse of what a viewer will do.
    ways = Image.Transpose
    stored = {
        1: None,
        2: ways.FLIP_LEFT_RIGHT,
        3: ways.ROTATE_180,
        4: ways.FLIP_TOP_BOTTOM,
        5: ways.TRANSPOSE,
        6: ways.ROTATE_90,
        7: ways.TRANSVERSE,
        8: ways.ROTATE_270,
    }[turn]
    exif = Image.Exif()
    exif[0x0112] = turn
    image = upright if stored is None else upright.transpose(stored)
    picture = decode(encode_as(image, kind, exif=exif))
    assert (picture.width, picture.height) == (60, 80)
    assert picture.pixels.shape == (80, 60, 3)
    assert near(picture, UPRIGHT)


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind not in ("JPEG", "BMP")])
def test_the_first_frame_is_taken(kind: str, draw_quarters: Draw, encode_as: Encode) -> None:
    first = draw_quarters()
    others = [first.transpose(Image.Transpose.ROTATE_180), first.convert("L").convert("RGB")]
    data = encode_as(first, kind, save_all=True, append_images=others)
    with Image.open(io.BytesIO(data)) as image:
        assert image.n_frames == 3
    assert near(decode(data), UPRIGHT)


def test_a_frame_smaller_than_its_canvas_lies_on_white() -> None:
    canvas = struct.pack("<HHBBB", 60, 40, 0x80, 0, 0) + bytes([9, 9, 9, 255, 0, 0])
    frame = b"," + struct.pack("<HHHHB", 20, 10, 1, 1, 0) + b"\x02\x02\x4c\x01\x00;"
    pixels = decode(b"GIF89a" + canvas + frame).pixels
    assert tuple(pixels[10, 20]) == (255, 0, 0)
    assert (pixels.reshape(-1, 3).sum(axis=1) == 765).sum() == 60 * 40 - 1


@pytest.mark.parametrize(
    ("width", "height", "divided"),
    [(511, 900, 1), (600, 767, 1), (1023, 768, 2), (1632, 2448, 4), (3072, 3100, 8)],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_large_ones_get_smaller_and_small_ones_stay(
    kind: str, width: int, height: int, divided: int, draw_quarters: Draw, encode_as: Encode
) -> None:
    picture = decode(encode_as(draw_quarters(width, height), kind))
    assert (picture.width, picture.height) == (width, height)
    assert picture.pixels.shape == (-(-height // divided), -(-width // divided), 3)
    assert near(picture, UPRIGHT)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_strip_gets_smaller_still(kind: str, draw_quarters: Draw, encode_as: Encode) -> None:
    picture = decode(encode_as(draw_quarters(8_000, 800), kind))
    assert picture.pixels.shape == (200, 2_000, 3)
    assert near(picture, UPRIGHT)


def test_decoding_smaller_shows_the_same(draw_scenery: Draw, encode_as: Encode) -> None:
    data = encode_as(draw_scenery(1400, 1100), "JPEG", quality=90)
    small = Image.fromarray(decode(data).pixels).resize((224, 224), Image.Resampling.BICUBIC)
    with Image.open(io.BytesIO(data)) as image:
        whole = image.resize((224, 224), Image.Resampling.BICUBIC)
    assert np.abs(np.asarray(small, int) - np.asarray(whole, int)).mean() < 1.5


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b'<?xml version="1.0"?><!-- a --><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        ("\ufeff<svg/>".encode("utf-16-le"), "SVG"),
        (b"<!DOCTYPE html><html><body></body></html>", "web page"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomiso2", "MP4"),
        (b"\x1a\x45\xdf\xa3 webm", "Matroska"),
        (b"RIFF\0\0\0\0AVI LIST", "AVI"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"PK\x03\x04", "ZIP"),
        (b"A film with a man in a red coat", "a text"),
        (b"BMW drives through the night, and nobody sees it go by", "a text"),
        (b"https://example.org/poster.jpg", "web address"),
        (b"data:image/png;base64,iVBORw0KGgo=", "data URL"),
        (bytes(range(7, 200)), "not a picture"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, what: str) -> None:
    with pytest.raises(PictureError, match=what) as caught:
        decode(data)
    assert "JPEG" in str(caught.value.cure)
    assert not isinstance(caught.value, PictureTooLargeError)


def test_a_tiff_by_pillow_is_refused(draw_quarters: Draw, encode_as: Encode) -> None:
    with pytest.raises(PictureError, match="TIFF"):
        decode(encode_as(draw_quarters(), "TIFF"))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.97])
def test_what_is_cut_off_is_refused(
    kind: str, share: float, draw_scenery: Draw, encode_as: Encode
) -> None:
    data = encode_as(draw_scenery(), kind)
    with pytest.raises(PictureError):
        decode(data[: int(share * len(data))])


def test_a_jpeg_cut_off_and_closed_again_is_refused(draw_scenery: Draw, encode_as: Encode) -> None:
    # libjpeg fills the rest with grey, and Pillow says nothing.
    data = encode_as(draw_scenery(), "JPEG")
    with pytest.raises(PictureError, match="damaged"):
        decode(data[: len(data) * 2 // 3] + b"\xff\xd9")


def test_a_jpeg_of_several_scans_is_whole_or_refused(draw_scenery: Draw, encode_as: Encode) -> None:
    data = encode_as(draw_scenery(), "JPEG", progressive=True)
    second = data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
    with pytest.raises(PictureError, match="first of several"):
        decode(data[:second] + b"\xff\xd9")


@pytest.mark.parametrize("at", [0.3, 0.6, 0.9])
def test_a_png_with_a_changed_byte_is_refused(
    at: float, draw_scenery: Draw, encode_as: Encode
) -> None:
    data = bytearray(encode_as(draw_scenery(), "PNG"))
    data[int(at * len(data))] ^= 1
    with pytest.raises(PictureError, match=r"checksum|part"):
        decode(bytes(data))


@pytest.mark.parametrize("value", [b"\0", b"\xff"])
def test_a_png_with_fewer_rows_than_it_says_is_refused(value: bytes) -> None:
    row = b"\0" + value * 32
    with pytest.raises(PictureError, match="fewer rows"):
        decode(png(32, 64, 8, 0, row * 63))
    assert (decode(png(32, 64, 8, 0, row * 64)).pixels == value[0]).all()


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_an_interlaced_png(bits: int) -> None:
    """Black, so that it is counted; Pillow cannot write such a file."""
    width, height = 33, 35
    starts = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2))
    rows = b""
    for left, across, top, down in (*starts, (0, 1, 1, 2)):
        wide, high = len(range(left, width, across)), len(range(top, height, down))
        rows += bytes(1 + -(-wide * bits // 8)) * high
    whole = png(width, height, bits, 0, rows, interlaced=1)
    assert not decode(whole).pixels.any()
    for less in (1, 1 + -(-width * bits // 8)):
        with pytest.raises(PictureError, match="damaged"):
            decode(png(width, height, bits, 0, rows[:-less], interlaced=1))


def test_limits() -> None:
    flat = png(64, 32, 8, 0, bytes(65) * 32)
    assert decode(flat).width == 64
    with pytest.raises(PictureTooLargeError, match="bytes") as caught:
        decode(flat, PictureLimits(bytes=len(flat) - 1))
    assert str(len(flat) - 1) in str(caught.value.cure)
    with pytest.raises(PictureTooLargeError, match="64 x 32"):
        decode(flat, PictureLimits(pixels=64 * 32 - 1))
    with pytest.raises(PictureError, match="64 x 32"):
        decode(flat, PictureLimits(least=33))
    with pytest.raises(PictureError, match="64 x 32"):
        decode(flat, PictureLimits(aspect=1.9))
    with pytest.raises(PictureTooLargeError, match="PNG has 64 x 32"):
        decode(flat, PictureLimits(memory=1_000))
    assert decode(flat, PictureLimits(side=16)).pixels.shape == (16, 32, 3)


@pytest.mark.parametrize(("width", "height"), [(15, 15), (1, 100_000), (100_000, 1), (16, 1_000)])
def test_too_small_and_too_narrow(width: int, height: int) -> None:
    with pytest.raises(PictureError, match="pixels"):
        decode(png(width, height, 8, 0, bytes(width + 1) * height))


def test_read_picture_takes_what_holds_a_picture(
    tmp_path: Path, draw_quarters: Draw, encode_as: Encode
) -> None:
    data = encode_as(draw_quarters(), "PNG")
    path = tmp_path / "named-wrongly.jpg"
    path.write_bytes(data)
    assert read_picture(path) == read_picture(str(path)) == read_picture(data) == decode(data)
    assert read_picture(bytearray(data)) == decode(data)
    image = read_picture(draw_quarters())
    assert np.array_equal(image.pixels, decode(data).pixels)
    assert image == read_picture(draw_quarters())
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(io.BytesIO(encode_as(draw_quarters(), "PNG", exif=exif))) as turned:
        picture = read_picture(turned)
    assert (picture.format, picture.width, picture.height) == ("PNG", 80, 60)
    assert picture.pixels.shape == (60, 80, 3)
    assert corners(picture) == (BLUE, RED, YELLOW, GREEN)
    assert not picture.pixels.flags.writeable
    # An image is in memory already: a decoder's memory is no limit to it.
    assert read_picture(Image.new("RGB", (6_000, 4_000))).pixels.shape == (400, 600, 3)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("https://example.org/a.jpg", "address"),
        ("HTTP://example.org/a.jpg", "address"),
        ("file:///etc/passwd", "address"),
        ("data:image/png;base64,AAAA", "address"),
        ("no-such-picture.jpg", "no such"),
        ("a\0b", "cannot be read|no such"),
        ("x" * 5_000, "cannot be read|no such"),
        (17, "int"),
        (None, "NoneType"),
    ],
)
def test_read_picture_refuses(source: object, what: str) -> None:
    with pytest.raises(PictureError, match=what) as caught:
        read_picture(source)
    assert caught.value.cure


def test_read_picture_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="folder") as caught:
        read_picture(tmp_path)
    assert caught.value.where == str(tmp_path)
    text = tmp_path / "a.jpg"
    text.write_text("hello")
    with pytest.raises(PictureError, match="a text") as caught:
        read_picture(text)
    assert caught.value.where == str(text)
    with pytest.raises(PictureTooLargeError, match="more than 3 bytes"):
        read_picture(text, dataclasses.replace(PictureLimits(), bytes=3))


def test_read_picture_refuses_images_it_cannot_read(
    draw_quarters: Draw, draw_scenery: Draw, encode_as: Encode
) -> None:
    cut_off = Image.open(io.BytesIO(encode_as(draw_scenery(), "PNG")[:3_000]))
    with cut_off, pytest.raises(PictureError, match="cannot be read"):
        read_picture(cut_off)
    with pytest.raises(PictureError, match="mode F"):
        read_picture(Image.fromarray(np.full((20, 20), -1, np.float32)))
    with pytest.raises(PictureTooLargeError):
        read_picture(draw_quarters(), PictureLimits(pixels=100))
    with pytest.raises(PictureError, match="pixels"):
        read_picture(draw_quarters(4, 4))


def test_importing_loads_no_pillow() -> None:
    code = "import sys, matinee.pictures; sys.exit(any(name[:3] == 'PIL' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_gate_lets_in_what_fits() -> None:
    gate, inside, most = Gate(room=10), [0], [0]
    lock = threading.Lock()
    everybody = threading.Barrier(8)

    def work(memory: int) -> None:
        everybody.wait()
        for _ in range(50):
            with gate.pass_with(memory):
                with lock:
                    inside[0] += memory
                    most[0] = max(most[0], inside[0])
                with lock:
                    inside[0] -= memory

    threads = [
        threading.Thread(target=work, args=(memory,)) for memory in (1, 3, 4, 5, 6, 9, 10, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert inside == [0]
    assert 0 < most[0] <= 10


def test_the_gate_lets_in_alone_what_is_too_large_and_survives_errors() -> None:
    gate = Gate(room=10)
    with gate.pass_with(100):
        pass
    with pytest.raises(ZeroDivisionError), gate.pass_with(8):
        raise ZeroDivisionError
    with gate.pass_with(10):
        pass

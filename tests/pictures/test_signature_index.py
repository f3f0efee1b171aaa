"""Posters are drawn by seed here; real ones are in test_signature_quality.py."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from matinee.errors import LibraryCorruptError
from matinee.pictures.signature import SIGNATURE_BYTES, signature
from matinee.pictures.signature_index import (
    CODES,
    ENTRIES,
    LEAST_SIMILARITY,
    ROWS,
    SIGNATURES,
    STARTS,
    PosterMatch,
    SignatureIndex,
)
from matinee.types import Picture

COUNT, INDEXED = 24, 16


def drawn(seed: int, size: tuple[int, int] = (220, 330)) -> Image.Image:
    """Return something like a poster: a few large shapes, and lines of small ones for the words."""
    rng = np.random.default_rng(seed)
    width, height = size
    small = rng.integers(0, 256, (4, 3, 3), np.uint8)
    image = Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(30):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        a, b = rng.uniform(4, 45, 2)
        colour = tuple(rng.integers(0, 256, 3).tolist())
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x - a, y - b, x + a, y + b), fill=colour)
    for _ in range(40):
        x, y = rng.uniform(0, width), rng.uniform(0.7 * height, height)
        draw.rectangle((x, y, x + rng.uniform(2, 14), y + 5), fill=(240, 240, 240))
    return image


def picture(image: Image.Image) -> Picture:
    return Picture("", "PNG", image.width, image.height, np.asarray(image.convert("RGB")))


POSTERS = [drawn(seed) for seed in range(COUNT)]
ROW_OF = np.arange(INDEXED, dtype=np.int64) * 3 + 100
INDEX = SignatureIndex.build(
    np.stack([signature(picture(poster)) for poster in POSTERS[:INDEXED]]), ROW_OF
)


def compressed(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=20)
    return Image.open(buffer).convert("RGB")


def boxed(image: Image.Image) -> Image.Image:
    image = image.copy()
    ImageDraw.Draw(image).rectangle((40, 60, 149, 219), fill=(0, 0, 0))
    return image


def framed(image: Image.Image) -> Image.Image:
    frame = Image.new("RGB", (264, 396), (255, 255, 255))
    frame.paste(image, (22, 33))
    return frame


CHANGES = {
    "none": lambda image: image,
    "crop": lambda image: image.crop((30, 20, 205, 280)),
    "small": lambda image: image.resize((60, 90)),
    "large": lambda image: image.resize((660, 990)),
    "wide": lambda image: image.resize((250, 326)),
    "jpeg": compressed,
    "dark": lambda image: image.point([value // 2 for value in range(256)] * 3),
    "box": boxed,
    "frame": framed,
    "turn": lambda image: image.rotate(4, Image.Resampling.BICUBIC),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_copies_are_found_and_others_are_not(change: str) -> None:
    found = 0
    for number, poster in enumerate(POSTERS):
        matches = INDEX.lookup(picture(CHANGES[change](poster)))
        if number < INDEXED:
            found += [match.row for match in matches] == [ROW_OF[number]]
        else:
            assert matches == ()
    assert found >= INDEXED - 1


@settings(deadline=None, max_examples=30)
@given(st.integers(0, INDEXED - 1), st.data())
def test_crops_anywhere(number: int, data: st.DataObject) -> None:
    width, height = POSTERS[number].size
    wide, high = data.draw(st.integers(165, width)), data.draw(st.integers(250, height))
    x, y = data.draw(st.integers(0, width - wide)), data.draw(st.integers(0, height - high))
    matches = INDEX.lookup(picture(POSTERS[number].crop((x, y, x + wide, y + high))))
    assert [match.row for match in matches] == [ROW_OF[number]]


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 2**32),
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.sampled_from(["flat", "noise", "grain", "ramp"]),
)
def test_what_is_no_poster_never_matches(seed: int, size: tuple[int, int], kind: str) -> None:
    rng = np.random.default_rng(seed)
    width, height = size
    if kind == "flat":
        pixels = np.full((height, width, 3), rng.integers(0, 256, 3), np.uint8)
    elif kind == "noise":
        pixels = rng.integers(0, 256, (height, width, 3), np.uint8)
    elif kind == "grain":
        small = rng.integers(0, 256, (height // 12 + 1, width // 12 + 1, 3), np.uint8)
        pixels = np.asarray(Image.fromarray(small).resize(size))
    else:
        pixels = np.zeros((height, width, 3), np.uint8) + np.linspace(0, 255, width).astype(
            np.uint8
        ).reshape(1, -1, 1)
    assert INDEX.lookup(Picture("", "PNG", width, height, pixels)) == ()


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 600), st.integers(1, 600))
def test_a_poster_of_any_shape_has_a_signature(width: int, height: int) -> None:
    image = POSTERS[0].resize((width, height))
    one, again = signature(picture(image)), signature(picture(image))
    assert one.shape == (SIGNATURE_BYTES,)
    assert one.dtype == np.uint8
    assert (one == again).all()


def test_long_pictures_are_found_too() -> None:
    image = Image.new("RGB", (1200, 150))
    for number in range(4):
        image.paste(POSTERS[number].resize((300, 150)), (300 * number, 0))
    index = SignatureIndex.build(signature(picture(image))[None], np.array([7]))
    assert [match.row for match in index.lookup(picture(image.resize((800, 100))))] == [7]


def test_a_flat_poster_matches_nothing_not_even_itself() -> None:
    flat = Image.new("RGB", (200, 300), (90, 20, 20))
    index = SignatureIndex.build(signature(picture(flat))[None], np.array([1]))
    assert len(index) == 1
    assert index.lookup(picture(flat)) == ()


def test_the_same_poster_twice_is_told_twice_the_lower_row_first() -> None:
    kept = np.stack([signature(picture(POSTERS[0]))] * 3)
    index = SignatureIndex.build(kept, np.array([9, 4, 6]))
    matches = index.lookup(picture(POSTERS[0]))
    assert [match.row for match in matches] == [4, 6, 9]
    assert index.lookup(picture(POSTERS[0]), 2) == matches[:2]
    assert index.lookup(picture(POSTERS[0]), 0) == ()


def test_similarity_is_high_for_the_poster_itself() -> None:
    for number in range(INDEXED):
        best = INDEX.lookup(picture(POSTERS[number]))[0]
        assert best.row == ROW_OF[number]
        assert LEAST_SIMILARITY <= 0.9 < best.similarity <= 1.0


def test_half_hidden_is_no_match_any_more() -> None:
    image = POSTERS[0].copy()
    image.paste(POSTERS[20].crop((0, 0, 220, 250)), (0, 0))
    assert INDEX.lookup(picture(image)) == ()


def test_an_empty_index_answers(tmp_path: Path) -> None:
    empty = SignatureIndex.build(np.empty((0, SIGNATURE_BYTES), np.uint8), np.empty(0, np.int64))
    empty.save(tmp_path)
    for index in (empty, SignatureIndex.open(tmp_path)):
        assert len(index) == 0
        assert index.lookup(picture(POSTERS[0])) == ()


def test_saved_and_opened_it_answers_the_same(tmp_path: Path) -> None:
    files = INDEX.save(tmp_path / "signatures")
    assert {path.name for path in files} == {SIGNATURES, ROWS, STARTS, ENTRIES, CODES}
    opened = SignatureIndex.open(tmp_path / "signatures")
    assert len(opened) == INDEXED
    assert (opened.rows == ROW_OF).all()
    for poster in POSTERS[:4] + POSTERS[-2:]:
        image = picture(poster.resize((180, 260)))
        assert opened.lookup(image) == INDEX.lookup(image)


def test_threads_get_the_same_answers() -> None:
    images = [picture(poster) for poster in POSTERS]
    alone = [INDEX.lookup(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(INDEX.lookup, images)) == alone


def test_it_cannot_be_built_of_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="2 signatures"):
        SignatureIndex.build(np.zeros((2, SIGNATURE_BYTES), np.uint8), np.array([1]))


def too_many_points(array: np.ndarray) -> np.ndarray:
    array[0, 0] = 200
    return array


def backwards(array: np.ndarray) -> np.ndarray:
    array[5] = array[-1] + 1
    return array


DAMAGE = {
    "rows of another number": (ROWS, lambda array: array[:-1]),
    "rows of another type": (ROWS, lambda array: array.astype(np.int32)),
    "short signatures": (SIGNATURES, lambda array: array[:, :-1]),
    "a signature too few": (SIGNATURES, lambda array: array[1:]),
    "signatures of another type": (SIGNATURES, lambda array: array.astype(np.int16)),
    "too many points": (SIGNATURES, too_many_points),
    "starts too few": (STARTS, lambda array: array[:-1]),
    "starts backwards": (STARTS, backwards),
    "entries too few": (ENTRIES, lambda array: array[:-1]),
    "codes too few": (CODES, lambda array: array[:-1]),
    "codes of another type": (CODES, lambda array: array.astype(np.int64)),
    "entries beyond": (ENTRIES, lambda array: array + 48),
    "entries below": (ENTRIES, lambda array: array - 48),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_files_that_do_not_fit_are_refused(damage: str, tmp_path: Path) -> None:
    INDEX.save(tmp_path)
    name, harm = DAMAGE[damage]
    np.save(tmp_path / name, harm(np.load(tmp_path / name)))
    with pytest.raises(LibraryCorruptError):
        SignatureIndex.open(tmp_path)


@pytest.mark.parametrize("name", [SIGNATURES, ROWS, STARTS, ENTRIES, CODES])
def test_missing_and_cut_files_are_refused(name: str, tmp_path: Path) -> None:
    INDEX.save(tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(LibraryCorruptError):
        SignatureIndex.open(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(LibraryCorruptError):
        SignatureIndex.open(tmp_path)


def test_a_match_is_a_value() -> None:
    assert PosterMatch(3, 0.9) == PosterMatch(3, 0.9)

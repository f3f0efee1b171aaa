import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.pictures.signature import POINTS, signature
from matinee.pictures.signature_points import find_points
from matinee.pictures.signature_scales import AREA, octaves, shrunk, working_picture
from matinee.pictures.signature_votes import PointTable, _differing, _differing_by_table
from matinee.types import Picture


def blob(
    x: float, y: float, sigma: float, height: int = 144, width: int = 96
) -> npt.NDArray[np.float32]:
    down, across = np.mgrid[:height, :width] + 0.5
    distance = (across - x) ** 2 + (down - y) ** 2
    return (200 * np.exp(-0.5 * distance / sigma**2)).astype(np.float32)


@settings(deadline=None, max_examples=40)
@given(st.integers(30, 66), st.integers(40, 104), st.floats(1.8, 7.5), st.booleans())
def test_a_blob_is_found_where_it_is_and_as_large_as_it_is(
    column: int, row: int, sigma: float, dark: bool
) -> None:
    x, y = column + 0.3, row + 0.2  # between two pixels there would be a point for each
    picture = blob(x, y, sigma)
    points = find_points(octaves(255 - picture if dark else picture), 5)
    assert abs(points.x[0] - x) < 0.15 * sigma
    assert abs(points.y[0] - y) < 0.15 * sigma
    # The Laplacian of a Gaussian blob is greatest at its own sigma.
    assert 0.85 < points.sigma[0] / sigma < 1.15
    assert bool(points.codes[0] & np.uint64(1)) != dark


def test_points_come_strongest_first_and_no_more_than_wanted() -> None:
    picture = blob(25.3, 30.2, 3) + 0.5 * blob(70.3, 40.2, 3) + 0.25 * blob(48.3, 110.2, 3)
    points = find_points(octaves(picture), 3)
    np.testing.assert_allclose(points.x, [25, 70, 48], atol=0.5)
    np.testing.assert_allclose(points.y, [30, 40, 110], atol=0.5)
    assert len(find_points(octaves(picture), 2)) == 2


def test_a_code_does_not_know_contrast_nor_brightness() -> None:
    picture = working_picture(np.random.default_rng(2).integers(0, 256, (12, 8, 3), np.uint8))
    some, others = (find_points(octaves(p), 20) for p in (picture, 0.4 * picture + 60))
    np.testing.assert_array_equal(some.codes, others.codes)


def test_an_edge_is_no_point() -> None:
    picture = np.zeros((144, 96), np.float32)
    picture[:, 48:] = 200
    assert len(find_points(octaves(picture), 10)) == 0


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 900), st.integers(1, 900))
def test_the_working_picture_has_about_the_same_area(height: int, width: int) -> None:
    high, wide = working_picture(np.zeros((height, width, 3), np.uint8)).shape
    assert 0.9 < high * wide / AREA < 1.1
    assert max(high, wide) < 256


def test_a_shrunk_picture_keeps_its_mean_and_a_flat_one_stays_flat() -> None:
    picture = blob(40, 60, 9)
    assert abs(shrunk(picture, 36, 24, 0.5).mean() - picture.mean()) < 0.01
    np.testing.assert_allclose(shrunk(np.full((100, 80), 7.0, np.float32), 36, 24, 0.5), 7, 1e-4)


def test_the_table_has_every_point_once_under_its_key() -> None:
    rng = np.random.default_rng(4)
    pictures = [rng.integers(0, 256, (30, 20, 3), np.uint8) for _ in range(6)]
    pictures.append(np.zeros((30, 20, 3), np.uint8))
    kept = np.stack([signature(Picture("", "PNG", 20, 30, pixels)) for pixels in pictures])
    table = PointTable.build(kept)
    wanted = [s * POINTS + n for s in range(7) for n in range(int(kept[s, 0]))]
    assert sorted(table.entries.tolist()) == wanted
    assert kept[6, 0] == 0
    for entry, code in zip(table.entries.tolist(), table.codes.tolist(), strict=True):
        key = code & 0xFFFF
        assert entry in table.entries[table.starts[key] : table.starts[key + 1]].tolist()


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)), max_size=20))
def test_bits_are_counted_alike_with_and_without_numpy_2(pairs: list[tuple[int, int]]) -> None:
    some = np.array([a for a, _ in pairs], np.uint64)
    others = np.array([b for _, b in pairs], np.uint64)
    wanted = [(a ^ b).bit_count() for a, b in pairs]
    assert _differing(some, others).tolist() == wanted
    assert _differing_by_table(some, others).tolist() == wanted

"""Interactions: scales, times, and what is set aside with its line and reason."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import InputError, RejectedRowsError
from matinee.ingest.interactions import SCALES, load_interactions, read_interactions
from matinee.ingest.interactions.scales import to_stars
from matinee.ingest.interactions.times import parse_times
from matinee.interaction import NO_TIME, Action


def rated(*ratings: object) -> list[tuple[object, ...]]:
    return [("user", "tmdb_id", "rating"), *(("a", i, r) for i, r in enumerate(ratings, 1))]


@pytest.mark.parametrize(
    ("scale", "ratings", "stars"),
    [
        ("stars", ["0.5", "4.5", "5"], [0.5, 4.5, 5.0]),
        ("five", ["1", "3.7", "5"], [1.0, 3.5, 5.0]),
        ("ten", ["0.5", "1", "7", "7.5", "10"], [0.5, 0.5, 3.5, 4.0, 5.0]),
        ("hundred", ["0", "55", "100"], [0.5, 3.0, 5.0]),
    ],
)
def test_scales(put_csv, scale, ratings: list[str], stars: list[float]) -> None:
    loaded = load_interactions(put_csv(rated(*ratings)), scale=scale)
    assert loaded.interactions.values.tolist() == stars
    assert loaded.scale == scale


def test_thumbs_are_likes_and_dislikes(put_csv) -> None:
    path = put_csv(rated("like", "Down", "1", "-1", "5"))
    loaded = load_interactions(path, scale="thumbs")
    found = loaded.interactions
    like, dislike = Action.LIKE, Action.DISLIKE
    assert found.actions.tolist() == [like, dislike, like, dislike]
    assert np.isnan(found.values).all()
    assert [(r.line, r.column, r.value) for r in loaded.rejects] == [(6, "rating", "5")]


def test_a_largest_rating_of_five_decides(put_csv) -> None:
    loaded = load_interactions(put_csv(rated("3", "4.5")))
    assert (loaded.scale, loaded.interactions.values.tolist()) == ("stars", [3.0, 4.5])


@pytest.mark.parametrize(
    ("ratings", "cure"),
    [
        (["3", "8"], '"ten"'),
        (["3", "80"], '"hundred"'),
        (["0", "1"], '"thumbs"'),
        (["-1", "1"], '"thumbs"'),
        (["0.2", "0.9"], '"thumbs"'),
        (["-1", "4"], "scale="),
        (["like", "dislike"], '"thumbs"'),
    ],
)
def test_what_does_not_decide_must_be_told(put_csv, ratings: list[str], cure: str) -> None:
    with pytest.raises(InputError, match=cure):
        read_interactions(put_csv(rated(*ratings)))


def test_a_scale_that_does_not_exist(put_csv) -> None:
    with pytest.raises(InputError, match="stars, five, ten"):
        read_interactions(put_csv(rated("3")), scale="twenty")


@given(st.sampled_from([s for s in SCALES if s != "thumbs"]), st.floats(-1, 101), st.floats(0, 5))
def test_stars_are_halves_within_bounds_and_keep_the_order(
    scale, number: float, more: float
) -> None:
    low, high = to_stars(number, scale), to_stars(number + more, scale)
    for stars in (low, high):
        assert stars is None or (0.5 <= stars <= 5 and (2 * stars).is_integer())
    if low is not None and high is not None:
        assert low <= high


@pytest.mark.parametrize("form", ["text", "parquet"])
def test_every_fault_is_told_with_its_line(put, tmp_path, form: str) -> None:
    rows = [
        ("a", "1", "4", "10"),
        ("", "2", "4", "10"),
        ("a", "", "4", "10"),
        ("a", "two", "4", "10"),
        ("a", "5", "nan", "10"),
        ("a", "6", "", "10"),
        ("a", "7", "5.5", "10"),
        ("a", "8", "3.3", "10"),
        ("a", "9", "inf", "10"),
        ("a", "10", "4", "yesterday"),
        ("a", "11", "4", "-5"),
        ("b", "12", "4", ""),
    ]
    names = ("userId", "movieId", "rating", "timestamp")
    if form == "text":
        path = put("\n".join(",".join(row) for row in (names, *rows)))
        first = 2
    else:
        columns = dict(zip(names, zip(*rows, strict=True), strict=True))
        path = tmp_path / "file"
        pa.parquet.write_table(pa.table({k: list(v) for k, v in columns.items()}), path)
        first = 1
    found, rejects = read_interactions(path)
    assert found.item_ids == ["movielens:1", "movielens:12"]
    assert found.user_ids == ["a", "b"]
    assert found.times.tolist() == [10, NO_TIME]
    columns = ["userId", *["movieId"] * 2, *["rating"] * 5, *["timestamp"] * 2]
    assert [r.column for r in rejects] == columns
    assert [r.line for r in rejects] == list(range(first + 1, first + 11))
    assert [r.value for r in rejects[:4]] == ["", "", "two", "nan"]
    assert all(r.reason and r.cure and r.path == str(path) for r in rejects)
    with pytest.raises(RejectedRowsError, match=f"line {first + 1}"):
        read_interactions(path, strict=True)


def test_lines_are_those_of_the_file(put) -> None:
    text = "user,tmdb_id,rating\n\n\na,1,4\n\na,2,nine\na,3\n,,\na,4,5\n"
    found, rejects = read_interactions(put(text))
    assert found.item_ids == ["tmdb:1", "tmdb:4"]
    assert [(r.line, r.reason.split()[0]) for r in rejects] == [(6, "is"), (7, "has")]


def test_a_row_of_the_old_layout_that_lacks_a_part(put) -> None:
    found, rejects = read_interactions(put("1::2::3::4\n\n1::5::3\n1::6:3::4::5\n1::7::5::6\n"))
    assert found.item_ids == ["movielens:2", "movielens:7"]
    assert [(r.line, r.column) for r in rejects] == [(3, ""), (4, "movieId")]


def test_kinds(put_csv) -> None:
    names = ["rating", "watch", "Like", "DISLIKE", "hide", "abandon", "rewatch", "", "loved"]
    rows = [("user", "tmdb_id", "action", "rating")]
    rows += [("a", str(i), name, "3") for i, name in enumerate(names, 1)]
    found, rejects = read_interactions(put_csv(rows))
    assert found.actions.tolist() == [0, 1, 2, 3, 4, 5, 6, 0]
    # A rating beside another kind stays with it.
    assert found.values.tolist() == [3.0] * 8
    assert [(r.line, r.value) for r in rejects] == [(10, "loved")]


def test_a_rating_in_a_file_without_ratings(put_csv) -> None:
    found, rejects = read_interactions(
        put_csv([("user", "tmdb_id", "kind"), ("a", "1", "rating"), ("a", "2", "like")])
    )
    assert len(found) == 1
    assert [(r.line, r.column) for r in rejects] == [(2, "kind")]


def test_nothing_that_can_be_used(put_csv) -> None:
    with pytest.raises(InputError, match=r"no interaction.*line 2"):
        read_interactions(put_csv([("userId", "movieId", "rating"), ("a", "1", "9")]))
    with pytest.raises(InputError, match="no interaction"):
        read_interactions(put_csv([("userId", "movieId", "rating")]))


MOMENT = 1617221700


@pytest.mark.parametrize(
    "column",
    [
        pa.array([MOMENT]),
        pa.array([MOMENT * 1000 + 999]),
        pa.array([float(MOMENT)]),
        pa.array([str(MOMENT)]),
        pa.array([f"{MOMENT}.0"]),
        pa.array([f"{MOMENT}000"]),
        pa.array(["2021-03-31T20:15:00"]),
        pa.array(["2021-03-31 20:15:00Z"]),
        pa.array(["2021-03-31T22:15:00+02:00"]),
        pa.array([dt.datetime(2021, 3, 31, 20, 15)]),
        pa.array([dt.datetime(2021, 3, 31, 20, 15, tzinfo=dt.UTC)]),
        pa.array([MOMENT * 10**9 + 1], pa.timestamp("ns")),
    ],
    # As text by Arrow itself: Python has no nanoseconds.
    ids=lambda column: f"{column.type} {column.cast(pa.string())[0]}",
)
def test_times(column: pa.Array) -> None:
    seconds, bad = parse_times(column)
    assert (seconds.tolist(), bad.tolist()) == ([MOMENT], [False])


def test_times_that_are_not_known_or_not_possible() -> None:
    seconds, bad = parse_times(pa.array(["", "nan", None, "5", "-1", "1e99", "31/03/2021", "x"]))
    assert seconds[:4].tolist() == [NO_TIME, NO_TIME, NO_TIME, 5]
    assert bad.tolist() == [False] * 4 + [True] * 4
    seconds, bad = parse_times(pa.array([None, -1, 2**43, 2**62, 0]))
    assert bad.tolist() == [False, True, True, True, False]
    assert seconds[[0, 4]].tolist() == [NO_TIME, 0]
    assert parse_times(pa.array([dt.date(1969, 1, 1), dt.date(1970, 1, 2)]))[1].tolist() == [1, 0]


@given(st.lists(st.integers(0, 4_102_444_799), max_size=5), st.sampled_from([1, 1000]))
def test_seconds_and_milliseconds(moments: list[int], unit: int) -> None:
    # As milliseconds, times before March 1973 look like seconds: those are left out here.
    kept = [m for m in moments if unit == 1 or m >= 100_000_000]
    numbers = [m * unit for m in kept]
    for column in (pa.array(numbers, pa.int64()), pa.array(map(str, numbers), pa.string())):
        seconds, bad = parse_times(column)
        assert seconds.tolist() == kept
        assert not bad.any()

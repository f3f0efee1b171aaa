"""Windows leave no gap and no overlap; what a page is."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import InputError
from matinee.ingest.tmdbapi.shapes import LISTINGS, read_page, to_line
from matinee.ingest.tmdbapi.windows import Limits, Wanted, Window, query

DAY = dt.date(2000, 1, 1)
DAYS = st.dates(dt.date(1870, 1, 1), dt.date(2100, 1, 1))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    first, last = sorted((draw(DAYS), draw(DAYS)))
    least = draw(st.integers(0, 20_000))
    most = draw(st.none() | st.integers(least, 40_000))
    return Window(first, last, least, most)


@given(windows(), st.lists(st.tuples(DAYS, st.integers(0, 60_000)), max_size=40))
def test_each_title_of_a_window_is_in_one_of_its_parts(
    window: Window, titles: list[tuple[dt.date, int]]
) -> None:
    def has(w: Window, title: tuple[dt.date, int]) -> bool:
        day, votes = title
        return w.first <= day <= w.last and w.least <= votes <= (w.most or 1e9 * (w.most is None))

    # Titles at its very corners too.
    ends = [(d, v) for d in (window.first, window.last) for v in (window.least, window.most or 0)]
    parts = window.parts()
    if parts is None:
        assert window.first == window.last
        assert window.most == window.least or (window.most is None and window.least >= 10_000)
        return
    for title in titles + ends:
        assert sum(has(part, title) for part in parts) == has(window, title)


@given(windows())
def test_cutting_comes_to_an_end(window: Window) -> None:
    steps = 0
    while (parts := window.parts()) is not None:
        assert all(part != window for part in parts)
        window = parts[steps % 2]
        steps += 1
        assert steps < 64


def test_a_day_is_cut_at_powers_of_ten() -> None:
    window, starts = Window(DAY, DAY), []
    while (parts := window.parts()) is not None:
        starts.append((parts[0].least, parts[0].most))
        window = parts[1]
    assert starts == [(0, 0), (1, 9), (10, 99), (100, 999), (1_000, 9_999)]
    assert (window.least, window.most) == (10_000, None)


@given(windows())
def test_a_window_is_read_as_it_was_written(window: Window) -> None:
    assert Window.from_dict(json.loads(json.dumps(window.to_dict()))) == window


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"first": "2000-01-01"},
        {"first": "2000-13-01", "last": "2000-01-01"},
        {"first": 2000, "last": 2001},
        {"first": "2000-01-01", "last": "2000-01-01", "votes": ["0", None]},
        {"first": "2000-01-01", "last": "2000-01-01", "votes": [0]},
    ],
)
def test_what_is_no_window(bad: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Window.from_dict(bad)


def test_days_are_cut_for_comfort_and_votes_of_need() -> None:
    days, day = Window(DAY, DAY + dt.timedelta(1)), Window(DAY, DAY)
    limits = Limits()
    assert [days.too_large(n, limits) for n in (2_000, 2_001)] == [False, True]
    assert [day.too_large(n, limits) for n in (2_001, 9_999, 10_000)] == [False, False, True]


def test_words() -> None:
    shown = [str(Window(DAY, DAY, *votes)) for votes in ((0, 0), (1, 1), (10, 99), (1_000, None))]
    assert shown == [
        "2000-01-01 with 0 votes",
        "2000-01-01 with 1 vote",
        "2000-01-01 with 10 votes to 99",
        "2000-01-01 with 1,000 votes and more",
    ]


def test_queries() -> None:
    window = Window(DAY, DAY, 1, 9)
    films = query(window, Wanted(first=DAY, last=DAY), page=3, falling=False)
    assert films == {
        "primary_release_date.gte": "2000-01-01",
        "primary_release_date.lte": "2000-01-01",
        "vote_count.gte": 1,
        "vote_count.lte": 9,
        "include_adult": "false",
        "sort_by": "original_title.asc",
        "page": 3,
    }
    wanted = Wanted(first=DAY, last=DAY, kind="series", adult=True)
    assert query(Window(DAY, DAY), wanted, page=1, falling=True) == {
        "first_air_date.gte": "2000-01-01",
        "first_air_date.lte": "2000-01-01",
        "include_adult": "true",
        "sort_by": "original_name.desc",
        "page": 1,
    }


def test_days_in_the_wrong_order() -> None:
    with pytest.raises(InputError, match="before the first"):
        Wanted(first=DAY, last=DAY - dt.timedelta(1))


# Pages

FILMS = LISTINGS["film"]
GOOD: dict[str, Any] = {
    "page": 1,
    "results": [{"id": 7, "title": "Dust", "release_date": "1999-01-01"}],
    "total_results": 1,
    "total_pages": 1,
}


def test_a_page() -> None:
    page = read_page(GOOD | {"total_results": 45_678, "total_pages": 2_284}, 1, FILMS)
    assert (page.total, page.pages) == (45_678, 500)
    assert json.loads(page.rows[7]) == {
        "id": 7,
        "media_type": "movie",
        "release_date": "1999-01-01",
        "title": "Dust",
    }


def test_a_row_says_its_date_and_kind_always() -> None:
    page = read_page(GOOD | {"results": [{"id": 7, "name": "Dust"}]}, 1, LISTINGS["series"])
    assert json.loads(page.rows[7]) == {
        "first_air_date": "", "id": 7, "media_type": "tv", "name": "Dust"
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"results": None},
        {"results": {}},
        {"total_results": -1},
        {"total_results": True},
        {"total_results": "1"},
        {"total_pages": None},
        {"total_pages": 1.0},
        {"total_results": 10**30},
        {"page": 2},
        {"page": None},
    ],
)
def test_what_is_no_page(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="it is"):
        read_page(GOOD | change, 1, FILMS)


@pytest.mark.parametrize("row", [None, 7, [], {}, {"id": None}, {"id": "7"}, {"id": True},
                                 {"id": 0}, {"id": -1}, {"id": 2**63}])  # fmt: skip
def test_rows_without_a_number_are_left_out(row: object) -> None:
    assert list(read_page(GOOD | {"results": [row, {"id": 8}]}, 1, FILMS).rows) == [8]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False,
                                                                       allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text(), VALUES, max_size=5), st.randoms())
def test_a_line_is_one_line_and_the_same_for_the_same(found: dict[str, Any], rng: Any) -> None:
    """Line ends and all: what is read again is what was written."""
    shuffled = list(found.items())
    rng.shuffle(shuffled)
    line = to_line(found)
    assert line == to_line(dict(shuffled))
    assert b"\n" not in line
    assert json.loads(line.decode("utf-8")) == found


def test_half_a_character() -> None:
    line = to_line({"title": "\ud83c film"})
    assert line == b'{"title":"\\ud83c film"}'
    assert json.loads(line) == {"title": "\ud83c film"}

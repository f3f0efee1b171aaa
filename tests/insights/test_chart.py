from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from matinee.insights import Chart, table
from matinee.insights.condense import merged_columns, merged_rows
from matinee.insights.counting import binned
from matinee.insights.lettering import shorten, thinned, ticks, width_of


def chart(**changed: Any) -> Chart:
    values: dict[str, Any] = {
        "key": "k",
        "title": "Title",
        "lead": "Lead.",
        "kind": "columns",
        "rows": ("a", "b"),
        "columns": ("x", "y"),
        "values": ((1, 2.5), (None, 0)),
        "unit": "titles",
    }
    return Chart(**values | changed)


def test_to_dict_is_json() -> None:
    assert json.loads(json.dumps(chart(note="n").to_dict())) == {
        "key": "k",
        "title": "Title",
        "lead": "Lead.",
        "kind": "columns",
        "rows": ["a", "b"],
        "columns": ["x", "y"],
        "values": [[1, 2.5], [None, 0]],
        "unit": "titles",
        "note": "n",
    }


def test_it_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        chart().key = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"values": ((1, 2),)}, "another shape"),
        ({"values": ((1, 2), (3,))}, "another shape"),
        ({"rows": (), "values": ()}, "no rows"),
        ({"columns": (), "values": ((), ())}, "no rows or no columns"),
        ({"values": ((1, 2), (3, float("nan")))}, "not finite"),
        ({"values": ((1, 2), (3, float("inf")))}, "not finite"),
        ({"values": ((1, 2), (3, -1))}, "negative"),
        ({"kind": "pie"}, "not 'pie'"),
    ],
)
def test_what_is_no_chart(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chart(**changed)


def test_a_table_has_every_figure() -> None:
    made = table(chart())
    assert made.header == ("", "x", "y")
    assert made.rows == (("a", "1", "2.5"), ("b", "–", "0"))


def test_a_table_as_html_is_escaped() -> None:
    text = table(chart(rows=("<b>", "b"), title='"T" & co'))._repr_html_()
    assert '<th scope="row">&lt;b&gt;</th><td>1</td><td>2.5</td>' in text
    assert "<caption>&quot;T&quot; &amp; co</caption>" in text


def test_neighbours_are_added_or_averaged() -> None:
    values = ((1, 4), (3, None), (5, None))
    given = chart(rows=("a", "b", "c"), values=values)
    assert merged_rows(given, 2).values == ((4.0, 4.0), (5.0, None))
    assert merged_rows(given, 2).rows == ("a to b", "c")
    shares = chart(rows=("a", "b", "c"), values=values, unit="%")
    assert merged_rows(shares, 2).values == ((2.0, 4.0), (5.0, None))
    assert merged_columns(shares, 1).values == ((2.5,), (3.0,), (5.0,))
    assert merged_rows(given, 3) is given


@pytest.mark.parametrize(
    ("high", "whole", "expected"),
    [
        (0, True, [0, 1]),
        (1, True, [0, 1]),
        (3, True, [0, 1, 2, 3]),
        (7, True, [0, 2, 4, 6, 8]),
        (8801, True, [0, 2000, 4000, 6000, 8000, 10000]),
        (100, False, [0, 20, 40, 60, 80, 100]),
        (0.346, False, [0, 0.1, 0.2, 0.3, 0.4]),
    ],
)
def test_ticks_are_round(high: float, whole: bool, expected: list[float]) -> None:
    assert ticks(high, whole=whole) == expected


def test_names_do_not_touch_and_the_last_is_there() -> None:
    names = [f"{year}s" for year in range(1900, 2030, 10)]
    places = [20.0 + 24 * i for i in range(13)]
    shown = thinned(names, places, 0.0, 330.0, 100.0)
    assert shown[-1][0] == "2020s"
    assert 3 <= len(shown) < 13
    for (left, x), (right, y) in pairwise(shown):
        assert y - x >= (width_of(left) + width_of(right)) / 2


def test_wide_letters_take_more_room() -> None:
    assert width_of("東京物語") > width_of("abcd")
    assert len(shorten("東京物語" * 9, 100)) < len(shorten("abcd" * 9, 100))


def test_bins_begin_and_end_where_something_is() -> None:
    names, counts = binned(np.array([5, 12]), (0, 1, 5, 10, 20))
    assert names == ("5–9", "10–19")
    assert counts.tolist() == [1, 1]

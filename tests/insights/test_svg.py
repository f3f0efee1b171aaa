from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.insights import Chart, draw, table
from matinee.insights.chart import KINDS
from matinee.insights.svg import LEAST_WIDTH, MOST_WIDTH

SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "fill-opacity")
ALLOWED = {"svg", "title", "desc", "g", "rect", "line", "circle", "path", "text"}


def parsed(chart: Chart, width: int = 640) -> ET.Element:
    root = ET.fromstring(draw(chart, width=width))  # noqa: S314
    assert root.tag == f"{SVG}svg"
    return root


def texts(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def titles(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}title")]


def columns(count: int, kind: str = "columns", unit: str = "titles") -> Chart:
    rows = tuple(f"name {i}" for i in range(count))
    values = tuple((count - i,) for i in range(count))
    return Chart("k", "Title", "Lead.", kind, rows, ("titles",), values, unit)  # type: ignore[arg-type]


words = st.text(max_size=40)


@st.composite
def charts(drawn: st.DrawFn) -> Chart:
    """Charts of every kind, some with hundreds of rows or columns."""
    rows = drawn(st.lists(words, min_size=1, max_size=9)) * drawn(st.sampled_from([1, 1, 40]))
    names = drawn(st.lists(words, min_size=1, max_size=9)) * drawn(st.sampled_from([1, 1, 25]))
    value = st.none() | st.floats(0, 1e15) | st.integers(0, 10**9) | st.sampled_from([0.0, 5e-324])
    some = drawn(st.lists(value, min_size=1, max_size=30))
    values = (
        tuple(some[(row * len(names) + column) % len(some)] for column in range(len(names)))
        for row in range(len(rows))
    )
    return Chart(
        key=drawn(words),
        title=drawn(words),
        lead=drawn(words),
        kind=drawn(st.sampled_from(KINDS)),
        rows=tuple(rows),
        columns=tuple(names),
        values=tuple(values),
        unit=drawn(st.sampled_from(["titles", "%", "of 1", "<&>"])),
    )


@settings(max_examples=60, deadline=None)
@given(charts(), st.sampled_from([LEAST_WIDTH, 390, 640, MOST_WIDTH]))
def test_any_chart_is_drawn(chart: Chart, width: int) -> None:
    root = parsed(chart, width)
    height = float(root.attrib["height"])
    assert root.attrib["role"] == "img"
    assert root.attrib["viewBox"] == f"0 0 {width} {height:.0f}"
    assert [each.tag for each in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    for each in root.iter():
        assert each.tag.removeprefix(SVG) in ALLOWED
        assert "style" not in each.attrib
        assert not [name for name in each.attrib if name.startswith("on") or "href" in name]
        for name in NUMBERS:
            if name in each.attrib:
                assert math.isfinite(float(each.attrib[name])), (each.tag, name)
        assert "nan" not in each.attrib.get("d", "")
        assert "inf" not in each.attrib.get("d", "")
    for rect in root.iter(f"{SVG}rect"):
        x, y, wide, tall = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        assert wide >= 0
        assert tall >= 0
        assert x >= 0
        assert x + wide <= width + 1
        assert -0.01 <= y <= y + tall <= height + 0.01
    for words_at in root.iter(f"{SVG}text"):
        assert 0 <= float(words_at.attrib["x"]) <= width
        assert 0 <= float(words_at.attrib["y"]) <= height


@settings(max_examples=60, deadline=None)
@given(charts())
def test_every_category_is_in_the_table(chart: Chart) -> None:
    made = table(chart)
    assert [row[0] for row in made.rows] == list(chart.rows)
    assert made.header[1:] == chart.columns
    assert {len(row) for row in made.rows} == {len(made.header)}


def test_columns_stand_for_their_values() -> None:
    chart = Chart("k", "T", "L", "columns", ("a", "b", "c"), ("n",), ((10,), (5,), (0,)), "titles")
    root = parsed(chart)
    first, second, third = (float(bar.attrib["height"]) for bar in root.iter(f"{SVG}rect"))
    assert first == pytest.approx(2 * second)
    assert third == 0
    assert [text for text in texts(root) if text.isdigit()] == ["0", "2", "4", "6", "8", "10"]
    assert texts(root)[0] == "n, titles"
    assert "a: 10 titles" in titles(root)


def test_few_of_many_are_still_seen() -> None:
    chart = Chart("k", "T", "L", "columns", ("a", "b"), ("n",), ((1_000_000,), (1,)), "titles")
    assert [float(bar.attrib["height"]) >= 1 for bar in parsed(chart).iter(f"{SVG}rect")] == [
        True
    ] * 2


def test_bars_that_are_too_many_are_others() -> None:
    root = parsed(columns(80, "bars"))
    assert len(list(root.iter(f"{SVG}rect"))) == 12
    assert "69 others" in texts(root)
    assert "up to 69 each" in texts(root)
    assert "name 11" not in texts(root)
    assert len(list(parsed(columns(12, "bars")).iter(f"{SVG}rect"))) == 12
    assert "others" not in " ".join(texts(parsed(columns(12, "bars"))))


def test_columns_that_are_too_many_are_put_together() -> None:
    root = parsed(columns(900), width=390)
    bars = list(root.iter(f"{SVG}rect"))
    assert 50 <= len(bars) <= 100
    said = [title for title in titles(root) if " to " in title]
    assert said[0].startswith("name 0 to name ")


def test_one_category() -> None:
    for kind in KINDS:
        assert "name 0" in texts(parsed(columns(1, kind)))


def test_a_map_shades_by_share() -> None:
    chart = Chart(
        "k", "T", "L", "heat", ("story", "cast"), ("1990s", "2000s"), ((0, 50.0), (100, None)), "%"
    )
    root = parsed(chart)
    cells = list(root.iter(f"{SVG}rect"))
    # Three cells, for nothing is known of the fourth, and the five of the scale.
    assert [float(each.attrib["fill-opacity"]) for each in cells[:3]] == [0, 0.5, 1]
    assert len(cells) == 3 + 5
    assert "story, 2000s: 50%" in titles(root)


def test_a_line_breaks_where_nothing_is_known() -> None:
    chart = Chart("k", "T", "L", "line", tuple("abcd"), ("n",), ((1,), (None,), (3,), (2,)), "x")
    (path,) = parsed(chart).iter(f"{SVG}path")
    assert re.sub(r"[\d. ]", "", path.attrib["d"]) == "MML"


def test_a_legend_names_the_series_and_what_is_not_drawn() -> None:
    names = tuple(f"series {i}" for i in range(8))
    chart = Chart("k", "T", "L", "columns", ("a",), names, (tuple(range(8)),), "titles")
    said = texts(parsed(chart))
    assert [f"series {i}" in said for i in range(8)] == [True] * 6 + [False] * 2
    assert "and 2 more in the table, titles" in said


def test_long_names_are_shortened_and_told_in_full() -> None:
    name = "A very long name of a country that does not fit " * 3
    chart = Chart("k", "T", "L", "bars", (name,), ("titles",), ((1,),), "titles")
    root = parsed(chart, width=390)
    assert any(text.endswith("…") and name.startswith(text[:-1]) for text in texts(root))
    assert name in titles(root)


def test_markup_and_control_characters_do_no_harm() -> None:
    name = '</text><script>alert("x")</script>&\x00\ud800'
    for kind in KINDS:
        chart = Chart("k", name, name, kind, (name, name), (name, "b"), ((1, 2), (3, 4)), name)
        assert "<script" not in draw(chart)
        parsed(chart)


@pytest.mark.parametrize("width", [LEAST_WIDTH - 1, MOST_WIDTH + 1])
def test_widths_out_of_bounds(width: int) -> None:
    with pytest.raises(ValueError, match="240 to 4000 pixels"):
        draw(columns(2), width=width)

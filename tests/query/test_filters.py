from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import QueryError
from matinee.query.conditions import Condition
from matinee.query.filters import parse_filter


@pytest.mark.parametrize(
    ("text", "key", "label"),
    [
        ("year:1990..1999", "year:1990..1999", "1990s"),
        ("year:1990..1995", "year:1990..1995", "1990 to 1995"),
        ("year:1994", "year:1994..1994", "1994"),
        ("year:2021..", "year:2021..", "2021 or later"),
        ("runtime:..120", "runtime:..120", "120 min or less"),
        ("votes:1000..", "votes:1000..", "1000 votes or more"),
        ("rating:7.5..", "rating:7.5..", "rating 7.5 or more"),
        ("age:..12", "age:..12", "age 12 years or less"),
        (" -genre:Horror ", "-genre:Horror", "not Horror"),
        ("language:Malayalam|ta", "language:ml|ta", "Malayalam or Tamil"),
        ("country:south korea", "country:KR", "South Korea"),
        ("person:Agnès Varda", "person:agnes varda", "Agnes Varda"),
        ("person.directors:agnes varda", "person.directors:agnes varda", "Agnes Varda"),
        ("kind:Series", "kind:series", "series"),
        ("title:tmdb:603", "title:tmdb:603", "tmdb:603"),
        ("theme:gore", "theme:gore", "“gore”"),
        ("phrase:double life", "phrase:double life", "“double life”"),
    ],
)
def test_filters(text: str, key: str, label: str) -> None:
    condition = parse_filter(text)
    assert (condition.key, condition.label, condition.hard) == (key, label, True)
    assert parse_filter(condition.key) == condition


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("year", "no value"),
        ("year:", "no value"),
        (":1990", "no filter"),
        ("colour:red", "no filter"),
        ("fame:hidden", "no filter"),
        ("year:soon", "year is 'soon'"),
        ("year:1999..1990", "lower bound first"),
        ("year:..", "no bounds"),
        ("year:nan", "year is 'nan'"),
        ("rating:1e999", "rating is"),
        ("language:Klingonese", "no language"),
        ("country:Atlantis", "no country"),
        ("kind:play", "film, series"),
        ("person.producers:x", "no part"),
        ("genre.directors:x", "no part"),
        ("person:!!!", "no person"),
        ("genre:|", "no values"),
    ],
)
def test_filters_that_mean_nothing(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        parse_filter(text)


@given(st.text(max_size=80))
def test_any_text_is_a_filter_or_a_query_error(text: str) -> None:
    try:
        condition = parse_filter(text)
    except QueryError:
        return
    assert parse_filter(condition.key).key == condition.key


@given(
    st.sampled_from(["year", "runtime", "votes", "rating", "age"]),
    st.integers(0, 3000),
    st.integers(0, 3000),
    st.booleans(),
)
def test_the_key_of_a_range_is_a_filter(field: str, a: int, b: int, negated: bool) -> None:
    low, high = sorted((a, b))
    condition = Condition(field=field, low=low, high=high, negated=negated)  # type: ignore[arg-type]
    read = parse_filter(condition.key)
    assert (read.low, read.high, read.negated) == (low, high, negated)

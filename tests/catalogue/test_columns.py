from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.catalogue.certification import certificate_age
from matinee.catalogue.columns import Columns
from matinee.catalogue.schema import to_table
from matinee.catalogue.table import TitleTable
from matinee.catalogue.title import Title

names = st.lists(st.sampled_from(["Drama", "War", "drama", "Comedy"]), unique=True, max_size=3)
titles = st.lists(
    st.builds(
        Title,
        id=st.just("local:1"),
        title=st.just("x"),
        kind=st.sampled_from(["film", "series"]),
        year=st.none() | st.integers(1890, 2030),
        runtime=st.none() | st.integers(1, 400),
        genres=names.map(tuple),
        languages=st.lists(st.sampled_from(["en", "ml"]), unique=True, max_size=2).map(tuple),
        certification=st.none() | st.sampled_from(["PG-13", "Unrated", "16", "TV-MA"]),
    ),
    max_size=12,
)


def columns_of(films: list[Title]) -> Columns:
    return Columns(TitleTable(to_table(films)))


@given(titles, st.sampled_from(["drama", "WAR", "Horror"]))
def test_having_is_what_the_titles_say(films: list[Title], genre: str) -> None:
    expected = [genre.lower() in [name.lower() for name in film.genres] for film in films]
    assert columns_of(films).having("genres", (genre,)).tolist() == expected


@given(titles, st.none() | st.integers(1900, 2000), st.none() | st.integers(1900, 2000))
def test_between_is_what_the_titles_say(
    films: list[Title], low: int | None, high: int | None
) -> None:
    expected = [
        film.year is not None
        and (low is None or film.year >= low)
        and (high is None or film.year <= high)
        for film in films
    ]
    assert columns_of(films).between("year", low, high).tolist() == expected


@given(titles)
def test_counts_are_what_the_titles_say(films: list[Title]) -> None:
    columns = columns_of(films)
    rows = np.arange(0, len(films), 2)
    for column in ("genres", "languages", "countries", "kind", "certification"):
        counts = columns.count(column, rows)
        for name, count in counts.items():
            held = [getattr(films[row], column) for row in rows.tolist()]
            assert count == sum(
                name in value if isinstance(value, tuple) else name == value
                for value in held
                if value is not None
            )
        assert list(counts.values()) == sorted(counts.values(), reverse=True)


@given(titles)
def test_ages_are_those_of_the_certificates(films: list[Title]) -> None:
    expected = [certificate_age(film.certification) for film in films]
    ages = columns_of(films).numbers("age")
    assert [None if np.isnan(age) else int(age) for age in ages] == expected


@pytest.mark.parametrize(
    ("certificate", "age"),
    [
        ("G", 0),
        ("pg", 8),
        ("PG-13", 13),
        ("R", 17),
        ("TV-Y7", 7),
        ("12A", 12),
        ("FSK 16", 16),
        ("UA 16+", 16),
        ("-12", 12),
        ("18+", 18),
        ("K-7", 7),
        ("Unrated", None),
        ("NR", None),
        ("1999", None),
        ("99", None),
        ("", None),
        (None, None),
    ],
)
def test_certificates(certificate: str | None, age: int | None) -> None:
    assert certificate_age(certificate) == age


@given(titles)
def test_the_first_language_is_the_first(films: list[Title]) -> None:
    expected = [film.languages[:1] == ("ml",) for film in films]
    assert columns_of(films).having("first_language", ("ml",)).tolist() == expected

"""What is one title and what is in doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.catalogue.title import Title
from matinee.ingest.enrich.matching import doubt, plain_title


def film(title: str, year: int | None = 1995, **more: object) -> Title:
    return Title(id="local:x", title=title, year=year, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Heat", "HEAT"),
        ("The Matrix", "Matrix, The"),
        ("Amélie", "Amelie"),
        ("Léon: The Professional", "Leon - The Professional"),
        ("Fast & Furious", "Fast and Furious"),
        ("Ocean's Eleven", "Oceans Eleven"),
        ("七人の侍", "七人の侍"),
        ("…", "…"),
    ],
)
def test_spelling_makes_no_difference(ours: str, theirs: str) -> None:
    assert doubt(film(ours), film(theirs), by_id=False) is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("Heat", "Heat 2"), ("Alien", "Aliens"), ("…", "???"), ("The", "A"), ("It", "Id")],
)
def test_other_names_are_doubtful(ours: str, theirs: str) -> None:
    assert doubt(film(ours), film(theirs), by_id=False) == "it has another name"
    assert doubt(film(ours), film(theirs), by_id=True) == "it has another name"
    assert doubt(film(ours), film(theirs), by_id=True, trust_ids=True) is None
    # Without an id there is nothing to trust.
    assert doubt(film(ours), film(theirs), by_id=False, trust_ids=True) is not None


def test_any_of_the_names_will_do() -> None:
    ours = film("Seven Samurai", 1954, original_title="七人の侍")
    assert doubt(ours, film("七人の侍", 1954), by_id=False) is None
    assert doubt(ours, film("Shichinin", 1954, original_title="Seven Samurai"), by_id=False) is None


@pytest.mark.parametrize(
    ("apart", "sure"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_years(apart: int, sure: bool) -> None:
    told = doubt(film("Heat"), film("Heat", 1995 + apart), by_id=False)
    assert (told is None) is sure
    if not sure:
        assert told == f"it is of {1995 + apart}, not of 1995"
    assert (doubt(film("Heat"), film("Heat", 1995 + apart), by_id=True) is None) is sure


def test_years_that_are_not_known() -> None:
    assert doubt(film("Heat", None), film("Heat"), by_id=False) == "one of them has no year"
    assert doubt(film("Heat"), film("Heat", None), by_id=False) == "one of them has no year"
    assert doubt(film("Heat", None), film("Heat"), by_id=True) is None


def test_kinds() -> None:
    assert doubt(film("Fargo"), film("Fargo", kind="series"), by_id=True) == (
        "it is a series, not a film"
    )


@given(st.text(max_size=60), st.text(max_size=60))
def test_doubt_is_the_same_both_ways(one: str, other: str) -> None:
    a, b = film(one or "x"), film(other or "x")
    assert (doubt(a, b, by_id=False) is None) == (doubt(b, a, by_id=False) is None)
    assert doubt(a, a, by_id=False) is None


@given(st.text(max_size=60))
def test_case_makes_no_difference(text: str) -> None:
    assert plain_title(text.casefold()) == plain_title(text.casefold().casefold())

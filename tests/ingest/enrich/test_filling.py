"""What is filled, and that nothing is overwritten unasked."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.catalogue.title import Title
from matinee.errors import InputError
from matinee.ingest.enrich.filling import FIELDS, check_fields, fill, lacking

FULL = Title(
    id="omdb",
    title="Heat",
    original_title="Hitze",
    year=1995,
    release_date=dt.date(1995, 12, 15),
    overview="A thief and a detective.",
    genres=("Crime",),
    cast=("Al Pacino",),
    directors=("Michael Mann",),
    writers=("Michael Mann",),
    countries=("US",),
    languages=("en",),
    runtime=170,
    certification="R",
    vote_average=8.3,
    vote_count=700_000,
)
BARE = Title(id="local:heat", ids=("local:heat",), title="Heat", sources=("table",))


def test_all_that_is_absent_is_filled() -> None:
    title, names = fill(BARE, FULL, source="omdb")
    assert names == FIELDS
    assert title == replace(FULL, id="local:heat", ids=("local:heat",), sources=("table", "omdb"))


def test_what_is_there_stays() -> None:
    ours = replace(BARE, overview="Mine.", genres=("Drama",))
    title, names = fill(ours, FULL, source="omdb")
    assert (title.overview, title.genres) == ("Mine.", ("Drama",))
    assert not {"overview", "genres"} & set(names)
    title, names = fill(ours, FULL, source="omdb", overwrite=("overview",))
    assert (title.overview, title.genres) == (FULL.overview, ("Drama",))
    assert "overview" in names


def test_nothing_new_leaves_all_as_it_was() -> None:
    assert fill(BARE, BARE, source="omdb", overwrite=FIELDS) == (BARE, ())


def test_votes_are_of_one_source() -> None:
    ours = replace(BARE, vote_average=3.0)
    title, _ = fill(ours, FULL, source="omdb")
    assert (title.vote_average, title.vote_count) == (3.0, None)
    title, names = fill(ours, FULL, source="omdb", overwrite=("vote_count",))
    assert (title.vote_average, title.vote_count) == (8.3, 700_000)
    assert {"vote_average", "vote_count"} <= set(names)
    half = replace(FULL, vote_count=None)
    assert fill(BARE, half, source="omdb")[0].vote_average is None


def test_a_title_is_no_original_title_of_its_own() -> None:
    title, _ = fill(replace(BARE, title="Hitze"), FULL, source="omdb")
    assert title.original_title is None


@given(st.sets(st.sampled_from(FIELDS)), st.sets(st.sampled_from(FIELDS)))
def test_only_what_lacks_or_may_give_way_changes(absent: set[str], overwrite: set[str]) -> None:
    empty: dict[str, Any] = {f.name: f.default for f in fields_of(Title) if f.name in absent}
    ours = replace(FULL, **empty)
    other = replace(FULL, overview="Other.", genres=("War",), vote_average=1.0, runtime=1)
    title, names = fill(ours, other, source="omdb", overwrite=overwrite)
    votes = {"vote_average", "vote_count"}
    allowed = (absent | overwrite) | (votes if overwrite & votes else set())
    for name in FIELDS:
        if name not in allowed:
            assert getattr(title, name) == getattr(ours, name)
        assert (getattr(title, name) != getattr(ours, name)) == (name in names)
    assert title.id == ours.id
    # Doing it again changes nothing.
    again, _ = fill(title, other, source="omdb", overwrite=overwrite)
    assert again == title


def test_fields_that_there_are_not() -> None:
    assert check_fields(["cast", "cast"], "--need") == ("cast",)
    assert lacking(BARE, ("overview", "title")) == ("overview",)
    with pytest.raises(InputError, match="no field 'poster_path' to fill"):
        check_fields(["poster_path"], "--need")

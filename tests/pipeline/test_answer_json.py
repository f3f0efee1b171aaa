"""Answers as JSON bytes: the same as their plain values, whole or with some fields."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.catalogue.title import Title
from matinee.deeds import deeds_of
from matinee.errors import QueryError
from matinee.pipeline.explain import Reason
from matinee.pipeline.person import person_of
from matinee.pipeline.recommended import (
    RECOMMENDED_FIELDS,
    Recommendations,
    Recommended,
    Stars,
    View,
)
from matinee.pipeline.results import (
    RESULT_FIELDS,
    TITLE_FIELDS,
    Result,
    Results,
    fields_of,
    retimed,
    title_dict,
)
from matinee.query.conditions import Condition, Understood

if TYPE_CHECKING:
    from matinee import Library

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.lists(WORDS, max_size=3).map(tuple)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
TITLES = st.builds(
    Title,
    id=WORDS,
    title=WORDS,
    ids=NAMES,
    kind=st.sampled_from(["film", "series"]),
    original_title=st.none() | WORDS,
    year=st.none() | st.integers(1874, 2100),
    release_date=st.none() | st.dates(dt.date(1874, 1, 1)),
    overview=st.none() | WORDS,
    tagline=st.none() | WORDS,
    genres=NAMES,
    cast=NAMES,
    runtime=st.none() | st.integers(1, 900),
    vote_average=st.none() | NUMBERS,
    vote_count=st.none() | st.integers(0, 2**40),
    popularity=st.none() | NUMBERS,
)
SCORES = st.floats(0, 1)
STARS = st.builds(Stars, st.floats(0.5, 5), st.none() | st.floats(0.5, 5), st.none())
REASONS = st.none() | st.just((Reason("dense", 0.25, {"rank": 1, "words": {'"': 1.0}}),))
RESULTS = st.builds(
    Result,
    TITLES,
    SCORES,
    st.dictionaries(WORDS, SCORES, max_size=3),
    REASONS,
    st.lists(TITLES, max_size=2).map(tuple),
)
VIEWS = st.lists(
    st.builds(View, WORDS, st.integers(1, 9), st.floats(0, 100), st.none() | TITLES), max_size=2
)
RECOMMENDED = st.builds(Recommended, TITLES, SCORES, st.none() | STARS, views=VIEWS.map(tuple))
TOOK = st.floats(0, 1e5)
UNDERSTOOD = Understood("the \U0001f600", (Condition(field="year", low=1990, label='"90s"'),), "x")
ANSWERS = st.builds(
    Results,
    st.lists(RESULTS, max_size=3).map(tuple),
    WORDS | st.just('"took_ms":1'),
    st.just("hybrid"),
    WORDS,
    TOOK,
    st.lists(WORDS, max_size=2).map(tuple),
    st.sampled_from([None, UNDERSTOOD]),
    st.none() | st.just({"genre": {"Crime": 2}}),
)
WISHES = st.builds(
    Recommendations,
    st.lists(RECOMMENDED, max_size=3).map(tuple),
    WORDS,
    WORDS,
    st.integers(0, 99),
    TOOK,
    st.lists(WORDS | st.just('":'), max_size=2).map(tuple),
)


def chosen(known: tuple[str, ...]) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from(known), min_size=1)


def plain(value: object) -> object:
    """As it is after a journey through JSON."""
    return msgspec.json.decode(msgspec.json.encode(value))


@given(TITLES)
def test_a_title_has_all_its_values(title: Title):
    assert set(title_dict(title)) == set(TITLE_FIELDS)


@given(ANSWERS, chosen(RESULT_FIELDS), TOOK)
def test_an_answer_as_json_is_its_plain_values(answer: Results, fields, took: float):
    said = plain(answer.to_dict(fields))
    body = answer.to_json(fields=fields)
    assert msgspec.json.decode(body) == said
    later = replace(answer, took_ms=took)
    assert (
        retimed(body, took)
        == later.to_json(fields=fields)
        == answer.to_json(took_ms=took, fields=fields)
    )
    for entry in said["results"]:
        assert "id" in entry
        assert fields is None or set(entry) <= {"id", *fields}


@given(WISHES, chosen(RECOMMENDED_FIELDS), TOOK)
def test_recommendations_as_json_are_their_plain_values(answer: Recommendations, fields, took):
    said = plain(answer.to_dict(fields))
    body = answer.to_json(fields=fields)
    assert msgspec.json.decode(body) == said
    assert msgspec.json.decode(retimed(body, took)) == said | {"took_ms": round(took, 3)}
    for entry in said["results"]:
        assert fields is None or set(entry) <= {"id", *fields}


def test_real_answers_as_json_are_their_plain_values(trained: Library):
    history = [("tmdb:1", 5), ("tmdb:3", 4)]
    for answer in (
        trained.recommend(history=history, k=5, explain=True),
        trained.recommend_group([history, [("tmdb:2", 5)]], k=3),
    ):
        body = answer.to_json()
        assert len(answer)
        assert msgspec.json.decode(body) == plain(answer.to_dict())
    for found in (
        trained.search("heist", k=5, explain=True, facets=True),
        trained.similar("tmdb:1"),
    ):
        assert len(found)
        assert msgspec.json.decode(found.to_json()) == plain(found.to_dict())


def test_fields_are_read_from_a_list_with_commas():
    assert fields_of("", RESULT_FIELDS) is None
    assert fields_of(" , ", RESULT_FIELDS) is None
    assert fields_of("title, score", RESULT_FIELDS) == {"title", "score"}
    with pytest.raises(QueryError, match="no field 'predicted'"):
        fields_of("title,predicted", RESULT_FIELDS)


def test_the_fold_of_a_history_is_made_once(trained: Library):
    person = person_of(trained.engine, deeds_of([("tmdb:1", 5), ("tmdb:3", None), ("tmdb:1", 2)]))
    history = person.history
    assert person.history is history
    assert np.array_equal(history.values, [np.nan, 2.0], equal_nan=True)
    again = person.and_then(person_of(trained.engine, deeds_of([("tmdb:3", 4)])))
    assert np.array_equal(again.history.values, [2.0, 4.0])

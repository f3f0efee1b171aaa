from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import QueryError, UnknownTitleError
from matinee.query.knobs import Knobs
from matinee.query.request import MAX_QUERY

if TYPE_CHECKING:
    from matinee import Library

METHODS = ["hybrid", "retrieval", "lexical"]


def ids(results: object) -> list[str]:
    return [result.title.id for result in results]  # type: ignore[attr-defined]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_what_was_described(small: Library, method: str) -> None:
    results = small.search("heist in Paris", 3, method=method)
    assert results[0].title.title == "Rififi"
    assert results.method == method
    assert results.library == small.version == "v0001"
    assert results.degraded == ()


def test_a_misspelt_title_is_first(small: Library) -> None:
    assert small.search("Topkapy")[0].title.title == "Topkapi"


def test_of_two_films_of_one_name_the_year_decides(small: Library) -> None:
    assert small.search("Emma 2020")[0].title.year == 2020
    assert small.search("emma (1996)")[0].title.year == 1996


def test_parts_sum_to_at_least_the_score(small: Library) -> None:
    for result in small.search("a heist with a rope"):
        total = sum(result.parts.values())
        # The prior only ever takes away, at most an eleventh.
        assert total / 1.1 - 1e-6 <= result.score <= total + 1e-6


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(min_size=1, max_size=200).filter(str.strip),
    k=st.integers(1, 20),
    method=st.sampled_from(METHODS),
)
def test_any_text_gets_an_ordered_answer(small: Library, text: str, k: int, method: str) -> None:
    results = small.search(text, k, method=method)
    scores = [result.score for result in results]
    assert len(results) <= k
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len(set(ids(results))) == len(results)
    assert ids(small.search(text, 20, method=method))[: len(results)] == ids(results)


@given(chosen=st.sets(st.sampled_from([f"local:{n}" for n in range(1, 7)])))
@settings(max_examples=30, deadline=None)
def test_within_restricts_and_nothing_else(small: Library, chosen: set[str]) -> None:
    found = ids(small.search("a heist and a matchmaker", 20, within=chosen))
    assert set(found) <= chosen
    assert set(ids(small.search("heist", 20, method="retrieval", within=chosen))) == chosen


def test_within_knows_its_ids(small: Library) -> None:
    with pytest.raises(UnknownTitleError, match="local:99"):
        small.search("heist", within=["local:99"])


@pytest.mark.parametrize("k", [0, -3, 10**9, 1.5, True, None, "3"])
def test_k_out_of_bounds(small: Library, k: int) -> None:
    with pytest.raises(QueryError, match="whole number from 1 to 1,000"):
        small.search("heist", k)
    with pytest.raises(QueryError, match="whole number from 1 to 1,000"):
        small.similar("local:1", k)


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "empty"), ("  \n\t", "empty"), ("x" * (MAX_QUERY + 1), "10,001 characters"), (7, "int")],
)
def test_texts_that_cannot_be_searched(small: Library, text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        small.search(text)


def test_unknown_method(small: Library) -> None:
    with pytest.raises(QueryError, match="hybrid"):
        small.search("heist", method="magic")


@pytest.mark.parametrize(
    "bad",
    [
        {"rrf_k": 0},
        {"dense_k": 10_001},
        {"w_dense": float("nan")},
        {"w_sparse": float("inf")},
        {"w_title": -1.0},
        {"sparse_k": 1.5},
        {"w_dense": 0.0, "w_sparse": 0.0, "w_title": 0.0},
    ],
)
def test_knobs_out_of_bounds(bad: dict[str, float]) -> None:
    with pytest.raises(QueryError):
        Knobs(**bad)  # type: ignore[arg-type]


def test_a_list_of_no_weight_gives_nothing(small: Library) -> None:
    for result in small.search("heist in Paris", knobs=Knobs(w_dense=0.0)):
        assert result.parts["dense"] == 0.0


def test_similar_leaves_the_film_out_and_takes_ids_and_names(small: Library) -> None:
    by_id = small.similar("local:5", 5)
    assert ids(by_id)[0] == "local:6"
    assert "local:5" not in ids(by_id)
    assert ids(small.similar("rififi", 5)) == ids(by_id)


@pytest.mark.parametrize("name", ["tmdb:603", "Nonesuch", "", "../../etc/passwd", "\ud800"])
def test_similar_to_nothing_known(small: Library, name: str) -> None:
    with pytest.raises(UnknownTitleError):
        small.similar(name)


def test_an_unknown_name_is_answered_with_close_ones(small: Library) -> None:
    with pytest.raises(UnknownTitleError, match="Topkapi"):
        small.similar("Topkaxxi")

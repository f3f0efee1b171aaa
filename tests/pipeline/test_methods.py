from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.assembly import open_library
from matinee.errors import QueryError
from matinee.query.filters import parse_filter
from matinee.query.knobs import Knobs
from matinee.query.request import METHODS, SORTS, SearchRequest
from matinee.testing import WordReranker

if TYPE_CHECKING:
    from matinee import Library
    from matinee.catalogue.title import Title
    from matinee.query.conditions import Condition

QUERIES = (
    "smart heist thriller set in Europe",
    "like 'Drishyam', tight family crime with twists",
    "French comedies of the 90s",
    "underrated horror, not too gory",
    "Heat",
    "films by Akira Kurosawa",
    "기생충",
)


@pytest.fixture(scope="module")
def reading(demo: Library) -> Library:
    """The demo library with a reranker."""
    return open_library(demo.root, reranker=WordReranker())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("query", QUERIES)
def test_scores_fall_within_0_and_1_and_parts_sum_to_them(
    reading: Library, method: str, query: str
) -> None:
    results = reading.search(query, 30, method=method, explain=True)
    scores = [result.score for result in results]
    assert results.method == method
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    for result in results:
        assert sum(result.parts.values()) == pytest.approx(result.score, abs=1e-5)
        assert result.why is not None
        assert sum(reason.value for reason in result.why) == pytest.approx(result.score, abs=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_fewer_results_are_the_beginning_of_more(reading: Library, method: str) -> None:
    many = [result.title.id for result in reading.search(QUERIES[0], 40, method=method)]
    assert [r.title.id for r in reading.search(QUERIES[0], 7, method=method)] == many[:7]


def test_the_first_of_every_method_scores_alike(reading: Library) -> None:
    """Scores are shares of the best there can be, whatever the method."""
    for method in METHODS:
        assert reading.search("lonely astronaut", 1, method=method)[0].score > 0.5


def test_blend_favours_the_fresh_and_the_popular(demo: Library) -> None:
    def mean(method: str, field: str, knobs: Knobs) -> float:
        found = demo.search("a family comes apart", 20, method=method, knobs=knobs)
        return sum(getattr(result.title, field) or 0 for result in found) / len(found)

    fresh, popular = Knobs(w_recency=1.0, w_popularity=0.0), Knobs(w_recency=0.0, w_popularity=1.0)
    assert mean("blend", "year", fresh) > mean("hybrid", "year", fresh) + 5
    assert mean("blend", "vote_count", popular) > 2 * mean("hybrid", "vote_count", popular)


def test_blend_leaves_relevance_dominant(demo: Library) -> None:
    plain = [result.title.id for result in demo.search("heist in Paris", 10)]
    blended = [result.title.id for result in demo.search("heist in Paris", 10, method="blend")]
    assert len(set(plain) & set(blended)) >= 6


def test_mmr_results_differ_more_from_each_other(demo: Library) -> None:
    def likeness(knobs: Knobs) -> float:
        found = demo.search("superhero saves the city", 10, method="mmr", knobs=knobs)
        rows = [demo._engine.catalogue.find(result.title.id) for result in found]
        vectors = demo._engine.vectors[rows].astype("float32")
        return float((vectors @ vectors.T).mean())

    assert likeness(Knobs(mmr_lambda=0.3)) < likeness(Knobs(mmr_lambda=1.0))


def test_the_cross_encoder_decides_among_what_it_has_read(reading: Library) -> None:
    results = reading.search("heist in Paris", 30, method="ce", knobs=Knobs(ce_k=20))
    read = [result for result in results if result.parts["cross-encoder"]]
    assert results.degraded == ()
    assert [result.title.id for result in results][: len(read)] == [r.title.id for r in read]
    assert len(read) == 20


def test_what_the_cross_encoder_had_no_time_for_is_told(demo: Library) -> None:
    slow = open_library(demo.root, reranker=WordReranker(batch_ms=100.0))
    results = slow.search("heist", 40, method="ce", knobs=Knobs(ce_k=40, ce_budget_ms=150.0))
    assert sum(bool(result.parts["cross-encoder"]) for result in results) == 16
    assert "read 16 of 40" in results.degraded[0]


def satisfies(title: Title, condition: Condition) -> bool:
    match condition.field:
        case "year" | "runtime":
            value = getattr(title, condition.field)
            holds = value is not None and (condition.low or 0) <= value <= (condition.high or 1e9)
        case "language":
            heard = title.languages if condition.negated else title.languages[:1]
            holds = bool(set(condition.values) & set(heard))
        case "country":
            holds = bool(set(condition.values) & set(title.countries))
        case "genre":
            holds = bool(set(condition.values) & set(title.genres))
        case "person":
            names = {name.casefold() for name in (*title.cast, *title.directors, *title.writers)}
            holds = bool(set(condition.values) & names)
        case "kind":
            holds = title.kind in condition.values
        case _:
            raise AssertionError(condition.field)
    return holds is not condition.negated


FILTERS = (
    "year:1990..1999",
    "-year:2000..",
    "runtime:..100",
    "language:fr|it",
    "-language:en",
    "country:IN",
    "genre:Comedy",
    "-genre:Drama",
    "person:tom hanks",
    "kind:series",
)


@settings(max_examples=60, deadline=None)
@given(
    filters=st.lists(st.sampled_from(FILTERS), unique=True, max_size=3),
    method=st.sampled_from([method for method in METHODS if method != "ce"]),
    query=st.sampled_from(["a heist", "love and war", ""]),
    sort=st.sampled_from(SORTS),
)
def test_every_result_satisfies_every_filter(
    demo: Library, filters: list[str], method: str, query: str, sort: str
) -> None:
    conditions = [parse_filter(text) for text in filters]
    if not query and not conditions:
        return
    results = demo.search(query, 1_000, method=method, filters=conditions, sort=sort)
    assert all(satisfies(result.title, c) for result in results for c in conditions)
    if method == "retrieval" or (not query and method != "lexical"):
        expected = [t for t in demo._engine.catalogue if all(satisfies(t, c) for c in conditions)]
        assert len(results) == min(1_000, len(expected))


def test_min_votes(demo: Library) -> None:
    results = demo.search("drama", 200, min_votes=5_000)
    assert len(results) > 20
    assert all((result.title.vote_count or 0) >= 5_000 for result in results)


def test_a_filter_nothing_satisfies_gives_nothing(demo: Library) -> None:
    nothing = demo.search("drama", filters=[parse_filter("year:1500..1600")])
    assert (len(nothing), nothing.degraded) == (0, ())


@pytest.mark.parametrize(
    ("sort", "field", "falls"),
    [
        ("newest", "year", True),
        ("oldest", "year", False),
        ("votes", "vote_count", True),
        ("shortest", "runtime", False),
        ("longest", "runtime", True),
    ],
)
def test_orders(demo: Library, sort: str, field: str, falls: bool) -> None:
    results = demo.search("war", 40, sort=sort)
    values = [getattr(result.title, field) for result in results]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=falls)
    assert None not in values[: len(known)]
    assert {r.title.id for r in results} <= {r.title.id for r in demo.search("war", 100)}


def test_facets_count_the_candidates(demo: Library) -> None:
    results = demo.search("war", 1_000, facets=True, filters=[parse_filter("country:FR")])
    assert results.facets is not None
    assert results.facets["country"]["FR"] == len(results)
    for genre, count in results.facets["genre"].items():
        assert count == sum(genre in result.title.genres for result in results)
    decades = [result.title.year // 10 * 10 for result in results if result.title.year]
    assert results.facets["decade"] == {str(d): decades.count(d) for d in sorted(set(decades))}
    assert demo.search("war").facets is None


def test_what_a_word_gave_is_told(demo: Library) -> None:
    why = demo.search("heist in Paris", 1, explain=True)[0].why
    assert why is not None
    lexical = next(reason for reason in why if reason.part == "lexical")
    assert lexical.detail["rank"] == 1
    assert set(lexical.detail["words"]) <= {"heist", "paris"}
    assert sum(lexical.detail["words"].values()) == pytest.approx(lexical.detail["score"], abs=1e-3)


@pytest.mark.extra
def test_every_original_title_in_another_script_is_found(demo: Library) -> None:
    titles = [t for t in demo._engine.catalogue if not (t.original_title or "").isascii()]
    assert len(titles) > 300
    missed = [
        title.original_title
        for title in titles
        if title.original_title and demo.search(title.original_title, 1)[0].title.id != title.id
    ]
    assert missed == []


@pytest.mark.parametrize(
    "changes",
    [
        {"sort": "colour"},
        {"lang_policy": "sometimes"},
        {"min_votes": -1},
        {"min_votes": True},
        {"text": "", "filters": ()},
        {"knobs": None},
    ],
)
def test_requests_out_of_bounds(changes: dict[str, object]) -> None:
    request = SearchRequest("heist")
    if changes == {"knobs": None}:
        for bad in (
            {"mmr_lambda": 1.1},
            {"w_recency": -0.1},
            {"ce_k": 0},
            {"ce_budget_ms": 0.5},
            {"fusion": "magic"},
        ):
            with pytest.raises(QueryError):
                Knobs(**bad)  # type: ignore[arg-type]
        return
    with pytest.raises(QueryError):
        replace(request, **changes)  # type: ignore[arg-type]


def test_without_understanding_a_query_is_only_words(demo: Library) -> None:
    results = demo.search("Malayalam films after 2020", understand=False)
    assert results.understood is not None
    assert results.understood.conditions == ()
    assert any((result.title.year or 0) <= 2020 for result in results)

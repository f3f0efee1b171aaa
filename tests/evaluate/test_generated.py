from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from matinee.catalogue.title import Title
from matinee.evaluate import constraints as module
from matinee.evaluate.generated import (
    constraints,
    known_items,
    misspell,
    other_spellings,
    satisfied,
    typos,
)
from matinee.index.names import normalise
from matinee.query.conditions import Condition

FILMS = [
    Title(
        id="tmdb:1",
        title="The Emma",
        year=1996,
        runtime=120,
        languages=("en", "fr"),
        countries=("GB",),
        genres=("Comedy", "Romance"),
        keywords=("matchmaker",),
        cast=("Gwyneth Paltrow", "Toni Collette"),
        directors=("Douglas McGrath",),
        overview="A matchmaker misjudges every heart.",
        vote_count=150,
        vote_average=6.5,
        certification="PG",
    ),
    Title(
        id="tmdb:2",
        title="Emma.",
        year=2020,
        runtime=124,
        languages=("en",),
        cast=("Toni Collette",),
    ),
    Title(id="tmdb:3", title="Two Gray Men & an Idea", year=1983, directors=("Toni Collette",)),
    Title(
        id="tmdb:4", title="Amélie", original_title="Le Fabuleux Destin", year=2001, kind="series"
    ),
    Title(id="tmdb:5", title="Up", year=2009, runtime=96, genres=("Animation",), languages=("en",)),
    Title(id="tmdb:6", title="???"),
]


def test_a_misspelling_is_one_or_two_edits_away_and_no_name() -> None:
    queries = typos(FILMS, seed=4)
    assert {query.made_from for query in queries} == {film.title for film in FILMS[:5]}
    for query in queries:
        edits = int(query.form[0])
        apart = OSA.distance(query.query.lower(), query.made_from.lower())
        # Two edits at one place may be one to this measure, and three where they overlap a swap.
        assert 1 <= apart <= edits + 1
        assert normalise(query.query) not in {normalise(film.title) for film in FILMS}
    assert {q.form for q in queries if len(normalise(q.made_from)) < 4} == {"1 edit"}


def test_every_title_of_the_name_is_right() -> None:
    right = {query.made_from: query.right for query in typos(FILMS)}
    assert right["Emma."] == right["The Emma"] == {"tmdb:1", "tmdb:2"}
    assert right["Up"] == {"tmdb:5"}
    judged = next(query for query in typos(FILMS) if query.made_from == "Emma.").judged()
    assert judged.relevance == {"tmdb:1": 1.0, "tmdb:2": 1.0}


@given(st.text(min_size=1, max_size=20), st.integers(1, 2), st.integers(0, 2**32))
def test_an_edit_changes_at_most_what_it_may(name: str, edits: int, seed: int) -> None:
    changed = misspell(name, edits, np.random.default_rng(seed))
    assert abs(len(changed) - len(name)) <= edits
    assert changed == misspell(name, edits, np.random.default_rng(seed))
    added = [letter for letter in changed if changed.count(letter) > name.count(letter)]
    assert len(added) <= edits * max(1, max(map(changed.count, added), default=1))
    assert all(letter in "abcdefghijklmnopqrstuvwxyz" for letter in added)


def test_known_items() -> None:
    found = {
        (query.form, query.query): query.right for query in known_items(FILMS, each=12, seed=1)
    }
    assert found["year", "The Emma 1996"] == {"tmdb:1"}
    assert found["no article", "Emma"] == {"tmdb:1", "tmdb:2"}
    assert found["accents", "amelie"] == {"tmdb:4"}
    assert found["original", "Le Fabuleux Destin"] == {"tmdb:4"}
    assert found["number", "2 Gray Men & an Idea"] == {"tmdb:3"}
    assert found["british", "Two Grey Men & an Idea"] == {"tmdb:3"}
    assert found["ampersand", "Two Gray Men and an Idea"] == {"tmdb:3"}
    assert found["punctuation", "Two Gray Men an Idea"] == {"tmdb:3"}
    directed = {query: right for (form, query), right in found.items() if form == "director"}
    assert directed
    assert set(directed) <= {"mcgrath matchmaker", "mcgrath emma", "collette gray", "collette idea"}


@pytest.mark.parametrize(
    ("name", "way", "expected"),
    [
        ("Kill Bill: Vol. 2", "number", "Kill Bill: Vol. Two"),
        ("Kill Bill: Vol. 2", "punctuation", "Kill Bill Vol 2"),
        ("Ocean's Eleven", "punctuation", "Oceans Eleven"),
        ("Ocean's Eleven", "number", "Ocean's 11"),
        ("2012", "number", None),
        ("007", "number", None),
        ("The Theatre", "british", "The Theater"),
        ("Sense AND Sensibility", "ampersand", "Sense & Sensibility"),
        ("Sandstorm", "ampersand", None),
        ("Heat", "accents", None),
        ("!!!", "punctuation", None),
    ],
)
def test_other_spellings(name: str, way: str, expected: str | None) -> None:
    assert other_spellings(Title(id="local:1", title=name)).get(way) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition(field="year", low=1996, high=1996), {1}),
        (Condition(field="year", low=2001), {2, 4, 5}),
        (Condition(field="year", low=2001, negated=True), {1, 3, 6}),
        (Condition(field="runtime", high=120), {1, 5}),
        (Condition(field="runtime", high=120, negated=True), {2, 3, 4, 6}),
        (Condition(field="votes", low=100), {1}),
        (Condition(field="rating", low=6), {1}),
        (Condition(field="age", high=8), {1}),
        (Condition(field="language", values=("fr", "de")), {1}),
        (Condition(field="language", values=("en",), negated=True), {3, 4, 6}),
        (Condition(field="country", values=("GB",)), {1}),
        (Condition(field="genre", values=("comedy",)), {1}),
        (Condition(field="kind", values=("series",)), {4}),
        (Condition(field="title", values=("tmdb:2", "tmdb:5")), {2, 5}),
        (Condition(field="person", values=("toni collette",)), {1, 2, 3}),
        (Condition(field="person", values=("toni collette",), role="cast"), {1, 2}),
        (Condition(field="person", values=("toni collette",), role="writers"), set()),
        (Condition(field="theme", values=("misjudging hearts",)), {1}),
        (Condition(field="phrase", values=("every heart",)), {1}),
        (Condition(field="phrase", values=("heart every",)), set()),
        (Condition(field="like", values=("tmdb:1",), hard=False), {1, 2, 3, 4, 5, 6}),
        (Condition(field="fame", values=("hidden",), hard=False, negated=True), {1, 2, 3, 4, 5, 6}),
        (
            Condition(
                field="language",
                values=("fr",),
                alternatives=(Condition(field="year", low=2009, high=2009),),
            ),
            {1, 5},
        ),
        (
            Condition(
                field="language",
                values=("fr",),
                negated=True,
                alternatives=(Condition(field="year", low=2009, high=2009),),
            ),
            {2, 3, 4, 6},
        ),
    ],
)
def test_who_satisfies_a_condition(condition: Condition, expected: set[int]) -> None:
    found = {int(film.id[5:]) for film in FILMS if satisfied(film, [condition])}
    assert found == expected


def test_all_conditions_must_hold() -> None:
    conditions = [Condition(field="year", low=2000), Condition(field="language", values=("en",))]
    assert [film.id for film in FILMS if satisfied(film, conditions)] == ["tmdb:2", "tmdb:5"]
    assert satisfied(FILMS[0], [])


CATALOGUE = [
    Title(
        id=f"tmdb:{n}",
        title=f"Film {n}",
        year=1950 + n % 70,
        runtime=70 + n % 100 if n % 3 else None,
        languages=(("en", "fr", "ko")[n % 3],) if n % 4 else (),
        countries=(("US", "FR", "KR")[n % 3],) if n % 5 else (),
        genres=(("Horror", "Comedy", "Drama")[n % 3],),
        cast=(f"Actor {'ABCDEF'[n % 6]}", "Somebody Else"),
        directors=(f"Maker {'ABC'[n % 3]}",),
    )
    for n in range(60)
]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_constraints_can_be_satisfied(seed: int) -> None:
    queries = constraints(CATALOGUE, 48, seed)
    by_id = {film.id: film for film in CATALOGUE}
    assert len({query.query for query in queries}) == len({q.id for q in queries}) == 48
    assert queries == constraints(CATALOGUE, 48, seed)
    for query in queries:
        assert satisfied(by_id[query.example], query.conditions)
        assert 1 <= len(query.kinds) == len(query.conditions) <= 3
        assert all(condition.hard for condition in query.conditions)
        negated = [condition.negated for condition in query.conditions]
        assert negated == [kind == "negation" for kind in query.kinds]
    kinds = {kind for query in queries for kind in query.kinds}
    assert kinds == {
        "year", "years", "decade", "language", "country", "person", "runtime", "negation",
    }  # fmt: skip
    assert {len(query.kinds) for query in queries} == {1, 2, 3}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_words_say_what_the_conditions_hold(seed: int) -> None:
    for query in constraints(CATALOGUE, 40, seed):
        for kind, condition in zip(query.kinds, query.conditions, strict=True):
            if kind in ("year", "decade"):
                assert condition.low is not None
                assert str(int(condition.low))[-2:] in query.query
            if kind == "years" and f"after {int((condition.low or 0) - 1)}" in query.query:
                assert condition.high is None
            if kind == "runtime" and "no longer than" in query.query:
                assert f"no longer than {int(condition.high or 0)} minutes" in query.query
            if kind == "person":
                assert condition.values[0] in query.query.lower()


def test_kinds_without_facts_are_left_out() -> None:
    queries = constraints([Title(id="local:1", title="x", year=1999)], 20)
    assert {kind for query in queries for kind in query.kinds} <= {
        "year", "years", "decade", "negation",
    }  # fmt: skip
    assert len(queries) == 20
    assert constraints([], 20) == typos([]) == known_items([]) == []


def test_a_catalogue_that_cannot_give_so_many_gives_fewer() -> None:
    assert len(typos(FILMS, 1_000)) == 5
    assert len(typos(FILMS, 2)) == 2
    assert len(known_items(FILMS, each=1)) <= 4


def test_few_ways_to_say_it_give_few_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_OPENINGS", "_NOUNS", "_SUBJECTS"):
        monkeypatch.setattr(module, name, ("films",))
    monkeypatch.setattr(module, "_MAKERS", {"year": module._year})
    queries = constraints([Title(id="local:1", title="x", year=1999)], 50)
    assert 1 < len(queries) < 50
    assert {query.kinds for query in queries} == {("year",)}

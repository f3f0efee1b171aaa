"""Recommendations: never what was seen or hidden, for whatever is asked, and what they say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.deeds import ACTIONS
from matinee.errors import InputError, LibraryError, QueryError, UnknownTitleError
from matinee.query.filters import parse_filter
from matinee.query.wanted import RecommendRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee import Library

CRIME = [(f"tmdb:{n + 1}", 5) for n in (0, 2, 4, 6)]
ROMANCE = [(f"tmdb:{n + 1}", 5) for n in (1, 3, 5, 7)]


def ids(results: Iterable[Any]) -> list[str]:
    return [result.title.id for result in results]


def numbers(results: Iterable[Any]) -> list[int]:
    """Numbers of the films: even ones are crime."""
    return [int(result.title.title.removeprefix("Film ")) for result in results]


def test_the_history_decides(trained: Library):
    assert {n % 2 for n in numbers(trained.recommend(history=CRIME, k=5))} == {0}
    assert {n % 2 for n in numbers(trained.recommend(history=ROMANCE, k=5))} == {1}
    answer = trained.recommend(history=CRIME, k=5)
    assert answer.method == "ease"
    assert answer.library == trained.version
    assert answer.history == len(CRIME)
    assert answer.notes == ()
    assert [r.score for r in answer] == sorted((r.score for r in answer), reverse=True)
    assert answer[0].score <= 1.0


DEEDS = st.lists(
    st.builds(
        lambda film, action, stars, when: (
            {"title": f"tmdb:{film}", "action": action}
            | ({"rating": stars} if action == "rating" else {})
            | ({} if when is None else {"time": when})
        ),
        st.integers(1, 40),
        st.sampled_from(ACTIONS),
        st.sampled_from([0.5, 2.0, 3.5, 5.0]),
        st.none() | st.integers(0, 10_000),
    ),
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(
    history=DEEDS,
    user=st.none() | st.sampled_from(["p0", "p7"]),
    k=st.integers(1, 60),
    method=st.sampled_from([None, "ease", "popularity"]),
    exploration=st.sampled_from([-1.0, 0.0, 0.4, 1.0]),
    diversity=st.sampled_from([0.0, 0.5, 1.0]),
    calibration=st.sampled_from([0.0, 0.5, 1.0]),
    years=st.sampled_from([(), ("year:1990..2005",), ("-genre:Crime",)]),
    seed=st.none() | st.integers(0, 5),
)
def test_nothing_of_the_history_ever_comes_back(
    trained: Library, history: list[dict[str, Any]], user: str | None, k: int, **wish: Any
):
    filters = tuple(map(parse_filter, wish.pop("years")))
    answer = trained.recommend(user, history=history, k=k, filters=filters, **wish)
    found = ids(answer)
    assert not set(found) & {deed["title"] for deed in history}
    assert len(set(found)) == len(found) <= k
    assert all(0 <= result.score <= 1 for result in answer)
    for result in answer:
        if filters and filters[0].field == "year":
            assert 1990 <= (result.title.year or 0) <= 2005
        elif filters:
            assert "Crime" not in result.title.genres
    if not filters and user is None and k >= 40:
        assert len(found) == 40 - len({deed["title"] for deed in history})


def test_seen_titles_come_back_only_when_asked_for_and_never_the_hidden(trained: Library):
    against = [("tmdb:9", "hide"), ("tmdb:11", "dislike"), ("tmdb:13", "abandon")]
    history = [*CRIME, *({"title": title, "action": action} for title, action in against)]
    found = ids(trained.recommend(history=history, k=40, include_seen=True))
    assert {title for title, _ in CRIME} <= set(found)
    assert not {title for title, _ in against} & set(found)


def test_an_age_limit_leaves_out_what_is_above_it(trained: Library):
    found = trained.recommend(history=CRIME, k=40, max_age=12)
    assert found
    assert {result.title.certification for result in found} == {"PG"}


def test_few_votes_are_left_out(trained: Library):
    assert min(numbers(trained.recommend(history=CRIME, k=40, min_votes=200))) == 19


def test_nobody_in_particular_gets_what_most_people_like_and_is_told(trained: Library):
    answer = trained.recommend(k=5)
    assert answer.method == "popularity"
    assert answer.history == 0
    assert "what most people like" in answer.notes[0]
    stranger = trained.recommend(history=[("tmdb:40", 5)], k=5)
    assert stranger.method == "popularity"
    assert stranger.history == 1
    assert "Nobody else" in stranger.notes[0]


def test_somebody_of_the_training_is_known_by_name_and_by_their_history_alike(trained: Library):
    answer = trained.recommend("p4", k=5)
    assert {n % 2 for n in numbers(answer)} == {0}
    assert answer.history == 14
    with pytest.raises(QueryError, match="nobody of that name"):
        trained.recommend("p999")


def test_what_was_done_since_counts(trained: Library):
    since = [(f"tmdb:{n + 1}", 5) for n in range(1, 30, 2)]
    before = numbers(trained.recommend("p4", k=10))
    after = numbers(trained.recommend("p4", history=since, k=10))
    assert before != after
    assert any(n % 2 for n in after)


def test_stars_lie_on_the_scale_and_follow_the_ratings(trained: Library):
    for result in trained.recommend(history=CRIME, k=5):
        assert result.stars is not None
        assert 0.5 <= result.stars.stars <= 5
    high, low = trained.predict(["tmdb:11", "Film 10"], history=[("tmdb:1", 5)])
    assert high == low
    kind = trained.predict(["tmdb:11"], history=[(f"tmdb:{n}", 5) for n in range(20, 30)])[0]
    harsh = trained.predict(["tmdb:11"], history=[(f"tmdb:{n}", 1) for n in range(20, 30)])[0]
    assert kind.stars > harsh.stars


def test_reasons_name_titles_of_the_history(trained: Library):
    answer = trained.recommend(history=CRIME, k=3, explain=True)
    for result in answer:
        assert result.why is not None
        named = [reason.title.id for reason in result.why.reasons if reason.title]
        assert named
        assert set(named) <= {title for title, _ in CRIME}
        assert sum(share.tenths for share in result.why.shares) == 1000
    values = answer.to_dict()
    assert values["results"][0]["why"]["sentence"]
    alone = trained.explain(answer[0].title.id, history=CRIME)
    assert alone.rank == 1
    assert alone.score == pytest.approx(answer[0].why.score if answer[0].why else 0)


def test_a_title_of_the_history_can_be_explained_too(trained: Library):
    assert trained.explain("tmdb:1", history=CRIME).title.id == "tmdb:1"


def test_the_shapes_of_the_older_interfaces(trained: Library):
    found = trained.explain_recommendation("p4", "tmdb:11")
    assert set(found) == {"score", "explanation", "similar_to_your_favorites"}
    assert all(set(each) == {"movie", "similarity"} for each in found["similar_to_your_favorites"])
    near = trained.find_similar_movies("tmdb:11", 3)
    assert len(near) == 3
    assert {"movie", "similarity"} <= set(near[0])


def test_a_group_is_told_what_each_makes_of_a_title(trained: Library):
    answer = trained.recommend_group([CRIME, "p1"], "least-misery", k=4)
    assert len(answer) == 4
    assert [view.member for view in answer[0].views] == ["person 1", "p1"]
    seen = {title for title, _ in CRIME} | set(ids(trained.recommend("p1", k=0 + 40)))
    assert not {title for title, _ in CRIME} & set(ids(answer))
    assert set(ids(answer)) <= seen
    assert answer.to_dict()["results"][0]["views"][0]["rank"] >= 1
    with pytest.raises(InputError, match="strategy"):
        trained.recommend_group([CRIME], "loudest")  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="0 members"):
        trained.recommend_group([])


def test_diversity_and_calibration_change_the_mix(trained: Library):
    mixed = [*CRIME, *ROMANCE]
    calibrated = numbers(trained.recommend(history=mixed, k=10, calibration=1.0))
    assert sum(n % 2 for n in calibrated) == 5
    plain = trained.recommend(history=CRIME, k=10)
    assert ids(trained.recommend(history=CRIME, k=10, diversity=1.0)) != ids(plain)


def test_the_moment_shifts_little_and_is_told_of_where_it_cannot(trained: Library):
    plain, moved = (trained.recommend(history=CRIME, k=10, context=at) for at in (None, 70_000))
    assert moved.notes == ()
    assert len(set(ids(plain)) & set(ids(moved))) >= 5
    assert ids(trained.recommend(history=CRIME, context="1970-01-01T19:26:40")) == ids(moved)


@pytest.mark.parametrize(
    "wish",
    [
        {"k": 0},
        {"k": 1001},
        {"k": True},
        {"k": 2.0},
        {"exploration": 1.1},
        {"exploration": "much"},
        {"diversity": -0.1},
        {"calibration": float("nan")},
        {"min_votes": -1},
        {"max_age": 100},
        {"max_age": 3.5},
        {"seed": -1},
        {"context": -1},
        {"context": "now"},
        {"method": 3},
        {"filters": ("year:1990",)},
    ],
)
def test_a_wish_out_of_bounds_is_refused(wish: dict[str, Any]):
    with pytest.raises(QueryError):
        RecommendRequest(**wish)


def test_models_and_titles_that_do_not_exist(trained: Library):
    with pytest.raises(QueryError, match="ease, popularity"):
        trained.recommend(history=CRIME, method="blend")
    with pytest.raises(UnknownTitleError):
        trained.recommend(history=[("xyzzy plugh", 4)])
    with pytest.raises(UnknownTitleError):
        trained.predict(["xyzzy plugh"], history=CRIME)


def test_a_library_that_has_learnt_nothing_says_so(small: Library):
    assert small.taste is None
    for ask in (
        lambda: small.recommend(history=[("Heat", 5)]),
        lambda: small.recommend("anna"),
        lambda: small.predict(["Heat"], history=[("Moon", 5)]),
        lambda: small.explain("Heat", history=[("Moon", 5)]),
    ):
        with pytest.raises(LibraryError, match="matinee train taste"):
            ask()


def test_threads_get_the_same_answers(trained: Library):
    wishes = [(CRIME, None), (ROMANCE, None), (None, "p4"), (None, "p5")] * 8
    alone = [ids(trained.recommend(user, history=history)) for history, user in wishes]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda w: ids(trained.recommend(w[1], history=w[0])), wishes))
    assert together == alone


def test_titles_alike_are_those_that_the_same_people_like(trained: Library):
    found = trained.similar("Film 10", 5)
    assert {n % 2 for n in numbers(found)} == {0}
    assert "viewers" in found[0].parts
    assert found[0].parts["viewers"] > 0
    for result in found:
        assert sum(result.parts.values()) == pytest.approx(result.score, abs=1e-4)


def test_titles_alike_without_taste_are_as_before(small: Library):
    found = small.similar("Rififi", 3)
    assert found[0].title.title == "Topkapi"
    assert set(found[0].parts) == {"like", "like words", "prior"}

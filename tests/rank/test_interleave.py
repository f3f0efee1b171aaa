"""Two rankings mixed into one list."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import QueryError
from matinee.rank.interleave import team_draft

IDS = [f"t:{i}" for i in range(12)]
rankings = st.lists(st.sampled_from(IDS), unique=True, max_size=len(IDS))
seeds = st.integers(0, 2**64 - 1)


def sizes(places):
    return sum(p.team == "a" for p in places), sum(p.team == "b" for p in places)


@given(rankings, rankings, seeds)
def test_every_title_comes_once(first, second, seed):
    ids = [place.id for place in team_draft(first, second, seed=seed)]
    assert len(ids) == len(set(ids))
    assert set(ids) == {*first, *second}


@given(rankings, rankings, seeds)
def test_teams_differ_by_one_at_most_in_every_prefix(first, second, seed):
    places = team_draft(first, second, seed=seed)
    for end in range(len(places) + 1):
        a, b = sizes(places[:end])
        assert abs(a - b) <= 1


@given(rankings, rankings, seeds)
def test_a_team_gives_its_best_title_that_is_left(first, second, seed):
    places = team_draft(first, second, seed=seed)
    for at, place in enumerate(places):
        if place.team:
            ranking = first if place.team == "a" else second
            before = {p.id for p in places[:at]}
            assert place.id == next(each for each in ranking if each not in before)


@given(rankings, rankings, seeds)
def test_whose_turn_it_is_depends_on_the_coins_alone(first, second, seed):
    one = team_draft(first, second, seed=seed)
    other = team_draft(second, first, seed=seed)
    assert [place.team for place in one] == [place.team for place in other]


@given(rankings, seeds)
def test_identical_rankings_stay_as_they_are_and_credit_nobody(ranking, seed):
    places = team_draft(ranking, ranking, seed=seed)
    assert [p.id for p in places] == ranking
    assert {p.team for p in places} <= {""}


@given(rankings, rankings, seeds)
def test_the_common_top_is_first_and_belongs_to_nobody(first, second, seed):
    common = ["t:x", "t:y"]
    places = team_draft(common + first, common + second, seed=seed)
    assert [(p.id, p.team) for p in places[:2]] == [("t:x", ""), ("t:y", "")]
    rest = team_draft(first, second, seed=seed)
    assert sizes(places[2:]) == sizes(rest)


@given(rankings, rankings, seeds)
def test_as_many_are_drafted_as_the_shorter_ranking_is_long(first, second, seed):
    places = team_draft(first, second, seed=seed)
    drafted = min(len(first), len(second))
    assert {p.team for p in places[drafted:]} <= {""}
    longer = max(first, second, key=len)
    if not min(len(first), len(second)):
        assert [p.id for p in places] == list(longer)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["p", "q", "r", "s"], ["s", "r", "q", "p"]),
        (["p", "q", "r"], ["u", "v", "w"]),
        (["x", "p", "q", "r", "s"], ["x", "q", "r", "p", "t"]),
        (["p", "q", "r", "s", "t"], ["q"]),
    ],
)
def test_every_prefix_is_fair_in_expectation(first, second):
    """Over many seeds both teams are as large; with 4,000 coins the band is four deviations."""
    draws = 4_000
    ahead = np.zeros(len({*first, *second}) + 1)
    for seed in range(draws):
        places = team_draft(first, second, seed=seed)
        for end in range(1, len(places) + 1):
            a, b = sizes(places[:end])
            ahead[end] += a - b
    assert np.abs(ahead / draws).max() < 4 / np.sqrt(draws)


def test_the_same_seed_is_the_same_list_and_another_is_not():
    first, second = IDS, IDS[::-1]
    assert team_draft(first, second, seed=5) == team_draft(first, second, seed=5)
    assert len({team_draft(first, second, seed=seed) for seed in range(20)}) > 10


def test_a_longer_answer_begins_as_the_shorter_one_did():
    for seed in range(30):
        short = team_draft(IDS[:5], IDS[::-1][:5], seed=seed)[:5]
        assert team_draft(IDS[:8], IDS[::-1][:8], seed=seed)[:5] == short


def test_an_id_twice_is_refused():
    with pytest.raises(QueryError, match="twice"):
        team_draft(["x", "x"], ["y"], seed=1)

"""Who takes part in an experiment, and what is made of what they did."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare, ttest_ind

from matinee.errors import QueryError
from matinee.evaluate.experiments import arm_of, bucket, report, takes_part
from matinee.evaluate.experiments_answers import Answer, answers
from matinee.evaluate.experiments_arms import checked, varied, with_settings
from matinee.evaluate.experiments_tests import (
    by_person,
    compare,
    prefer,
    sign_test,
    uneven,
)
from matinee.query.request import SearchRequest
from matinee.query.wanted import RecommendRequest
from matinee.rank.interleave import team_draft
from matinee.store.records import Event, Experiment, Kind

MIXED = Experiment(
    name="mix",
    surface="search",
    design="interleave",
    a={"method": "hybrid"},
    b={"method": "blend"},
    salt="salt",
)
SPLIT = dataclasses.replace(MIXED, name="split", design="ab")
PEOPLE = [f"person-{i}" for i in range(20_000)]


def shown(person, request, teams, time=100):
    return [
        Event(
            kind=Kind.IMPRESSION,
            title=f"t:{place}",
            key=f"{request}:{place}",
            time=time,
            request=request,
            position=place,
            experiment="mix",
            arm=team,
            person=person,
        )
        for place, team in enumerate(teams)
    ]


def did(person, request, place, kind=Kind.CLICK, value=None, time=200):
    return Event(
        kind=kind,
        title=f"t:{place}",
        key=f"{kind}{request}{place}",
        time=time,
        request=request,
        value=value,
        person=person,
    )


# Assignment


def test_a_person_is_assigned_once_and_for_ever():
    # Fixed values: a change of the hash would move people between arms in the middle of a run.
    assert bucket("salt", "anna") == pytest.approx(
        (0.6264135711474728, 0.5425251383075124), abs=1e-12
    )
    assert arm_of(SPLIT, "anna") == arm_of(dataclasses.replace(SPLIT, share=0.1), "anna")


@pytest.mark.parametrize("salt", ["one", "two", "three"])
def test_people_are_spread_evenly_and_both_numbers_are_independent(salt):
    pairs = np.array([bucket(salt, person) for person in PEOPLE])
    cells, _, _ = np.histogram2d(*pairs.T, bins=(10, 10), range=((0, 1), (0, 1)))
    assert chisquare(cells.ravel()).pvalue > 0.001
    assert pairs.min() >= 0
    assert pairs.max() < 1


def test_another_salt_assigns_anew():
    one, two = ([arm_of(dataclasses.replace(SPLIT, salt=s), p) for p in PEOPLE] for s in "xy")
    alike = sum(a == b for a, b in zip(one, two, strict=True))
    assert binomtest(alike, len(PEOPLE)).pvalue > 0.001


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_the_share_takes_part_and_a_larger_one_keeps_who_did(share):
    part = dataclasses.replace(MIXED, share=share)
    taking = {person for person in PEOPLE if takes_part(part, person)}
    assert abs(len(taking) / len(PEOPLE) - share) < 0.015
    more = dataclasses.replace(MIXED, share=min(1.0, share + 0.2))
    assert taking <= {person for person in PEOPLE if takes_part(more, person)}


def test_who_takes_part_is_in_either_arm_alike():
    part = dataclasses.replace(SPLIT, share=0.3)
    arms = [arm_of(part, person) for person in PEOPLE if takes_part(part, person)]
    assert binomtest(arms.count("a"), len(arms)).pvalue > 0.001


# Settings


def test_settings_make_a_request_and_leave_the_rest():
    asked = SearchRequest("heist", k=7, min_votes=5)
    made = with_settings(asked, {"method": "blend", "w_popularity": 0.5})
    assert (made.method, made.knobs.w_popularity) == ("blend", 0.5)
    assert (made.text, made.k, made.min_votes) == ("heist", 7, 5)
    assert with_settings(RecommendRequest(max_age=12), {"exploration": 0.4}) == RecommendRequest(
        max_age=12, exploration=0.4
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "no name"}, "name"),
        ({"surface": "moon"}, "surface"),
        ({"design": "guess"}, "design"),
        ({"share": 0}, "share"),
        ({"share": 1.5}, "share"),
        ({"share": True}, "share"),
        ({"b": {"method": "hybrid"}}, "same"),
        ({"b": {}}, "same"),
        ({"b": {"method": "best"}}, "method"),
        ({"b": {"method": None}}, "method"),
        ({"b": {"k": 5}}, "k"),
        ({"b": {"w_dense": -1}}, "w_dense"),
        ({"b": {"understand": "yes"}}, "understand"),
        ({"surface": "recommend", "b": {"exploration": 2}}, "exploration"),
    ],
)
def test_an_experiment_that_cannot_run_is_refused(changes, said):
    with pytest.raises(QueryError, match=said):
        checked(dataclasses.replace(MIXED, **changes))


def test_one_that_can_is_returned():
    assert checked(MIXED) is MIXED
    assert varied(dataclasses.replace(MIXED, b={"rrf_k": 10})) == {"method", "rrf_k"}


# What belongs to which answer


def test_deeds_belong_to_the_answer_they_name():
    log = [*shown(1, "r1", ["", "a", "b"]), *shown(2, "r2", ["b", "a"])]
    found = answers(log, [did(1, "r1", 1), did(1, "r1", 1), did(2, "r2", 0, Kind.PLAY, 0.5)])
    assert [(a.clicked, a.played, a.credit()) for a in found] == [
        ({"t:1"}, set(), (1, 0)),
        (set(), {"t:0"}, (0, 1)),
    ]


def test_deeds_of_others_on_other_answers_and_of_nobody_are_left_out():
    log = shown(1, "r1", ["a", "b"])
    strays = [did(2, "r1", 0), did(1, "r9", 0), did(1, "r1", 5), did(None, "r1", 0)]
    (answer,) = answers(log, strays)
    assert not answer.chosen


def test_a_rating_from_elsewhere_belongs_to_the_last_answer_before_it():
    log = [*shown(1, "r1", ["a"], 100), *shown(1, "r2", ["b"], 200)]
    early = did(1, "", 0, Kind.RATING, 2.0, time=50)
    between = did(1, "", 0, Kind.RATING, 3.0, time=150)
    late = did(1, "", 0, Kind.RATING, 4.0, time=250)
    found = answers(log, [early, between, late])
    assert [a.stars for a in found] == [{"t:0": 3.0}, {"t:0": 4.0}]


def test_what_a_client_says_of_the_arm_does_not_count():
    log = shown(1, "r1", ["a", "b"])
    lie = dataclasses.replace(did(1, "r1", 0), arm="b", experiment="mix")
    assert answers(log, [lie])[0].credit() == (1, 0)


# Tests


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_sign_test_is_the_exact_binomial(first, second):
    expected = binomtest(first, first + second).pvalue if first + second else 1.0
    assert sign_test(first, second) == pytest.approx(expected)


def test_the_sign_test_takes_any_number_of_people():
    assert sign_test(50_000, 50_000) == 1.0
    assert sign_test(52_000, 50_000) < 1e-8


def test_whom_people_prefer_counts_people_not_answers():
    log, deeds = [], []
    # One person with ninety answers won by a, and eight with one each won by b.
    for i in range(90):
        log += shown(0, f"x{i}", ["a", "b"])
        deeds.append(did(0, f"x{i}", 0))
    for person in range(1, 9):
        log += shown(person, f"y{person}", ["a", "b"])
        deeds.append(did(person, f"y{person}", 1))
    found = prefer(answers(log, deeds), seed=1)
    assert (found.answers_a, found.answers_b, found.people_a, found.people_b) == (90, 8, 1, 8)
    assert found.p == pytest.approx(20 / 512)
    assert found.delta.mean == pytest.approx((8 * 0.5 - 0.5) / 9)
    assert found.delta_answers == pytest.approx((8 - 90) / 98 / 2)


def test_ties_are_those_of_answers_with_as_many_of_both():
    log = [*shown(1, "r1", ["", "a", "b"]), *shown(2, "r2", ["a", "b"])]
    found = prefer(answers(log, [did(1, "r1", 0)]), seed=1)
    assert (found.answers_tied, found.people_tied, found.p) == (1, 1, 1.0)
    assert found.delta.mean == 0


def test_welch_is_that_of_scipy():
    rng = np.random.default_rng(3)
    log = {"a": [], "b": []}
    for arm, rate, people in (("a", 0.3, 40), ("b", 0.5, 25)):
        for person in range(people):
            key = person + 1_000 * (arm == "b")
            deeds, impressions = [], []
            for i in range(int(rng.integers(1, 6))):
                impressions += shown(key, f"{arm}{key}-{i}", [arm, arm])
                if rng.random() < rate:
                    deeds.append(did(key, f"{arm}{key}-{i}", 0))
            log[arm] += answers(impressions, deeds)
    found = compare(log["a"], log["b"], "click_through")
    values = [by_person(log[arm], "click_through") for arm in "ab"]
    expected = ttest_ind(values[1], values[0], equal_var=False)
    interval = expected.confidence_interval()
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.difference == pytest.approx(values[1].mean() - values[0].mean())


def test_arms_of_which_everybody_did_the_same_are_compared_by_counting_splits():
    first = answers([e for p in range(10) for e in shown(p, f"a{p}", "a")], [])
    log = [e for p in range(10, 20) for e in shown(p, f"b{p}", "b")]
    second = answers(log, [did(p, f"b{p}", 0) for p in range(10, 20)])
    assert compare(first, second, "click_through").p == pytest.approx(2 / 184_756)
    assert compare(first, first, "click_through").p == 1.0


def test_so_uneven_arms_are_no_chance():
    assert uneven(0, 0) is None
    assert uneven(500, 500) == 1.0
    assert uneven(450, 550) == pytest.approx(chisquare([450, 550]).pvalue)


# Reports


def test_a_report_of_nothing_says_so():
    for each in (MIXED, SPLIT):
        made = report(each, [], [])
        assert made.verdict.startswith("Not enough data")
        assert made.to_dict()["people"] == 0


def test_a_report_cautions_against_looking_early():
    log = [e for p in range(9) for e in shown(p, f"r{p}", ["a", "b"])]
    assert "planned" in report(MIXED, log, []).warnings[0]
    assert report(MIXED, log, [], planned=20).warnings[0].startswith("Preliminary: 9 of the 20")
    assert report(MIXED, log, [], planned=9).warnings == ()
    with pytest.raises(QueryError):
        report(MIXED, log, [], planned=0)


def test_a_report_warns_of_arms_that_lose_people():
    log = [e for p in range(100) for e in shown(p, f"a{p}", "a")]
    log += [e for p in range(100, 300) for e in shown(p, f"b{p}", "b")]
    made = report(SPLIT, log, [], planned=10)
    assert made.uneven < 1e-6
    assert "no chance" in made.warnings[0]


def test_a_report_of_five_who_agree_is_not_enough_and_of_six_it_is():
    for people, said in ((5, "Not enough data"), (6, "People prefer b (p .031)")):
        log = [e for p in range(people) for e in shown(p, f"r{p}", ["a", "b"])]
        made = report(MIXED, log, [did(p, f"r{p}", 1) for p in range(people)])
        assert made.verdict.startswith(said)


# Simulated people

TITLES = [f"t:{i}" for i in range(10)]
GIVES_UP = 0.15
"""Chance after each title that is not the one looked for."""


def simulated(people, *, better, seed, design):
    """Return answers of people who look for one title each, first to last, and give up.

    Ranker b puts the title they look for first with chance ``better``, else anywhere, as a does.
    """
    rng = np.random.default_rng(seed)
    found = []
    for person in range(people):
        a, b = ([TITLES[i] for i in rng.permutation(10)] for _ in range(2))
        wanted = TITLES[rng.integers(10)]
        if rng.random() < better:
            b.remove(wanted)
            b.insert(0, wanted)
        if design == "interleave":
            answer = Answer(person, "")
            drafted = team_draft(a, b, seed=int(rng.integers(2**32)))
            answer.teams = {place.id: place.team for place in drafted}
        else:
            arm = "ab"[rng.integers(2)]
            answer = Answer(person, arm, dict.fromkeys(a if arm == "a" else b, arm))
        patience = rng.geometric(GIVES_UP)
        answer.clicked = {wanted} & set(list(answer.teams)[:patience])
        found.append(answer)
    return found


def p_of(found, design):
    if design == "interleave":
        credits = [answer.credit() for answer in found]
        return sign_test(sum(a > b for a, b in credits), sum(b > a for a, b in credits))
    first, second = ([answer for answer in found if answer.arm == arm] for arm in "ab")
    return compare(first, second, "click_through").p


def power(design, people, runs, better=0.25):
    """Return how often a difference is found at p below .05."""
    seeds = range(1_000, 1_000 + runs)
    made = (simulated(people, better=better, seed=s, design=design) for s in seeds)
    return sum(p_of(each, design) < 0.05 for each in made) / runs


@pytest.mark.parametrize("design", ["interleave", "ab"])
def test_without_a_difference_one_is_found_as_often_as_alpha_says(design):
    runs = 300
    # The sign test is discrete and stays below alpha; the upper end is four deviations above it.
    assert 0.005 <= power(design, 30, runs, better=0) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / runs)


def test_a_difference_is_found_and_interleaving_needs_fewer_answers():
    assert power("interleave", 120, 30) > 0.8
    # Twice as many answers are not enough for the other design to find it as often.
    assert power("ab", 240, 60) < 0.75
    assert power("ab", 120, 30) < 0.5


def test_a_report_finds_the_difference_of_simulated_people():
    found = simulated(120, better=0.5, seed=1, design="interleave")
    log, deeds = [], []
    for answer in found:
        name = f"r{answer.person}"
        for at, (title, team) in enumerate(answer.teams.items()):
            (event,) = shown(answer.person, name, [team])
            log.append(dataclasses.replace(event, title=title, position=at))
        click = did(answer.person, name, 0)
        deeds += [dataclasses.replace(click, title=title) for title in answer.clicked]
    made = report(MIXED, log, deeds, seed=1, planned=120)
    assert made.verdict.startswith("People prefer b")
    assert made.preferred.delta.low > 0
    assert (made.people, made.impressions, made.warnings) == (120, 1_200, ())

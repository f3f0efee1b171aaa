"""Reasons in words, and what they may claim."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.explain.reasons import KIND_OF, reasons
from matinee.explain.removal import TOGETHER
from matinee.explain.shares import evidence
from matinee.explain.wording import SAME_ERA, Label, Shared, Stance, base_sentence, stance
from matinee.interaction import NO_TIME, Action
from matinee.types import Contributions


def of(signals, base, titles):
    """Contributions to one title: base by signal, and rows of entries by signal."""
    return Contributions(
        tuple(signals),
        np.array(base, np.float32)[:, None],
        np.array(titles, np.float32)[:, :, None],
    )


def one(signal, watched, label, shared, *, value=1.0, stars=5.0, entries=1):
    """The one reason that one title of the history gives."""
    history = watched(list(range(1, entries + 1)), stars)
    given = np.zeros(entries)
    given[0] = value
    found = evidence(of([signal], [0], [given]), history)
    (reason,) = reasons(found, history, 0, label=label, facts=lambda *_: shared)
    return reason


def test_people_are_named_with_what_they_did(watched, label):
    shared = Shared(people=(("Michael Mann", "director"), ("Al Pacino", "cast")))
    reason = one("people", watched, label, shared)
    assert reason.kind == "people"
    assert reason.people == ("Michael Mann",)
    assert reason.sentence == "Michael Mann directed it, like Film 1."
    assert reason.title == Label("test:1", "Film 1")
    assert reason.percent == 100.0
    cast = Shared(people=(("Al Pacino", "cast"), ("Val Kilmer", "cast")))
    assert (
        one("people", watched, label, cast).sentence
        == "Al Pacino and Val Kilmer are in it, as in Film 1."
    )
    writer = Shared(people=(("Nora Ephron", "writer"),))
    assert one("people", watched, label, writer).sentence.startswith("Nora Ephron worked on it")


@pytest.mark.parametrize(
    ("signal", "shared"),
    [
        ("people", Shared(genres=("Crime",))),
        ("genre", Shared(people=(("A", "cast"),))),
        ("era", Shared(years_apart=SAME_ERA + 1)),
        ("era", Shared()),
        ("unheard of", Shared(people=(("A", "cast"),), genres=("Crime",), years_apart=0)),
    ],
)
def test_what_the_facts_do_not_bear_out_is_not_claimed(watched, label, signal, shared):
    reason = one(signal, watched, label, shared)
    assert reason.kind == "other"
    assert reason.sentence == "That you liked Film 1 speaks for it."
    assert reason.people == ()
    assert reason.genres == ()


def test_a_claim_that_fails_gives_way_to_the_next_one_that_holds(watched, label):
    history = watched([1])
    found = evidence(of(["people", "genre", "story"], [0] * 3, [[3], [2], [1]]), history)
    (reason,) = reasons(found, history, 0, label=label, facts=lambda *_: Shared(genres=("Crime",)))
    assert reason.kind == "genre"
    assert reason.sentence == "It shares Crime with Film 1."
    assert [kind for kind, _ in reason.parts] == ["people", "genre", "story"]
    assert sum(tenths for _, tenths in reason.parts) == reason.tenths == 1000


def test_what_speaks_against_is_no_reason_for(watched, label):
    history = watched([1])
    found = evidence(of(["collaborative", "story", "genre"], [0] * 3, [[-3], [2], [2]]), history)
    (reason,) = reasons(found, history, 0, label=label, facts=lambda *_: Shared())
    assert (reason.kind, reason.percent) == ("story", 100.0)
    assert reason.sentence == "Its story is close to that of Film 1."


def test_lately_is_said_only_of_what_was_lately_chosen(watched, label):
    assert one("recent", watched, label, Shared(), entries=10).kind == "recent"
    assert one("recent", watched, label, Shared(), entries=11).kind == "other"
    history = replace(watched([1]), times=np.array([NO_TIME]))
    found = evidence(of(["recent"], [0], [[1]]), history)
    (reason,) = reasons(found, history, 0, label=label, facts=lambda *_: Shared())
    assert reason.kind == "other"


@pytest.mark.parametrize(
    ("value", "stars", "sentence"),
    [
        (1, 5, "People who liked Film 1 also liked it."),
        (1, np.nan, "People who liked Film 1 also liked it."),
        (1, 1, "That you did not like Film 1 speaks for it."),
        (-1, 1, "People who liked Film 1 also liked it, and you did not like Film 1."),
        (-1, 5, "That you liked Film 1 speaks against it."),
        (-1, 3, "That you chose Film 1 speaks against it."),
    ],
)
def test_the_sentence_agrees_with_the_sign_and_with_what_the_person_thought(
    watched, label, value, stars, sentence
):
    reason = one("collaborative", watched, label, Shared(), value=value, stars=stars)
    assert reason.sentence == sentence
    assert (reason.tenths > 0) == (value > 0)


def test_the_latest_word_about_a_title_counts(watched):
    did = watched([1, 1, 1], [5.0, np.nan, 1.0], [Action.RATING, Action.WATCH, Action.RATING])
    assert stance(did, [0]) is Stance.LIKED
    assert stance(did, [1]) is Stance.NEUTRAL
    assert stance(did, [0, 1]) is Stance.LIKED
    assert stance(did, [0, 1, 2]) is Stance.DISLIKED
    for action, view in [
        (Action.HIDE, Stance.DISLIKED),
        (Action.ABANDON, Stance.DISLIKED),
        (Action.DISLIKE, Stance.DISLIKED),
        (Action.LIKE, Stance.LIKED),
        (Action.REWATCH, Stance.LIKED),
        (Action.WATCH, Stance.NEUTRAL),
    ]:
        assert stance(watched([1], np.nan, action), [0]) is view


def test_what_holds_without_a_history_is_said_by_its_sign(watched, label):
    found = evidence(of(["popular", "context"], [3, -1], np.zeros((2, 0))), watched([]))
    said = reasons(found, watched([]), 0, label=label, facts=lambda *_: Shared())
    assert [(r.kind, r.sentence, r.percent) for r in said] == [
        ("popular", "Many people like it.", 150.0),
        ("context", "It does not suit the occasion.", -50.0),
    ]
    for kind in {*KIND_OF.values(), "other"}:
        assert base_sentence(kind, speaks_for=True) != base_sentence(kind, speaks_for=False)


def test_gathered_titles_come_last_of_their_side(watched, label):
    history = watched([1, 2, 3, 4])
    found = evidence(of(["story"], [0], [[1, 2, 2, -1]]), history, most=1)
    said = reasons(found, history, 0, label=label, facts=lambda *_: Shared())
    assert [(r.item, r.gathered, r.percent) for r in said] == [
        (2, 0, 50.0),
        (None, 2, 75.0),
        (None, 1, -25.0),
    ]
    assert said[1].sentence == "2 of your other titles speak for it, each a little."


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(-5, 5, width=32)] * 4), max_size=20),
    st.booleans(),
    st.booleans(),
)
def test_reasons_follow_the_shares(watched, label, rows, person, genre):
    names = ["collaborative", "people", "genre", "story"]
    history = watched(list(range(1, len(rows) + 1)))
    shared = Shared(
        people=(("A", "director"),) if person else (), genres=("Crime",) if genre else ()
    )
    found = evidence(of(names, [0.5] * 4, np.array(rows).reshape(len(rows), 4).T), history)
    said = reasons(found, history, 0, label=label, facts=lambda *_: shared)
    assert sum(r.tenths for r in said) == sum(s.tenths for s in found.shares)
    for reason in said:
        assert reason.sentence.endswith(".")
        assert "  " not in reason.sentence
        assert (reason.title is None) == (reason.item is None)
        assert sum(tenths for _, tenths in reason.parts) == reason.tenths
        assert reason.kind != "people" or person or reason.title is None
        assert reason.kind != "genre" or genre or reason.title is None
    told = [r.tenths for r in said if not r.gathered]
    for_it = [t for t in told if t > 0]
    assert for_it == sorted(for_it, reverse=True)


def test_what_titles_give_together_comes_after_what_they_give_alone(watched, label):
    made = of(["collaborative", TOGETHER], [0, 6], [[1, 2, -2], [0, 0, -1]])
    found = evidence(made, watched([1, 2, 3]))
    said = reasons(found, watched([1, 2, 3]), 0, label=label, facts=lambda *_: Shared())
    assert [(r.kind, r.item, r.percent) for r in said] == [
        ("collaborative", 2, 33.3),
        ("collaborative", 1, 16.7),
        ("together", None, 100.0),
        ("collaborative", 3, -50.0),
    ]
    assert dict(said[3].parts) == {"collaborative": -333, "together": -167}

"""Interactions and histories: what goes in by rows comes out by person and time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matinee.interaction import NO_TIME, Action, Histories, Interactions


def interactions(rows: list[tuple[int, int, float, int]], people: int = 5) -> Interactions:
    users, items, values, times = (list(column) for column in zip(*rows, strict=True))
    return Interactions(
        users=np.array(users, np.int64),
        items=np.array(items, np.int64),
        actions=np.zeros(len(rows), np.int8),
        values=np.array(values, np.float32),
        times=np.array(times, np.int64),
        user_ids=[f"p{i}" for i in range(people)],
        item_ids=[f"movielens:{i}" for i in range(10)],
    )


ROWS = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 9), st.sampled_from([0.5, 3.0, 5.0]), st.integers(-1, 3)
    ),
    min_size=1,
    max_size=30,
)


@given(ROWS, st.permutations(range(5)), st.integers(0, 5))
def test_histories_hold_what_each_person_did_oldest_first(
    rows: list[tuple[int, int, float, int]], order: list[int], count: int
) -> None:
    did = interactions(rows)
    people = np.array(order[:count], np.int64)
    histories = Histories.of(did, people)
    assert len(histories) == count
    assert histories.users.tolist() == people.tolist()
    for person, history in zip(people.tolist(), histories, strict=True):
        expected = sorted((row for row in rows if row[0] == person), key=lambda row: row[3])
        assert history.items.tolist() == [row[1] for row in expected]
        assert history.times.tolist() == [row[3] for row in expected]
        assert history.values.tolist() == [row[2] for row in expected]


@given(ROWS, st.integers(0, 2**20))
def test_keeping_some_entries_keeps_every_person(
    rows: list[tuple[int, int, float, int]], seed: int
) -> None:
    histories = Histories.of(interactions(rows))
    marks = np.random.default_rng(seed).random(len(histories.items)) < 0.5
    kept = histories.keep(marks)
    assert len(kept) == len(histories)
    assert kept.items.tolist() == histories.items[marks].tolist()
    assert kept.owners.tolist() == histories.owners[marks].tolist()


@given(ROWS, st.integers(0, 5), st.integers(0, 5))
def test_a_stretch_of_people_is_those_people(
    rows: list[tuple[int, int, float, int]], a: int, b: int
) -> None:
    histories = Histories.of(interactions(rows), known=False)
    start, stop = sorted((a, b))
    part = histories.between(start, stop)
    assert [h.items.tolist() for h in part] == [
        histories.one(i).items.tolist() for i in range(start, stop)
    ]
    assert (part.users == -1).all()


def test_some_rows_keep_the_positions_of_people_and_titles() -> None:
    did = interactions([(0, 1, 5.0, 3), (4, 9, 0.5, NO_TIME)])
    assert not did.timed
    some = did.take(np.array([False, True]))
    assert (some.users.tolist(), some.items.tolist()) == ([4], [9])
    assert some.user_ids == did.user_ids
    assert did.take(np.array([0])).timed


def test_actions_have_the_numbers_that_files_hold() -> None:
    assert [action.value for action in Action] == list(range(8))
    assert Action(5) is Action.ABANDON

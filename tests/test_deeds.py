"""A history as callers write it: what is read, and what is refused."""

from __future__ import annotations

import datetime as dt

import pytest

from matinee.deeds import ACTIONS, Deed, deed_of, deeds_of, seconds
from matinee.errors import QueryError
from matinee.interaction import NO_TIME, Action


def test_every_shape_is_read():
    found = deeds_of(
        [
            ("Heat", 4.5),
            ["Moon", None],
            "Emma",
            {"title": "tmdb:1", "rating": 3, "time": 10},
            {"title": "tmdb:2", "action": "hide"},
            {"title": "tmdb:3"},
        ]
    )
    assert [(deed.title, deed.action, deed.stars) for deed in found] == [
        ("Heat", Action.RATING, 4.5),
        ("Moon", Action.WATCH, None),
        ("Emma", Action.LIKE, None),
        ("tmdb:1", Action.RATING, 3.0),
        ("tmdb:2", Action.HIDE, None),
        ("tmdb:3", Action.WATCH, None),
    ]
    assert [deed.time for deed in found] == [NO_TIME] * 3 + [10] + [NO_TIME] * 2


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_written_is_read_back(action: str):
    deed = Deed("tmdb:1", Action[action.upper()], 4.0 if action == "rating" else None, 99)
    assert deed_of(deed.to_dict()) == deed


@pytest.mark.parametrize(
    "history",
    [
        "Heat",
        {"title": "Heat"},
        3,
        [("Heat", 6)],
        [("Heat", 0)],
        [("Heat", float("nan"))],
        [("Heat", "many")],
        [("", 3)],
        [(None, 3)],
        [("Heat", 3, 4)],
        [{"rating": 3}],
        [{"title": "Heat", "stars": 3}],
        [{"title": "Heat", "action": "burn"}],
        [{"title": "Heat", "action": "like", "rating": 3}],
        [{"title": "Heat", "action": "rating"}],
        [{"title": "Heat", "time": -5}],
        [{"title": "Heat", "time": "yesterday"}],
        [{"title": "Heat", "time": 1_700_000_000_000_000}],
        [None],
    ],
)
def test_what_cannot_be_used_is_refused(history: object):
    with pytest.raises(QueryError):
        deeds_of(history)  # type: ignore[arg-type]


def test_times_of_all_kinds_agree():
    moment = dt.datetime(2024, 5, 1, 20, 15, tzinfo=dt.UTC)
    assert seconds(moment) == seconds("2024-05-01T20:15") == seconds("2024-05-01T22:15+02:00")
    assert seconds(moment) == seconds(int(moment.timestamp())) == 1714594500

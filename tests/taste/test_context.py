"""Context: what the hour, the weekday and the device add to a ranking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import InputError, LibraryCorruptError
from matinee.interaction import NO_TIME, Action, Interactions, ItemFeatures
from matinee.taste.context import Context, ContextTaste, fit_context

if TYPE_CHECKING:
    from pathlib import Path

DAY, HOUR = 86_400, 3_600
MONDAY = 4 * DAY  # 5 January 1970
GENRES = np.array([[1, 0], [0, 1], [0, 0], [1, 1]], bool)
FEATURES = ItemFeatures(
    years=np.full(4, np.nan, np.float32), genres=GENRES, genre_names=("horror", "family")
)


def did(rows: list[tuple[int, int, int]]) -> Interactions:
    """Return watches of (person, title, time)."""
    users, items, times = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return Interactions(
        users=users,
        items=items,
        times=times,
        actions=np.full(len(rows), Action.WATCH, np.int8),
        values=np.full(len(rows), np.nan, np.float32),
        user_ids=["a", "b"],
        item_ids=list("wxyz"),
    )


def horror_at_night(count: int = 200) -> Interactions:
    """One person sees horror at 2 and family films at 14."""
    return did([(0, row % 2, MONDAY + (2 if row % 2 == 0 else 14) * HOUR) for row in range(count)])


def test_a_genre_of_the_night_is_raised_at_night() -> None:
    taste = fit_context(horror_at_night(), FEATURES)
    night = taste.adjust(Context(hour=1), np.arange(4))
    # 100 seen where half of 100 were expected: log(150 / 100), and log(50 / 100) for the other.
    assert night.tolist() == pytest.approx(
        [np.log(1.5), np.log(0.5), 0.0, np.log(0.75) / 2], abs=1e-6
    )
    day = taste.adjust(Context(hour=15), np.arange(4))
    assert day[1] > 0 > day[0]


def test_who_watches_at_night_is_no_context() -> None:
    # One person sees horror, always at night, the other family films, always by day.
    rows = [(0, 0, MONDAY + 2 * HOUR)] * 100 + [(1, 1, MONDAY + 14 * HOUR)] * 100
    taste = fit_context(did(rows), FEATURES)
    assert not taste.adjust(Context(hour=2, weekday=0), np.arange(4)).any()


def test_little_is_learnt_from_few() -> None:
    few = fit_context(horror_at_night(4), FEATURES).adjust(Context(hour=1), np.arange(1))
    many = fit_context(horror_at_night(4_000), FEATURES).adjust(Context(hour=1), np.arange(1))
    assert 0 < few[0] < 0.03
    assert 0.6 < many[0] < np.log(2)


def test_weekends_and_devices_are_contexts() -> None:
    rows = [(0, row % 2, MONDAY + (5 if row % 2 == 0 else 1) * DAY) for row in range(200)]
    devices = ["television" if row % 2 == 0 else None for row in range(200)]
    taste = fit_context(did(rows), FEATURES, devices=devices)
    assert set(taste.shifts) == {"night", "weekend", "workday", "device:television"}
    assert taste.adjust(Context(weekday=6), np.arange(1))[0] > 0
    assert taste.adjust(Context(device="television"), np.arange(1))[0] > 0
    assert taste.adjust(Context(device="phone"), np.arange(1))[0] == 0


def test_interactions_without_a_time_tell_nothing() -> None:
    timed = horror_at_night()
    rows = [(0, 1, NO_TIME)]
    with pytest.raises(InputError, match="No time and no device"):
        fit_context(did(rows), FEATURES)
    assert "morning" not in fit_context(timed, FEATURES).shifts


def test_devices_must_be_as_many() -> None:
    with pytest.raises(InputError, match="1 devices"):
        fit_context(horror_at_night(), FEATURES, devices=["phone"])


@pytest.mark.parametrize("parts", [{"hour": 24}, {"hour": -1}, {"weekday": 7}])
def test_there_are_24_hours_and_7_days(parts: dict[str, int]) -> None:
    with pytest.raises(InputError, match="There is no such"):
        Context(**parts)  # type: ignore[arg-type]


def test_an_explanation_is_the_adjustment() -> None:
    taste, context = fit_context(horror_at_night(), FEATURES), Context(hour=3, weekday=0)
    parts = taste.explain(context, np.array([1, 0]))
    assert parts.signals == ("context",)
    assert parts.titles.shape == (1, 0, 2)
    assert parts.base[0].tolist() == taste.adjust(context, np.array([1, 0])).tolist()


def test_saved_and_opened_adjusts_the_same(tmp_path: Path) -> None:
    taste, context = fit_context(horror_at_night(), FEATURES), Context(hour=3, weekday=0)
    taste.save(tmp_path)
    opened = ContextTaste.open(tmp_path)
    assert np.array_equal(opened.adjust(context, np.arange(4)), taste.adjust(context, np.arange(4)))
    np.save(tmp_path / "shifts.npy", np.zeros((1, 1), np.float32))
    with pytest.raises(LibraryCorruptError, match="does not fit together"):
        ContextTaste.open(tmp_path)


def test_titles_that_were_well_enough_tell_nothing_of_a_moment() -> None:
    seen = horror_at_night()
    rated = replace(
        seen,
        actions=np.full(len(seen), Action.RATING, np.int8),
        values=np.where(seen.items == 0, 3, 5).astype(np.float32),
    )
    taste = fit_context(rated, FEATURES)
    assert "night" not in taste.shifts


@given(st.integers(0, 4_000_000_000))
def test_every_time_has_a_context(time: int) -> None:
    context = Context.at(time)
    assert len(context.buckets) == 2
    assert Context.at(time + 7 * DAY) == context

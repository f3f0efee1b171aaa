"""Times counted from today: "this year", "the last decade", "the past ten years"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.query.conditions import Condition
from matinee.query.reading import Reading
from matinee.query.times import years_label

if TYPE_CHECKING:
    from matinee.query.tokens import Query

_NUMBERS = {
    word: n
    for n, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
} | {"fifteen": 15, "twenty": 20, "few": 5}
_LAST = ("last", "past")
_BEFORE = ("from", "in", "of", "the", "within", "over")


def relative_times(query: Query, year: int) -> list[Reading]:
    """Return the times of a query that are counted from the current ``year``."""
    readings = []
    for i, word in enumerate(query.words):
        low = high = None
        end = i + 2
        following = query.word(i + 1)
        if word == "this" and following in ("year", "decade"):
            low = year if following == "year" else year // 10 * 10
        elif word == "last" and following == "year":
            low = high = year - 1
        elif word in _LAST and following == "decade":
            low = year - 10
        elif word in _LAST and query.word(i + 2) in ("years", "year"):
            count = _NUMBERS.get(following) or (
                int(following) if following.isdecimal() and len(following) < 3 else 0
            )
            low, end = (year - count, i + 3) if count else (None, end)
        # "The last year of the war" is of a story.
        if low is None or query.stops[i] < end or query.word(end) == "of":
            continue
        start = i
        while not query.breaks[start] and query.word(start - 1) in _BEFORE:
            start -= 1
        label = years_label(low, high)
        hard = query.word(start) != "over"
        condition = Condition(field="year", low=low, high=high, hard=hard, label=label)
        readings.append(Reading(start, end, (condition,)))
    return readings

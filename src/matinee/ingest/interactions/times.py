"""Times of interactions: seconds or milliseconds since 1970, or ISO 8601."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matinee.ingest.interactions.distinct import distinct
from matinee.ingest.text import absent
from matinee.interaction import NO_TIME

if TYPE_CHECKING:
    import numpy.typing as npt

LAST = 4_102_444_800
"""Seconds: 2100 begins; nobody has watched anything after it."""
MILLISECONDS = 100_000_000_000
"""From here a number is milliseconds: as seconds it is the year 5138, as milliseconds 1973."""


def parse_times(column: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return seconds since 1970 in UTC [n] and which cells are no possible time [n].

    An empty cell is :data:`NO_TIME`. ISO 8601 without an offset is taken as UTC.
    """
    if pa.types.is_temporal(column.type) and not pa.types.is_time(column.type):
        return _checked(_whole(pc.cast(column, pa.timestamp("s"), safe=False)), column)
    if pa.types.is_integer(column.type):
        return _checked(_whole(column), column)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        try:
            return _checked(_whole(column), column)
        except pa.ArrowInvalid:
            pass  # some cell is no whole number: every different one is read by itself
    return _each(column)


def _whole(column: pa.Array) -> npt.NDArray[np.int64]:
    numbers = pc.fill_null(pc.cast(column, pa.int64()), NO_TIME)
    found: npt.NDArray[np.int64] = numbers.to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def _checked(
    numbers: npt.NDArray[np.int64], column: pa.Array
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Bring milliseconds to seconds and mark what lies outside 1970 to 2100."""
    seconds = np.where(numbers >= MILLISECONDS, numbers // 1000, numbers)
    # -1 stands for no time only where the cell is empty.
    empty = np.asarray(pc.is_null(column).to_numpy(zero_copy_only=False))
    bad = ~empty & ((seconds < 0) | (seconds >= LAST))
    return seconds, bad


def _each(column: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    codes, values = distinct(column)
    read = [_one(value) for value in values]
    seconds = np.array([NO_TIME if one is None else one for one in read], np.int64)
    bad = np.array([one is None for one in read], np.bool_)
    return seconds[codes], bad[codes]


def _one(value: object) -> int | None:
    """Return the seconds of one cell, None where it is no possible time."""
    text = "" if value is None or value != value else str(value).strip()
    if absent(text):
        return NO_TIME
    try:
        number = float(text)
        if not 0 <= number < 1000 * LAST:
            return None
        found = int(number // 1000 if number >= MILLISECONDS else number)
    except ValueError:
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        found = int(moment.timestamp() // 1)
    return found if 0 <= found < LAST else None

"""Scales of ratings, each mapped to half stars from 0.5 to 5."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from matinee.errors import InputError
from matinee.interaction import LEAST_STARS, MOST_STARS, Action

if TYPE_CHECKING:
    from collections.abc import Iterable

Scale: TypeAlias = Literal["stars", "five", "ten", "hundred", "thumbs"]


@dataclass(frozen=True, slots=True)
class _Range:
    """Numbers a scale may hold, what one star is of it, whether only half stars exist."""

    least: float
    most: float
    star: float
    halves: bool = False


_RANGES: dict[str, _Range] = {
    "stars": _Range(LEAST_STARS, MOST_STARS, 1.0, halves=True),
    "five": _Range(1.0, 5.0, 1.0),
    "ten": _Range(0.5, 10.0, 2.0),
    "hundred": _Range(0.0, 100.0, 20.0),
}
_THUMBS = {
    "like": Action.LIKE,
    "up": Action.LIKE,
    "1": Action.LIKE,
    "+1": Action.LIKE,
    "1.0": Action.LIKE,
    "dislike": Action.DISLIKE,
    "down": Action.DISLIKE,
    "-1": Action.DISLIKE,
    "-1.0": Action.DISLIKE,
}
SCALES: tuple[Scale, ...] = ("stars", "five", "ten", "hundred", "thumbs")
"""0.5-5 in half steps, 1-5, 0.5-10, 0-100, and likes and dislikes."""

_AMBIGUOUS = 1.0
"""A largest rating up to here may as well be a thumb, a share or a flag."""


def check_scale(scale: str | None) -> None:
    """Refuse a scale that does not exist.

    Raises:
        InputError: it does not.
    """
    if scale is not None and scale not in SCALES:
        raise InputError(
            f"There is no scale {scale!r:.40}", cure=f"Use one of: {', '.join(SCALES)}"
        )


def to_stars(number: float, scale: Scale) -> float | None:
    """Return a number of a scale as half stars, None where the scale does not hold it.

    What lies between two half stars goes to the nearer, from the middle up; the least is half a
    star.

    >>> to_stars(7, "ten"), to_stars(88, "hundred"), to_stars(0, "hundred"), to_stars(3.7, "stars")
    (3.5, 4.5, 0.5, None)
    """
    held = _RANGES[scale]
    if not held.least <= number <= held.most:
        return None
    halves = 2 * number / held.star
    if held.halves and not halves.is_integer():
        return None
    return max(LEAST_STARS, math.floor(halves + 0.5) / 2)


def to_thumb(text: str) -> Action | None:
    """Return the like or dislike of a cell, None where it is neither.

    >>> to_thumb("Up").name
    'LIKE'
    """
    return _THUMBS.get(text.strip().casefold())


def bounds(scale: Scale) -> str:
    """Return what a scale holds, in words."""
    if scale == "thumbs":
        return "like or dislike, up or down, 1 or -1"
    held = _RANGES[scale]
    steps = " in steps of a half" if held.halves else ""
    return f"between {held.least:g} and {held.most:g}{steps}"


def decide(numbers: Iterable[float], texts: Iterable[str], *, where: str) -> Scale:
    """Return the scale that the ratings of a file can only be of: stars.

    Args:
        numbers: the different ratings that are numbers.
        texts: those that are not.
        where: the file, for the error.

    Raises:
        InputError: they may be of several scales.
    """
    found = list(numbers)
    if not found:
        if any(to_thumb(text) is not None for text in texts):
            raise InputError("The ratings are thumbs", where=where, cure='Give scale="thumbs"')
        return "stars"
    least, most = min(found), max(found)
    if _AMBIGUOUS < most <= MOST_STARS and least >= 0:
        return "stars"
    likely = '"thumbs"' if most <= _AMBIGUOUS else '"ten"' if most <= 10 else '"hundred"'
    raise InputError(
        f"The ratings go from {least:g} to {most:g}, which does not decide their scale",
        where=where,
        cure=f"Give scale={likely}, or another of: {', '.join(SCALES)}",
    )

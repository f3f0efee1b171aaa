"""Words in drawings: how wide they are, what to leave out where room is short; round numbers."""

from __future__ import annotations

import math
import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE = 12.0
"""Pixels, of all letters."""
_NARROW, _WIDE = 0.62, 1.0
"""Of the size, the width of a letter: about the widest of common sans serif fonts, and Chinese."""
_GAP = 8.0
"""Pixels between two words of an axis."""
_STEPS = (1, 2, 5, 10)
_INTERVALS = 5
_LEAST = 1e-9
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    r"""Return a text with what XML cannot hold replaced.

    >>> clean("a\x00b")
    'a�b'
    """
    return _NO_XML.sub("\ufffd", text)


def width_of(text: str) -> float:
    """Return about how many pixels a text takes."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return SIZE * (_NARROW * (len(text) - wide) + _WIDE * wide)


def shorten(text: str, room: float) -> str:
    """Return as much of a text as there is room for, in pixels.

    >>> shorten("Cinematographer", 60), shorten("Drama", 60)
    ('Cinemat…', 'Drama')
    """
    if width_of(text) <= room:
        return text
    kept = len(text) - 1
    while kept > 1 and width_of(text[:kept] + "…") > room:
        kept -= 1
    return text[:kept].rstrip() + "…"


def ticks(high: float, *, whole: bool) -> list[float]:
    """Return round numbers from 0 on, the last of them at least ``high``; whole ones if so wanted.

    >>> ticks(12, whole=True), ticks(0.34, whole=False)
    ([0, 5, 10, 15], [0.0, 0.1, 0.2, 0.3, 0.4])
    """
    high = max(high, 1.0 if whole else _LEAST)
    unit = 10.0 ** math.floor(math.log10(high / _INTERVALS))
    step = next(unit * n for n in _STEPS if high / (unit * n) <= _INTERVALS * (1 + 1e-9))
    if whole:
        step = max(1, round(step))
    count = max(1, math.ceil(high / step - 1e-9))
    digits = max(0, -math.floor(math.log10(step)))
    return [i * step if whole else round(i * step, digits) for i in range(count + 1)]


def thinned(
    names: Sequence[str], places: Sequence[float], left: float, right: float, room: float
) -> list[tuple[str, float]]:
    """Return as many names of an axis as fit beside each other, with their middles.

    Every nth is shown, and the last of all: that is where "and more" and "unknown" stand.

    Args:
        names: of the categories.
        places: the middle of each, ascending.
        left: no name begins before it.
        right: no name ends behind it.
        room: of one name at most; what is longer is shortened.
    """
    short = [shorten(name, room) for name in names]
    halves = [width_of(name) / 2 for name in short]
    middles = [
        min(max(place, left + half), right - half)
        for place, half in zip(places, halves, strict=True)
    ]
    for stride in range(1, len(short) + 1):
        shown = range((len(short) - 1) % stride, len(short), stride)
        if all(middles[j] - middles[i] >= halves[i] + halves[j] + _GAP for i, j in pairwise(shown)):
            return [(short[i], middles[i]) for i in shown]
    return []

"""Fits a title into a box by estimated widths: the server has no fonts, the reader's vary.

Estimates err on the wide side, so that a line stays inside its box in any of the named fonts.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

LEADING = 1.12
"""Line height in font sizes; below it the marks of Thai and Vietnamese touch the line above."""
TALL_LEADING = 1.4
"""Line height for scripts that stack marks (Indic, Thai, Arabic and their kin)."""
_SMALLEST = 13
_ELLIPSIS = "…"
_NARROW = frozenset("iljI.,:;'’‘|!()[]/ft1-")
_WIDE = frozenset("MWmw@%&—")
_WHOLE_PHRASES = {"\ufdfa": 3.6, "\ufdfb": 2.6, "\ufdfd": 9.0}
"""Letters of Arabic that are a phrase each."""
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MARKS = 4
"""On one letter: Hebrew with cantillation has so many."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines of text that fit their box.

    Attributes:
        lines: at least one.
        size: font size in units of the drawing.
        leading: line height in units of the drawing.
        right_to_left: whether the text runs that way.
    """

    lines: tuple[str, ...]
    size: int
    leading: float
    right_to_left: bool

    @property
    def height(self) -> float:
        """Height of all lines."""
        return self.leading * len(self.lines)


def clean(text: str) -> str:
    r"""Return ``text`` on one line without characters that XML forbids.

    Nor without what turns the order of other letters, for a line may end before it is undone, and
    of a tower of marks no more than any script writes on one letter.

    >>> clean("A\x00 B\n C"), len(clean("e" + 40 * "\u0301"))
    ('A B C', 5)
    """
    kept: list[str] = []
    marks = 0
    for c in text:
        if c.isspace():
            kept.append(" ")
        elif unicodedata.category(c) not in {"Cc", "Cs"} and ord(c) & 0xFFFE != 0xFFFE:
            marks = marks + 1 if unicodedata.combining(c) else 0
            if marks <= _MARKS and c not in _TURNING:
                kept.append(c)
    return " ".join("".join(kept).split())


def width(text: str, size: float, *, bold: bool = True) -> float:
    """Return the estimated width of ``text``, erring on the wide side."""
    return _units(text) * size * (1.0 if bold else 0.95)


@lru_cache(maxsize=2048)
def _units(text: str) -> float:
    """Return the width of a text in font sizes; sizes are tried one after another."""
    return sum(map(_advance, text))


@lru_cache(maxsize=8192)
def _advance(c: str) -> float:
    """Return the width of a character in font sizes, as bold sans faces have it."""
    if unicodedata.combining(c) or unicodedata.category(c) in {"Mn", "Me", "Cf"}:
        return 0.0
    if c == " ":
        return 0.32
    if c in _WHOLE_PHRASES:
        return _WHOLE_PHRASES[c]
    if unicodedata.east_asian_width(c) in {"W", "F"}:
        return 1.05 if ord(c) < 0x1F000 else 1.4
    if ord(c) < 0x250:
        if c in _NARROW:
            return 0.42
        if c in _WIDE:
            return 1.08
        return 0.8 if c.isupper() or c in "ÆŒæœ©®" else 0.68
    if 0x900 <= ord(c) <= 0x109F:
        # Indic and Burmese letters are wide (Malayalam most), their spacing marks nearly so.
        return 1.15 if 0xB80 <= ord(c) <= 0xDFF else 0.9
    return 0.85


def clusters(word: str) -> list[str]:
    r"""Split a word where it may be cut: never between a letter and its marks.

    >>> [len(part) for part in clusters("e\u0301a")]
    [2, 1]
    """
    found: list[str] = []
    for c in word:
        joined = found and (
            unicodedata.category(c) in {"Mn", "Mc", "Me", "Cf", "Sk"}
            or found[-1].endswith("\u200d")
            or unicodedata.combining(found[-1][-1]) == 9  # virama: a conjunct goes on
        )
        if joined:
            found[-1] += c
        else:
            found.append(c)
    return found


def is_right_to_left(text: str) -> bool:
    """Tell whether the first letter with a direction runs from right to left."""
    for c in text:
        direction = unicodedata.bidirectional(c)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


def fit(text: str, box_width: float, box_height: float, largest: int, most_lines: int) -> Fitted:
    """Return ``text`` at the largest size at which it fits, cut only at the smallest.

    Args:
        text: cleaned text.
        box_width: width of the box.
        box_height: height of the box.
        largest: font size to begin with.
        most_lines: number of lines allowed.
    """
    text = text or "Untitled"
    tall = any(0x600 <= ord(c) <= 0x1100 for c in text)
    factor = TALL_LEADING if tall else LEADING
    size, lines = largest, [text]
    for size in range(largest, _SMALLEST - 1, -1):
        room = max(1, min(most_lines, int(box_height / (size * factor))))
        lines = _wrap(text, box_width, size)
        # A word broken in two reads worse than smaller letters; at 18 it is the lesser evil.
        if len(lines) <= room and (size <= 18 or not _breaks_word(text, box_width, size)):
            return Fitted(
                tuple(_balance(text, box_width, size, lines)),
                size,
                size * factor,
                is_right_to_left(text),
            )
    room = max(1, min(most_lines, int(box_height / (size * factor))))
    kept = lines[:room]
    parts = clusters(kept[-1])
    while parts and width("".join(parts) + _ELLIPSIS, size) > box_width:
        parts.pop()
    kept[-1] = "".join(parts).rstrip() + _ELLIPSIS
    return Fitted(tuple(kept), size, size * factor, is_right_to_left(text))


def _breaks_word(text: str, box_width: float, size: int) -> bool:
    return any(
        width(word, size) > box_width and unicodedata.east_asian_width(word[0]) != "W"
        for word in text.split()
    )


def _balance(text: str, box_width: float, size: int, lines: list[str]) -> list[str]:
    """Narrow the box while the number of lines stays, so that lines are of like length."""
    best, narrow = lines, box_width
    while len(lines) > 1 and narrow > box_width * 0.5:
        narrow -= box_width * 0.05
        if _breaks_word(text, narrow, size):
            break
        tried = _wrap(text, narrow, size)
        if len(tried) > len(lines):
            break
        best = tried
    return best


def _wrap(text: str, box_width: float, size: float) -> list[str]:
    lines: list[str] = []
    current = ""
    for word in text.split():
        joined = f"{current} {word}" if current else word
        if width(joined, size) <= box_width:
            current = joined
            continue
        if current:
            lines.append(current)
        current = ""
        if width(word, size) <= box_width:
            current = word
            continue
        for part in clusters(word):
            if current and width(current + part, size) > box_width:
                lines.append(current)
                current = ""
            current += part
    return [*lines, current] if current else lines

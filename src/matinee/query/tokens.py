"""A query as words with their places, and what every reader of it needs to know about them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matinee.catalogue.words import fold

# A word is whatever is neither space nor punctuation, so that scripts that mark vowels by signs
# keep them; apostrophes belong to the word only inside it.
_BARE = (
    r"[^\s!-/:-@\[-`{-~\u00a1\u00a7\u00ab\u00b6\u00b7\u00bb\u00bf\u02bc\u2000-\u206f\u3000-\u3020]"
)
_WORD = re.compile(
    rf"[0-9]{{1,3}}(?:,[0-9]{{3}})+(?!\w)|[0-9]{{1,2}}\.[0-9]+(?!\w)|{_BARE}+(?:['’ʼ]{_BARE}+)*"
)
_CLOSED = re.compile("['’ʼ,]")
_BREAK = re.compile(r"[,;:!?()\[\]{}\"“”«»|/…]|\.(?:\s|$)|\s[-–—]\s|[–—]\s")
_QUOTED = re.compile(
    r"\"([^\"]{1,120})\"|“([^”]{1,120})”|«([^»]{1,120})»"
    r"|(?<!\w)'([^']{1,120}(?:(?<=\w)'(?=\w)[^']{1,60})*)'(?!\w)"
    r"|(?<!\w)‘([^’]{1,120}(?:(?<=\w)’(?=\w)[^’]{1,60})*)’(?!\w)"
)
_OPENERS = {'"': '"', "'": "'", "”": "“", "’": "‘", "»": "«", ")": "("}
_TRAILING_DOT = re.compile(r"(?<=\w)\.(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quoted part of the query.

    Attributes:
        start: its first word.
        end: the word after its last.
        text: what stands between the marks.
        loose: whether the marks are single, which people also put around titles and nicknames.
    """

    start: int
    end: int
    text: str
    loose: bool


class Query:
    """A query cut into words.

    Attributes:
        text: as typed.
        words: folded words, apostrophes closed up ("don't" is "dont").
        starts: first character of each word in ``text``.
        ends: the character after its last.
        breaks: whether punctuation that ends a phrase stands before the word.
        stops: for each word, the first later word with a break before it (or the number of words):
            a phrase that begins at word ``i`` ends at ``stops[i]`` at the latest.
        quoted: quoted parts of at least one word, by their first.
    """

    __slots__ = ("breaks", "ends", "quoted", "starts", "stops", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.breaks: list[bool] = []
        plain = text.isascii()
        end = 0
        for match in _WORD.finditer(text):
            word = match.group()
            word = word.lower() if plain else fold(word)
            if not word.isalnum():
                word = _CLOSED.sub("", word)
            if not word or " " in word:
                continue
            start = match.start()
            gap = text[end:start]
            self.breaks.append(bool(end) and gap != " " and _breaks(text, end, start))
            self.words.append(word)
            self.starts.append(start)
            end = match.end()
            self.ends.append(end)
        stop = len(self.words)
        self.stops = [stop] * stop
        for i in range(stop - 1, -1, -1):
            self.stops[i] = stop
            if self.breaks[i]:
                stop = i
        self.quoted = self._find_quoted()

    def __len__(self) -> int:
        return len(self.words)

    def word(self, i: int) -> str:
        """Return word ``i``, empty where there is none."""
        return self.words[i] if 0 <= i < len(self.words) else ""

    def joined(self, start: int, end: int) -> str:
        """Return words as one folded phrase."""
        return " ".join(self.words[start:end])

    def raw(self, start: int, end: int) -> str:
        """Return words as they were typed, with what stands between them."""
        return self.text[self.starts[start] : self.ends[end - 1]]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where words stand, [start, end) in characters, a closing mark included.

        >>> Query("like 'Up', but sadder").span(0, 2)
        (0, 9)
        """
        low, high = self.starts[start], self.ends[end - 1]
        opener = _OPENERS.get(self.text[high : high + 1])
        if opener is not None and self.text.find(opener, low, high) >= 0:
            high += 1
        return low, high

    def possessive(self, i: int) -> str:
        """Return word ``i`` without an "'s" at its end, as it is where there is none."""
        raw = self.text[self.starts[i] : self.ends[i]]
        if len(raw) > 2 and raw[-1] in "sS" and raw[-2] in "'’ʼ":
            return self.words[i][:-1]
        return self.words[i]

    def _find_quoted(self) -> dict[int, Quoted]:
        if not any(mark in self.text for mark in "\"“«'‘"):
            return {}
        found = {}
        at = 0
        for match in _QUOTED.finditer(self.text):
            group = match.lastindex or 1
            low, high = match.span(group)
            while at < len(self.words) and self.starts[at] < low:
                at += 1
            end = at
            while end < len(self.words) and self.ends[end] <= high:
                end += 1
            if end > at:
                found[at] = Quoted(at, end, match.group(group), group > 3)
        return found


def _breaks(text: str, start: int, end: int) -> bool:
    """Return whether the gap between two words ends a phrase.

    A full stop after an initial or a short title ("J.J. Abrams", "Dr. No") does not.
    """
    gap = text[start : end + 1]
    if gap[0] == "." and _TRAILING_DOT.search(text, start, end):
        word = text[max(0, start - 3) : start].replace(".", " ").rpartition(" ")[2]
        if len(word) <= 2 and word[:1].isupper():
            gap = gap[1:]
    return _BREAK.search(gap) is not None

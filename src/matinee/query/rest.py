"""What retrieval is given: a query without the words that filters answer and those of asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.query.phrases import PhraseTable
from matinee.query.vocabulary import FILLERS, FILM_NOUNS, FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matinee.query.reading import Reading
    from matinee.query.tokens import Query

_FILLERS = PhraseTable(dict.fromkeys(FILLERS, 0))
_ARTICLES = frozenset("a an the some any".split())
_JOINTS = frozenset("and or but".split())
_EMPTY = FUNCTION_WORDS | {"something", "anything", "one", "ones"}
_DANGLING = frozenset(
    "and or but with from in by of the a an that which is are was were be to for about it its"
    " though must only should also on at".split()
)


def rest(query: Query, readings: Sequence[Reading], said: Iterable[tuple[int, int]]) -> str:
    """Return the words left over.

    Left out are the words of hard conditions and of liked films, requests ("show me"), nouns that
    only mean films, and what then dangles at an end ("with", "from").

    Args:
        query: the query.
        readings: what was read, none overlapping.
        said: places of the words that said how firmly it is meant.
    """
    count = len(query)
    kept = [True] * count
    read = [False] * count
    for reading in readings:
        read[reading.start : reading.end] = [True] * (reading.end - reading.start)
        hard = any(condition.hard for condition in reading.conditions)
        if reading.leaves or (hard and not reading.stays):
            for start, end in filter(None, (reading.cue, (reading.start, reading.end))):
                kept[start:end] = [False] * (end - start)
    for start, end in said:
        kept[start:end] = [False] * (end - start)
    _drop_fillers(query, kept, read)
    for i in range(count - 1, -1, -1):
        if query.words[i] in FILM_NOUNS and not read[i]:
            following = i + 1 < count and kept[i + 1] and not query.breaks[i + 1]
            if not following or read[i + 1] or query.words[i + 1] in FUNCTION_WORDS:
                kept[i] = False
    if all(kept):
        return query.text.strip()
    _drop_dangling(query, kept, read)
    if not any(k and (read[i] or query.words[i] not in _EMPTY) for i, k in enumerate(kept)):
        return ""
    return _joined(query, kept)


def _drop_fillers(query: Query, kept: list[bool], read: list[bool]) -> None:
    """Drop words of asking where a query begins or ends."""
    i = 0
    while i < len(query) and not read[i]:
        found = _FILLERS.at(query, i)
        if found is None and i and query.words[i] in _ARTICLES:
            found = i + 1, 0
        if found is None or any(read[i : found[0]]):
            break
        kept[i : found[0]] = [False] * (found[0] - i)
        i = found[0]
    end = len(query)
    while end > i and (before := _FILLERS.ending(query, end)) and not any(read[before[0] : end]):
        kept[before[0] : end] = [False] * (end - before[0])
        end = before[0]


def _drop_dangling(query: Query, kept: list[bool], read: list[bool]) -> None:
    def loose(i: int) -> bool:
        return kept[i] and not read[i] and query.words[i] in _DANGLING

    count = len(query)
    # Towards the left, so that "and from" before a dropped word goes whole.
    for i in range(count - 1, -1, -1):
        if loose(i) and (i + 1 == count or not kept[i + 1]):
            kept[i] = False
    first = True
    for i in range(count):
        if (
            loose(i)
            and (i == 0 or not kept[i - 1])
            and (query.words[i] in _JOINTS or (first and query.words[i] not in _ARTICLES))
        ):
            kept[i] = False
        first = first and not kept[i]


def _joined(query: Query, kept: Sequence[bool]) -> str:
    pieces: list[str] = []
    i = 0
    while i < len(query):
        if not kept[i]:
            i += 1
            continue
        start = i
        while i < len(query) and kept[i]:
            i += 1
        pieces.append(query.raw(start, i))
    return " ".join(pieces)

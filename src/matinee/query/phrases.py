"""Phrases of one or more words, found in a query by their words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matinee.query.tokens import Query

T = TypeVar("T")


class PhraseTable(Generic[T]):
    """Folded phrases, words separated by one space, and what each means (never None).

    A hyphen separates words as a space does: "sci-fi" is found as "sci fi".

    >>> from matinee.query.tokens import Query
    >>> table = PhraseTable({"sci fi": 1, "sci": 2})
    >>> list(table.scan(Query("old sci-fi")))
    [(1, 3, 1)]
    """

    def __init__(self, entries: Mapping[str, T]) -> None:
        self._entries = dict(entries)
        self._longest: dict[str, int] = {}
        for phrase in self._entries:
            words = phrase.split()
            self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))
        self._ends = frozenset(phrase.rpartition(" ")[2] for phrase in self._entries)

    def at(self, query: Query, start: int) -> tuple[int, T] | None:
        """Return the end and the meaning of the longest phrase that begins at a word."""
        words = query.words
        most = self._longest.get(words[start]) if start < len(words) else None
        if most is None:
            return None
        for end in range(min(query.stops[start], start + most), start, -1):
            found = self._entries.get(" ".join(words[start:end]))
            if found is not None:
                return end, found
        return None

    def scan(self, query: Query) -> Iterator[tuple[int, int, T]]:
        """Yield (start, end, meaning) from left to right, the longest first, none overlapping."""
        done = 0
        longest = self._longest
        for start, word in enumerate(query.words):
            # Most words begin no phrase: they must cost no call.
            if word in longest and start >= done:
                found = self.at(query, start)
                if found is not None:
                    yield start, *found
                    done = found[0]

    def ending(self, query: Query, end: int, most: int = 5) -> tuple[int, T] | None:
        """Return the start and the meaning of the longest phrase that ends before word ``end``."""
        if not end or query.words[end - 1] not in self._ends:
            return None
        for start in range(max(0, end - most), end):
            found = self._entries.get(" ".join(query.words[start:end]))
            if found is not None and query.stops[start] >= end:
                return start, found
        return None

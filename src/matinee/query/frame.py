"""Which words of a query say what kind of film is asked for, apart from what happens in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.query.vocabulary import FILM_NOUNS, FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee.query.tokens import Query

_REACH = 3
"""Words between an adjective and the noun it may belong to: "French slow-burn heist comedy"."""


class Frame:
    """The nouns of a query that mean films, and what leads to them.

    Attributes:
        filmish: for each word, whether it means films or a kind of them ("movies", "thriller").
        leads: for each word, whether it or one of the next few of its phrase does.

    Args:
        query: the query.
        spans: (start, end) of the words that name kinds of films.
    """

    __slots__ = ("filmish", "leads")

    def __init__(self, query: Query, spans: Iterable[tuple[int, int]]) -> None:
        count = len(query)
        self.filmish = [word in FILM_NOUNS for word in query.words]
        for start, end in spans:
            self.filmish[start:end] = [True] * (end - start)
        self.leads = [False] * count
        distance = _REACH + 1
        for i in range(count - 1, -1, -1):
            if self.filmish[i]:
                distance = 0
            elif query.words[i] in FUNCTION_WORDS:
                distance = _REACH + 1
            else:
                distance += 1
            self.leads[i] = distance <= _REACH
            if query.breaks[i]:
                distance = _REACH + 1

    def lead(self, query: Query, i: int) -> bool:
        """Return whether word ``i`` continues its phrase towards a noun that means films."""
        return i < len(query) and not query.breaks[i] and self.leads[i]

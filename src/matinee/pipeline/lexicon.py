"""The names a query may speak of, read from an open library."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from matinee.index.analyze import terms
from matinee.query.lexicon import NamedTitle, Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from matinee.catalogue.table import TitleTable
    from matinee.index.people import NamedPerson, PeopleIndex
    from matinee.index.titles import TitleIndex
    from matinee.index.vocabulary import Vocabulary
    from matinee.protocols import WordIndex

_RESEMBLING = 5
"""Misspelt names worth weighing; further ones are far from what was typed."""

_WORDS = 8_192
"""Words remembered to be known or not: every query asks of most of its words, often of the same."""

_SPELT_ALIKE = 2
"""Titles whose text must have a word before it is taken as spelt right; one alone may be a slip."""


class CatalogueLexicon:
    """The names of an open library; implements :class:`matinee.query.lexicon.Lexicon`.

    Args:
        catalogue: the titles.
        people: the people they name.
        names: what they are called.
        vocabulary: the words their stories are told with.
    """

    def __init__(
        self,
        catalogue: TitleTable,
        people: PeopleIndex,
        names: TitleIndex,
        vocabulary: Vocabulary,
    ) -> None:
        self._catalogue = catalogue
        self._people = people
        self._names = names
        self._is_word = lru_cache(_WORDS)(vocabulary.__contains__)

    @cached_property
    def languages(self) -> frozenset[str]:
        """Codes of the languages some title is in."""
        return self._values("languages")

    @cached_property
    def countries(self) -> frozenset[str]:
        """Codes of the countries some title is from."""
        return self._values("countries")

    @cached_property
    def genres(self) -> frozenset[str]:
        """Names of the genres some title has."""
        return self._values("genres")

    def person(self, name: str) -> Person | None:
        """Return the person of that folded full name."""
        found = self._people.person(name)
        return None if found is None else _person(found)

    def surname(self, word: str) -> tuple[Person, ...]:
        """Return the people of that folded last name, the best known first, 8 at most."""
        return tuple(map(_person, self._people.surname(word)))

    def resembling_people(self, name: str, least: float = 0.0) -> tuple[tuple[Person, float], ...]:
        """Return the people a misspelt full name may mean and how well it fits, the best first."""
        found = self._people.resembling(name, _RESEMBLING, least=least)
        return tuple((_person(person), fit) for person, fit in found)

    def is_word(self, word: str) -> bool:
        """Return whether a folded word is met in stories and subjects, not in names alone."""
        return self._is_word(word)

    def named(self, name: str) -> tuple[NamedTitle, ...]:
        """Return the titles of exactly that name, the most voted first, at most 8."""
        return tuple(self._title(row, 1.0) for row in self._names.exact(name).tolist())

    def resembling(self, name: str) -> tuple[NamedTitle, ...]:
        """Return the titles a misspelt name may mean, the best first, at most 5."""
        found = self._names.search(name, _RESEMBLING)
        pairs = zip(found.rows.tolist(), found.scores.tolist(), strict=True)
        return tuple(self._title(row, score) for row, score in pairs)

    def _title(self, row: int, score: float) -> NamedTitle:
        identifier, name, year, votes = (column[row].as_py() for column in self._columns)
        return NamedTitle(id=identifier, name=name, year=year, votes=votes or 0, score=score)

    @cached_property
    def _columns(self) -> tuple[Any, ...]:
        # Cells of a chunked column cost several times as much as those of its only chunk.
        table = self._catalogue.table.select(["id", "title", "year", "vote_count"])
        return tuple(column.combine_chunks() for column in table.columns)

    def _values(self, column: str) -> frozenset[str]:
        values = self._catalogue.table.column(column).combine_chunks().flatten()
        return frozenset(pc.unique(values).to_pylist())


def known_words(lexical: WordIndex) -> Callable[[str], bool]:
    """Return a test whether a folded word is known to the texts of a catalogue, names included.

    Stop words are in no index, and known.
    """
    return lambda word: not terms(word) or len(lexical.containing(word)) >= _SPELT_ALIKE


def _person(found: NamedPerson) -> Person:
    return Person(
        key=found.key,
        name=found.name,
        roles=found.roles,
        titles=found.titles,
        weight=found.weight,
    )

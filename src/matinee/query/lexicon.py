"""The names a query may speak of, as the parser asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from matinee.query.conditions import Role


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the catalogue.

    Attributes:
        key: folded full name, as conditions hold it ("akira kurosawa").
        name: as the catalogue writes it.
        roles: which of the title's lists of people the name stands in, the most frequent first.
        titles: number of titles with this person.
        weight: how much is known of them: the summed ``ln(1 + votes)`` of those titles.
    """

    key: str
    name: str
    roles: tuple[Role, ...]
    titles: int
    weight: float


@dataclass(frozen=True, slots=True)
class NamedTitle:
    """A title that a name may mean.

    Attributes:
        id: its id.
        name: as the catalogue writes it.
        year: its year, None if unknown.
        votes: number of votes, 0 if unknown.
        score: how well the name fits, in (0, 1]; 1 is the same name.
    """

    id: str
    name: str
    year: int | None
    votes: int
    score: float


class Lexicon(Protocol):
    """The names of one catalogue. Every method answers in some tens of microseconds, or says so."""

    @property
    def languages(self) -> Collection[str]:
        """Codes of the languages some title is in."""

    @property
    def countries(self) -> Collection[str]:
        """Codes of the countries some title is from."""

    @property
    def genres(self) -> Collection[str]:
        """Names of the genres some title has."""

    def person(self, name: str) -> Person | None:
        """Return the person of that folded full name."""

    def surname(self, word: str) -> tuple[Person, ...]:
        """Return the people of that folded last name, the best known first, 8 at most."""

    def resembling_people(self, name: str, least: float = 0.0) -> tuple[tuple[Person, float], ...]:
        """Return the people a misspelt full name may mean and how well it fits, 5 at most.

        The fit, in (0, 1], is 1 - edits / length of the longer name; the best first, among equals
        the best known; nobody whose weight is below ``least``. Takes a tenth of a millisecond.
        """

    def is_word(self, word: str) -> bool:
        """Return whether a folded word is met in stories and subjects, not in names alone."""

    def named(self, name: str) -> tuple[NamedTitle, ...]:
        """Return the titles of exactly that name, case, accents and article aside.

        The most voted first, at most 8.
        """

    def resembling(self, name: str) -> tuple[NamedTitle, ...]:
        """Return the titles a misspelt name may mean, the best first, at most 5.

        Takes a millisecond: for names that are surely meant as titles.
        """

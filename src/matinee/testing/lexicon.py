"""A lexicon over a few titles in memory."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from matinee.catalogue.words import plain_words
from matinee.index.names import normalise
from matinee.index.people import last_names, person_key
from matinee.query.lexicon import NamedTitle, Person

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from matinee.catalogue.title import Title
    from matinee.query.conditions import Role

_CUTOFF = 0.72
"""Similarity of a misspelling, as in the title index."""
_EDITS, _PERSON_CUTOFF = 2, 0.75
"""Edits and similarity of a misspelt person, as in the people index."""


class MemoryLexicon:
    """The names of a few titles, read as they are; implements ``Lexicon``.

    Args:
        titles: the catalogue.
        words: words besides those of overviews and keywords that are not names alone.
    """

    def __init__(self, titles: Sequence[Title], *, words: Iterable[str] = ()) -> None:
        self._titles = tuple(titles)
        self._words = set(words)
        self._named: dict[str, list[Title]] = {}
        self._people: dict[str, Person] = {}
        self._surnames: dict[str, list[Person]] = {}
        roles: dict[str, Counter[Role]] = {}
        shown: dict[str, str] = {}
        seen: dict[str, set[int]] = {}
        for row, title in enumerate(self._titles):
            for name in dict.fromkeys(filter(None, (title.title, title.original_title))):
                self._named.setdefault(normalise(name), []).append(title)
            for text in (title.overview or "", *title.keywords):
                self._words.update(plain_words(text))
            credits: tuple[tuple[Role, tuple[str, ...]], ...] = (
                ("cast", title.cast),
                ("directors", title.directors),
                ("writers", title.writers),
            )
            for role, names in credits:
                for name in names:
                    key = person_key(name)
                    shown.setdefault(key, name)
                    roles.setdefault(key, Counter())[role] += 1
                    seen.setdefault(key, set()).add(row)
        for key, name in shown.items():
            known = sum(math.log1p(self._titles[row].vote_count or 0) for row in seen[key])
            order = tuple(role for role, _ in roles[key].most_common())
            person = Person(key, name, order, len(seen[key]), known)
            self._people[key] = person
            for last in last_names(name):
                self._surnames.setdefault(last, []).append(person)

    @property
    def languages(self) -> Collection[str]:
        """Codes of the languages some title is in."""
        return {code for title in self._titles for code in title.languages}

    @property
    def countries(self) -> Collection[str]:
        """Codes of the countries some title is from."""
        return {code for title in self._titles for code in title.countries}

    @property
    def genres(self) -> Collection[str]:
        """Names of the genres some title has."""
        return {name for title in self._titles for name in title.genres}

    def person(self, name: str) -> Person | None:
        """Return the person of that folded full name."""
        return self._people.get(name)

    def surname(self, word: str) -> tuple[Person, ...]:
        """Return the people of that folded last name, the best known first, 8 at most."""
        found = self._surnames.get(word, [])
        return tuple(sorted(found, key=lambda p: (-p.weight, p.key))[:8])

    def resembling_people(self, name: str, least: float = 0.0) -> tuple[tuple[Person, float], ...]:
        """Return the people a misspelt full name may mean and how well it fits, the best first."""
        wanted = person_key(name)
        found = [
            (person, fit)
            for key, person in self._people.items()
            if person.weight >= least
            and OSA.distance(wanted, key) <= _EDITS
            and (fit := OSA.normalized_similarity(wanted, key)) >= _PERSON_CUTOFF
        ]
        found.sort(key=lambda pair: (-pair[1], -pair[0].weight, pair[0].key))
        return tuple(found[:5])

    def is_word(self, word: str) -> bool:
        """Return whether a folded word is met in stories and subjects, not in names alone."""
        return word in self._words

    def named(self, name: str) -> tuple[NamedTitle, ...]:
        """Return the titles of exactly that name, the most voted first, at most 8."""
        found = self._named.get(normalise(name), [])
        best = sorted(found, key=lambda title: -(title.vote_count or 0))[:8]
        return tuple(_shown(title, 1.0) for title in best)

    def resembling(self, name: str) -> tuple[NamedTitle, ...]:
        """Return the titles a misspelt name may mean, the best first, at most 5."""
        wanted = normalise(name)
        found = [
            _shown(title, 0.9 * score)
            for known, titles in self._named.items()
            if (score := OSA.normalized_similarity(wanted, known)) >= _CUTOFF
            for title in titles
        ]
        return tuple(sorted(found, key=lambda title: (-title.score, -title.votes))[:5])


def _shown(title: Title, score: float) -> NamedTitle:
    return NamedTitle(title.id, title.title, title.year, title.vote_count or 0, score)

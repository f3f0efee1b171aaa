"""Names of people in a query: full names, and last names where it is clear who is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.query.vocabulary import FILM_NOUNS, FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.query.frame import Frame
    from matinee.query.lexicon import Lexicon, Person
    from matinee.query.tokens import Query

_LONGEST = 5
"""Words of a full name; of 34,000 names of a catalogue one has more."""
_CLEAR = 2.5
"""How many times better known than the next the bearer of a last name must be to be meant."""
_KNOWN = 10.0
"""Weight a person must have to be meant by a last name alone: one much seen film, or a few."""
_KNOWN_ALONE = 30.0
"""Weight they must have for a query of their last name alone to leave other films out."""
_SIBLING = 0.5
"""Part of the weight of the better known that a brother has at least."""
_MAY_BEGIN = frozenset("will may s m d t j".split())
"""Words that say nothing elsewhere, and first names or initials here."""
_MAY_END = frozenset("you so an do he her him no will may us me it".split())
"""Function words that end some names ("Ge You")."""
_PARTICLES = frozenset("de del della di du da la le van von der den mac st al bin ben".split())
_NO_NAMES = FUNCTION_WORDS | FILM_NOUNS
_BROTHERS = frozenset(("brothers", "sisters", "bros"))
_COMPANIES = frozenset(("warner", "ringling"))
"""Brothers who are no persons."""
MANNERS = frozenset(("style", "esque", "type"))
"""Words behind a name that make it a manner: "Hitchcock-style suspense"."""
LIST_WORDS = frozenset(("and", "or", "nor", "with"))
"""Words between the names of a list."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a query.

    Attributes:
        start: its first word.
        end: the word after its last.
        people: who may be meant, the best known first.
        whole: whether it is a full name.
        sure: whether it is surely a name; a last name in the middle of a sentence is not.
        together: whether all the people are meant ("the Coen brothers").
    """

    start: int
    end: int
    people: tuple[Person, ...]
    whole: bool = False
    sure: bool = True
    together: bool = False


_SUFFIXES = frozenset("jr sr".split())
"""What belongs to the name although a comma stands before it: "Downey, Jr."."""


class Names:
    """Finds names.

    Args:
        lexicon: the people of the catalogue.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def full(self, query: Query, i: int) -> Name | None:
        """Return the longest full name that begins at word ``i``."""
        words = query.words
        if words[i] in _NO_NAMES and words[i] not in _MAY_BEGIN and not _is_initial(query, i):
            return None
        end = i + 1
        last = min(i + _LONGEST, query.stops[i] + (query.word(query.stops[i]) in _SUFFIXES))
        while end < last and (words[end] not in FUNCTION_WORDS or words[end] in _MAY_BEGIN):
            end += 1
        if end < last and words[end] in _MAY_END:
            end += 1
        while end > i + 1:
            key = " ".join((*words[i : end - 1], query.possessive(end - 1)))
            person = self._lexicon.person(key)
            if person is not None:
                return Name(i, end, (person,), whole=True)
            end -= 1
        return None

    def last(
        self, query: Query, frame: Frame, i: int, *, cued: bool, strong: bool, listed: bool
    ) -> Name | None:
        """Return the last name, or the only name, at word ``i``.

        Args:
            query: the query.
            frame: its nouns that mean films.
            i: the word.
            cued: whether words before it announce a name ("by").
            strong: whether they announce nothing else ("directed by", "starring").
            listed: whether it continues a list of names.
        """
        word = query.words[i]
        if word in _NO_NAMES or (len(word) < 3 and word not in _PARTICLES) or word[0].isdigit():
            return None
        end = i + 1 + (word in _PARTICLES and query.stops[i] > i + 1)
        after = query.words[end] if end < query.stops[i] else ""
        sure = cued or listed or after in _BROTHERS or self._clear_place(query, frame, i, end)
        if not sure and not self._plain_before(query, frame, i):
            return None
        name = " ".join((*query.words[i : end - 1], query.possessive(end - 1)))
        content = bool(after) and after not in FUNCTION_WORDS and not frame.filmish[end]
        if end == i + 1 and self._lexicon.is_word(name):
            if not strong or content:
                return None
        elif content and after not in _BROTHERS | MANNERS and not self._lexicon.is_word(after):
            # An unknown word behind it is the last name ("with Thomas Aquinas").
            return None
        people = self._people(name) if sure else self._lexicon.surname(name)
        if not people or name in _COMPANIES:
            return None
        if after in _BROTHERS:
            equals = tuple(p for p in people if p.weight >= _SIBLING * people[0].weight)
            return Name(i, end + 1, equals, together=True)
        known = clear(people) and people[0].weight >= _KNOWN
        if i == 0 and end == len(query):
            # A single word is as often a misspelt title.
            sure = people[0].weight >= _KNOWN_ALONE
        if not cued and not known and not (listed and len(people) == 1):
            return None
        return Name(i, end, people, sure=sure)

    def _people(self, name: str) -> tuple[Person, ...]:
        people = self._lexicon.surname(name)
        alone = self._lexicon.person(name)
        return (alone,) if alone and (not people or alone.weight > people[0].weight) else people

    def _plain_before(self, query: Query, frame: Frame, i: int) -> bool:
        """Return whether no unknown first name stands before: another person's."""
        before = query.words[i - 1] if i and not query.breaks[i] else ""
        if not before or before in FUNCTION_WORDS or frame.filmish[i - 1]:
            return True
        return self._lexicon.is_word(before)

    def _clear_place(self, query: Query, frame: Frame, i: int, end: int) -> bool:
        """Return whether a last name stands where someone would name a maker of films."""
        alone = i == 0 and end == len(query)
        listing = query.stops[i] > end + 1 and query.words[end] in LIST_WORDS
        if not (alone or listing or frame.lead(query, end)):
            return False
        return self._plain_before(query, frame, i)


def _is_initial(query: Query, i: int) -> bool:
    """Return whether "a" is the initial of a name: "A.J.", "a r rahman"."""
    if len(query.words[i]) != 1:
        return False
    return query.text[query.ends[i] : query.ends[i] + 1] == "." or len(query.word(i + 1)) == 1


def clear(people: Sequence[Person]) -> bool:
    """Return whether of several bearers of a name the first is so known that they are meant."""
    return len(people) < 2 or people[0].weight >= _CLEAR * people[1].weight

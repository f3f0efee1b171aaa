"""Misspelt people: names the rules do not know, where something says that a name stands.

The rules read a name exactly as the catalogue writes it, so that "films by cristopher nolan" is
five words to them. Where words are left over of which one is unknown to every story, two things
tell that they name someone: the slot tagger sees an actor or a director in them, or a word before
them announces one ("by", "with"). Whom the catalogue has that is written like that is then asked
for as a wish, shown with a question mark; a guess leaves no film out.

The tagger takes half a millisecond and a look-up one, so neither is done before a word is found
that needs them.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from matinee.query.conditions import Condition
from matinee.query.phrases import PhraseTable
from matinee.query.reading import NAME, Reading
from matinee.query.tagger import Slot, Tagger
from matinee.query.vocabulary import FILM_NOUNS, FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matinee.query.conditions import Role
    from matinee.query.lexicon import Lexicon, Person
    from matinee.query.tokens import Query

SURE: Final = 0.8
"""Fit from which a misspelt name is taken for someone's: an edit in five letters, as two in ten.
Full names have eleven letters and more, so that two slips pass and two other people hardly."""
_CUED = 0.6
"""Weight of a name that a word before it announces, as of a last name nothing else says is one."""
_AS_GOOD = 0.97
"""Part of the best fit that another person's must have to be meant as well: the same edits."""
_LEAST_LETTERS = 3
"""Letters of a word that may be a slip of a name's; shorter ones are initials and abbreviations."""
_NAME_WORDS = (3, 2)
"""Words of the full names looked for behind a cue, the longer first ("robrt downey jr")."""
_ROLES: Final[dict[str, Role]] = {"Actor": "cast", "Director": "directors"}
_CUES = PhraseTable(
    dict.fromkeys(("by", "directed by", "director", "helmed by", "filmmaker"), "Director")
    | dict.fromkeys(("with", "starring", "stars", "featuring", "actor", "actress"), "Actor")
)
_NO_NAMES = (FUNCTION_WORDS | FILM_NOUNS) - {"will"}
_TITLE_WORDS = 12
"""Words of a query that may be a misspelt title; longer ones are not typed from memory of one."""
_TITLE = 0.75
"""Score from which the whole query is rather a title, as in :mod:`matinee.query.titles`."""


class MisspeltPeople:
    """Reads people whose name is misspelt.

    Args:
        lexicon: the people of the catalogue.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def read(self, query: Query, readings: Sequence[Reading]) -> list[Reading]:
        """Return the people guessed in words that no reading claims, none overlapping."""
        free = _free(query, readings)
        strange = {i for i in range(len(query)) if free[i] and self._is_strange(query, free, i)}
        if not strange:
            return []
        found: list[Reading] = []
        taken: set[int] = set()
        for start, end, slot in _places(query, free):
            places = set(range(start, end))
            if strange & places and not taken & places:
                guess = self._guess(query, start, end, slot)
                if guess is not None:
                    found.append(guess)
                    taken |= places
        return [] if found and self._is_title(query) else found

    def _is_strange(self, query: Query, free: Sequence[bool], i: int) -> bool:
        """Return whether word ``i`` is unknown and stands beside another of what may be a name."""
        word = query.words[i]
        if len(word) < _LEAST_LETTERS or not word.isalpha():
            return False
        before = i > 0 and free[i - 1] and not query.breaks[i]
        after = i + 1 < len(query) and free[i + 1] and not query.breaks[i + 1]
        return (before or after) and not self._lexicon.is_word(word)

    def _is_title(self, query: Query) -> bool:
        if len(query) > _TITLE_WORDS:
            return False
        return any(t.score >= _TITLE for t in self._lexicon.resembling(query.text.strip()))

    def _guess(self, query: Query, start: int, end: int, slot: Slot) -> Reading | None:
        name = " ".join((*query.words[start : end - 1], query.possessive(end - 1)))
        fitting = [
            (person, fit) for person, fit in self._lexicon.resembling_people(name) if fit >= SURE
        ]
        if not fitting:
            return None
        least = _AS_GOOD * fitting[0][1]
        first, *others = (_condition(person, slot, fit) for person, fit in fitting if fit >= least)
        return Reading(start, end, (replace(first, alternatives=tuple(others)),), rank=NAME)


@cache
def tagger() -> Tagger:
    """Return the bundled tagger, read at the first call: most queries do without it."""
    return Tagger.load()


def told(text: str, slots: Iterable[Slot]) -> list[dict[str, Any]]:
    """Return slots as plain values, with the words of the text they stand for."""
    return [
        {
            "label": slot.label,
            "words": text[slot.start : slot.end],
            "start": slot.start,
            "end": slot.end,
            "weight": round(slot.weight, 4),
        }
        for slot in slots
    ]


def _condition(person: Person, slot: Slot, fit: float) -> Condition:
    role = _ROLES[slot.label]
    return Condition(
        field="person",
        values=(person.key,),
        # Casts are cut short: a role the catalogue does not know of the person is left open.
        role=role if role in person.roles else "",
        hard=False,
        weight=round(fit * slot.weight, 3),
        label=f"{person.name}?",
    )


def _free(query: Query, readings: Iterable[Reading]) -> list[bool]:
    """Return for each word whether no reading claims it and it may be of a name."""
    free = [word not in _NO_NAMES for word in query.words]
    for reading in readings:
        free[reading.start : reading.end] = [False] * (reading.end - reading.start)
    return free


def _places(query: Query, free: Sequence[bool]) -> Iterator[tuple[int, int, Slot]]:
    """Yield (start, end, slot) of the words in which a name may stand, the likeliest first."""
    for slot in tagger().tag(query.text):
        if slot.label in _ROLES:
            start = bisect_left(query.starts, slot.start)
            for run in _runs(query, free, start, bisect_left(query.starts, slot.end)):
                yield *run, slot
    for _, start, label in _CUES.scan(query):
        first, end = next(_runs(query, free, start, len(query)), (-1, -1))
        if first == start:
            slot = Slot(label, query.starts[start], query.ends[end - 1], _CUED)
            for words in _NAME_WORDS:
                if start + words <= end:
                    yield start, start + words, slot


def _runs(query: Query, free: Sequence[bool], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the free words in a row, two at least, that no punctuation parts."""
    first = start
    for i in range(start, end + 1):
        if i == end or not free[i] or (query.breaks[i] and i > first):
            if i - first > 1:
                yield first, i
            first = i if i < end and free[i] else i + 1

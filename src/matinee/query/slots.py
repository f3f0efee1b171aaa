"""Misspelt people: names the rules do not know, where something says that a name stands.

The rules read a name exactly as the catalogue writes it, so that "films by cristopher nolan" is
five words to them. Where words are left over of which one is unknown to every story, they may be
somebody's name but for a slip or two. Then one of three things has to say that a person is meant:
a word before them that announces one ("by", "with"), that nothing else is left over, or the slot
tagger, which sees an actor or a director in them. Whoever is guessed is asked for as a wish, shown
with a question mark; a guess leaves no film out.

Names are looked up before the tagger is asked: a look-up takes a tenth of a millisecond and mostly
ends it, the tagger takes half of one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
"""Fit from which a misspelt name is taken for someone's: an edit in five letters, or two in ten.
Most full names have more letters, so that two slips pass."""
GUESSED: Final = "?"
"""Behind the name of whoever is guessed."""
_KNOWN = 10.0
"""Weight a person must have to be meant by what is not their name: one much seen film, or a few."""
_AS_GOOD = 0.97
"""Part of the best fit that another person's must have to be meant as well: the same edits."""
_CUED = 0.8
"""Weight of a name that a word before it announces: about what the tagger gives such words."""
_ALONE = 0.6
"""Weight of a name that is all that is left over, as of a last name nothing else says is one."""
_LEAST_LETTERS = 3
"""Letters of a word that may be a slip of a name's; shorter ones are initials and abbreviations."""
_LONG_NAME = 3
"""Words that are looked up together where nothing else stands beside them ("robrt downey jr");
elsewhere two are, which is how many most names have."""
_TITLE_WORDS = 12
"""Words of a query that may be a misspelt title; longer ones are not typed from memory of one."""
_TITLE = 0.75
"""Score from which the whole query is rather a title, as in :mod:`matinee.query.titles`."""
_ROLES: Final[dict[str, Role]] = {"Actor": "cast", "Director": "directors"}
_MAKERS = ("by", "directed by", "director", "helmed by", "filmmaker")
_PLAYERS = ("with", "starring", "stars", "featuring", "actor", "actress")
_CUES: Final[PhraseTable[Role]] = PhraseTable(
    {**dict.fromkeys(_MAKERS, "directors"), **dict.fromkeys(_PLAYERS, "cast")}
)
_NO_NAMES = (FUNCTION_WORDS | FILM_NOUNS) - {"will"}


@dataclass(frozen=True, slots=True)
class _Guess:
    """Words that resemble names.

    Attributes:
        start: the first.
        end: the word after the last.
        people: whose names, and how well they fit, the best first.
        alone: whether no other word is left over.
    """

    start: int
    end: int
    people: tuple[tuple[Person, float], ...]
    alone: bool


class MisspeltPeople:
    """Reads people whose name is misspelt.

    Args:
        lexicon: the names of the catalogue.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def read(self, query: Query, readings: Sequence[Reading]) -> list[Reading]:
        """Return the people guessed in words that no reading claims, none overlapping."""
        guesses = self._guesses(query, readings)
        if not guesses or self._is_title(query):
            return []
        taken = {i for reading in readings for i in range(reading.start, reading.end)}
        slots: tuple[Slot, ...] | None = None
        found = []
        for guess in guesses:
            cue = None if query.breaks[guess.start] else _CUES.ending(query, guess.start)
            if cue is not None and taken.isdisjoint(range(cue[0], guess.start)):
                found.append(_reading(replace(guess, start=cue[0]), cue[1], _CUED))
            elif guess.alone:
                found.append(_reading(guess, "", _ALONE))
            else:
                slots = tagger().tag(query.text) if slots is None else slots
                slot = _person_at(slots, *query.span(guess.start, guess.end))
                if slot is not None:
                    found.append(_reading(guess, _ROLES[slot.label], slot.weight))
        return found

    def _guesses(self, query: Query, readings: Iterable[Reading]) -> list[_Guess]:
        runs = list(_runs(query, readings))
        left = sum(end - start for start, end in runs)
        found = []
        for start, end in runs:
            if end - start < 2:
                continue
            strange = [self._is_strange(word) for word in query.words[start:end]]
            done = start
            for low, high in _windows(start, end):
                if low >= done and any(strange[low - start : high - start]):
                    people = self._people(query, low, high)
                    if people:
                        found.append(_Guess(low, high, people, alone=high - low == left))
                        done = high
        return found

    def _is_strange(self, word: str) -> bool:
        return len(word) >= _LEAST_LETTERS and word.isalpha() and not self._lexicon.is_word(word)

    def _people(self, query: Query, start: int, end: int) -> tuple[tuple[Person, float], ...]:
        name = " ".join((*query.words[start : end - 1], query.possessive(end - 1)))
        found = self._lexicon.resembling_people(name, _KNOWN)
        if found and found[0][1] == 1.0:
            # Spelt right: the rules had their reason not to take it for a person.
            return ()
        return tuple(pair for pair in found if pair[1] >= max(SURE, _AS_GOOD * found[0][1]))

    def _is_title(self, query: Query) -> bool:
        if len(query) > _TITLE_WORDS:
            return False
        return any(t.score >= _TITLE for t in self._lexicon.resembling(query.text.strip()))


@cache
def tagger() -> Tagger:
    """Return the bundled tagger, read at the first call: most queries do without it."""
    return Tagger.load()


def as_wishes(readings: Iterable[Reading]) -> list[Reading]:
    """Return the readings with every guess a wish, whatever negated or stressed it."""
    return [
        reading.with_conditions(
            replace(c, hard=False) if _is_guess(c) else c for c in reading.conditions
        )
        for reading in readings
    ]


def with_names(left: str, conditions: Iterable[Condition]) -> str:
    """Return the words left over with the names that were guessed, and are wanted, behind them.

    A wish only orders what was found; the films have to be found by the name. The words stay,
    since the guess may be wrong.
    """
    names = (
        condition.label.replace(GUESSED, "")
        for condition in conditions
        if _is_guess(condition) and not condition.negated
    )
    return " ".join(filter(None, (left, *names)))


def _is_guess(condition: Condition) -> bool:
    return condition.field == "person" and GUESSED in condition.label


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


def _reading(guess: _Guess, role: Role, weight: float) -> Reading:
    first, *others = (
        Condition(
            field="person",
            values=(person.key,),
            # Casts are cut short: a role the catalogue does not know of the person is left open.
            role=role if role in person.roles else "",
            hard=False,
            weight=round(fit * weight, 3),
            label=person.name + GUESSED,
        )
        for person, fit in guess.people
    )
    condition = replace(first, alternatives=tuple(others))
    return Reading(guess.start, guess.end, (condition,), rank=NAME)


def _person_at(slots: Iterable[Slot], start: int, end: int) -> Slot | None:
    """Return the slot of an actor or director that has some of these characters."""
    return next((s for s in slots if s.label in _ROLES and s.start < end and start < s.end), None)


def _runs(query: Query, readings: Iterable[Reading]) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the words in a row that no reading claims and that may be of a name."""
    free = [word not in _NO_NAMES for word in query.words]
    for reading in readings:
        free[reading.start : reading.end] = [False] * (reading.end - reading.start)
    start = 0
    for i in range(len(query) + 1):
        if i == len(query) or not free[i] or query.breaks[i]:
            if i > start:
                yield start, i
            start = i if i < len(query) and free[i] else i + 1


def _windows(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the places of names in a run of words, from left to right.

    >>> list(_windows(0, 3)), list(_windows(0, 4))
    ([(0, 3), (0, 2), (1, 3)], [(0, 2), (1, 3), (2, 4)])
    """
    if end - start == _LONG_NAME:
        yield start, end
    for low in range(start, end - 1):
        yield low, low + 2

"""The tagger's slots as a second opinion: what the rules did not see becomes a soft condition.

The rules go first, because what they read they read exactly. A slot of words that no condition was
read from, and whose words name someone or some year of the catalogue, is added with its own
probability as its weight. It only ever orders films; it never leaves one out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from matinee.catalogue.words import plain_words
from matinee.query.conditions import Condition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee.query.conditions import Role, Understood
    from matinee.query.lexicon import Lexicon
    from matinee.query.tagger import Slot

_ROLES: Final[dict[str, Role]] = {"Actor": "cast", "Director": "directors"}
_MADE_BY: Final[dict[Role, str]] = {"cast": "with", "directors": "directed by"}
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_DECADE = re.compile(r"((?:1[89]|20)\d)0\W?s")
_SECOND_OPINION = 0.5
"""Factor on a slot's probability: a condition of the rules had words that ask for it."""


def with_slots(understood: Understood, slots: Iterable[Slot], lexicon: Lexicon) -> Understood:
    """Return a query as the rules understood it, with soft conditions for slots they did not see.

    Args:
        understood: the query by rules.
        slots: the tagger's slots of the same text.
        lexicon: the names of the catalogue; a person it does not have is no condition.
    """
    taken = [span for condition in understood.conditions for span in condition.spans]
    asked = {condition.key for condition in understood.conditions}
    found = []
    for slot in slots:
        if any(start < slot.end and slot.start < end for start, end in taken):
            continue
        condition = _condition(slot, understood.text[slot.start : slot.end], lexicon)
        if condition is not None and condition.key not in asked:
            asked.add(condition.key)
            found.append(condition)
    return replace(understood, conditions=(*understood.conditions, *found))


def _condition(slot: Slot, words: str, lexicon: Lexicon) -> Condition | None:
    condition = None
    if slot.label in _ROLES:
        condition = _person(_ROLES[slot.label], words, lexicon)
    elif slot.label == "Year":
        condition = _years(words)
    if condition is None:
        return None
    return replace(
        condition,
        hard=False,
        weight=_SECOND_OPINION * slot.weight,
        words=words,
        spans=((slot.start, slot.end),),
    )


def _person(role: Role, words: str, lexicon: Lexicon) -> Condition | None:
    person = lexicon.person(" ".join(plain_words(words)))
    if person is None:
        return None
    # A role the catalogue does not know of the person is left open: casts are cut short.
    known = role if role in person.roles else ""
    label = f"{_MADE_BY[role] if known else 'with'} {person.name}"
    return Condition(field="person", values=(person.key,), role=known, label=label)


def _years(words: str) -> Condition | None:
    if decade := _DECADE.fullmatch(words.strip()):
        first = int(decade[1]) * 10
        return Condition(field="year", low=first, high=first + 9, label=f"{first}s")
    if _YEAR.fullmatch(words.strip()):
        return Condition(field="year", low=int(words), high=int(words), label=words.strip())
    return None

"""How films are to differ from a liked one: "funnier", "less violent", "newer"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matinee.query.conditions import Condition
from matinee.query.phrases import PhraseTable
from matinee.query.reading import LIKED, Reading

if TYPE_CHECKING:
    from collections.abc import Collection

    from matinee.query.lexicon import NamedTitle
    from matinee.query.tokens import Query

_WEIGHT = 0.6
"""Of a comparison: films are lighter or darker by degrees that facts tell poorly."""
BUT = frozenset(("but", "only", "just", "except"))
"""Words between a liked film and how others are to differ."""

_Change = tuple[str, tuple[str, ...], bool, str]
CHANGES: PhraseTable[_Change] = PhraseTable(
    {
        phrase: change
        for phrases, change in (
            ("funnier|more funny|more comedic|more humor", ("genre", ("Comedy",), False, "")),
            ("lighter|more lighthearted|less serious", ("genre", ("Comedy",), False, "")),
            ("scarier|more scary|creepier", ("genre", ("Horror",), False, "")),
            ("less scary", ("genre", ("Horror",), True, "")),
            ("more romantic|more romance", ("genre", ("Romance",), False, "")),
            ("less romantic|less romance", ("genre", ("Romance",), True, "")),
            ("more action|more action packed", ("genre", ("Action",), False, "")),
            ("less action", ("genre", ("Action",), True, "")),
            ("sadder|more dramatic|more serious", ("genre", ("Drama",), False, "")),
            ("less funny", ("genre", ("Comedy",), True, "")),
            ("more suspenseful|more tense|more thrilling", ("genre", ("Thriller",), False, "")),
            ("darker|grittier|bleaker", ("theme", ("dark", "bleak"), False, "darker")),
            ("slower|slower paced", ("theme", ("slow burn", "slow"), False, "slower")),
            ("weirder|stranger|more surreal", ("theme", ("surreal", "weird"), False, "weirder")),
            ("more violent|gorier", ("theme", ("violence", "gore"), False, "more violent")),
            (
                "less violent|less violence|less bloody|less gory|less gore",
                ("theme", ("violence", "violent", "gore"), True, "less violent"),
            ),
            ("newer|more recent|more modern", ("year", ("newer",), False, "newer than")),
            ("older", ("year", ("older",), False, "older than")),
        )
        for phrase in phrases.split("|")
    }
)
"""Words of comparison: the field, its values, whether they are to be absent, and the label."""


def changes(query: Query, liked: NamedTitle, after: int, genres: Collection[str]) -> list[Reading]:
    """Return how films are to differ from a liked one, all of it soft.

    Args:
        query: the query.
        liked: the film compared with; "newer" is newer than it.
        after: the word behind its name.
        genres: those of the catalogue.
    """
    readings = []
    for start, end, (field, values, negated, label) in CHANGES.scan(query):
        if start < after or query.word(end) == "than":
            continue
        condition = _change(field, values, liked, label, genres)
        if condition is None:
            continue
        if negated:
            shown = condition.label if label else f"less {condition.label}"
            condition = replace(condition, negated=True, label=shown)
        begin = start - (query.word(start - 1) in BUT)
        readings.append(Reading(begin, end, (condition,), rank=LIKED, leaves=True))
    return readings


def _change(
    field: str, values: tuple[str, ...], liked: NamedTitle, label: str, genres: Collection[str]
) -> Condition | None:
    if field == "year":
        if liked.year is None:
            return None
        newer = values == ("newer",)
        return Condition(
            field="year",
            low=liked.year + 1 if newer else None,
            high=None if newer else liked.year - 1,
            hard=False,
            weight=_WEIGHT,
            label=f"{label} {liked.name}",
        )
    if field == "genre":
        if not set(values) & set(genres):
            return None
        return Condition(field="genre", values=values, hard=False, weight=_WEIGHT, label=values[0])
    return Condition(field="theme", values=values, hard=False, weight=_WEIGHT, label=label)

"""Queries that are a title, and quoted words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from matinee.query.conditions import Condition
from matinee.query.reading import Reading
from matinee.query.vocabulary import FILM_NOUNS, FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.query.lexicon import Lexicon, NamedTitle
    from matinee.query.tokens import Query

_LONGEST = 120
"""Characters; no name of a title is longer."""
_COMMON = 0.6
"""Weight of a title that is an ordinary word ("family", "monsters"): a subject is as likely."""
_YEAR = re.compile(r"(.+?)[\s,(\[]+((?:18|19|20)[0-9][0-9])[)\]]?")
_MISSPELT_WORDS = 12
"""Words; longer queries are not typed from memory of a name."""
_ALIKE = 0.75
"""How well a name must fit by the scores of the title index: an edit in seven letters."""
_MARKS = " \t\n\"'“”‘’«»?!."


def whole_title(query: Query, lexicon: Lexicon) -> Condition | None:
    """Return what is asked by a query that is exactly a title, also with its year behind it.

    Its values are the ids of the titles of that name, the most voted first.
    """
    text = query.text.strip()
    if not query.words or len(text) > _LONGEST:
        return None
    named = lexicon.named(text) or lexicon.named(text.strip(_MARKS))
    if not named and (match := _YEAR.fullmatch(text)):
        name = match[1].strip(_MARKS)
        named = _of_year(lexicon.named(name), int(match[2])) if name else ()
    if not named:
        return None
    common = len(query) == 1 and lexicon.is_word(query.words[0])
    return _title(query, named, _COMMON if common else 1.0)


def misspelt_title(query: Query, readings: Sequence[Reading], lexicon: Lexicon) -> Condition | None:
    """Return what is asked by a query that is a title but for a slip ("The French Connecton").

    Its other words would leave the film out. Only asked where a word is unknown, since looking
    for what it resembles takes a millisecond.
    """
    if len(query) > _MISSPELT_WORDS or not any(c.hard for r in readings for c in r.conditions):
        return None
    read = {place for reading in readings for place in range(reading.start, reading.end)}
    known = read | {i for i, word in enumerate(query.words) if word in FUNCTION_WORDS | FILM_NOUNS}
    if all(i in known or lexicon.is_word(word) for i, word in enumerate(query.words)):
        return None
    named = tuple(t for t in lexicon.resembling(query.text.strip()) if t.score >= _ALIKE)
    return _title(query, named, named[0].score) if named else None


def _title(query: Query, named: Sequence[NamedTitle], weight: float) -> Condition:
    span = query.span(0, len(query))
    return Condition(
        field="title",
        values=tuple(title.id for title in named),
        hard=False,
        weight=round(weight, 3),
        label=named[0].name,
        words=query.text[slice(*span)],
        spans=(span,),
    )


def _of_year(named: tuple[NamedTitle, ...], year: int) -> tuple[NamedTitle, ...]:
    """Return the titles of about a year, since festival and cinema releases differ."""
    return tuple(title for title in named if title.year is not None and abs(title.year - year) < 2)


def phrases(query: Query, *, soft: bool) -> list[Reading]:
    """Return the quoted parts of a query; single marks are also put around names and irony."""
    readings = []
    for quoted in query.quoted.values():
        text = " ".join(quoted.text.split())
        condition = Condition(
            field="phrase",
            values=(text,),
            hard=not (soft or quoted.loose),
            label=f"“{text}”",
        )
        readings.append(Reading(quoted.start, quoted.end, (condition,), stays=True))
    return readings

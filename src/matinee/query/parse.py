"""Understanding a query by rules: what it asks of the films, without a model.

Read ``Parser._parse`` from top to bottom. Readers each find one kind of thing; where they claim
the same words, :func:`~matinee.query.reading.settle` decides; negation, joining and stress then
change what was read by the words around it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from matinee.query.audience import Audience
from matinee.query.combine import combine, unique
from matinee.query.conditions import Condition, Understood
from matinee.query.fame import FameWords
from matinee.query.frame import Frame
from matinee.query.genres import Genres
from matinee.query.kinds import Kinds
from matinee.query.likeness import Likeness
from matinee.query.measures import Measures
from matinee.query.negation import negate
from matinee.query.origins import Origins
from matinee.query.people import People
from matinee.query.phrases import PhraseTable
from matinee.query.reading import Reading, settle
from matinee.query.relative_times import relative_times
from matinee.query.rest import rest
from matinee.query.slots import MisspeltPeople, as_wishes
from matinee.query.stress import stress
from matinee.query.times import Times
from matinee.query.titles import misspelt_title, phrases, whole_title
from matinee.query.tokens import Query
from matinee.query.vocabulary import DESCRIPTION_WORDS, MEMORIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee.query.lexicon import Lexicon

_MEMORIES = PhraseTable(dict.fromkeys(MEMORIES, True))
_BESIDE_TITLE = 0.3
"""Factor on the weight of what else the words of a title may ask ("The French Connection")."""
_IN_DESCRIPTION = 0.7
"""Factor on the weight of a hard condition in a description: people misremember."""
_KEPT = 2_048
"""Queries whose reading is kept, some 4 kB each: people page, sort and reload."""
_LONGEST_KEPT = 300
"""Characters of a query that is kept; longer ones are hardly asked twice."""


class Parser:
    """Reads what a query asks of the films of one catalogue.

    Args:
        lexicon: the names of the catalogue.
        today: the day "recent" and "last year" are counted from; the day of construction if None.
    """

    def __init__(self, lexicon: Lexicon, *, today: dt.date | None = None) -> None:
        year = (today or dt.datetime.now(tz=dt.UTC).date()).year
        genres = frozenset(lexicon.genres)
        self._lexicon = lexicon
        self._year = year
        self._genres = Genres(lexicon)
        self._kinds = Kinds(genres)
        self._audience = Audience(genres)
        self._origins = Origins(lexicon)
        self._people = People(lexicon)
        self._misspelt = MisspeltPeople(lexicon)
        self._fame = FameWords(year)
        self._times = Times(lexicon, year)
        self._measures = Measures()
        self._likeness = Likeness(lexicon)
        self._kept = lru_cache(_KEPT)(self._parse)

    def parse(self, text: str) -> Understood:
        """Return what a query asks; a text without words asks nothing."""
        return self._kept(text) if len(text) <= _LONGEST_KEPT else self._parse(text)

    def _parse(self, text: str) -> Understood:
        query = Query(text)
        if not query.words:
            return Understood(text, (), text.strip())
        title = whole_title(query, self._lexicon)
        description = title is None and _is_description(query)
        readings = settle(self._read(query, quotes_soft=title is not None))
        if title is None and not description:
            title = misspelt_title(query, readings, self._lexicon)
        if title is not None:
            beside = [c for r in readings if r.field != "like" for c in r.placed(query)]
            return Understood(text, unique((title, *map(_beside, beside))), text.strip())
        if not description:
            readings = settle([*readings, *self._misspelt.read(query, readings)])
        readings = negate(query, readings, self._lexicon, themes=not description)
        readings = combine(query, readings)
        readings, said = stress(query, readings)
        readings = as_wishes(readings)
        conditions = unique(chain.from_iterable(r.placed(query) for r in readings))
        if description:
            return Understood(text, tuple(map(_recalled, conditions)), text.strip(), True)
        return Understood(text, conditions, rest(query, readings, said))

    def _read(self, query: Query, *, quotes_soft: bool) -> list[Reading]:
        """Return every reading of every reader; they may overlap."""
        kinds = self._kinds.read(query)
        frame = Frame(query, [*self._genres.spans(query), *((r.start, r.end) for r in kinds)])
        named = [*kinds, *self._audience.read(query), *self._genres.read(query)]
        named += self._origins.read(query, frame)
        people = self._people.read(query, frame, _covered(query, named))
        described = _covered(query, [*named, *people])
        fame = self._fame.read(query, frame, described)
        films = _covered(query, [*named, *people, *fame])
        films = [a or b for a, b in zip(films, frame.filmish, strict=True)]
        return [
            *phrases(query, soft=quotes_soft),
            *self._likeness.read(query, films),
            *people,
            *named,
            *fame,
            *self._times.read(query, films),
            *relative_times(query, self._year),
            *self._measures.read(query, frame.filmish),
        ]


def _covered(query: Query, readings: Iterable[Reading]) -> list[bool]:
    covered = [False] * len(query)
    for reading in readings:
        covered[reading.start : reading.end] = [True] * (reading.end - reading.start)
    return covered


def _is_description(query: Query) -> bool:
    return len(query) > DESCRIPTION_WORDS or next(_MEMORIES.scan(query), None) is not None


def _beside(condition: Condition) -> Condition:
    return replace(condition, hard=False, weight=condition.weight * _BESIDE_TITLE)


def _recalled(condition: Condition) -> Condition:
    weight = condition.weight * (_IN_DESCRIPTION if condition.hard else 1.0)
    return replace(condition, hard=False, weight=weight)

"""What a request asks: its text understood, changed as the caller wished, filters added."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.words import plain_words
from matinee.index.names import normalise
from matinee.pipeline.similar import resolve
from matinee.query.conditions import Understood
from matinee.query.slots import with_names
from matinee.query.telling import without_telling

if TYPE_CHECKING:
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.see import Seen
    from matinee.query.conditions import Condition
    from matinee.query.request import SearchRequest
    from matinee.types import Ranked, Rows

_ORIGINS = frozenset(("language", "country"))
_NAMED = 0.8
"""A name this like the query, and about as long, is what the query means."""
_NONE = np.empty(0, np.int64)
_SLACK = 2
"""Characters by which a misspelt name may be longer or shorter than the right one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks of the library.

    Attributes:
        understood: the query and its conditions as they count, for showing.
        hard: what every result satisfies: filters, and hard conditions of the text.
        soft: what results had better satisfy.
        likes: rows the results should resemble.
        named: those and others of the same names; they are not results themselves.
        meaning: the text for the vector index.
        words: the text for the word index.
        bare: whether the conditions are all there is, so that nothing is left to search for.
        reading: the text for the cross-encoder.
        pictured: whether a picture speaks as well.
        words_weight: how much words count beside it, 0 to 1.
    """

    understood: Understood
    hard: tuple[Condition, ...]
    soft: tuple[Condition, ...]
    likes: Rows
    named: Rows
    meaning: str
    words: str
    bare: bool
    reading: str
    pictured: bool = False
    words_weight: float = 1.0


def understand(engine: Engine, request: SearchRequest, named: Ranked | None) -> Asked:
    """Return what a request asks.

    Args:
        engine: an open library.
        request: the request.
        named: titles of which the whole text may be the name, best first, if that was looked up.

    Raises:
        UnknownTitleError: a film that results are to resemble is not in the library.
    """
    text, seeds = request.text, _seeds(engine, request)
    filters = tuple(condition for condition in request.filters if condition.field != "like")
    if not request.understand:
        plain = Understood(text, (), text)
        return Asked(plain, filters, (), seeds, seeds, text, text, False, text)
    parsed = engine.parser.parse(text)
    is_name = named is not None and _is_name(engine, text, named)
    kept, returned = [], []
    for condition in parsed.conditions:
        as_counted = _as_wished(condition, request, is_name=is_name)
        if as_counted is not None:
            kept.append(as_counted)
        if condition.hard and (as_counted is None or not as_counted.hard):
            # Its words had been left out of the search because all results satisfy it.
            returned.append(condition.words)
    rest = " ".join(filter(None, (parsed.rest, *returned)))
    # Who describes a film says what it is like only in passing.
    likes, of_that_name = (_NONE, _NONE) if parsed.description else _likes(engine, kept)
    likes, of_that_name = np.union1d(likes, seeds), np.union1d(of_that_name, seeds)
    bare = not plain_words(rest) and not len(likes)
    # The words of conditions alone still say something, unless they say what must not be.
    searched = with_names(rest, kept) if not bare else "" if all(c.negated for c in kept) else text
    return Asked(
        understood=Understood(text, tuple(kept), rest, parsed.description),
        hard=(*filters, *(c for c in kept if c.hard)),
        soft=tuple(c for c in kept if not c.hard),
        likes=likes,
        named=of_that_name,
        meaning=searched,
        words=without_telling(searched) if parsed.description else searched,
        bare=bare,
        reading=searched,
    )


def beside_picture(asked: Asked, seen: Seen) -> Asked:
    """Return what the words of a request ask beside a picture.

    What they demand and wish for stays. Where conditions are all they have, or the picture has the
    whole share, they are not searched for themselves: the picture says what the films are like.
    """
    caption = seen.told.caption or ""
    meaning, words, likes = asked.meaning, asked.words, asked.likes
    if not seen.words_weight or (asked.bare and not seen.told.joined):
        meaning, words, likes = "", "", _NONE
    elif seen.told.joined:
        own = ("", "") if asked.bare else (meaning, words)
        meaning, words = (" ".join(filter(None, (caption, text))) for text in own)
    return replace(
        asked,
        likes=likes,
        meaning=meaning,
        words=words,
        bare=asked.bare and not seen.told.joined,
        reading=meaning or asked.reading or caption,
        pictured=True,
        words_weight=seen.words_weight,
    )


def _as_wished(condition: Condition, request: SearchRequest, *, is_name: bool) -> Condition | None:
    """Return a condition of the text as it counts in this request, None if it does not."""
    origin = condition.field in _ORIGINS
    if condition.key in request.without or (origin and request.lang_policy == "off"):
        return None
    if is_name or (origin and request.lang_policy == "auto-soft"):
        condition = condition.with_hard(False)
    if condition.key in request.hard:
        return condition.with_hard(True)
    return condition.with_hard(False) if condition.key in request.soft else condition


def _is_name(engine: Engine, text: str, named: Ranked) -> bool:
    """Return whether the text is but a misspelt title; a word in it is no condition then."""
    if not len(named) or named.scores[0] < _NAMED:
        return False
    title = engine.catalogue.title(int(named.rows[0]))
    asked = normalise(text)
    return any(
        abs(len(normalise(name)) - len(asked)) <= _SLACK
        for name in (title.title, title.original_title)
        if name
    )


def _likes(engine: Engine, conditions: list[Condition]) -> tuple[Rows, Rows]:
    """Return the rows to resemble, and those that may have been meant by the same names.

    Of several films of one name the best known one is to be resembled; none of them is an answer.
    """
    likes, named = set(), set()
    for condition in conditions:
        if condition.field == "like" and not condition.negated:
            rows = [
                engine.catalogue.find(identifier)
                for reading in (condition, *condition.alternatives)
                for identifier in reading.values
            ]
            known = [row for row in rows if row is not None]
            likes.update(known[:1])
            named.update(known)
    return np.array(sorted(likes), np.int64), np.array(sorted(named), np.int64)


def _seeds(engine: Engine, request: SearchRequest) -> Rows:
    """Return the rows that the filters say results should resemble."""
    films = [value for c in request.filters if c.field == "like" for value in c.values]
    return np.array(sorted({resolve(engine, film) for film in films}), np.int64)


def softened(asked: Asked, given_up: tuple[Condition, ...]) -> Asked:
    """Return what is asked with some of its hard conditions made soft."""
    if not given_up:
        return asked
    keys = {condition.key for condition in given_up}

    def soften(condition: Condition) -> Condition:
        return condition.with_hard(False) if condition.key in keys else condition

    conditions = tuple(map(soften, asked.understood.conditions))
    return replace(
        asked,
        understood=replace(asked.understood, conditions=conditions),
        hard=tuple(c for c in asked.hard if c.key not in keys),
        soft=(*asked.soft, *(c.with_hard(False) for c in given_up)),
    )

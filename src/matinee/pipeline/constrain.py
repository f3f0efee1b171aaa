"""Conditions over the whole catalogue at once: who satisfies them, and how well.

A title whose fact is unknown satisfies no positive condition, and every negated one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

import numpy as np

from matinee.catalogue.words import plain_words
from matinee.errors import UnknownTitleError
from matinee.pipeline.understanding import softened
from matinee.query.conditions import RANGES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy.typing as npt

    from matinee.catalogue.columns import ChoiceColumn, NumberColumn
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.understanding import Asked
    from matinee.query.conditions import Condition, Fame
    from matinee.query.request import SearchRequest
    from matinee.types import Rows

    Mask = npt.NDArray[np.bool_]

_NUMBERS: Mapping[str, NumberColumn] = {
    "year": "year",
    "runtime": "runtime",
    "votes": "vote_count",
    "rating": "vote_average",
    "age": "age",
}
_CHOICES: Mapping[str, ChoiceColumn] = {
    "language": "languages",
    "country": "countries",
    "genre": "genres",
    "kind": "kind",
}
_FACTS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("language", ""): ("languages", "language"),
    ("country", ""): ("countries", "country"),
    ("person", ""): ("cast", "cast"),
    ("person", "cast"): ("cast", "cast"),
    ("person", "directors"): ("directors", "director"),
    ("person", "writers"): ("writers", "writer"),
    ("runtime", ""): ("runtime", "runtime"),
    ("age", ""): ("certification", "age rating"),
    ("year", ""): ("year", "year"),
    ("genre", ""): ("genres", "genre"),
}
"""Field and role of a condition to the column it asks and what a reader calls it."""
_MANY = 0.1
"""Share of titles from which a fact is said to be unknown of many."""
_FIRST: Mapping[str, ChoiceColumn] = {"language": "first_language", "country": "first_country"}
_ALSO = 0.4
"""How far a film fulfils a wish for a country that is not its first."""
_RECENT = 5.0
"""Years after which a film is half as recent."""
_CLASSIC = (15.0, 40.0)
"""Years from which a film may be called a classic, and at which its age is beyond dispute."""


def constrain(
    engine: Engine, request: SearchRequest, asked: Asked
) -> tuple[Mask | None, Asked, tuple[str, ...]]:
    """Return which rows, bool [n], may be results (None means all), what is still asked, and notes.

    A condition of the text that no title of the library satisfies is made soft, and a note says so:
    more often the fact is missing than the film. A filter is never given up.

    Raises:
        UnknownTitleError: an id of ``request.within`` is not in the library.
    """
    masks, given_up, filters = [], [], {condition.key for condition in request.filters}
    for condition in asked.hard:
        mask = satisfying(engine, condition)
        if condition.key not in filters and not mask.any():
            given_up.append(condition)
        else:
            masks.append(mask)
    if request.within is not None:
        masks.append(_having_ids(engine, request.within))
    if request.exclude:
        masks.append(_all_but(engine, request.exclude))
    if request.min_votes:
        masks.append(engine.columns.between("vote_count", request.min_votes, None))
    if len(asked.named):
        others = np.ones(len(engine.catalogue), np.bool_)
        others[asked.named] = False
        masks.append(others)
    allowed = np.logical_and.reduce(masks) if masks else None
    notes = tuple(
        f"No title of this library is known to be {condition.label or condition.key!r}; "
        "that was taken as a wish"
        for condition in given_up
    )
    return allowed, softened(asked, tuple(given_up)), notes


def what_is_unknown(engine: Engine, conditions: Collection[Condition]) -> tuple[str, ...]:
    """Return, as sentences, which facts that conditions ask for are unknown of many titles.

    Where few titles satisfy what was asked, this is often why.
    """
    asked = {(c.field, c.role) for c in conditions if not c.negated}
    shares = {
        what: engine.columns.unknown(column)
        for (field, role), (column, what) in _FACTS.items()
        if (field, role) in asked
    }
    return tuple(
        f"{share:.0%} of all titles here have no known {what}, so some that fit may be missing"
        for what, share in shares.items()
        if share >= _MANY
    )


def satisfying(engine: Engine, condition: Condition) -> Mask:
    """Return which rows, bool [n], satisfy a condition; an intent is satisfied by all.

    A language that stands in for a country ("Indian" may be known by language alone) counts only
    where no country is known: a French scene does not make a film one from France.
    """
    mask = _reading(engine, condition)
    for other in condition.alternatives:
        also = _reading(engine, replace(other, negated=condition.negated))
        if (condition.field, other.field) == ("country", "language"):
            also = also & ~_known(engine, "countries")
        mask = mask | also
    return ~mask if condition.negated else mask


def fulfilment(engine: Engine, condition: Condition, rows: Rows) -> npt.NDArray[np.float32]:
    """Return how well rows [m] satisfy a condition, float32 [m] in [0, 1].

    A condition that is true or false gives 1 or 0. Fame is a matter of degree, and so is origin: of
    the countries that paid for a film the first is where it is from.
    """
    if condition.field in _FIRST:
        return _origin(engine, condition, rows)
    if condition.field != "fame":
        return satisfying(engine, condition)[rows].astype(np.float32)
    best = np.zeros(len(rows), np.float32)
    for value in condition.values:
        best = np.maximum(best, _fame(engine, value, rows), dtype=np.float32)
    return np.float32(1.0) - best if condition.negated else best


def _origin(engine: Engine, condition: Condition, rows: Rows) -> npt.NDArray[np.float32]:
    degree = satisfying(engine, condition)[rows].astype(np.float32)
    if condition.negated:
        return degree
    first = np.zeros(len(engine.catalogue), np.bool_)
    for reading in (condition, *condition.alternatives):
        if reading.field in _FIRST:
            first |= engine.columns.having(_FIRST[reading.field], reading.values)
    return degree * np.where(first[rows], np.float32(1.0), np.float32(_ALSO))


def _reading(engine: Engine, condition: Condition) -> Mask:
    """Return which rows, bool [n], are as one reading of a condition says, negation aside."""
    field, values, columns = condition.field, condition.values, engine.columns
    if field in RANGES:
        return columns.between(_NUMBERS[field], condition.low, condition.high)
    if field == "language" and not condition.negated:
        # A film is in its first language, but what must not be heard must not be heard at all.
        return columns.having("first_language", values)
    if field in _CHOICES:
        return columns.having(_CHOICES[field], values)
    rows: list[Rows]
    match field:
        case "person":
            rows = [engine.people.rows(key, condition.role).astype(np.int64) for key in values]
        case "title":
            found = (engine.catalogue.find(identifier) for identifier in values)
            rows = [np.array([row for row in found if row is not None], np.int64)]
        case "theme":
            rows = [engine.lexical.containing(words) for words in values]
        case "phrase":
            rows = [_with_phrase(engine, phrase) for phrase in values]
        case _:
            return np.ones(len(engine.catalogue), np.bool_)
    mask = np.zeros(len(engine.catalogue), np.bool_)
    mask[np.concatenate(rows)] = True
    return mask


def _known(engine: Engine, column: ChoiceColumn) -> Mask:
    mask = np.zeros(len(engine.catalogue), np.bool_)
    mask[engine.columns.coded(column).rows] = True
    return mask


def _with_phrase(engine: Engine, phrase: str) -> Rows:
    wanted = f" {' '.join(plain_words(phrase))} "
    rows = engine.lexical.containing(phrase)
    found = [
        any(wanted in f" {' '.join(plain_words(text))} " for text in texts)
        for texts in engine.catalogue.texts(rows)
    ]
    return rows[np.array(found, np.bool_)]


def _fame(engine: Engine, value: str, rows: Rows) -> npt.NDArray[np.float32]:
    quality, fame = engine.prior.quality_rank[rows], engine.prior.fame_rank[rows]
    kind: Fame = value  # type: ignore[assignment]
    match kind:
        case "hidden":
            degree = quality * (1.0 - fame)
        case "famous":
            degree = fame
        case "acclaimed":
            degree = quality
        case "recent":
            degree = np.power(0.5, _age(engine, rows) / _RECENT)
        case "classic":
            low, high = _CLASSIC
            degree = np.clip((_age(engine, rows) - low) / (high - low), 0.0, 1.0) * quality
        case _:
            assert_never(kind)
    return degree.astype(np.float32)


def _age(engine: Engine, rows: Rows) -> npt.NDArray[np.float32]:
    """Return the age of rows in years; a title of unknown year is taken for one of middling age."""
    ages = dt.datetime.now(dt.UTC).year - engine.columns.numbers("year")[rows]
    return np.maximum(np.nan_to_num(ages, nan=_CLASSIC[0]), 0.0).astype(np.float32)


def _having_ids(engine: Engine, ids: Collection[str]) -> Mask:
    allowed = np.zeros(len(engine.catalogue), np.bool_)
    for identifier in ids:
        row = engine.catalogue.find(identifier)
        if row is None:
            raise UnknownTitleError("The library has no title with this id", where=identifier)
        allowed[row] = True
    return allowed


def _all_but(engine: Engine, titles: Collection[str | int]) -> Mask:
    find = engine.catalogue.find
    rows = [title if isinstance(title, int) else find(title) for title in titles]
    allowed = np.ones(len(engine.catalogue), np.bool_)
    allowed[[row for row in rows if row is not None]] = False
    return allowed

"""Whether a title satisfies conditions, by its own facts.

This shares nothing with the masks of a search, so that each can be checked against the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, assert_never

from matinee.catalogue.certification import certificate_age
from matinee.catalogue.words import plain_words
from matinee.index.analyze import terms
from matinee.index.people import person_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee.catalogue.title import Title
    from matinee.query.conditions import Condition, Role


def satisfied(title: Title, conditions: Iterable[Condition]) -> bool:
    """Return whether a title satisfies every condition, by its own facts alone.

    An intent is satisfied by every title, as it leaves none out. An unknown fact satisfies no
    condition, and every negated one.

    >>> from matinee.catalogue.title import Title
    >>> from matinee.query.conditions import Condition
    >>> heat = Title(id="local:1", title="Heat", year=1995)
    >>> satisfied(heat, [Condition(field="year", low=1990, high=1999)])
    True
    >>> satisfied(heat, [Condition(field="runtime", high=120)])
    False
    >>> satisfied(heat, [Condition(field="runtime", high=120, negated=True)])
    True
    """
    return all(
        any(_holds(title, reading) for reading in (condition, *condition.alternatives))
        is not condition.negated
        or condition.field in ("like", "fame")
        for condition in conditions
    )


def _holds(title: Title, condition: Condition) -> bool:
    """Return whether one reading of a condition holds, negation aside."""
    match condition.field:
        case "year" | "runtime" | "votes" | "rating" | "age":
            return _within(_number(title, condition.field), condition)
        case "language":
            return _meet(title.languages, condition)
        case "country":
            return _meet(title.countries, condition)
        case "genre":
            return _meet(title.genres, condition)
        case "kind":
            return _meet((title.kind,), condition)
        case "title":
            return _meet((title.id, *title.ids), condition)
        case "person":
            return not {person_key(name) for name in people(title, condition.role)}.isdisjoint(
                condition.values
            )
        case "theme":
            told = {term for text in _texts(title) for term in terms(text)}
            return any(told.issuperset(terms(value)) for value in condition.values)
        case "phrase":
            texts = [f" {' '.join(plain_words(text))} " for text in _texts(title)]
            phrases = [f" {' '.join(plain_words(value))} " for value in condition.values]
            return any(phrase in text for phrase in phrases for text in texts)
        case "like" | "fame":
            return True
        case _:
            assert_never(condition.field)


def _number(
    title: Title, field: Literal["year", "runtime", "votes", "rating", "age"]
) -> float | None:
    match field:
        case "year":
            return title.year
        case "runtime":
            return title.runtime
        case "votes":
            return title.vote_count
        case "rating":
            return title.vote_average
        case "age":
            return None if title.certification is None else certificate_age(title.certification)
        case _:
            assert_never(field)


def _within(number: float | None, condition: Condition) -> bool:
    if number is None:
        return False
    low, high = condition.low, condition.high
    return (low is None or number >= low) and (high is None or number <= high)


def _meet(facts: Iterable[str], condition: Condition) -> bool:
    wanted = {value.casefold() for value in condition.values}
    return any(fact.casefold() in wanted for fact in facts)


def people(title: Title, role: Role = "") -> tuple[str, ...]:
    """Return the names of a title's people, of one of its lists or of all."""
    lists = {"cast": title.cast, "directors": title.directors, "writers": title.writers}
    return lists[role] if role else (*title.cast, *title.directors, *title.writers)


def _texts(title: Title) -> list[str]:
    texts = (title.title, title.original_title, title.overview, title.tagline)
    return [*filter(None, texts), *title.genres, *title.keywords]

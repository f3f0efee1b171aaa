"""What was understood, as chips: each can be made hard or soft, taken away and put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from matinee.query.conditions import INTENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee.query.conditions import Condition, Understood
    from matinee.service.forms import SearchForm


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition as the page shows it.

    Attributes:
        key: of the condition.
        label: what it says.
        state: "must" if every result satisfies it, "ideally" if it is a wish (of filters, that
            results resemble a film), "removed" if it does not count.
        origin: "query" if it was read from the text, "filter" if it was added.
        words: the words it was read from.
        toggle: address with the state changed; None for what is always hard or always soft.
        remove: address without it, or with it again where it had been removed.
    """

    key: str
    label: str
    state: Literal["must", "ideally", "removed"]
    origin: Literal["query", "filter"]
    words: str
    toggle: str | None
    remove: str


def chips(form: SearchForm, counted: Understood, read: Understood) -> tuple[Chip, ...]:
    """Return the chips of a search: those of the text in the order of its words, then filters.

    Args:
        form: what was asked for.
        counted: the conditions as they counted.
        read: the conditions as they were read from the text.
    """
    states = {condition.key: condition for condition in counted.conditions}
    found: dict[str, Chip] = {}
    for condition in read.conditions:
        key = condition.key
        if key in form.without:
            put_back = form.but(without=_less(form.without, key)).url()
            found[key] = Chip(
                key, label_of(condition), "removed", "query", condition.words, None, put_back
            )
        elif key in states:
            found[key] = _counting(form, states[key])
    filters = [_filter(form, condition) for condition in form.filters]
    return (*found.values(), *filters)


def current(form: SearchForm, read: Understood) -> SearchForm:
    """Return the form without keys that no condition of the text has (any more)."""
    keys = {condition.key for condition in read.conditions}
    return form.but(
        page=form.page,
        without=tuple(key for key in form.without if key in keys),
        hard=tuple(key for key in form.hard if key in keys),
        soft=tuple(key for key in form.soft if key in keys),
    )


def label_of(condition: Condition) -> str:
    """Return how a condition is shown."""
    return condition.label or condition.key


def labels(conditions: Iterable[Condition]) -> dict[str, str]:
    """Return how conditions are shown, by their keys."""
    return {condition.key: label_of(condition) for condition in conditions}


def _counting(form: SearchForm, condition: Condition) -> Chip:
    key = condition.key
    as_read = form.but(hard=_less(form.hard, key), soft=_less(form.soft, key))
    if as_read.carried != form.carried:
        toggled = as_read
    elif condition.hard:
        toggled = as_read.but(soft=(*as_read.soft, key))
    else:
        toggled = as_read.but(hard=(*as_read.hard, key))
    return Chip(
        key=key,
        label=label_of(condition),
        state="must" if condition.hard else "ideally",
        origin="query",
        words=condition.words,
        toggle=None if condition.field in INTENTS else toggled.url(),
        remove=as_read.but(without=(*form.without, key)).url(),
    )


def _filter(form: SearchForm, condition: Condition) -> Chip:
    rest = tuple(other for other in form.filters if other.key != condition.key)
    address = form.but(filters=rest).url()
    state: Literal["must", "ideally"] = "ideally" if condition.field in INTENTS else "must"
    return Chip(condition.key, label_of(condition), state, "filter", "", None, address)


def _less(keys: tuple[str, ...], key: str) -> tuple[str, ...]:
    return tuple(other for other in keys if other != key)

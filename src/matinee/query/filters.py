"""Filters written as text: the keys of conditions, as addresses, forms and command lines hold them.

``field:value``, ``field:one|another`` (any of them), ``field:low..high`` (both included, either may
be left out), a minus before it for "must not": ``year:1990..1999``, ``runtime:..120``,
``-genre:Horror``, ``language:ml|ta``, ``person.directors:agnes varda``.
Of a search also ``like:`` with the id or the name of a film, which excludes nothing: results are to
resemble it.
"""

from __future__ import annotations

import math
from typing import cast, get_args

from matinee.catalogue.countries import country_code, country_name
from matinee.catalogue.languages import language_code, language_name
from matinee.catalogue.words import plain_words
from matinee.errors import QueryError
from matinee.query.conditions import CHOICES, RANGES, ChoiceField, Condition, RangeField, Role
from matinee.query.times import years_label

_ROLES: tuple[str, ...] = get_args(Role)
_KINDS = ("film", "series")
_UNITS = {"runtime": " min", "votes": " votes", "age": " years"}


def parse_filter(text: str) -> Condition:
    """Return the hard condition that a filter means.

    Languages and countries may be given by name or code, people in any case and with accents.

    Raises:
        QueryError: it is not of the form above, or names what does not exist.

    >>> parse_filter("year:1990..1999").key
    'year:1990..1999'
    >>> parse_filter("-language:Malayalam|hi").key
    '-language:ml|hi'
    >>> parse_filter("person.directors:Agnès Varda").key
    'person.directors:agnes varda'
    """
    body = text.strip()
    negated = body.startswith("-")
    name, colon, value = body.removeprefix("-").partition(":")
    field, _, role = name.strip().casefold().partition(".")
    if not colon or not value.strip():
        raise QueryError(
            f"The filter {text!r:.80} has no value",
            cure="Write field:value, for example year:1990..1999 or -genre:Horror",
        )
    if role not in _ROLES or (role and field != "person"):
        raise QueryError(
            f"There is no part {role!r:.40} of {field!r:.40}",
            cure="Use person, person.cast, person.directors or person.writers",
        )
    if field in RANGES:
        return _range(cast(RangeField, field), value, negated=negated)
    if field in CHOICES:
        return _choice(cast(ChoiceField, field), value, cast(Role, role), negated=negated)
    raise QueryError(
        f"There is no filter {field!r:.60}", cure=f"Use one of: {', '.join((*RANGES, *CHOICES))}"
    )


def parse_search_filter(text: str) -> Condition:
    """Return the condition that a filter of a search means: as :func:`parse_filter`, or a likeness.

    A likeness has one value, the id or the name of a film, which is looked up when it is searched.

    Raises:
        QueryError: as there, or a likeness is turned round.

    >>> parse_search_filter("like: Crouching Tiger, Hidden Dragon").values
    ('Crouching Tiger, Hidden Dragon',)
    >>> parse_search_filter("-genre:Horror").key
    '-genre:Horror'
    """
    name, _, value = text.strip().partition(":")
    field, film = name.strip().casefold(), value.strip()
    if field == "-like":
        raise QueryError(
            f"The filter {text!r:.80} cannot be turned round",
            cure="Leave a film out with exclude, and its like with a filter such as -genre:Horror",
        )
    if field != "like" or not film:
        return parse_filter(text)
    return Condition(field="like", values=(film,), hard=False, label=f"like {film}")


def _range(field: RangeField, value: str, *, negated: bool) -> Condition:
    first, dots, last = value.partition("..")
    low = _number(field, first)
    high = _number(field, last) if dots else low
    unit = _UNITS.get(field, "")
    if field == "year" and (low is not None or high is not None):
        shown = years_label(*(None if bound is None else int(bound) for bound in (low, high)))
    elif low is not None and high is not None:
        shown = f"{low:g}{unit}" if low == high else f"{low:g} to {high:g}{unit}"
    else:
        shown = f"{low:g}{unit} or more" if low is not None else f"{high or 0:g}{unit} or less"
    if field in {"rating", "age"}:
        shown = f"{field} {shown}"
    return Condition(
        field=field, low=low, high=high, negated=negated, label=f"not {shown}" if negated else shown
    )


def _number(field: str, text: str) -> float | None:
    text = text.strip()
    if not text:
        return None
    try:
        number = float(text[:20])
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise QueryError(
            f"{field} is {text[:40]!r}", cure=f"Give a number, or a range such as {field}:10..20"
        )
    return number


def _choice(field: ChoiceField, value: str, role: Role, *, negated: bool) -> Condition:
    given = [part.strip() for part in value.split("|") if part.strip()]
    values = tuple(dict.fromkeys(_value(field, part) for part in given))
    shown = " or ".join(_label(field, part) for part in values)
    return Condition(
        field=field,
        values=values,
        role=role,
        negated=negated,
        label=f"not {shown}" if negated else shown,
    )


def _value(field: ChoiceField, text: str) -> str:
    match field:
        case "language":
            found = language_code(text)
        case "country":
            found = country_code(text)
        case "kind":
            found = text.casefold() if text.casefold() in _KINDS else None
        case "person":
            found = " ".join(plain_words(text)) or None
        case _:
            return text
    if found is None:
        raise QueryError(
            f"There is no {field} {text!r:.60}",
            cure=f"Use one of: {', '.join(_KINDS)}" if field == "kind" else "Give its name or code",
        )
    return found


def _label(field: ChoiceField, value: str) -> str:
    match field:
        case "language":
            return language_name(value) or value
        case "country":
            return country_name(value) or value
        case "person":
            return value.title()
        case "theme" | "phrase":
            return f"“{value}”"
        case _:
            return value

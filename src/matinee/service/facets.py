"""What the candidates are, as links that narrow an answer down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.catalogue.certification import certificate_age
from matinee.catalogue.countries import country_name
from matinee.catalogue.languages import language_name
from matinee.query.filters import parse_filter
from matinee.service.scene import gettext

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matinee.service.forms import SearchForm

FACETS = ("genre", "language", "country", "decade", "kind", "certification")
"""The facets in the order the page shows them."""
LENGTH = 6
"""Values of a facet that are shown."""
_CERTIFICATES = 3
"""Certificates named of those that ask for one age."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet.

    Attributes:
        label: how it is shown.
        count: candidates that have it.
        chosen: whether it is filtered by.
        url: address with it filtered by, or without that if it is.
    """

    label: str
    count: int
    chosen: bool
    url: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A way the candidates differ.

    Attributes:
        name: one of :data:`FACETS`.
        values: what they are, the most frequent first; decades and ages in order.
    """

    name: str
    values: tuple[Value, ...]


def facets(form: SearchForm, counts: Mapping[str, Mapping[str, int]]) -> tuple[Facet, ...]:
    """Return the facets that would narrow the answer down: those of two values and more."""
    found = []
    for name in FACETS:
        entries = _entries(name, counts.get(name, {}))
        values = [_value(form, *entry) for entry in entries]
        # The most frequent are kept, and in the order they came in.
        kept = sorted(values, key=lambda value: (not value.chosen, -value.count))[:LENGTH]
        if len(values) > 1 or any(value.chosen for value in values):
            found.append(Facet(name, tuple(value for value in values if value in kept)))
    return tuple(found)


def _entries(name: str, counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Return filter, label and count of each value of a facet."""
    if name == "decade":
        decades = sorted(counts.items(), reverse=True)
        return [(f"year:{d}..{int(d) + 9}", f"{d}s", count) for d, count in decades]
    if name == "certification":
        return _ages(counts)
    named = _NAMES.get(name)
    return [
        (f"{name}:{value}", gettext((named(value) if named else None) or value.capitalize()), count)
        for value, count in counts.items()
    ]


def _ages(counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Return the ages certificates ask for; the same age has other letters at every board."""
    by_age: dict[int, list[tuple[str, int]]] = {}
    for certificate, count in counts.items():
        age = certificate_age(certificate)
        if age is not None:
            by_age.setdefault(age, []).append((certificate, count))
    return [
        (
            f"age:{age}",
            ", ".join(name for name, _ in group[:_CERTIFICATES]),
            sum(count for _, count in group),
        )
        for age, group in sorted(by_age.items())
    ]


_NAMES: Mapping[str, Callable[[str], str | None]] = {
    "language": language_name,
    "country": country_name,
    "genre": str,
}


def _value(form: SearchForm, text: str, label: str, count: int) -> Value:
    condition = parse_filter(text)
    rest = tuple(other for other in form.filters if other.key != condition.key)
    chosen = len(rest) < len(form.filters)
    filters = rest if chosen else (*rest, condition)
    return Value(label, count, chosen, form.but(filters=filters).url())

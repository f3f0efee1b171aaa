"""What a title lacks, and a title with it filled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from matinee.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from matinee.catalogue.title import Title

FIELDS = (
    "overview",
    "original_title",
    "year",
    "release_date",
    "genres",
    "cast",
    "directors",
    "writers",
    "countries",
    "languages",
    "runtime",
    "certification",
    "vote_average",
    "vote_count",
)
"""Fields that may be filled. Ids are not: they decide which rows are one title, and a wrong one
would join two films. Posters are not: those of OMDb are at hosts that are not asked for any."""
_VOTES = frozenset(("vote_average", "vote_count"))


def check_fields(names: Iterable[str], option: str) -> tuple[str, ...]:
    """Return names of fields, each once.

    Raises:
        InputError: one is not of :data:`FIELDS`.
    """
    given = tuple(dict.fromkeys(names))
    if unknown := [name for name in given if name not in FIELDS]:
        raise InputError(
            f"There is no field {unknown[0]!r:.60} to fill",
            where=option,
            cure=f"The fields are: {', '.join(FIELDS)}",
        )
    return given


def lacking(title: Title, fields: Iterable[str]) -> tuple[str, ...]:
    """Return those of the fields that a title has nothing in."""
    return tuple(name for name in fields if getattr(title, name) in (None, ()))


def fill(
    ours: Title, theirs: Title, *, source: str, overwrite: Collection[str] = ()
) -> tuple[Title, tuple[str, ...]]:
    """Return a title with what it lacks, and the names of the fields that were filled.

    The mean vote and the count of votes are of one source: they are filled together where both are
    absent, or where one of them is to be overwritten.

    Args:
        ours: the title; what it has is kept.
        theirs: what is known elsewhere.
        source: name of that, for ``sources``.
        overwrite: fields in which what is there gives way.
    """
    values: dict[str, Any] = {}
    votes_wanted = bool(_VOTES & set(overwrite)) or len(lacking(ours, _VOTES)) == len(_VOTES)
    for name in FIELDS:
        value = getattr(theirs, name)
        if value in (None, ()) or value == getattr(ours, name):
            continue
        if name in _VOTES:
            wanted = votes_wanted and not lacking(theirs, _VOTES)
        else:
            wanted = name in overwrite or bool(lacking(ours, (name,)))
        # The title itself is no original title of its own.
        if wanted and not (name == "original_title" and value == ours.title):
            values[name] = value
    if not values:
        return ours, ()
    sources = tuple(dict.fromkeys((*ours.sources, source)))
    return replace(ours, sources=sources, **values), tuple(values)

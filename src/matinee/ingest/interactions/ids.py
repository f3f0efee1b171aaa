"""Ids of titles and names of people, from cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.catalogue.identity import is_id
from matinee.errors import InputError
from matinee.ingest.source import Reading
from matinee.ingest.text import optional
from matinee.ingest.values import imdb_id, numbered_id, own_id

if TYPE_CHECKING:
    from matinee.ingest.source import Sample

_NUMBERED = frozenset(("tmdb", "tmdb-tv", "movielens"))
"""Namespaces whose ids are whole numbers."""


def person(value: object) -> str | None:
    """Return the name of a person, None for an empty cell.

    >>> person(7.0), person(" ada "), person(None)
    ('7', 'ada', None)
    """
    if value != value:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return optional(value)


def title(value: object, namespace: str | None, sample: Sample, column: str) -> str | None:
    """Return the id of a title, None for an empty cell and for what has no form of an id.

    An id that has its namespace keeps it.

    Raises:
        InputError: it has none, and neither the file nor the caller tells it.
    """
    text = person(value)
    if text is None or is_id(text):
        return text
    if namespace is None:
        raise InputError(
            f"It is not told of whom the ids are, such as {text!r:.40}",
            where=f"{sample.path}, column {column}",
            cure='Give namespace="tmdb", "imdb", "movielens" or a name of your own',
        )
    if namespace == "imdb":
        return imdb_id(Reading(sample), column, text)
    if namespace in _NUMBERED:
        return numbered_id(Reading(sample), namespace, column, text)
    return own_id(text, namespace)

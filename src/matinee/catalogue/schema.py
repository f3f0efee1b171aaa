"""The Arrow schema of a catalogue, and the way between its rows and :class:`Title`."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from matinee.catalogue.title import Title

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA_VERSION = 1
"""Raised when a column is added, removed or changes its meaning."""

_TEXTS = pa.list_(pa.field("item", pa.string(), nullable=False))

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("ids", _TEXTS, nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("original_title", pa.string()),
        pa.field("year", pa.int16()),
        pa.field("release_date", pa.date32()),
        pa.field("overview", pa.string()),
        pa.field("tagline", pa.string()),
        pa.field("genres", _TEXTS, nullable=False),
        pa.field("keywords", _TEXTS, nullable=False),
        pa.field("cast", _TEXTS, nullable=False),
        pa.field("directors", _TEXTS, nullable=False),
        pa.field("writers", _TEXTS, nullable=False),
        pa.field("countries", _TEXTS, nullable=False),
        pa.field("languages", _TEXTS, nullable=False),
        pa.field("runtime", pa.int16()),
        pa.field("certification", pa.string()),
        pa.field("vote_average", pa.float32()),
        pa.field("vote_count", pa.int32()),
        pa.field("popularity", pa.float32()),
        pa.field("poster_path", pa.string()),
        pa.field("sources", _TEXTS, nullable=False),
    ],
    metadata={"matinee.schema": str(SCHEMA_VERSION)},
)
"""One row a title; lists are empty rather than null."""

LIST_FIELDS = tuple(f.name for f in SCHEMA if pa.types.is_list(f.type))
_TITLE_FIELDS = tuple(f.name for f in fields(Title))


def to_table(titles: Iterable[Title]) -> pa.Table:
    """Return a table of :data:`SCHEMA`, row i for title i."""
    items = list(titles)
    columns = {name: [getattr(t, name) for t in items] for name in SCHEMA.names}
    return pa.table(columns, schema=SCHEMA)


def from_row(row: dict[str, Any]) -> Title:
    """Return the title of one row of a table of :data:`SCHEMA`."""
    values = {name: row[name] for name in _TITLE_FIELDS}
    for name in LIST_FIELDS:
        values[name] = tuple(values[name] or ())
    return Title(**values)

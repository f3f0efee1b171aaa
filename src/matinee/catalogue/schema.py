"""The Arrow schema of a catalogue, and the way between its rows and :class:`Title`.

What another version of Matinee wrote is read as well: :func:`differences` tells what is other than
here, :func:`conformed` makes it the same. The rule is in docs/datamodel.md.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from matinee.catalogue.title import Title
from matinee.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA_VERSION = 1
"""Raised when a column is added, removed or changes its type or meaning."""
VERSION_KEY = b"matinee.schema"
"""Where a file says its version."""

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
    metadata={VERSION_KEY: str(SCHEMA_VERSION)},
)
"""One row a title; lists are empty rather than null."""

REQUIRED = ("id", "kind", "title")
"""Columns without which a row is no title; any other that a file lacks is absent in all rows."""

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


@dataclass(frozen=True, slots=True)
class Differences:
    """What a schema has other than :data:`SCHEMA`.

    Attributes:
        version: the version the file says it has, None where it says nothing.
        missing: columns that are absent, and will be in every row.
        unknown: columns no title has; they are left out.
        changed: columns of another type whose values can be taken over, with both types.
        faults: why the table cannot be read, each a sentence; a cure is :data:`CURE`.
    """

    version: int | None
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    changed: tuple[str, ...]
    faults: tuple[str, ...]

    def notes(self) -> tuple[str, ...]:
        """Return what a reader should know, a sentence each, without full stops."""
        said = []
        if self.version is not None and self.version > SCHEMA_VERSION:
            said.append(
                f"written in version {self.version} of the schema, by a newer Matinee; this one "
                f"knows version {SCHEMA_VERSION} and reads the columns it knows"
            )
        if self.missing:
            said.append(f"has no column {_listed(self.missing)}: absent in every row")
        if self.unknown:
            said.append(f"the column {_listed(self.unknown)} is not known and was left out")
        return tuple(said)


CURE = "Write the column in the type of docs/datamodel.md, or leave it out"


def differences(schema: pa.Schema) -> Differences:
    """Return what a schema has other than :data:`SCHEMA`; the order of columns is none."""
    told = (schema.metadata or {}).get(VERSION_KEY, b"")
    faults = [f"it has no column {name}" for name in REQUIRED if name not in schema.names]
    faults += [f"it has two columns {n}" for n in SCHEMA.names if schema.names.count(n) > 1]
    changed = []
    for field in SCHEMA:
        here = schema.names.count(field.name) == 1
        theirs = schema.field(field.name).type if here else field.type
        if _plain(theirs) == _plain(field.type):
            continue
        said = f"{field.name}: {theirs} instead of {field.type}"
        if _family(theirs) in _TAKEN[_family(field.type)]:
            changed.append(said)
        else:
            faults.append(f"the column {said}, which it cannot become")
    return Differences(
        version=int(told) if told.isdigit() else None,
        missing=tuple(n for n in SCHEMA.names if n not in schema.names and n not in REQUIRED),
        unknown=tuple(n for n in schema.names if n not in SCHEMA.names),
        changed=tuple(changed),
        faults=tuple(faults),
    )


def conformed(table: pa.Table, *, nulls: bool = False) -> pa.Table:
    """Return a table in :data:`SCHEMA`: columns in order, types cast, what is missing absent.

    Every title has an ``id`` among its ``ids`` and a source, so where these columns are missing
    they become the id alone and ``matinee``.

    Args:
        table: what to read.
        nulls: let them stand where none may be, for whoever wants to count them.

    Raises:
        InputError: a column is missing that must be there, or a value does not fit its type.
    """
    if table.schema.equals(SCHEMA):
        return table.replace_schema_metadata(SCHEMA.metadata)
    found = differences(table.schema)
    if found.faults:
        raise InputError(f"The catalogue cannot be read: {found.faults[0]}", cure=CURE)
    columns = [_column(table, field, nulls=nulls) for field in SCHEMA]
    return pa.table(columns, schema=SCHEMA)


def _column(table: pa.Table, field: pa.Field, *, nulls: bool) -> pa.ChunkedArray | pa.Array:
    name, rows = field.name, table.num_rows
    if name in table.column_names:
        column = table.column(name)
        if pa.types.is_null(column.type) and field.nullable:
            return pa.nulls(rows, field.type)
        try:
            if pa.types.is_dictionary(column.type):
                column = column.cast(column.type.value_type)
            column = column.cast(field.type)
        except pa.ArrowException as error:
            raise InputError(
                f"A value of the column {name} does not fit: {str(error).splitlines()[0]}",
                where=f"{table.column(name).type} instead of {field.type}",
                cure=CURE,
            ) from error
        return column if nulls else _without_nulls(column, field)
    if name in _ALWAYS:
        own = pa.array(["matinee"]).take(pa.array([0] * rows, pa.int32()))
        entries = table.column("id").combine_chunks() if name == "ids" else own
        return pa.ListArray.from_arrays(
            pa.array(range(rows + 1), pa.int32()), entries.cast(pa.string()), type=field.type
        )
    if pa.types.is_list(field.type):
        return pa.array([[]] * rows, field.type)
    return pa.nulls(rows, field.type)


_ALWAYS = frozenset(("ids", "sources"))


def _without_nulls(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    """Return the column, lists that are null made empty; refuse nulls where none may be."""
    inside = pa.types.is_list(field.type) and pc.list_flatten(column).null_count
    if not inside and (field.nullable or not column.null_count):
        return column
    if not inside and pa.types.is_list(field.type):
        return pc.if_else(column.is_valid(), column, pa.scalar([], field.type))
    raise InputError(
        f"The column {field.name} is null in some row",
        where="it may never be",
        cure="Give every row a value there, or remove it",
    )


_Family = Literal["text", "texts", "whole", "number", "day", "time", "null", "other"]
# What may become what: the same thing in more or fewer bytes, or as pandas writes it, for whom a
# column of whole numbers with gaps is float64 and one without any value has no type.
_TAKEN: dict[_Family, frozenset[_Family]] = {
    "text": frozenset(("text", "null")),
    "texts": frozenset(("texts", "null")),
    "whole": frozenset(("whole", "number", "null")),
    "number": frozenset(("whole", "number", "null")),
    "day": frozenset(("day", "time", "null")),
}


def _family(kind: pa.DataType) -> _Family:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return "texts" if _family(kind.value_type) in ("text", "null") else "other"
    if pa.types.is_integer(kind):
        return "whole"
    if pa.types.is_floating(kind):
        return "number"
    if pa.types.is_date(kind):
        return "day"
    if pa.types.is_timestamp(kind):
        return "time"
    return "null" if pa.types.is_null(kind) else "other"


def _plain(kind: pa.DataType) -> pa.DataType:
    """Return a type without the names and the nullability of what is in its lists."""
    return pa.list_(kind.value_type) if pa.types.is_list(kind) else kind


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)

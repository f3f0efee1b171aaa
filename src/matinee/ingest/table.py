"""Tables known by their columns: our own Parquet, and any other table with a title."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matinee.catalogue.schema import CURE, REQUIRED, SCHEMA, VERSION_KEY, differences
from matinee.catalogue.title import Title
from matinee.errors import SourceError
from matinee.ingest.build import build
from matinee.ingest.columns import guess, is_tmdb, resolve
from matinee.ingest.rows import parquet_records, parquet_schema, table_records
from matinee.ingest.source import Alone
from matinee.ingest.text import items
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee.ingest.source import Reading, Sample

_OWN = {name: name for name in SCHEMA.names if name != "sources"}


class OwnParquet(Alone):
    """Reads a catalogue this package has written, in any version of the schema.

    Reading one of this version changes nothing.
    """

    name = "matinee"

    def matches(self, sample: Sample) -> bool:
        """Tell whether the file says that it is ours, or has every column of our schema."""
        if sample.form != "parquet" or not sample.has(*REQUIRED):
            return False
        # Other programs drop what a file says of itself, but keep its columns.
        said = VERSION_KEY in (parquet_schema(sample.path).metadata or {})
        return said or sample.has(*SCHEMA.names)

    def read(self, reading: Reading) -> Iterator[Title | Reject]:
        """Yield the titles, checked as those of any other source.

        Raises:
            SourceError: a column has a type whose values cannot be taken over.
        """
        path = reading.sample.path
        schema = parquet_schema(path)
        found = differences(schema)
        if found.faults:
            raise SourceError(
                f"the file is not read: {found.faults[0]}", where=str(path), cure=CURE
            )
        reading.warnings += found.notes()
        for record in parquet_records(reading, [n for n in SCHEMA.names if n in schema.names]):
            title = build(reading, record, _OWN, source=self.name)
            if isinstance(title, Title):
                title = replace(title, sources=items(record.get("sources") or (self.name,)))
            yield from reading.notes()
            yield title


class AnyTable(Alone):
    """Reads CSV, TSV, semicolon tables and Parquet by the names of their columns."""

    name = "table"

    def matches(self, sample: Sample) -> bool:
        """Tell whether one of the columns is a title."""
        return sample.form in ("table", "parquet") and "title" in guess(sample.columns)

    def read(self, reading: Reading) -> Iterator[Title | Reject]:
        """Yield the titles of the table."""
        sample = reading.sample
        columns = resolve(sample.path, sample.columns, reading.mapping)
        tmdb = is_tmdb(sample.columns)
        for record in table_records(reading):
            if isinstance(record, Reject):
                yield record
                continue
            title = build(reading, record, columns, source=self.name, tmdb=tmdb)
            yield from reading.notes()
            yield title

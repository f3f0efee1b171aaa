"""Tables known by their columns: our own Parquet, and any other table with a title."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matinee.catalogue.schema import SCHEMA
from matinee.catalogue.title import Title
from matinee.ingest.build import build
from matinee.ingest.columns import guess, is_tmdb, resolve
from matinee.ingest.rows import parquet_records, table_records
from matinee.ingest.source import Alone
from matinee.ingest.text import items
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee.ingest.source import Reading, Sample

_OWN = {name: name for name in SCHEMA.names if name != "sources"}


class OwnParquet(Alone):
    """Reads a catalogue this package has written; reading it changes nothing."""

    name = "matinee"

    def matches(self, sample: Sample) -> bool:
        """Tell whether the file has every column of our schema."""
        return sample.form == "parquet" and sample.has(*SCHEMA.names)

    def read(self, reading: Reading) -> Iterator[Title | Reject]:
        """Yield the titles, checked as those of any other source."""
        for record in parquet_records(reading, SCHEMA.names):
            title = build(reading, record, _OWN, source=self.name)
            if isinstance(title, Title):
                title = replace(title, sources=items(record["sources"] or (self.name,)))
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

"""The Movies Dataset: TMDb films of 2017 with Python literals in their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matinee.ingest.build import build
from matinee.ingest.credits import read_credits
from matinee.ingest.rows import side_table, table_records
from matinee.ingest.text import names
from matinee.ingest.tmdb5000 import COLUMNS
from matinee.ingest.values import positive
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee.catalogue.title import Title
    from matinee.ingest.source import Reading, Sample

_HEADER = ("adult", "belongs_to_collection", "id", "imdb_id", "production_countries", "video")
_FLAGS = frozenset(("True", "False", "true", "false", ""))


class MoviesDataset:
    """Reads ``movies_metadata.csv`` with ``credits.csv``, ``keywords.csv`` and ``links.csv``.

    Its known broken lines (a record cut in two, so that a date stands where the id belongs) are
    set aside with their line.
    """

    name = "movies-dataset"

    def matches(self, sample: Sample) -> bool:
        """Tell whether the header is that of ``movies_metadata.csv``."""
        return sample.form == "table" and sample.has(*_HEADER, "title")

    def companion(self, sample: Sample) -> str | None:
        """Return the role of the three tables beside it."""
        if sample.form != "table" or sample.has("title"):
            return None
        if sample.has("cast", "crew", "id"):
            return "credits"
        if sample.has("id", "keywords"):
            return "keywords"
        return "links" if sample.has("movieId", "tmdbId") else None

    def read(self, reading: Reading) -> Iterator[Title | Reject]:
        """Yield the films of the table."""
        people = read_credits(reading.companions.get("credits"), "id")
        keywords = reading.companions.get("keywords")
        words = {r["id"]: names(r["keywords"]) for r in side_table(keywords)} if keywords else {}
        links = reading.companions.get("links")
        numbers = {r["tmdbId"]: r["movieId"] for r in side_table(links)} if links else {}
        for record in table_records(reading):
            if isinstance(record, Reject):
                yield record
                continue
            number = str(record["id"])
            record["keywords"] = words.get(number, ())
            title = self._title(reading, record | people.get(number, {}), numbers.get(number))
            yield from reading.notes()
            yield title

    def _title(
        self, reading: Reading, record: dict[str, Any], movielens: str | None
    ) -> Title | Reject:
        if positive(record["id"]) is None or record["adult"] not in _FLAGS:
            return reading.reject(
                "id",
                record["id"],
                "is not a number of TMDb",
                "Join the lines that a line break in a cell has cut in two",
            )
        other = positive(movielens)
        return build(
            reading,
            record,
            COLUMNS,
            source=self.name,
            ids=(f"movielens:{other}",) if other else (),
            kind="film",
            tmdb=True,
        )

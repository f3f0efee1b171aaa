"""The TMDB 5000 tables: films with JSON in their columns, and their cast and crew beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matinee.ingest.build import build
from matinee.ingest.credits import read_credits
from matinee.ingest.rows import table_records
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee.catalogue.title import Title
    from matinee.ingest.source import Reading, Sample

COLUMNS = {
    "title": "title",
    "original_title": "original_title",
    "id": "id",
    "release_date": "release_date",
    "overview": "overview",
    "tagline": "tagline",
    "genres": "genres",
    "keywords": "keywords",
    "cast": "cast",
    "directors": "directors",
    "writers": "writers",
    "countries": "production_countries",
    "languages": "original_language",
    "spoken_languages": "spoken_languages",
    "runtime": "runtime",
    "vote_average": "vote_average",
    "vote_count": "vote_count",
    "popularity": "popularity",
    "poster_path": "poster_path",
    "imdb_id": "imdb_id",
}
"""Field to column, as TMDb names them."""
_HEADER = ("id", "title", "genres", "keywords", "original_language", "production_countries")


class Tmdb5000:
    """Reads ``tmdb_5000_movies.csv``, joined with ``tmdb_5000_credits.csv`` where it is given."""

    name = "tmdb-5000"

    def matches(self, sample: Sample) -> bool:
        """Tell whether the header is that of the table of films."""
        return sample.form == "table" and sample.has(*_HEADER) and not sample.has("adult")

    def companion(self, sample: Sample) -> str | None:
        """Return ``credits`` for the table of cast and crew."""
        is_credits = sample.form == "table" and sample.has("movie_id", "title", "cast", "crew")
        return "credits" if is_credits else None

    def read(self, reading: Reading) -> Iterator[Title | Reject]:
        """Yield the films of the table."""
        people = read_credits(reading.companions.get("credits"), "movie_id")
        for record in table_records(reading):
            if isinstance(record, Reject):
                yield record
                continue
            title = self._title(reading, record | people.get(str(record["id"]), {}))
            yield from reading.notes()
            yield title

    def _title(self, reading: Reading, record: dict[str, Any]) -> Title | Reject:
        return build(reading, record, COLUMNS, source=self.name, kind="film", tmdb=True)

"""MovieLens: ``movies.csv`` with its links and ratings, and the ``::`` files of MovieLens 1M."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matinee.ingest.build import build
from matinee.ingest.files import lines_of, open_bytes, open_text
from matinee.ingest.rows import (
    csv_records,
    header,
    parquet_records,
    side_table,
    table_records,
)
from matinee.ingest.source import Reading
from matinee.ingest.text import clean
from matinee.ingest.values import imdb_id, positive
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee.catalogue.title import Title
    from matinee.ingest.source import Sample

_COLUMNS = {
    "title": "title",
    "original_title": "original_title",
    "year": "year",
    "genres": "genres",
    "vote_average": "vote_average",
    "vote_count": "vote_count",
}
_YEAR = re.compile(r"(.*?)\s*\((\d{4})(?:\s*[-–]\s*(?:\d{4})?)?\)")
_BRACKETS = re.compile(r"(.+?)\s+\(([^()]*)\)")
_ARTICLE = re.compile(
    r"(.+), (The|A|An|Le|La|Les|L'|Un|Une|El|Los|Las|Il|Lo|Gli|I|Der|Die|Das|Den|Det|De|Het|Ein"
    r"|Eine|O|Os|As)"
)
STARS_TO_TEN = 2.0
"""MovieLens rates from 0.5 to 5 stars, our scale goes from 0 to 10."""


def split_title(text: str) -> tuple[str, str | None, int | None]:
    """Return (title, original title, year) of MovieLens' one line.

    The year goes before the article is moved: it stands behind it.

    >>> split_title("City of Lost Children, The (Cité des enfants perdus, La) (1995)")
    ('The City of Lost Children', 'La Cité des enfants perdus', 1995)
    """
    year = None
    if dated := _YEAR.fullmatch(text):
        text, year = dated[1], int(dated[2])
    original = None
    # "Birdman: Or (The Unexpected Virtue of Ignorance)": brackets after "or" are the title's own.
    while (found := _BRACKETS.fullmatch(text)) and not found[1].casefold().endswith((" or", ":")):
        text = found[1]
        if not found[2].casefold().startswith(("a.k.a.", "aka ")):
            original = _move_article(found[2])
    return _move_article(text), original, year


def _move_article(text: str) -> str:
    found = _ARTICLE.fullmatch(text)
    if found is None:
        return text
    return f"{found[2]}{'' if found[2].endswith(chr(39)) else ' '}{found[1]}"


@dataclass(slots=True)
class _Votes:
    count: int = 0
    total: float = 0.0


class MovieLens:
    """Reads a folder of MovieLens or its list of films alone; ids are ``movielens:1``."""

    name = "movielens"

    def matches(self, sample: Sample) -> bool:
        """Tell whether the file is the list of films."""
        return sample.form in ("table", "dat", "parquet") and sample.has(
            "movieId", "title", "genres"
        )

    def companion(self, sample: Sample) -> str | None:
        """Return ``links`` or ``ratings`` for the tables beside it."""
        if sample.has("imdbId", "tmdbId") and (sample.has("movieId") or sample.has("movie_id")):
            return "links"
        return "ratings" if sample.has("userId", "movieId", "rating") else None

    def read(self, reading: Reading) -> Iterator[Title | Reject]:
        """Yield the films of the list."""
        links = _links(reading.companions.get("links"))
        votes = _votes(reading.companions.get("ratings"))
        records = _dat_records(reading) if reading.sample.form == "dat" else table_records(reading)
        for record in records:
            if isinstance(record, Reject):
                yield record
                continue
            number = positive(record["movieId"])
            if number is None:
                yield reading.reject(
                    "movieId", record["movieId"], "is not a usable id", "Write a whole number"
                )
                continue
            title = self._title(reading, record, number, links.get(number), votes.get(number))
            yield from reading.notes()
            yield title

    def _title(
        self,
        reading: Reading,
        record: dict[str, Any],
        number: int,
        link: dict[str, str] | None,
        votes: _Votes | None,
    ) -> Title | Reject:
        title, original, year = split_title(clean(record["title"]))
        flat = {
            "title": title,
            "original_title": original,
            "year": year,
            "genres": str(record["genres"] or "").split("|"),
            "vote_average": STARS_TO_TEN * votes.total / votes.count if votes else None,
            "vote_count": votes.count if votes else None,
        }
        other = positive(link["tmdbId"]) if link else None
        ids = (
            f"movielens:{number}",
            imdb_id(reading, "imdbId", link["imdbId"]) if link else None,
            f"tmdb:{other}" if other else None,
        )
        return build(reading, flat, _COLUMNS, source=self.name, ids=ids, kind="film")


def _dat_records(reading: Reading) -> Iterator[dict[str, Any] | Reject]:
    """Yield the records of ``movies.dat``: UTF-8 in MovieLens 10M, Latin-1 in 1M."""
    with open_bytes(reading.sample.path) as stream:
        for raw in lines_of(reading.sample.path, stream):
            reading.line += 1
            try:
                line = raw.decode()
            except UnicodeDecodeError:
                line = raw.decode("latin-1")
            parts = line.strip().split("::")
            if len(parts) == 3:
                yield dict(zip(("movieId", "title", "genres"), parts, strict=True))
            elif line.strip():
                yield reading.reject(
                    "", line.strip(), "has not three parts", "Write id::title::genres"
                )


def _links(sample: Sample | None) -> dict[int, dict[str, str]]:
    if sample is None:
        return {}
    found: dict[int, dict[str, str]] = {}
    for row in side_table(sample):
        number = positive(row.get("movieId") or row.get("movie_id"))
        if number is not None:
            found[number] = row
    return found


def _votes(sample: Sample | None) -> dict[int, _Votes]:
    """Return count and sum of stars by film, one pass over the ratings."""
    found: dict[int, _Votes] = {}
    for number, stars in _stars(sample) if sample else ():
        try:
            film, given = int(number), float(stars)
        except (TypeError, ValueError):
            continue
        if 0 < given <= 5:
            votes = found.setdefault(film, _Votes())
            votes.count += 1
            votes.total += given
    return found


def _stars(sample: Sample) -> Iterator[tuple[Any, Any]]:
    if sample.form == "parquet":
        for row in parquet_records(Reading(sample), ["movieId", "rating"]):
            yield row["movieId"], row["rating"]
        return
    with open_text(sample.path) as text:
        if sample.form == "dat":
            for line in lines_of(sample.path, text):
                parts = line.split("::")
                if len(parts) == 4:
                    yield parts[1], parts[2]
            return
        rows = csv_records(sample.path, sample.delimiter, lines_of(sample.path, text))
        _, first = next(rows)
        columns = header(first)
        film, stars = columns.index("movieId"), columns.index("rating")
        for _, cells in rows:
            if len(cells) == len(columns):
                yield cells[film], cells[stars]

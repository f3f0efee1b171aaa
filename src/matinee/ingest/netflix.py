"""The Netflix titles table: ``show_id,type,title,director,...`` (8,807 films and series)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from matinee.ingest.build import build
from matinee.ingest.rows import table_records
from matinee.ingest.source import Alone
from matinee.ingest.text import absent, clean
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee.catalogue.title import Title
    from matinee.ingest.source import Reading, Sample

_COLUMNS = {
    "title": "title",
    "kind": "type",
    "directors": "director",
    "cast": "cast",
    "countries": "country",
    "year": "release_year",
    "certification": "rating",
    "runtime": "duration",
    "overview": "description",
    "genres": "genres",
    "languages": "languages",
}
_HEADER = ("show_id", "type", "title", "listed_in", "release_year", "duration")
_MINUTES = re.compile(r"\d+ min")

# Category: (genres, keywords, language). Absent ones say nothing a filter or a search could use
# ("International Movies", "TV Shows").
_CATEGORIES: dict[str, tuple[tuple[str, ...], tuple[str, ...], str | None]] = {
    "Action & Adventure": (("Action", "Adventure"), (), None),
    "TV Action & Adventure": (("Action", "Adventure"), (), None),
    "Anime Features": (("Animation",), ("anime",), None),
    "Anime Series": (("Animation",), ("anime", "anime series"), None),
    "British TV Shows": ((), ("british tv shows",), None),
    "Children & Family Movies": (("Family",), (), None),
    "Kids' TV": (("Family",), ("kids",), None),
    "Classic & Cult TV": ((), ("classic", "cult"), None),
    "Classic Movies": ((), ("classic",), None),
    "Cult Movies": ((), ("cult",), None),
    "Comedies": (("Comedy",), (), None),
    "TV Comedies": (("Comedy",), (), None),
    "Crime TV Shows": (("Crime",), (), None),
    "Documentaries": (("Documentary",), (), None),
    "Docuseries": (("Documentary",), ("docuseries",), None),
    "Dramas": (("Drama",), (), None),
    "TV Dramas": (("Drama",), (), None),
    "Faith & Spirituality": ((), ("faith", "spirituality"), None),
    "Horror Movies": (("Horror",), (), None),
    "TV Horror": (("Horror",), (), None),
    "Independent Movies": ((), ("independent movies",), None),
    "Korean TV Shows": ((), ("korean tv shows",), "ko"),
    "LGBTQ Movies": ((), ("lgbtq",), None),
    "Music & Musicals": (("Music",), ("musical",), None),
    "Reality TV": (("Reality",), (), None),
    "Romantic Movies": (("Romance",), (), None),
    "Romantic TV Shows": (("Romance",), (), None),
    "Sci-Fi & Fantasy": (("Science Fiction", "Fantasy"), (), None),
    "TV Sci-Fi & Fantasy": (("Science Fiction", "Fantasy"), (), None),
    "Science & Nature TV": ((), ("science", "nature"), None),
    "Spanish-Language TV Shows": ((), ("spanish-language tv shows",), "es"),
    "Sports Movies": ((), ("sports",), None),
    "Stand-Up Comedy": (("Comedy",), ("stand-up comedy",), None),
    "Stand-Up Comedy & Talk Shows": (("Comedy", "Talk"), ("stand-up comedy", "talk show"), None),
    "Teen TV Shows": ((), ("teen",), None),
    "Thrillers": (("Thriller",), (), None),
    "TV Thrillers": (("Thriller",), (), None),
    "TV Mysteries": (("Mystery",), (), None),
    "International Movies": ((), (), None),
    "International TV Shows": ((), (), None),
    "Movies": ((), (), None),
    "TV Shows": ((), (), None),
}


class NetflixTitles(Alone):
    """Reads the table; ids are ``netflix:s1``, and its own date of arrival is not a release."""

    name = "netflix"

    def matches(self, sample: Sample) -> bool:
        """Tell whether the header is that of the table."""
        return sample.form in ("table", "parquet") and sample.has(*_HEADER)

    def read(self, reading: Reading) -> Iterator[Title | Reject]:
        """Yield the titles of the table."""
        for record in table_records(reading):
            if isinstance(record, Reject):
                yield record
                continue
            title = self._title(reading, record)
            yield from reading.notes()
            yield title

    def _title(self, reading: Reading, record: dict[str, Any]) -> Title | Reject:
        show = clean(record["show_id"])
        if not re.fullmatch(r"\w+", show):
            return reading.reject(
                "show_id", show, "is not a usable id", "Write it as s1, a letter and digits"
            )
        # Three known rows have their length in the column of the age rating.
        if _MINUTES.fullmatch(str(record.get("rating"))) and not record["duration"]:
            record["duration"], record["rating"] = record["rating"], None
        if "Season" in str(record["duration"]):
            record["duration"] = None
        genres: list[str] = []
        keywords: list[str] = []
        languages: list[str] = []
        for category in str(record["listed_in"] or "").split(","):
            name = clean(category)
            if absent(name):
                continue
            found, words, language = _CATEGORIES.get(name, ((), (name.lower(),), None))
            genres += found
            keywords += words
            languages += [language] if language else []
        record["genres"], record["languages"] = genres, languages
        return build(
            reading,
            record,
            _COLUMNS,
            source=self.name,
            ids=(f"netflix:{show}",),
            keywords=keywords,
        )

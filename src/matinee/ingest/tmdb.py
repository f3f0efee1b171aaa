"""TMDb's own objects (film and series details, entries of lists) as flat records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matinee.ingest.credits import crew_names
from matinee.ingest.genres import TMDB_GENRES

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = {
    name: name
    for name in (
        (
            "title",
            "original_title",
            "kind",
            "id",
            "imdb_id",
            "release_date",
            "overview",
            "tagline",
            "genres",
            "keywords",
            "cast",
            "directors",
            "writers",
            "countries",
            "languages",
            "spoken_languages",
            "runtime",
            "certification",
            "vote_average",
            "vote_count",
            "popularity",
            "poster_path",
        )
    )
}
"""The records of :func:`flatten` are named as our fields are."""

_HOME = "US"
"""Age ratings differ by country; the ones of the United States are given for most titles."""


def flatten(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of :data:`COLUMNS` for an object of TMDb's API or of a dump of it."""
    credits_ = _object(found.get("credits"))
    directors, writers = crew_names(credits_.get("crew"))
    creators = [p["name"] for p in _dicts(found.get("created_by")) if p.get("name")]
    countries = found.get("production_countries") or found.get("origin_country")
    return {
        "title": found.get("title") or found.get("name"),
        "original_title": found.get("original_title") or found.get("original_name"),
        "kind": "series" if is_series(found) else "film",
        "id": found.get("id"),
        "imdb_id": found.get("imdb_id") or _object(found.get("external_ids")).get("imdb_id"),
        "release_date": found.get("release_date") or found.get("first_air_date"),
        "overview": found.get("overview"),
        "tagline": found.get("tagline"),
        "genres": found.get("genres") or _numbered_genres(found.get("genre_ids")),
        "keywords": _keywords(found.get("keywords")),
        "cast": credits_.get("cast") or found.get("cast"),
        "directors": creators or directors or found.get("directors") or found.get("director"),
        "writers": writers or found.get("writers"),
        "countries": countries,
        "languages": found.get("original_language"),
        "spoken_languages": found.get("spoken_languages"),
        "runtime": found.get("runtime") or found.get("episode_run_time"),
        "certification": _certification(found),
        "vote_average": found.get("vote_average"),
        "vote_count": found.get("vote_count"),
        "popularity": found.get("popularity"),
        "poster_path": found.get("poster_path"),
    }


def is_series(found: Mapping[str, Any]) -> bool:
    """Tell whether TMDb numbers the object among its series."""
    told = found.get("media_type") or found.get("type")
    # A series' own "type" is "Scripted" or "Miniseries"; only a dump writes "tv" or "movie" there.
    if told in ("tv", "movie"):
        return bool(told == "tv")
    return "first_air_date" in found and "release_date" not in found


def _keywords(found: Any) -> Any:
    if isinstance(found, dict):
        return found.get("keywords") or found.get("results")
    return found


def _numbered_genres(found: Any) -> list[str]:
    numbers = found if isinstance(found, list) else []
    known = (TMDB_GENRES.get(n) for n in numbers if isinstance(n, int))
    return [name for name in known if name]


def _certification(found: Mapping[str, Any]) -> str | None:
    for entry in _dicts(_object(found.get("release_dates")).get("results")):
        if entry.get("iso_3166_1") == _HOME:
            for release in _dicts(entry.get("release_dates")):
                if release.get("certification"):
                    return str(release["certification"])
    for entry in _dicts(_object(found.get("content_ratings")).get("results")):
        if entry.get("iso_3166_1") == _HOME and entry.get("rating"):
            return str(entry["rating"])
    told = found.get("certification")
    return told if isinstance(told, str) else None


def _object(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _dicts(found: Any) -> list[dict[str, Any]]:
    return [x for x in found if isinstance(x, dict)] if isinstance(found, list) else []

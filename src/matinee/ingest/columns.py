"""Which column of a table without a layout of its own holds which field."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from matinee.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

# In order of preference; compared without case, blanks and punctuation.
ALIASES: dict[str, tuple[str, ...]] = {
    "title": (
        "title",
        "primarytitle",
        "name",
        "movie",
        "film",
        "movietitle",
        "filmtitle",
        "moviename",
        "showtitle",
        "seriestitle",
    ),
    "original_title": ("originaltitle", "originalname"),
    "year": ("year", "releaseyear", "startyear", "titleyear", "movieyear", "yearofrelease"),
    "release_date": ("releasedate", "firstairdate", "released", "premiered", "datereleased"),
    "overview": (
        "overview",
        "plot",
        "description",
        "synopsis",
        "summary",
        "storyline",
        "plotsummary",
        "extract",
    ),
    "tagline": ("tagline", "taglines"),
    "genres": ("genres", "genre", "listedin", "categories"),
    "keywords": ("keywords", "keyword", "plotkeywords", "tags"),
    "cast": ("cast", "actors", "stars", "starring", "actor", "topcast"),
    "directors": ("directors", "director", "directedby", "creators", "creator", "createdby"),
    "writers": ("writers", "writer", "screenwriter", "writtenby", "screenplay"),
    "countries": ("countries", "country", "productioncountries", "origincountry"),
    "languages": ("languages", "language", "originallanguage", "lang"),
    "spoken_languages": ("spokenlanguages",),
    "runtime": (
        "runtime",
        "duration",
        "runtimeminutes",
        "runtimemins",
        "length",
        "minutes",
        "episoderuntime",
    ),
    "certification": (
        "certification",
        "certificate",
        "agerating",
        "mpaa",
        "mpaarating",
        "rated",
        "contentrating",
    ),
    "vote_average": ("voteaverage", "averagerating", "imdbrating", "rating", "score", "avgrating"),
    "vote_count": ("votecount", "votes", "numvotes", "imdbvotes", "numvotedusers", "ratingcount"),
    "popularity": ("popularity",),
    "poster_path": ("posterpath", "poster", "posterurl", "posterlink"),
    "kind": ("kind", "type", "titletype", "mediatype"),
    "ids": ("ids",),
    "id": ("id",),
    "imdb_id": ("imdbid", "imdb", "imdbtitleid", "const", "tconst"),
    "tmdb_id": ("tmdbid", "tmdb"),
    "movielens_id": ("movielensid", "mlid", "movieid"),
}
"""Field to the names of columns that are taken for it."""

_TMDB_FIELDS = frozenset(
    ("poster_path", "backdrop_path", "original_language", "genre_ids", "vote_average", "imdb_id")
)
_TMDB_DATES = frozenset(("release_date", "first_air_date"))


def plain(column: str) -> str:
    """Return a column name without case, blanks and punctuation.

    >>> plain("Runtime (mins)")
    'runtimemins'
    """
    return re.sub(r"[\W_]", "", column.casefold())


@lru_cache(maxsize=4096)
def guess(columns: tuple[str, ...]) -> dict[str, str]:
    """Return field to column, as far as the names tell; callers must not change it."""
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(plain(column), column)
    found: dict[str, str] = {}
    for field, aliases in ALIASES.items():
        taken = next((by_name[a] for a in aliases if a in by_name), None)
        if taken is not None:
            found[field] = taken
    return found


def resolve(path: Path, columns: tuple[str, ...], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return field to column, the caller's mapping first; refuse a table without titles."""
    check_mapping(mapping)
    if missing := [c for c in mapping.values() if c not in columns]:
        raise SourceError(
            f"the table has no column {missing[0]!r}",
            where=str(path),
            cure=f"Its columns are: {_listed(columns)}",
        )
    taken = set(mapping.values())
    found = {f: c for f, c in guess(columns).items() if c not in taken} | dict(mapping)
    if "title" not in found:
        raise no_title(path, columns)
    return found


def no_title(path: Path, columns: tuple[str, ...]) -> SourceError:
    """Return the error for a table in which no column looks like a title."""
    return SourceError(
        "the table has no column for the title",
        where=str(path),
        cure=f"Its columns are: {_listed(columns)}; name one with --map title=COLUMN",
    )


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Refuse a mapping to fields that do not exist."""
    if unknown := [f for f in mapping if f not in ALIASES]:
        raise SourceError(
            f"there is no field {unknown[0]!r} to map a column to",
            cure=f"The fields are: {', '.join(ALIASES)}",
        )


def is_tmdb(columns: Iterable[str]) -> bool:
    """Tell whether a whole-number ``id`` beside these columns is one of TMDb.

    It is when a date under TMDb's name stands there with two more fields only TMDb names so.

    >>> is_tmdb(["id", "title", "release_date", "vote_average", "poster_path"])
    True
    >>> is_tmdb(["id", "title", "year", "plot"])
    False
    """
    names = set(columns)
    return "id" in names and bool(names & _TMDB_DATES) and len(names & _TMDB_FIELDS) >= 2


def _listed(columns: tuple[str, ...]) -> str:
    shown = ", ".join(c[:40] for c in columns[:30])
    return shown + (", ..." if len(columns) > 30 else "")

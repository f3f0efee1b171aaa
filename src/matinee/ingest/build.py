"""From one record of any source to a title: every field cleaned, checked and named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from matinee.catalogue.identity import is_id, order_ids
from matinee.catalogue.title import Title
from matinee.ingest import values
from matinee.ingest.columns import plain
from matinee.ingest.credits import crew_names
from matinee.ingest.genres import canonical_genres
from matinee.ingest.text import (
    MAX_ITEMS,
    MAX_OVERVIEW,
    clean,
    items,
    names,
    optional,
    title_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matinee.ingest.source import Reading
    from matinee.types import Kind, Reject

# An age rating looks like "PG-13", "TV-MA", "12A", "FSK 16", "R18+"; a vote is a number.
_CERTIFICATION = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9 +/-]{0,9}")


def build(
    reading: Reading,
    record: Mapping[str, Any],
    columns: Mapping[str, str],
    *,
    source: str,
    ids: Sequence[str | None] = (),
    kind: Kind | None = None,
    tmdb: bool = False,
    keywords: Sequence[str] = (),
) -> Title | Reject:
    """Return the title of a record, or why there is none.

    Args:
        reading: where the record comes from; values left out are noted there.
        record: column to value; a list may be a list, JSON or words in one cell.
        columns: field to column; see :data:`matinee.ingest.columns.ALIASES`.
        source: the name for the title's ``sources``.
        ids: ids the source has worked out itself.
        kind: what the title is, where the source knows.
        tmdb: the ``id`` column holds TMDb's numbers.
        keywords: keywords the source has worked out itself, put first.
    """

    def cell(field: str) -> tuple[str, Any]:
        column = columns.get(field)
        return ("", None) if column is None else (column, record.get(column))

    column, value = cell("title")
    title = title_text(value)
    if not title:
        return reading.reject(column, value or "", "has no title", "Give the row a title")
    if kind is None:
        column, value = cell("kind")
        if value is None or not clean(value):
            kind = "film"
        elif (told := values.kind(value)) is None:
            return reading.reject(
                column, value, "is neither a film nor a series", "Remove the row, or correct it"
            )
        else:
            kind = told

    own = _own_id(reading, *cell("id"), tmdb=tmdb, kind=kind)
    if not isinstance(own, str):
        return own
    film_or_tv = "tmdb" if kind == "film" else "tmdb-tv"
    every_id = [
        own,
        *ids,
        *_listed_ids(cell("ids")[1]),
        _numbered(reading, film_or_tv, *cell("tmdb_id")),
        values.imdb_id(reading, *cell("imdb_id")) if "imdb_id" in columns else None,
        _numbered(reading, "movielens", *cell("movielens_id")),
    ]
    ordered = order_ids(i for i in every_id if i)

    day, year_of_day = values.date(reading, *cell("release_date"))
    rating, certified = _rating(cell("vote_average"), cell("certification")[1])
    average, count = values.votes(reading, rating, cell("vote_count"))
    genres, more = canonical_genres(items(names(cell("genres")[1])))
    words = items([w.lower() for w in items(names(cell("keywords")[1]))])
    directors, writers = crew_names(record.get(columns.get("crew", "")))
    original = optional(cell("original_title")[1])
    return Title(
        id=ordered[0] if ordered else "",
        ids=ordered,
        kind=kind,
        title=title,
        original_title=None if original == title else original,
        year=values.year(reading, *cell("year")) or year_of_day,
        release_date=day,
        overview=optional(cell("overview")[1], limit=MAX_OVERVIEW),
        tagline=optional(cell("tagline")[1]),
        genres=genres,
        keywords=tuple(dict.fromkeys((*keywords, *more, *words)))[:MAX_ITEMS],
        cast=items(names(cell("cast")[1])),
        directors=items(names(cell("directors")[1])) or items(directors),
        writers=items(names(cell("writers")[1])) or items(writers),
        countries=values.countries(reading, *cell("countries")),
        languages=_languages(reading, cell("languages"), cell("spoken_languages")),
        runtime=values.runtime(reading, *cell("runtime")),
        certification=certified,
        vote_average=average,
        vote_count=count,
        popularity=values.popularity(reading, *cell("popularity")),
        poster_path=values.poster(cell("poster_path")[1]),
        sources=(source,),
    )


def _own_id(reading: Reading, column: str, value: Any, *, tmdb: bool, kind: Kind) -> str | Reject:
    """Return the id of the ``id`` column, empty where there is none, or the reject of the row."""
    if value is None or value == "":
        return ""
    if tmdb and (found := values.positive(value)) is not None:
        return f"{'tmdb' if kind == 'film' else 'tmdb-tv'}:{found}"
    said = values.own_id(value, reading.namespace)
    if said is None or (tmdb and ":" not in str(value)):
        return reading.reject(
            column, value, "is not a usable id", "Use a whole number, a word or namespace:value"
        )
    return said


def _listed_ids(value: Any) -> list[str]:
    """Return the namespaced ids of a list or cell; others name nothing."""
    return [i for i in map(clean, names(value)) if is_id(i)]


def _numbered(reading: Reading, namespace: str, column: str, value: Any) -> str | None:
    return None if value is None else values.numbered_id(reading, namespace, column, value)


def _rating(average: tuple[str, Any], certification: Any) -> tuple[tuple[str, Any], str | None]:
    """Return the vote and the age rating; a column named "rating" may hold either."""
    column, value = average
    certified = optional(certification)
    told = isinstance(value, str) and plain(column) == "rating"
    if told and _CERTIFICATION.fullmatch(value.strip()):
        text = optional(value)
        # "NaN" and "inf" are bad numbers, not age ratings.
        if text is not None and text.casefold() not in {"nan", "inf", "infinity", "-inf"}:
            return (column, None), certified or text
    return (column, value), certified


def _languages(
    reading: Reading, original: tuple[str, Any], spoken: tuple[str, Any]
) -> tuple[str, ...]:
    first = values.languages(reading, *original)
    return tuple(dict.fromkeys(first + values.languages(reading, *spoken)))

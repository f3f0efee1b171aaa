"""From one record of any source to a title: every field cleaned, checked and named."""

from __future__ import annotations

import re
from functools import lru_cache
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
    listed,
    names,
    optional,
    people,
    title_text,
    words,
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
    of = columns.get
    get = {field: record.get(column) for field, column in columns.items()}.get

    value = get("title")
    title = title_text(value)
    if not title:
        return reading.reject(of("title", ""), value or "", "has no title", "Give the row a title")
    if kind is None:
        value = get("kind")
        if value is None or not clean(value):
            kind = "film"
        elif (said := values.kind(value)) is None:
            what, cure = "is neither a film nor a series", "Remove the row, or correct it"
            return reading.reject(of("kind", ""), value, what, cure)
        else:
            kind = said

    own = _own_id(reading, of("id", ""), get("id"), tmdb=tmdb, kind=kind)
    if not isinstance(own, str):
        return own
    film_or_tv = "tmdb" if kind == "film" else "tmdb-tv"
    every_id = [
        own,
        *ids,
        *_listed_ids(get("ids")),
        _numbered(reading, film_or_tv, of("tmdb_id", ""), get("tmdb_id")),
        values.imdb_id(reading, of("imdb_id", ""), get("imdb_id")),
        _numbered(reading, "movielens", of("movielens_id", ""), get("movielens_id")),
    ]
    ordered = order_ids([i for i in every_id if i])

    day, year_of_day = values.date(reading, of("release_date", ""), get("release_date"))
    rating, certified = _rating(of("vote_average", ""), get("vote_average"), get("certification"))
    average, count = values.votes(reading, rating, (of("vote_count", ""), get("vote_count")))
    genres, more = _genres(get("genres"))
    told = words(get("keywords"))
    directors, writers = crew_names(record.get(of("crew", "")))
    original = optional(get("original_title"))
    return Title(
        id=ordered[0] if ordered else "",
        ids=ordered,
        kind=kind,
        title=title,
        original_title=None if original == title else original,
        year=values.year(reading, of("year", ""), get("year")) or year_of_day,
        release_date=day,
        overview=optional(get("overview"), limit=MAX_OVERVIEW),
        tagline=optional(get("tagline")),
        genres=genres,
        keywords=tuple(dict.fromkeys((*keywords, *more, *told)))[:MAX_ITEMS],
        cast=people(get("cast")),
        directors=people(get("directors")) or items(directors),
        writers=people(get("writers")) or items(writers),
        countries=values.countries(reading, of("countries", ""), get("countries")),
        languages=_languages(
            reading,
            (of("languages", ""), get("languages")),
            (of("spoken_languages", ""), get("spoken_languages")),
        ),
        runtime=values.runtime(reading, of("runtime", ""), get("runtime")),
        certification=certified,
        vote_average=average,
        vote_count=count,
        popularity=values.popularity(reading, of("popularity", ""), get("popularity")),
        poster_path=values.poster(get("poster_path")),
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


def _genres(value: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the genres of a cell or list, and the keywords that stand among them."""
    return _genres_of(value) if isinstance(value, str) else canonical_genres(listed(value))


# Genres come in a few thousand combinations, however long the table.
@lru_cache(maxsize=1 << 13)
def _genres_of(cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return canonical_genres(listed(cell))


_plain = lru_cache(maxsize=256)(plain)


def _rating(column: str, value: Any, certification: Any) -> tuple[tuple[str, Any], str | None]:
    """Return the vote and the age rating; a column named "rating" may hold either."""
    certified = optional(certification)
    told = isinstance(value, str) and _plain(column) == "rating"
    if told and _CERTIFICATION.fullmatch(value.strip()):
        text = optional(value)
        # "NaN" and "inf" are bad numbers, not age ratings.
        if text is not None and text.casefold() not in {"nan", "inf", "infinity", "-inf"}:
            return (column, None), certified or text
    return (column, value), certified


def _languages(
    reading: Reading, original: tuple[str, Any], spoken: tuple[str, Any]
) -> tuple[str, ...]:
    first, others = values.languages(reading, *original), values.languages(reading, *spoken)
    return first if first == others or not others else tuple(dict.fromkeys(first + others))

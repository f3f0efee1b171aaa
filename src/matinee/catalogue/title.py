"""The title: one film or series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from matinee.types import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """One film or series; an absent fact is None or empty, never a made-up value.

    Attributes:
        id: stable identity, ``namespace:value``; see :mod:`matinee.catalogue.identity`.
        ids: every known id of the title, its own included, in order of precedence.
        kind: ``film`` or ``series``.
        title: the title as shown.
        original_title: the title in its own language and script, if it differs.
        year: year of first release or broadcast.
        release_date: day of first release.
        overview: what it is about, in a few sentences.
        tagline: the line on the poster.
        genres: names as TMDb gives them ("Science Fiction").
        keywords: free words, lower case.
        cast: names in order of billing.
        directors: names; creators for a series.
        writers: names.
        countries: ISO 3166-1 alpha-2 codes of production.
        languages: ISO 639-1 codes, the original language first (ISO 639-3 where there is none).
        runtime: minutes.
        certification: the age rating as the source gives it ("PG-13").
        vote_average: mean rating from 0 to 10.
        vote_count: number of ratings behind it.
        popularity: the source's own figure, at least 0; comparable within one source only.
        poster_path: path or URL of the poster as the source gives it.
        sources: names of the sources the facts came from.
    """

    id: str
    title: str
    ids: tuple[str, ...] = ()
    kind: Kind = "film"
    original_title: str | None = None
    year: int | None = None
    release_date: dt.date | None = None
    overview: str | None = None
    tagline: str | None = None
    genres: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    runtime: int | None = None
    certification: str | None = None
    vote_average: float | None = None
    vote_count: int | None = None
    popularity: float | None = None
    poster_path: str | None = None
    sources: tuple[str, ...] = ()

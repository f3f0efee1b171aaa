"""The shapes of answers, for the OpenAPI document alone: answers are written by msgspec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from pydantic.config import JsonDict

_TITLE: JsonDict = {
    "id": "tmdb:603",
    "title": "The Matrix",
    "ids": ["tmdb:603", "imdb:tt0133093"],
    "kind": "film",
    "original_title": None,
    "year": 1999,
    "release_date": "1999-03-31",
    "overview": "A programmer learns that his world is a simulation.",
    "tagline": None,
    "genres": ["Action", "Science Fiction"],
    "keywords": ["simulation"],
    "cast": ["Keanu Reeves", "Carrie-Anne Moss"],
    "directors": ["Lana Wachowski", "Lilly Wachowski"],
    "writers": [],
    "countries": ["US", "AU"],
    "languages": ["en"],
    "runtime": 136,
    "certification": "R",
    "vote_average": 8.2,
    "vote_count": 25000,
    "popularity": None,
    "poster_path": None,
    "sources": ["demo"],
}
_RESULT: JsonDict = _TITLE | {"score": 0.913, "parts": {"dense": 0.3, "lexical": 0.29}}
_ANSWER: JsonDict = {
    "results": [_RESULT],
    "query": "hacker finds out reality is fake",
    "method": "hybrid",
    "library": "v0001",
    "took_ms": 6.2,
    "degraded": [],
}


class Title(BaseModel):
    """One film or series; an absent fact is null or empty."""

    model_config = ConfigDict(json_schema_extra={"example": _TITLE})

    id: str = Field(description="Stable identity, namespace:value.")
    title: str
    ids: list[str] = Field(description="Every known id, this one included.")
    kind: Literal["film", "series"]
    original_title: str | None
    year: int | None
    release_date: str | None = Field(description="Day of first release, ISO 8601.")
    overview: str | None
    tagline: str | None
    genres: list[str]
    keywords: list[str]
    cast: list[str] = Field(description="Names in order of billing.")
    directors: list[str] = Field(description="Creators for a series.")
    writers: list[str]
    countries: list[str] = Field(description="ISO 3166-1 alpha-2.")
    languages: list[str] = Field(description="ISO 639-1, the original language first.")
    runtime: int | None = Field(description="Minutes.")
    certification: str | None
    vote_average: float | None = Field(description="0 to 10.")
    vote_count: int | None
    popularity: float | None
    poster_path: str | None
    sources: list[str]


class Result(Title):
    """A title and how it was found."""

    model_config = ConfigDict(json_schema_extra={"example": _RESULT})

    score: float = Field(description="0 to 1, higher is better.")
    parts: dict[str, float] = Field(description="What each list gave: dense, lexical, title.")


class Results(BaseModel):
    """An answer: results in order, and under what conditions they were found."""

    model_config = ConfigDict(json_schema_extra={"example": _ANSWER})

    results: list[Result] = Field(description="Best first.")
    query: str
    method: str
    library: str = Field(description="Version of the library that answered.")
    took_ms: float
    degraded: list[str] = Field(description="What was missing from the answer, as sentences.")


class Live(BaseModel):
    """The process lives."""

    status: Literal["live"]


class Ready(BaseModel):
    """The library is open."""

    status: Literal["ready"]
    library: str
    titles: int


class Status(BaseModel):
    """What there is to know of the library."""

    model_config = ConfigDict(extra="allow")

    library: str
    titles: int


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "/docs#problem-query",
                "title": "Query",
                "status": 422,
                "detail": "k is 0.",
                "instance": "/v1/search",
                "cure": "Give a whole number from 1 to 1,000",
            }
        }
    )

    type: str = Field(description="Where the kind of problem is described.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="Path of the request.")
    cure: str | None = Field(None, description="What the caller can do about it.")

"""The shapes of answers, for the OpenAPI document alone: answers are written by msgspec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from pydantic.config import JsonDict

TITLE: JsonDict = {
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
_PROVENANCE: JsonDict = {
    "source": "wikipedia",
    "url": "https://en.wikipedia.org/wiki/The_Matrix",
    "retrieved": "2026-11-21",
    "licence": "CC BY-SA 4.0",
}
_REASON: JsonDict = {
    "part": "lexical",
    "value": 0.52,
    "detail": {"rank": 2, "score": 11.3, "words": {"hacker": 6.1, "realiti": 5.2}},
}
_RESULT: JsonDict = TITLE | {
    "score": 0.9,
    "parts": {"lexical": 0.52, "dense": 0.31, "prior": 0.07},
    "why": [
        _REASON,
        {"part": "dense", "value": 0.31, "detail": {"rank": 1, "score": 0.52}},
        {"part": "prior", "value": 0.07, "detail": {}},
    ],
}
_CONDITION: JsonDict = {
    "key": "year:1990..1999",
    "field": "year",
    "label": "1990s",
    "hard": True,
    "negated": False,
    "weight": 1.0,
    "low": 1990.0,
    "high": 1999.0,
    "words": "from the nineties",
    "spans": [[33, 50]],
}
_UNDERSTOOD: JsonDict = {
    "text": "hacker finds out reality is fake from the nineties",
    "conditions": [_CONDITION],
    "rest": "hacker finds out reality is fake",
    "description": False,
}
_SLOT: JsonDict = {"label": "Year", "words": "nineties", "start": 42, "end": 50, "weight": 0.93}
ANSWER: JsonDict = {
    "results": [_RESULT],
    "query": "hacker finds out reality is fake from the nineties",
    "method": "hybrid",
    "library": "v0001",
    "took_ms": 6.2,
    "degraded": [],
    "understood": _UNDERSTOOD,
    "facets": {"genre": {"Science Fiction": 61, "Action": 48}, "decade": {"1990": 203}},
}


class Facts(BaseModel):
    """What is known of a film or series; an absent fact is null or empty."""

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


class Provenance(BaseModel):
    """Where the value of a field came from, where another source was asked for it."""

    model_config = ConfigDict(json_schema_extra={"example": _PROVENANCE})

    source: str = Field(description="Its name, such as wikipedia, omdb or imdb.")
    url: str = Field(description="Page or file; whoever shows the value shows this beside it.")
    retrieved: str = Field(description="Day when it was had, ISO 8601.")
    licence: str = Field(description="Under which it may be used.")


class Title(Facts):
    """One film or series; an absent fact is null or empty."""

    model_config = ConfigDict(
        json_schema_extra={"example": TITLE | {"provenance": {"overview": _PROVENANCE}}}
    )

    provenance: dict[str, Provenance] = Field(
        default_factory=dict,
        description="Where values came from, by field; empty where nothing was filled from "
        "elsewhere. It is told of one title asked for by its id; lists leave it out.",
    )


class Reason(BaseModel):
    """One part of a score."""

    model_config = ConfigDict(json_schema_extra={"example": _REASON})

    part: str = Field(description="Its name, as in the result's parts.")
    value: float = Field(description="What it gave; the values of a result sum to its score.")
    detail: dict[str, Any] = Field(
        description="What it rests on: rank and score in a list, the words found with what each "
        "gave, the keys of the wishes fulfilled with how well, ids of titles it resembles."
    )


class Result(Facts):
    """A title and how it was found."""

    model_config = ConfigDict(json_schema_extra={"example": _RESULT})

    score: float = Field(description="0 to 1, higher is better.")
    parts: dict[str, float] = Field(
        description="What gave how much to the score: the lists dense, lexical, title, like, like "
        "words and known, fulfilled wishes, the prior, and what a method adds: recency, "
        "popularity, difference, cross-encoder. They sum to the score."
    )
    why: list[Reason] = Field(
        default_factory=list,
        description="The parts explained, the largest first; present if that was asked for.",
    )


class Condition(BaseModel):
    """One thing asked of the films."""

    model_config = ConfigDict(json_schema_extra={"example": _CONDITION})

    key: str = Field(description="Names it in without, hard and soft; as a filter it means it.")
    field: str = Field(
        description="Ranges: year, runtime, votes, rating, age. Choices: language, country, genre, "
        "person, kind, title, theme, phrase. Wishes only: like, fame."
    )
    label: str = Field(description="How it is shown to a reader.")
    hard: bool = Field(description="Whether titles that do not satisfy it are left out.")
    negated: bool = Field(description="Whether titles must not be so.")
    weight: float = Field(description="Above 0 to 1: how sure it is that this was meant.")
    low: float | None = Field(None, description="Of a range: lowest, null if open.")
    high: float | None = Field(None, description="Of a range: highest, null if open.")
    values: list[str] = Field(default_factory=list, description="Of a choice: any one of them.")
    role: str = Field("", description="Of a person: cast, directors or writers, if one is meant.")
    words: str = Field("", description="The words of the query it was read from.")
    spans: list[list[int]] = Field(
        default_factory=list,
        description="Where those stand, [start, end) in characters of the query.",
    )
    alternatives: list[Condition] = Field(
        default_factory=list, description="Other readings of the same words; any of them will do."
    )


class Understood(BaseModel):
    """A query as it was understood."""

    model_config = ConfigDict(json_schema_extra={"example": _UNDERSTOOD})

    text: str = Field(description="The query as typed.")
    conditions: list[Condition] = Field(description="What it asks, in the order of its words.")
    rest: str = Field(description="The words left over, which are searched for.")
    description: bool = Field(
        description="Whether it tells of one film at length; then every condition is soft."
    )


class Slot(BaseModel):
    """A part of a query and what it names, as a statistical model sees it."""

    label: str = Field(description="Actor, Director, Genre, Plot, Year and others.")
    words: str = Field(description="The part.")
    start: int = Field(description="Its first character.")
    end: int = Field(description="The character after its last.")
    weight: float = Field(description="The probability of exactly this slot, in (0, 1].")


class Parsed(Understood):
    """A query as it was understood, and as the slot tagger reads it."""

    model_config = ConfigDict(json_schema_extra={"example": _UNDERSTOOD | {"slots": [_SLOT]}})

    slots: list[Slot] = Field(
        description="A second opinion by a statistical model, in the order of the words."
    )


class Results(BaseModel):
    """An answer: results in order, and under what conditions they were found."""

    model_config = ConfigDict(json_schema_extra={"example": ANSWER})

    results: list[Result] = Field(description="Best first.")
    query: str
    method: str
    library: str = Field(description="Version of the library that answered.")
    took_ms: float
    degraded: list[str] = Field(description="What was missing from the answer, as sentences.")
    understood: Understood | None = Field(
        description="What the query was taken to ask, as it counted; null where there was none."
    )
    facets: dict[str, dict[str, int]] = Field(
        default_factory=dict,
        description="Candidates counted by what they are; present if that was asked for.",
    )


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

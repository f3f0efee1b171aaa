"""The shapes that the systems before had, for their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from matinee.query.request import MAX_K, MAX_QUERY
from matinee.service.whole import WholeNumbers

if TYPE_CHECKING:
    from pydantic.config import JsonDict

HowMany = Annotated[
    int,
    Query(
        description=f"How many; 1 to {MAX_K:,}, anything else is refused.",
        openapi_examples={"five": {"value": 5}},
    ),
]
UserId = Annotated[
    str,
    Path(
        description="Name of a person, `me` for who asks; to administrators also of somebody in "
        "the ratings the library was trained on.",
        openapi_examples={"yourself": {"value": "me"}},
    ),
]
_PREDICTED: JsonDict = {
    "title": "Alien",
    "predicted_rating": 4.21,
    "vote_average": 8.2,
    "vote_count": 14_000,
    "popularity": None,
    "genres": ["Horror", "Science Fiction"],
}
_ALIKE: JsonDict = {
    "title": "Dark City",
    "similarity": 0.71,
    "vote_count": 2_500,
    "vote_average": 7.2,
    "poster_path": None,
    "popularity": None,
    "release_date": "1998-02-27",
    "year": 1998,
    "id": "tmdb:2666",
    "genres": ["Mystery", "Science Fiction"],
}


class QueryBody(WholeNumbers):
    """A description of a film."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"example": {"query": "a heist in Paris", "top_k": 5}},
    )

    query: str = Field(max_length=MAX_QUERY)
    top_k: int = Field(
        10,
        description=f"How many; 1 to {MAX_K:,}, anything else is refused.",
        json_schema_extra={"minimum": 1, "maximum": MAX_K},
    )


class Scored(BaseModel):
    """A title and how well it fits."""

    title: str
    score: float = Field(description="0 to 1, higher is better.")


class QueryAnswer(BaseModel):
    """Films that fit a description."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"recommendations": [{"title": "Rififi", "score": 0.83}]}}
    )

    recommendations: list[Scored]


class Predicted(BaseModel):
    """A title and the stars it would be given."""

    title: str
    predicted_rating: float | None = Field(
        description="0.5 to 5; null where the library has no model that predicts."
    )
    vote_average: float | None
    vote_count: int | None
    popularity: float | None
    genres: list[str]


class UserAnswer(BaseModel):
    """Films for a person."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"user_id": "me", "recommendations": [_PREDICTED]}}
    )

    user_id: str
    recommendations: list[Predicted]


class Alike(BaseModel):
    """A title and how near it is to what was asked."""

    model_config = ConfigDict(json_schema_extra={"example": _ALIKE})

    title: str
    similarity: float = Field(description="0 to 1, higher is better.")
    vote_count: int | None
    vote_average: float | None
    poster_path: str | None
    popularity: float | None
    release_date: str | None
    year: int | None
    id: str
    genres: list[str]


class MovieRecommended(Predicted):
    """A title, the stars it would be given, and how well it suits."""

    id: str
    score: float


class MovieAnswer(BaseModel):
    """Films for a person."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "user_id": "me",
                "recommendations": [_PREDICTED | {"id": "tmdb:348", "score": 0.93}],
            }
        }
    )

    user_id: str
    recommendations: list[MovieRecommended]

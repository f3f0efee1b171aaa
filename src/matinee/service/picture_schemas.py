"""The shapes of answers to pictures, for the OpenAPI document alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from matinee.service.schemas import ANSWER, Results

if TYPE_CHECKING:
    from pydantic.config import JsonDict

_MATCH: JsonDict = {"id": "tmdb:603", "title": "The Matrix", "year": 1999, "similarity": 0.97}
_PICTURE: JsonDict = {
    "route": "embedding",
    "model": "clip",
    "caption": None,
    "captioner": None,
    "share": 0.5,
    "joined": False,
    "recognised": _MATCH,
}


class Match(BaseModel):
    """A title whose poster a picture shows."""

    model_config = ConfigDict(json_schema_extra={"example": _MATCH})

    id: str = Field(description="Stable identity, namespace:value.")
    title: str
    year: int | None
    similarity: float = Field(description="0 to 1: how sure it is.")


class PictureSeen(BaseModel):
    """What became of the picture of a search."""

    model_config = ConfigDict(json_schema_extra={"example": _PICTURE})

    route: Literal["embedding", "caption", "both"] = Field(description="What it was searched by.")
    model: str | None = Field(description="The model whose vectors were compared, if any were.")
    caption: str | None = Field(description="What it shows in words, if these were searched for.")
    captioner: str | None = Field(
        description="The model that said so; null where the caption was given."
    )
    share: float = Field(description="How much it counted beside the words, 0 to 1.")
    joined: bool = Field(description="Whether caption and words were searched for as one text.")
    recognised: Match | None = Field(description="The title whose poster it is, if it is one.")


class PictureResults(Results):
    """An answer to a picture: results in order, and under what conditions they were found."""

    model_config = ConfigDict(json_schema_extra={"example": ANSWER | {"picture": _PICTURE}})

    picture: PictureSeen = Field(description="What became of the picture.")


class Recognised(BaseModel):
    """The titles whose poster a picture shows."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"matches": [_MATCH], "library": "v0001", "degraded": [], "took_ms": 8.1}
        }
    )

    matches: list[Match] = Field(description="Best first; empty where no poster looks like it.")
    library: str = Field(description="Version of the library that answered.")
    degraded: list[str] = Field(description="What was missing from the answer, as sentences.")
    took_ms: float

"""The shape of the map, for the OpenAPI document alone: answers are written by msgspec."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class MapRegion(BaseModel):
    """A named region of the map."""

    number: int = Field(description="Which; /map?region= of it lists its titles.")
    label: str = Field(description="Its name, no other region's.")
    level: int = Field(description="0 for the map seen whole, 1 seen from near.")
    x: float = Field(description="Its middle, 0 to 1.")
    y: float = Field(description="Its middle, 0 to 1.")
    size: int = Field(description="Titles in it that suit the caller's age.")


class MapAnswer(BaseModel):
    """The map: columns, entry i of each for the same title, the best known first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "titles": 1,
                "genres": ["Action"],
                "id": ["tmdb:603"],
                "title": ["The Matrix"],
                "year": [1999],
                "genre": [0],
                "weight": [9],
                "x": [40211],
                "y": [11804],
                "region": [1],
                "regions": [
                    {
                        "number": 1,
                        "label": "Science Fiction · simulation",
                        "level": 1,
                        "x": 0.61,
                        "y": 0.18,
                        "size": 1,
                    }
                ],
                "library": "v0001",
                "degraded": [],
            }
        }
    )

    titles: int = Field(description="Titles that suit; the best-known 50,000 of them are here.")
    genres: list[str] = Field(description="Main genres, the commonest first.")
    id: list[str] = Field(description="Their ids.")
    title: list[str] = Field(description="Their titles.")
    year: list[int] = Field(description="Their years, 0 where unknown.")
    genre: list[int] = Field(description="Their main genre, a place in `genres`; -1 for none.")
    weight: list[int] = Field(description="How well known, 0 to 9, by the logarithm of the votes.")
    x: list[int] = Field(description="Where they lie across, 0 to 65,535.")
    y: list[int] = Field(description="Where they lie down, 0 to 65,535.")
    region: list[int] = Field(description="The near region each lies in.")
    regions: list[MapRegion] = Field(description="The regions, wide ones first.")
    library: str = Field(description="The version of the library that answered.")
    degraded: list[str] = Field(description="What was missing from the answer.")

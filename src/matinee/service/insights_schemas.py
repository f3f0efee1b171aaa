"""The shapes of insights, for the OpenAPI document alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from pydantic.config import JsonDict

_DECADES: JsonDict = {
    "key": "years",
    "title": "Years",
    "lead": "The oldest title is from 1981, the newest from 2004; half of them are from 1996 or "
    "later.",
    "kind": "columns",
    "rows": ["1980s", "1990s", "2000s"],
    "columns": ["titles"],
    "values": [[120], [340], [88]],
    "unit": "titles",
    "note": "",
}
_LATENCY: JsonDict = {
    "key": "latency",
    "title": "How quick the answers are",
    "lead": "Since this server started, half of the 812 searches took 6.1 ms or less.",
    "kind": "bars",
    "rows": ["Searches"],
    "columns": ["p50", "p95", "p99"],
    "values": [[6.1, 14.2, 24.8]],
    "unit": "ms",
    "note": "",
}
_LIVE: JsonDict = {"charts": [_LATENCY], "people": 3, "ratings": 412, "notes": []}
_INSIGHTS: JsonDict = {
    "library": "v0001",
    "titles": 548,
    "charts": [_DECADES],
    "gallery": ["tmdb:603", "tmdb:949"],
    "notes": [],
    "live": _LIVE,
    "degraded": [],
}


class ChartAnswer(BaseModel):
    """Figures by category and series, with the words that go with them."""

    model_config = ConfigDict(json_schema_extra={"example": _DECADES})

    key: str = Field(description="Names it.")
    title: str = Field(description="A heading.")
    lead: str = Field(description="One sentence that tells what is to be seen.")
    kind: Literal["columns", "bars", "line", "heat"] = Field(description="How it is drawn.")
    rows: list[str] = Field(description="The categories.")
    columns: list[str] = Field(description="The series; of a heat map, its columns.")
    values: list[list[float | None]] = Field(
        description="By row, then by column; null where there is nothing to count."
    )
    unit: str = Field(description="What is counted; shares are in %, 0 to 100.")
    note: str = Field(description="What is to be kept in mind; empty if nothing is.")


class LiveAnswer(BaseModel):
    """How the server does, in counts."""

    model_config = ConfigDict(json_schema_extra={"example": _LIVE})

    charts: list[ChartAnswer] = Field(
        description="latency: how long answers took since the server started, in all of its "
        "processes. stars_here: the ratings it keeps. Each as far as there is anything to draw."
    )
    people: int | None = Field(description="Who it knows; null where the store does not answer.")
    ratings: int | None = Field(
        description="Ratings with stars it keeps; null where the store does not answer."
    )
    notes: list[str] = Field(description="Why a chart is left out, as sentences.")


class InsightsAnswer(BaseModel):
    """What a library holds, as charts."""

    model_config = ConfigDict(json_schema_extra={"example": _INSIGHTS})

    library: str = Field(description="Version of the library.")
    titles: int = Field(description="How many it has.")
    charts: list[ChartAnswer] = Field(description="In the order in which they are best shown.")
    gallery: list[str] = Field(description="Ids of up to 24 titles with posters.")
    notes: list[str] = Field(description="Why a chart is left out, as sentences.")
    live: LiveAnswer | None = Field(description="For administrators; null for everybody else.")
    degraded: list[str] = Field(description="What was missing from the answer.")

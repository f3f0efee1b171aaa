"""The shapes of answers about what people did, for the OpenAPI document alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from matinee.service.schemas import TITLE, Facts

if TYPE_CHECKING:
    from pydantic.config import JsonDict

_AT = 1_714_594_500
_FRAME: JsonDict = {"library": "v0001", "degraded": []}
_RATING: JsonDict = {"action": "rating", "rating": 4.5, "time": _AT}
_RATED: JsonDict = TITLE | _RATING | {"recorded": _AT + 2}
_CHANGE: JsonDict = TITLE | {"sequence": 7, **_RATING, "recorded": _AT + 2, "import": None}
_WATCH: JsonDict = {"action": "watch", "time": _AT}
_IMPORT: JsonDict = {
    "key": 1,
    "source": "letterboxd-export.zip",
    "entries": 412,
    "created": _AT,
    "undone": None,
}
_EVENT: JsonDict = {
    "sequence": 41,
    "kind": "click",
    "id": "tmdb:603",
    "key": "5f0c2b1e-click-3",
    "time": _AT,
    "request": "0b4d7c9e",
    "position": 3,
    "experiment": None,
    "arm": None,
    "value": None,
    "person": "default",
}
_GONE: JsonDict = {"id": "tmdb:424242", "missing": True, "added": _AT}

Opinion = Literal["rating", "like", "dislike", "abandon"]
_ACTION = Field(description="What was done; a rating has stars, nothing else has.")
_STARS = Field(description="Stars from 0.5 to 5, higher is better; null where there are none.")
_TIME = Field(description="When, in seconds since 1970 in UTC; null where that is not known.")
_RECORDED = Field(description="When it was written down, in seconds since 1970 in UTC.")
_NEXT = Field(description="Send it as cursor for the next page; null at the end.")
_REVISION = Field(description="Of the person; it grows with every change of what they did.")


def _only_id(schema: JsonDict) -> None:
    """Say that an item may hold less: by ``fields``, and where the library has the title no more.

    It says so in the document alone: a model of Python would have to give each fact a default.
    """
    schema["required"] = ["id"]


def _item(example: JsonDict) -> ConfigDict:
    def shape(schema: JsonDict) -> None:
        _only_id(schema)
        schema["example"] = example

    return ConfigDict(json_schema_extra=shape)


class _Answer(BaseModel):
    library: str = Field(description="Version of the library that answered.")
    degraded: list[str] = Field(description="What was missing from the answer.")


class _Listing(_Answer):
    next: str | None = _NEXT


class _Item(Facts):
    """A title; the library may have it no longer."""

    missing: bool = Field(
        False, description="True where the library has the title no longer: then the id alone."
    )


class RatedItem(_Item):
    """A title and what somebody thinks of it."""

    model_config = _item(_RATED)

    action: Opinion = _ACTION
    rating: float | None = _STARS
    time: int | None = _TIME
    recorded: int = _RECORDED


class RatedTitle(_Item, _Answer):
    """A title and what somebody thinks of it, as an answer."""

    model_config = _item(TITLE | _RATING | _FRAME)

    action: Opinion = _ACTION
    rating: float | None = _STARS
    time: int | None = _TIME


class RatedTitles(_Listing):
    """What somebody thinks of titles."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"results": [_RATED], "next": None, **_FRAME}}
    )

    results: list[RatedItem] = Field(description="In the order of ids.")


class Rated(_Answer):
    """What was said of a title."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"id": "tmdb:603", **_RATING, "revision": 12, **_FRAME}}
    )

    id: str = Field(description="The id the library knows the title by.")
    action: Opinion = _ACTION
    rating: float | None = _STARS
    time: int | None = _TIME
    revision: int = _REVISION


class RatedMany(_Answer):
    """What became of many ratings."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "rated": 2,
                "changed": 1,
                "unknown": ["tmdb:424242"],
                "revision": 13,
                **_FRAME,
            }
        }
    )

    rated: int = Field(description="Titles something was said of.")
    changed: int = Field(description="Those of which something else was said before.")
    unknown: list[str] = Field(description="Ids of no title, which were left out.")
    revision: int = _REVISION


class ChangeItem(_Item):
    """A title and one change of what somebody thinks of it."""

    model_config = _item(_CHANGE)

    sequence: int = Field(description="Grows from change to change.")
    action: Opinion | Literal["remove"] = _ACTION
    rating: float | None = _STARS
    time: int | None = _TIME
    recorded: int = _RECORDED
    import_: int | None = Field(alias="import", description="Number of the import it came with.")


class Changes(_Listing):
    """How somebody's opinions came about."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"results": [_CHANGE], "next": None, **_FRAME}}
    )

    results: list[ChangeItem] = Field(description="Oldest first.")


class Import(BaseModel):
    """Something brought in from a file."""

    model_config = ConfigDict(json_schema_extra={"example": _IMPORT})

    key: int = Field(description="Its number.")
    source: str = Field(description="What it was read from.")
    entries: int = Field(description="Things done that it told of.")
    created: int = Field(description="When, in seconds since 1970 in UTC.")
    undone: int | None = Field(description="When it was taken back; null if it was not.")


class Imports(_Listing):
    """What was brought in from files."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"results": [_IMPORT], "next": None, **_FRAME}}
    )

    results: list[Import] = Field(description="The latest first.")


class Undone(_Answer):
    """An import that was taken back."""

    model_config = ConfigDict(json_schema_extra={"example": {"key": 1, "revision": 14, **_FRAME}})

    key: int = Field(description="Its number.")
    revision: int = _REVISION


class WatchedItem(_Item):
    """A title and when somebody watched it."""

    model_config = _item(TITLE | _WATCH)

    action: Literal["watch", "rewatch", "ignore"] = Field(
        description="Whether it was the first time; ignore where it is to count for nothing."
    )
    time: int | None = _TIME


class WatchedTitles(_Listing):
    """What somebody watched."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"results": [TITLE | _WATCH], "next": None, **_FRAME}}
    )

    results: list[WatchedItem] = Field(description="The latest first.")


class Watched(_Answer):
    """A watch of a title."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"id": "tmdb:603", **_WATCH, "revision": 15, **_FRAME}}
    )

    id: str = Field(description="The id the library knows the title by.")
    action: Literal["watch", "rewatch", "ignore"] = Field(
        description="Whether it was the first time; ignore where it is to count for nothing."
    )
    time: int | None = _TIME
    revision: int = _REVISION


class ListedItem(_Item):
    """A title of a list."""

    model_config = _item(TITLE | {"added": _AT})

    added: int = Field(description="Since when, in seconds since 1970 in UTC.")


class ListedTitles(_Listing):
    """A list of titles."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"results": [TITLE | {"added": _AT}, _GONE], "next": None, **_FRAME}
        }
    )

    results: list[ListedItem] = Field(description="The latest addition first.")


class Kept(_Answer):
    """A title that is on a list now."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"id": "tmdb:603", "revision": 16, **_FRAME}}
    )

    id: str = Field(description="The id the library knows the title by.")
    revision: int = _REVISION


class EventsTaken(_Answer):
    """What became of events."""

    model_config = ConfigDict(json_schema_extra={"example": {"new": 20, "repeated": 1, **_FRAME}})

    new: int = Field(description="Recorded now.")
    repeated: int = Field(description="Their keys were known already.")


class EventItem(BaseModel):
    """Something that happened to a title that was shown."""

    model_config = ConfigDict(json_schema_extra={"example": _EVENT})

    sequence: int = Field(description="Grows from event to event.")
    kind: Literal["impression", "click", "play", "rating"]
    id: str = Field(description="The title.")
    key: str = Field(description="Made up by the client.")
    time: int = Field(description="When, in seconds since 1970 in UTC.")
    request: str | None = Field(description="X-Request-ID of the answer it belongs to.")
    position: int | None = Field(description="Place in that answer, from 0.")
    experiment: str | None = Field(description="That the answer was part of.")
    arm: str | None = Field(description="Which of its rankers gave the title.")
    value: float | None = Field(description="Stars of a rating, part of a play.")
    person: str | None = Field(description="Whose it is, by name.")


class Events(_Listing):
    """Events in the order they were recorded."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"results": [_EVENT], "next": None, **_FRAME}}
    )

    results: list[EventItem] = Field(description="Oldest first.")


_NAMED: JsonDict = {"id": "tmdb:603", "title": "The Matrix", "year": 1999}
_EXPORT: JsonDict = {
    "person": "default",
    "exported": _AT,
    "library": "v0001",
    "degraded": [],
    "ratings": [{**_NAMED, **_RATING, "recorded": _AT}],
    "watches": [{**_NAMED, **_WATCH}],
    "watchlist": [{"id": "tmdb:961", "title": "The General", "year": 1926, "added": _AT}],
    "hidden": [],
    "changes": [],
    "imports": [_IMPORT],
    "events": [],
}


class Export(_Answer):
    """All that is kept of what somebody did."""

    model_config = ConfigDict(json_schema_extra={"example": _EXPORT})

    person: str = Field(description="Whose, by name.")
    exported: int = Field(description="When, in seconds since 1970 in UTC.")
    ratings: list[dict[str, Any]] = Field(description="Opinions, in the order of ids.")
    watches: list[dict[str, Any]] = Field(description="The latest first.")
    watchlist: list[dict[str, Any]]
    hidden: list[dict[str, Any]]
    changes: list[dict[str, Any]] = Field(description="How the opinions came about.")
    imports: list[Import]
    events: list[dict[str, Any]] = Field(description="What happened to titles shown to them.")


class RadarrItem(BaseModel):
    """A film as a list of Radarr has it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "title": "The Matrix",
                "year": 1999,
                "imdb_id": "tt0133093",
                "id": 603,
                "tmdb_id": 603,
            }
        }
    )

    title: str
    year: int | None = None
    imdb_id: str | None = Field(None, description="Of IMDb, where it is known.")
    id: int | None = Field(None, description="Of TMDb, as Radarr's own kind of list has it.")
    tmdb_id: int | None = Field(None, description="Of TMDb once more, by its name.")

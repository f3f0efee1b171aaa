"""What recommendations are asked for with over HTTP, the same in an address and in a JSON body."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from matinee.deeds import MAX_HISTORY, deeds_of, seconds
from matinee.errors import QueryError, UnknownTitleError
from matinee.pipeline.group import MAX_MEMBERS
from matinee.pipeline.person import Person, person_of
from matinee.query.filters import parse_filter
from matinee.query.request import MAX_K
from matinee.query.wanted import MAX_AGE, WANTED, RecommendRequest
from matinee.service.whole import WholeNumbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee.assembly import Library

MAX_FILTERS = 64
"""As many as a search may have."""
MAX_TEXT = 1_000
"""Characters of a filter."""
_HOUR = 3600
"""Seconds; moments of one hour are one to the models, so their answers are one as well."""
_HISTORY: list[Any] = [
    {"title": "tmdb:603", "rating": 4.5},
    {"title": "tmdb:949", "action": "watch"},
    ["tmdb:78", 5],
]
_FILTERS = Annotated[
    list[Annotated[str, Field(max_length=MAX_TEXT)]], Field(max_length=MAX_FILTERS)
]
FIELDS = (
    "Fields of each result that are wanted, with commas, such as title,year,score; the id always "
    "comes. Default: all."
)


def _option(name: str, default: Any, example: Any = None, **schema: Any) -> Any:
    """Return an option; its bounds are told here, and checked by the request with a cure."""
    examples = None if example is None else [example]
    extra = schema or None
    return Field(default, description=WANTED[name], examples=examples, json_schema_extra=extra)


def _filters() -> Any:
    return Field(
        default_factory=list,
        description=WANTED["filter"],
        examples=[["year:1990..1999", "-genre:Horror"]],
    )


class RecommendParams(BaseModel):
    """What recommendations are asked for; a parameter of another name is refused."""

    model_config = ConfigDict(extra="forbid")

    k: int = Field(
        10, description=f"How many, 1 to {MAX_K:,}.", json_schema_extra={"minimum": 1}, examples=[5]
    )
    offset: int = Field(
        0,
        ge=0,
        lt=MAX_K,
        description="Results left out from the start, to read on where the last answer ended; "
        f"k and offset together are at most {MAX_K:,}.",
    )
    method: str | None = _option("method", None, "popularity")
    explain: bool = _option("explain", False)
    exploration: float = _option("exploration", 0.0, minimum=-1, maximum=1)
    diversity: float = _option("diversity", 0.0, minimum=0, maximum=1)
    calibration: float = _option("calibration", 0.0, minimum=0, maximum=1)
    filter: _FILTERS = _filters()
    min_votes: int = _option("min_votes", 0, minimum=0)
    max_age: int | None = _option("max_age", None, 12, minimum=0, maximum=MAX_AGE)
    include_seen: bool = _option("include_seen", False)
    context: str | None = _option("context", None, "now")
    seed: int | None = _option("seed", None, 1, minimum=0)
    fields: str = Field("", max_length=MAX_TEXT, description=FIELDS, examples=["title,year,score"])

    def request(self, *bounds: int | None) -> RecommendRequest:
        """Return the request, as long as it has to be for the page that is wanted.

        Args:
            bounds: ages of whoever is concerned; the lowest counts, and that asked for as well.

        Raises:
            QueryError: naming the value and its bounds.
        """
        if self.offset and (self.diversity or self.calibration):
            raise QueryError(
                "A diverse or calibrated list is made as a whole and cannot be read on",
                where=f"offset {self.offset}",
                cure="Ask for a larger k, or leave out diversity and calibration",
            )
        return RecommendRequest(
            k=self.k + self.offset if 0 < self.k <= MAX_K - self.offset else self._no_page(),
            method=self.method,
            explain=self.explain,
            exploration=self.exploration,
            diversity=self.diversity,
            calibration=self.calibration,
            filters=tuple(map(parse_filter, self.filter)),
            min_votes=self.min_votes,
            max_age=lowest(self.max_age, *bounds),
            include_seen=self.include_seen,
            context=None if self.context is None else moment(self.context),
            seed=self.seed,
        )

    def _no_page(self) -> int:
        raise QueryError(
            f"k is {self.k}" + (f" and offset {self.offset}" if self.offset else ""),
            cure=f"Give 1 to {MAX_K:,}, of both together",
        )


class RecommendBody(WholeNumbers, RecommendParams):
    """The same as JSON, and perhaps a history; types are those named."""

    model_config = ConfigDict(
        strict=True, json_schema_extra={"example": {"k": 5, "history": _HISTORY, "alone": True}}
    )

    history: list[Any] | None = Field(
        None,
        max_length=MAX_HISTORY,
        description="What if: deeds that count for this answer and are not kept, each an object of "
        "title and rating or action and perhaps time, a pair of title and stars, or a title that "
        "is liked; titles are ids or names.",
        examples=[_HISTORY],
    )
    alone: bool = Field(
        False,
        description="Leave out what the person did: the history is that of somebody without an "
        "account.",
    )


class Member(BaseModel):
    """Somebody of a group who has no account."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(
        "", max_length=64, description="What they are called in the answer; a number by default."
    )
    history: list[Any] = Field(max_length=MAX_HISTORY, description="What they did.")


class GroupBody(WholeNumbers):
    """Who watches together, and what they ask for."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "example": {
                "members": ["me", {"name": "guest", "history": [["tmdb:603", 5]]}],
                "strategy": "fairness",
                "k": 5,
            }
        },
    )

    members: list[str | Member] = Field(
        min_length=1,
        max_length=MAX_MEMBERS,
        description="Names of people, `me` for who asks, or histories of people without accounts.",
    )
    strategy: Literal["fairness", "least-misery", "average"] = Field(
        "fairness", description="How the members' wishes become one."
    )
    k: int = Field(10, description=f"How many, 1 to {MAX_K:,}.", json_schema_extra={"minimum": 1})
    method: str | None = _option("method", None, "popularity")
    filter: _FILTERS = _filters()
    min_votes: int = _option("min_votes", 0, minimum=0)
    max_age: int | None = _option("max_age", None, 12, minimum=0, maximum=MAX_AGE)
    fields: str = Field("", max_length=MAX_TEXT, description=FIELDS)

    def request(self, *bounds: int | None) -> RecommendRequest:
        """Return the request; see :meth:`RecommendParams.request`.

        Raises:
            QueryError: naming the value and its bounds.
        """
        return RecommendRequest(
            k=self.k,
            method=self.method,
            filters=tuple(map(parse_filter, self.filter)),
            min_votes=self.min_votes,
            max_age=lowest(self.max_age, *bounds),
        )


def lowest(*ages: int | None) -> int | None:
    """Return the lowest of some ages, None where none is known.

    >>> lowest(None, 16, 12), lowest(None)
    (12, None)
    """
    return min((age for age in ages if age is not None), default=None)


def moment(text: str) -> int:
    """Return a moment, ``now`` or ISO 8601, as the seconds since 1970 at which its hour began.

    Raises:
        QueryError: it is neither.
    """
    return (int(time.time()) if text == "now" else seconds(text)) // _HOUR * _HOUR


def told_person(library: Library, history: Iterable[object]) -> Person:
    """Return the person with a history a caller wrote.

    Raises:
        QueryError: an entry cannot be used, or names a title that the library does not have: the
            address that was asked exists all the same, so that is no 404.
    """
    try:
        return person_of(library.engine, deeds_of(history))
    except UnknownTitleError as error:
        raise QueryError(
            "The library has no such title of the history", where=error.where, cure=error.cure
        ) from error

"""Which facts of each item an answer holds: ``?fields=id,title,year``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Query

from matinee.pipeline.results import RESULT_FIELDS, TITLE_FIELDS, fields_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

MAX_LENGTH = 1_000
"""Characters; the names of all fields together take a third of it."""
DONE_FIELDS = (*TITLE_FIELDS, "missing", "action", "rating", "time", "recorded")
"""Of an item of what somebody did."""
LISTED_FIELDS = (*TITLE_FIELDS, "missing", "added")
"""Of an item of a list, such as the watchlist."""
CHANGE_FIELDS = (*DONE_FIELDS, "sequence", "import")
"""Of a change of what somebody thinks of a title."""

Fields = frozenset[str] | None
"""Names of the fields wanted, None for all; the id is always there."""


def asked(known: Sequence[str]) -> Any:
    """Return what the document says of the parameter ``fields``, which may hold some names."""
    name = f"({'|'.join(known)})"
    return Query(
        description="Names of the fields wanted of each item, with commas between; without it all "
        "of them. The id is always there.",
        max_length=MAX_LENGTH,
        openapi_examples={"three": {"value": "id,title,year"}},
        # For the document; what is refused is told with the names there are.
        json_schema_extra={"pattern": f"^({name}(,{name})*)?$"},
    )


def chosen_of(known: Sequence[str]) -> Callable[[str], Awaitable[Fields]]:
    """Return a dependency that reads ``fields``; other names than those known are refused."""

    async def chosen(fields: str = "") -> Fields:
        return fields_of(fields, known)

    # The parameter differs from list to list, which no annotation in the source can say.
    chosen.__annotations__["fields"] = Annotated[str, asked(known)]
    return chosen


OfResult = Annotated[Fields, Depends(chosen_of(RESULT_FIELDS))]
OfDone = Annotated[Fields, Depends(chosen_of(DONE_FIELDS))]
OfListed = Annotated[Fields, Depends(chosen_of(LISTED_FIELDS))]
OfChange = Annotated[Fields, Depends(chosen_of(CHANGE_FIELDS))]

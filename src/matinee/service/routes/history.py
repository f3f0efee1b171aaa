"""What people think of titles: ratings, likes and dislikes, how these changed, and imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request, Response
from msgspec import UNSET
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from matinee.deeds import Deed
from matinee.errors import QueryError, UnknownTitleError
from matinee.interaction import NO_TIME, Action
from matinee.service import done_schemas as schemas
from matinee.service.bodies import BulkBody, RatingBody, RatingEntry, read_body, takes
from matinee.service.depends import PersonName, as_json, landed, writer
from matinee.service.etags import tagged
from matinee.service.fields import OfChange, OfDone  # noqa: TC001 -- read by FastAPI
from matinee.service.paging import Paged  # noqa: TC001 -- read by FastAPI
from matinee.service.whose import (
    Theirs,
    TitleId,
    ToChange,
    Whose,
    framed,
    in_memory,
    page_of,
    whose,
)

if TYPE_CHECKING:
    from matinee.store.records import Batch, Change, Written

router = APIRouter(tags=["people"])

_RATING = msgspec.json.Decoder(RatingBody)
_BULK = msgspec.json.Decoder(BulkBody)
_NAMED = 20
"""Unknown titles that a refusal names; more make no better message."""
BatchKey = Annotated[
    int,
    Path(
        ge=1,
        le=(1 << 63) - 1,
        description="Number of the import.",
        openapi_examples={"the first": {"value": 1}},
    ),
]


# The first of all routes, and its parameters taken by hand: looking through those before it, and
# the framework's way of reading parameters, would take longer than all that is done here.
@router.put(
    "/v1/people/{person}/ratings/{title_id}",
    response_model=schemas.Rated,
    openapi_extra=takes(RatingBody, person=PersonName, title_id=TitleId),
)
async def rate(request: Request) -> Response:
    """Say what somebody thinks of a title; the same again changes nothing and answers the same."""
    named = request.path_params
    theirs = await whose(request, await writer(request), named["person"])
    body = await read_body(request, _RATING)
    title = theirs.title(named["title_id"])
    deed = deed_from(title.id, body)
    written: Written = await landed(theirs.store.history.rate(theirs.person.key, [deed]))
    values = {"id": title.id, **told(deed), "revision": written.revision}
    return as_json(framed(request, theirs.library, values))


@router.get("/v1/people/{person}/ratings", response_model=schemas.RatedTitles)
def ratings(request: Request, theirs: Theirs, page: Paged, fields: OfDone) -> Response:
    """List what somebody thinks of titles, in the order of ids."""

    def read(after: Any, count: int) -> list[tuple[Deed, int]]:
        return theirs.store.history.opinions(theirs.person.key, limit=count, after=after)

    return page_of(
        request,
        theirs,
        page,
        "ratings",
        read,
        lambda row: row[0].title,
        lambda row: theirs.item(row[0].title, told(row[0]) | {"recorded": row[1]}, fields),
    )


@router.get("/v1/people/{person}/ratings/{title_id}", response_model=schemas.RatedTitle)
def rating(request: Request, theirs: Theirs, title_id: TitleId, fields: OfDone) -> Response:
    """Tell what somebody thinks of a title; 404 where they said nothing."""
    for one in theirs.aliases(title_id):
        deed = theirs.store.history.opinion(theirs.person.key, one)
        if deed is not None:
            item = theirs.item(deed.title, told(deed), fields)
            frame = msgspec.json.encode(framed(request, theirs.library, {}))
            return tagged(request, item[:-1] + b"," + frame[1:])
    raise UnknownTitleError(
        "Nothing was said of this title", where=title_id[:80], cure="Rate it with PUT"
    )


@router.delete("/v1/people/{person}/ratings/{title_id}", status_code=204)
async def unrate(theirs: ToChange, title_id: TitleId) -> Response:
    """Take back what somebody thinks of a title; nothing happens where they said nothing."""
    await forget(theirs, title_id, "opinion")
    return Response(status_code=204)


@router.post(
    "/v1/people/{person}/ratings/bulk",
    response_model=schemas.RatedMany,
    openapi_extra=takes(BulkBody),
)
async def rate_many(request: Request, theirs: ToChange) -> Response:
    """Say what somebody thinks of up to 10,000 titles: all of it is written, or nothing.

    Of a title that is there twice the later entry counts. A title that the library does not have
    makes the whole request fail, unless it is to be left out: then the answer names it.
    """
    body = await read_body(request, _BULK)
    deeds, unknown = await run_in_threadpool(_resolved, theirs, body.ratings)
    if unknown and not body.skip_unknown:
        more = f" and {len(unknown) - _NAMED:,} more" if len(unknown) > _NAMED else ""
        raise UnknownTitleError(
            f"The library does not have {len(unknown):,} of the titles; nothing was written",
            where=", ".join(unknown[:_NAMED]) + more,
            cure="Leave them out, or set skip_unknown",
        )
    written: Written = await landed(theirs.store.history.rate(theirs.person.key, deeds))
    values = {
        "rated": len(deeds),
        "changed": written.changed,
        "unknown": unknown,
        "revision": written.revision,
    }
    return as_json(framed(request, theirs.library, values))


@router.get("/v1/people/{person}/ratings/{title_id}/changes", response_model=schemas.Changes)
def changes_of_title(
    request: Request, theirs: Theirs, title_id: TitleId, page: Paged, fields: OfChange
) -> Response:
    """List what somebody thought of a title over time, oldest first."""
    names = theirs.aliases(title_id)
    history, key = theirs.store.history, theirs.person.key

    def read(after: Any, count: int) -> list[Change]:
        found = [
            change
            for name in names
            for change in history.changes(key, title=name, limit=count, after=after or 0)
        ]
        return sorted(found, key=lambda change: change.sequence)[:count]

    return _changes(request, theirs, page, f"changes {names[0]}", read, fields)


@router.get("/v1/people/{person}/changes", response_model=schemas.Changes)
def changes(request: Request, theirs: Theirs, page: Paged, fields: OfChange) -> Response:
    """List every change of what somebody thinks of titles, oldest first."""

    def read(after: Any, count: int) -> list[Change]:
        return theirs.store.history.changes(theirs.person.key, limit=count, after=after or 0)

    return _changes(request, theirs, page, "changes", read, fields)


@router.get("/v1/people/{person}/imports", response_model=schemas.Imports)
def imports(request: Request, theirs: Theirs, page: Paged) -> Response:
    """List what was brought in from files, the latest first."""

    def place(batch: Batch) -> int:
        return -batch.key

    rows = theirs.store.history.batches(theirs.person.key)
    return page_of(request, theirs, page, "imports", in_memory(rows, place), place, _import)


@router.delete("/v1/people/{person}/imports/{key}", response_model=schemas.Undone)
async def undo_import(request: Request, theirs: ToChange, key: BatchKey) -> Response:
    """Take back what an import brought, but nothing that was said since."""
    history = theirs.store.history
    batches = await run_in_threadpool(history.batches, theirs.person.key)
    if all(batch.key != key for batch in batches):
        raise HTTPException(404)
    written: Written = await landed(history.undo_batch(theirs.person.key, key))
    values = {"key": key, "revision": written.revision}
    return as_json(framed(request, theirs.library, values))


def told(deed: Deed) -> dict[str, Any]:
    """Return what was done, as answers tell it."""
    return {
        "action": deed.action.name.lower(),
        "rating": deed.stars,
        "time": None if deed.time == NO_TIME else deed.time,
    }


def deed_from(title: str, said: RatingBody | RatingEntry) -> Deed:
    """Return the opinion that a body says.

    Raises:
        QueryError: it has both stars and an action, or neither.
    """
    if (said.rating is UNSET) == (said.action is UNSET):
        raise QueryError(
            "A rating has stars or an action, one of the two",
            where=title,
            cure='Send {"rating": 4.5}, or {"action": "like"}, "dislike" or "abandon"',
        )
    time = NO_TIME if said.time is None else int(said.time)
    if said.rating is not UNSET:
        return Deed(title, Action.RATING, said.rating, time)
    return Deed(title, Action[str(said.action).upper()], None, time)


async def forget(theirs: Whose, title_id: str, what: str) -> None:
    """Remove one kind of what somebody did with a title, under whichever id it is kept."""
    history = theirs.store.history
    for future in [
        history.forget(theirs.person.key, one, what=(what,)) for one in theirs.aliases(title_id)
    ]:
        await landed(future)


def _resolved(theirs: Whose, entries: list[RatingEntry]) -> tuple[list[Deed], list[str]]:
    """Return the opinions by title, the last of each, and the ids of no title."""
    deeds: dict[str, Deed] = {}
    unknown: dict[str, None] = {}
    for entry in entries:
        title = theirs.known(entry.id)
        # What is wrong with an entry is told even where its title is left out.
        deed = deed_from(entry.id if title is None else title.id, entry)
        if title is None:
            unknown[entry.id] = None
        else:
            deeds[title.id] = deed
    return list(deeds.values()), list(unknown)


def _changes(
    request: Request, theirs: Whose, page: Paged, scope: str, read: Any, fields: OfChange
) -> Response:
    def entry(change: Change) -> bytes:
        done = {
            "sequence": change.sequence,
            "action": change.action,
            "rating": change.stars,
            "time": None if change.time == NO_TIME else change.time,
            "recorded": change.recorded,
            "import": change.batch,
        }
        return theirs.item(change.title, done, fields)

    return page_of(request, theirs, page, scope, read, lambda change: change.sequence, entry)


def _import(batch: Batch) -> bytes:
    names = ("key", "source", "entries", "created", "undone")
    return msgspec.json.encode({name: getattr(batch, name) for name in names})

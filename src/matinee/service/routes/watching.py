"""What people watched, want to watch, and do not want to see in recommendations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import APIRouter, Request, Response

from matinee.deeds import Deed
from matinee.interaction import NO_TIME, Action
from matinee.service import done_schemas as schemas
from matinee.service.bodies import WatchBody, read_body, takes
from matinee.service.depends import as_json, landed
from matinee.service.fields import Fields, OfDone, OfListed  # noqa: TC001 -- read by FastAPI
from matinee.service.paging import Page, Paged  # noqa: TC001 -- read by FastAPI
from matinee.service.routes.history import forget, told
from matinee.service.whose import Theirs, TitleId, ToChange, Whose, framed, in_memory, page_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.store.records import Listed, Written

router = APIRouter(tags=["people"])

_WATCH = msgspec.json.Decoder(WatchBody)


@router.get("/v1/people/{person}/watches", response_model=schemas.WatchedTitles)
def watches(request: Request, theirs: Theirs, page: Paged, fields: OfDone) -> Response:
    """List what somebody watched, the latest first, and last what nobody knows the time of."""

    def place(deed: Deed) -> list[Any]:
        return [-deed.time, deed.title, int(deed.action)]

    def entry(deed: Deed) -> bytes:
        done = told(deed)
        del done["rating"]
        return theirs.item(deed.title, done, fields)

    rows = theirs.store.history.watches(theirs.person.key)
    return page_of(request, theirs, page, "watches", in_memory(rows, place), place, entry)


@router.post(
    "/v1/people/{person}/watches",
    response_model=schemas.Watched,
    openapi_extra=takes(WatchBody),
)
async def watch(request: Request, theirs: ToChange) -> Response:
    """Say that somebody watched a title; the same title at the same time is one watch."""
    body = await read_body(request, _WATCH)
    title = theirs.title(body.id)
    action = Action.REWATCH if body.again else Action.WATCH
    deed = Deed(title.id, action, None, NO_TIME if body.time is None else int(body.time))
    written: Written = await landed(theirs.store.history.rate(theirs.person.key, [deed]))
    values = {"id": title.id, **told(deed), "revision": written.revision}
    del values["rating"]
    return as_json(framed(request, theirs.library, values))


@router.delete("/v1/people/{person}/watches/{title_id}", status_code=204)
async def unwatch(theirs: ToChange, title_id: TitleId) -> Response:
    """Take back every watch of a title."""
    await forget(theirs, title_id, "watch")
    return Response(status_code=204)


@router.get("/v1/people/{person}/watchlist", response_model=schemas.ListedTitles)
def watchlist(request: Request, theirs: Theirs, page: Paged, fields: OfListed) -> Response:
    """List what somebody wants to watch, the latest addition first."""
    rows = theirs.store.history.watchlist(theirs.person.key)
    return _listed(request, theirs, page, fields, "watchlist", rows)


@router.put("/v1/people/{person}/watchlist/{title_id}", response_model=schemas.Kept)
async def want(request: Request, theirs: ToChange, title_id: TitleId) -> Response:
    """Put a title on the watchlist; nothing happens where it is there already."""
    title = theirs.title(title_id)
    writing = theirs.store.history.add_to_watchlist(theirs.person.key, title.id)
    return await _kept(request, theirs, title.id, writing)


@router.delete("/v1/people/{person}/watchlist/{title_id}", status_code=204)
async def unwant(theirs: ToChange, title_id: TitleId) -> Response:
    """Take a title off the watchlist."""
    history = theirs.store.history
    await _gone(
        [history.remove_from_watchlist(theirs.person.key, one) for one in theirs.aliases(title_id)]
    )
    return Response(status_code=204)


@router.get("/v1/people/{person}/hidden", response_model=schemas.ListedTitles)
def hidden(request: Request, theirs: Theirs, page: Paged, fields: OfListed) -> Response:
    """List what is never recommended to somebody, the latest addition first."""
    rows = theirs.store.history.hidden(theirs.person.key)
    return _listed(request, theirs, page, fields, "hidden", rows)


@router.put("/v1/people/{person}/hidden/{title_id}", response_model=schemas.Kept)
async def hide(request: Request, theirs: ToChange, title_id: TitleId) -> Response:
    """Never recommend a title to somebody again; nothing happens where that is so already."""
    title = theirs.title(title_id)
    writing = theirs.store.history.hide(theirs.person.key, title.id)
    return await _kept(request, theirs, title.id, writing)


@router.delete("/v1/people/{person}/hidden/{title_id}", status_code=204)
async def unhide(theirs: ToChange, title_id: TitleId) -> Response:
    """Let a title be recommended again."""
    history = theirs.store.history
    await _gone([history.unhide(theirs.person.key, one) for one in theirs.aliases(title_id)])
    return Response(status_code=204)


def _listed(
    request: Request,
    theirs: Whose,
    page: Page,
    fields: Fields,
    scope: str,
    rows: Sequence[Listed],
) -> Response:
    def place(row: Listed) -> list[Any]:
        return [-row.added, row.title]

    def entry(row: Listed) -> bytes:
        return theirs.item(row.title, {"added": row.added}, fields)

    return page_of(request, theirs, page, scope, in_memory(rows, place), place, entry)


async def _kept(request: Request, theirs: Whose, title_id: str, writing: Any) -> Response:
    written: Written = await landed(writing)
    values = {"id": title_id, "revision": written.revision}
    return as_json(framed(request, theirs.library, values))


async def _gone(writing: Sequence[Any]) -> None:
    for future in writing:
        await landed(future)

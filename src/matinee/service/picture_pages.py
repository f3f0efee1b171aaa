"""Giving a picture at the search page: it is kept for an hour, so that an address names it.

A form alone would do for the first answer. But then its chips, its further results, a reload and
the way back would each need the picture again, which no browser sends twice unasked.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse

from matinee.errors import MatineeError
from matinee.service import forms, search_page
from matinee.service.depends import reader
from matinee.service.pictured import copied, decoded, kept_of, received

router = APIRouter(include_in_schema=False)

TAKING = ("/search/picture",)
"""Paths that a picture is sent to."""
_ADDRESS = "address"
"""Field of the form: the address of the search that the picture is added to."""


@router.post("/search/picture", dependencies=[Depends(reader)])
async def give(request: Request) -> Response:
    """Keep a picture for an hour, and go on to the search by it."""
    form = forms.SearchForm()
    try:
        upload = await received(request)
        form = forms.read(QueryParams(upload.value(_ADDRESS).partition("?")[2]))
        name = await copied(request, await decoded(request, upload))
    except MatineeError as error:
        return search_page.refused(request, form, error)
    # Another picture shows something else than what was said of the one before.
    address = form.but(picture=name, caption="").url()
    return RedirectResponse(address, 303, {"cache-control": "no-store"})


@router.get("/search/picture")
async def given() -> Response:
    """Lead somebody who reloads the address of the form to the search."""
    return RedirectResponse("/search", 303, {"cache-control": "no-store"})


@router.get("/picture/{name}", dependencies=[Depends(reader)])
async def kept(request: Request, name: str) -> Response:
    """Return the copy of a picture that somebody gave."""
    data = await run_in_threadpool(kept_of(request.app).get, name)
    if data is None:
        raise HTTPException(404)
    # Its contents never change; how long it stays is no business of a cache that others share.
    headers = {"cache-control": "private, max-age=3600, immutable"}
    return Response(data, headers=headers, media_type="image/jpeg")

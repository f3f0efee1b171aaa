"""The map of titles: as columns for a canvas, and as a page that lists the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response

from matinee.errors import LibraryError
from matinee.service import forms, views
from matinee.service.depends import Opened, Reader  # noqa: TC001 -- read by FastAPI
from matinee.service.etags import ASK_AGAIN, is_known, tag_of
from matinee.service.map_schemas import MapAnswer
from matinee.service.templating import page
from matinee.service.title_map import CURE, OLD, PER_PAGE

if TYPE_CHECKING:
    from matinee.assembly import Library
    from matinee.service.caller import Caller
    from matinee.service.title_map import MapInSight

router = APIRouter()

_MOST_NUMBERS = 1_000_000
"""Bound of what a query may count; no map has as many regions or pages."""


@router.get("/v1/map", response_model=MapAnswer, tags=["search"])
def title_map(request: Request, library: Opened, caller: Reader) -> Response:
    """Tell where titles lie on the map, alike beside alike, at most the best-known 50,000.

    Only titles that suit the caller's age are in it.
    """
    found = _found(request, library, caller)
    if found is None:
        raise LibraryError(OLD, cure=CURE)
    headers = {"etag": tag_of(found.body), "cache-control": ASK_AGAIN, "vary": "Accept-Encoding"}
    if is_known(request, headers["etag"]):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(found.body, headers=headers, media_type="application/json")
    headers |= {"content-encoding": "gzip", "etag": f"W/{headers['etag']}"}
    return Response(found.compressed, headers=headers, media_type="application/json")


@router.get("/map", include_in_schema=False)
def map_page(
    request: Request,
    library: Opened,
    caller: Reader,
    region: Annotated[int | None, Query(ge=0, le=_MOST_NUMBERS)] = None,
    number: Annotated[int, Query(alias="page", ge=1, le=_MOST_NUMBERS)] = 1,
) -> Response:
    """Show the map, and beside it a list of the same; a region of it, if one is named."""
    found = _found(request, library, caller)
    regions = {} if found is None else found.regions
    here = None if region is None else regions.get(region)
    pages = 1 if here is None else max(1, -(-here.size // PER_PAGE))
    if (region is not None and here is None) or number > pages:
        raise HTTPException(404)
    over = next((r for r in regions.values() if here and here.number in r.parts), None)
    answer = page(
        "map.html",
        missing=None if found else (OLD, CURE),
        titles=0 if found is None else found.suitable,
        drawn=0 if found is None else len(found.rows),
        regions=regions,
        here=here,
        over=over,
        films=[
            (title, views.title_url(title))
            for title in (found.titles(here.number, number) if found and here else ())
        ],
        leaf=number,
        pages=pages,
        form=forms.SearchForm(),
    )
    answer.headers["cache-control"] = ASK_AGAIN
    return answer


def _found(request: Request, library: Library, caller: Caller) -> MapInSight | None:
    found: MapInSight | None = request.app.state.maps.of(library, caller.max_age)
    return found

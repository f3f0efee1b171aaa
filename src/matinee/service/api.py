"""The JSON API: parse, call, shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from matinee.assembly import Library
from matinee.catalogue.identity import is_id
from matinee.errors import UnknownTitleError
from matinee.pipeline.results import title_dict
from matinee.query.options import OPTIONS
from matinee.query.request import MAX_K, SearchRequest
from matinee.query.slots import told
from matinee.service import schemas, views
from matinee.service.params import SearchBody, SearchParams

if TYPE_CHECKING:
    from matinee.catalogue.title import Title
    from matinee.service.holder import Holder

router = APIRouter()


def holder_of(request: Request) -> Holder:
    """Return the holder of the app that serves a request."""
    holder: Holder = request.app.state.holder
    return holder


# Dependencies are coroutines because FastAPI sends plain functions to the thread pool one by one.
async def opened(request: Request) -> Library:
    """Return the open library."""
    return holder_of(request).get()


Opened = Annotated[Library, Depends(opened)]
InAddress = Annotated[SearchParams, Query()]
InBody = Annotated[SearchBody, Body()]
HowMany = Annotated[
    int,
    Query(
        description=f"How many results; 1 to {MAX_K:,}.", openapi_examples={"five": {"value": 5}}
    ),
]
TitleId = Annotated[
    str,
    Path(
        description="Any id of the title, namespace:value.",
        openapi_examples={"The Matrix": {"value": "tmdb:603"}},
    ),
]


def find(library: Library, title_id: str) -> Title:
    """Return the title with that id; a name does not do, for an address must mean one thing.

    Raises:
        UnknownTitleError: no title has it.
    """
    if not is_id(title_id):
        raise UnknownTitleError(
            "This is not the id of a title", where=title_id[:80], cure="Give one such as tmdb:603"
        )
    return library.title(title_id)


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


@router.get("/v1/search", response_model=schemas.Results, tags=["search"])
def search(library: Opened, params: InAddress) -> Response:
    """Find the films that fit a description best."""
    return _json(library.answer(params.request()).to_dict())


@router.post("/v1/search", response_model=schemas.Results, tags=["search"])
def search_by_body(library: Opened, params: InBody) -> Response:
    """Find the films that fit a description best; the parameters as a JSON object."""
    return _json(library.answer(params.request()).to_dict())


@router.get("/v1/parse", response_model=schemas.Parsed, tags=["search"])
def parse(
    library: Opened,
    q: Annotated[
        str,
        Query(
            description=OPTIONS["q"],
            openapi_examples={"conditions": {"value": "Malayalam thriller after 2010, not horror"}},
        ),
    ],
) -> Response:
    """Tell what a query is taken to ask, and search for nothing."""
    text = SearchRequest(q).text
    return _json(library.parse(text).to_dict() | {"slots": told(text, library.slots(text))})


@router.get("/v1/titles/{title_id}", response_model=schemas.Title, tags=["titles"])
def title(library: Opened, title_id: TitleId) -> Response:
    """Return one title with all its facts."""
    return _json(title_dict(find(library, title_id)))


@router.get("/v1/titles/{title_id}/similar", response_model=schemas.Results, tags=["titles"])
def similar(library: Opened, title_id: TitleId, k: HowMany = 10) -> Response:
    """Find the films most like a film."""
    return _json(library.similar(find(library, title_id).id, k).to_dict())


@router.get("/v1/status", response_model=schemas.Status, tags=["service"])
def status(library: Opened) -> Response:
    """Return what there is to know of the library, but not where it lies on the server."""
    return _json(views.public_status(library))


@router.get("/health/live", response_model=schemas.Live, tags=["service"])
async def live() -> Response:
    """Tell that the process lives."""
    return _json({"status": "live"})


@router.get("/health/ready", response_model=schemas.Ready, tags=["service"])
async def ready(library: Opened) -> Response:
    """Tell whether the library is open; 503 while it is not."""
    return _json({"status": "ready", "library": library.version, "titles": len(library)})

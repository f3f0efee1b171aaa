"""The JSON API of searches and titles: parse, call, shape."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from matinee.pipeline.results import RESULT_FIELDS, TITLE_FIELDS, entry_json, fields_of
from matinee.query.options import OPTIONS
from matinee.query.request import MAX_K, MAX_QUERY, SearchRequest, check_k
from matinee.query.slots import told
from matinee.service import schemas, views
from matinee.service.ages import InSight, Seen, seen_by
from matinee.service.answers import HEADER, edition, fresh_answer, kept_answer
from matinee.service.depends import Opened, as_json, degrade, find, opened, reader, stored
from matinee.service.etags import tagged
from matinee.service.experiments import desk_of, experimented
from matinee.service.express import read_query
from matinee.service.fields import Fields, OfResult, chosen_of
from matinee.service.paging import Offset, link_on, reach
from matinee.service.params import SearchBody, SearchParams
from matinee.service.routes.people_serving import kept_answers, since

if TYPE_CHECKING:
    from matinee.assembly import Library
    from matinee.pipeline.results import Results
    from matinee.service.answers import AnswerCache
    from matinee.service.caller import Caller
    from matinee.store import Store

router = APIRouter()

SURFACE = "search"
"""What experiments call this."""
_MORE, _LAST = b"+", b"."
"""First byte of a kept answer: whether another page follows it."""

InAddress = Annotated[SearchParams, Query()]
InBody = Annotated[SearchBody, Body()]
HowMany = Annotated[
    int,
    Query(
        description=f"How many results; 1 to {MAX_K:,}.",
        openapi_examples={"five": {"value": 5}},
        # Told here; what is out of bounds is refused with a cure.
        json_schema_extra={"minimum": 1, "maximum": MAX_K},
    ),
]
OfWhole = Annotated[Fields, Depends(chosen_of((*TITLE_FIELDS, "provenance")))]
TitleId = Annotated[
    str,
    Path(
        description="Any id of the title, namespace:value.",
        openapi_examples={"The Matrix": {"value": "tmdb:603"}},
    ),
]


@router.get("/v1/search", response_model=schemas.Results, tags=["search"])
async def search(request: Request, params: InAddress) -> Response:
    """Find the films that fit a description best."""
    library, caller = await opened(request), await reader(request)
    store, kept = await stored(request), await kept_answers(request)
    return await run_in_threadpool(_searched, request, library, caller, store, kept, params)


async def search_at_once(request: Request) -> Response:
    """Answer ``GET /v1/search`` by the short way."""
    return await search(request, read_query(request, SearchParams))


@router.post("/v1/search", response_model=schemas.Results, tags=["search"])
async def search_by_body(request: Request, params: InBody) -> Response:
    """Find the films that fit a description best; the parameters as a JSON object."""
    return await search(request, params)


@router.get("/v1/parse", response_model=schemas.Parsed, tags=["search"])
def parse(
    library: InSight,
    q: Annotated[
        str,
        Query(
            description=OPTIONS["q"],
            openapi_examples={"conditions": {"value": "Malayalam thriller after 2010, not horror"}},
            json_schema_extra={"minLength": 1, "maxLength": MAX_QUERY, "pattern": r"\S"},
        ),
    ],
) -> Response:
    """Tell what a query is taken to ask, and search for nothing."""
    text = SearchRequest(q).text
    return as_json(library.parse(text).to_dict() | {"slots": told(text, library.slots(text))})


@router.get("/v1/titles/{title_id}", response_model=schemas.Title, tags=["titles"])
def title(
    request: Request, library: InSight, whole: Opened, title_id: TitleId, fields: OfWhole
) -> Response:
    """Return one title with all its facts, and where they came from."""
    film = find(library, title_id)
    told = views.provenance(whole, film)
    more = {"provenance": {name: each.to_dict() for name, each in told.items()}}
    return tagged(request, entry_json(film, more, fields))


@router.get("/v1/titles/{title_id}/similar", response_model=schemas.Results, tags=["titles"])
def similar(
    request: Request,
    library: InSight,
    title_id: TitleId,
    fields: OfResult,
    k: HowMany = 10,
    offset: Offset = 0,
) -> Response:
    """Find the films most like a film."""
    started = time.perf_counter()
    check_k(k)
    found = library.similar(find(library, title_id).id, reach(offset, k))
    body, more = _page(found, k, offset, fields, started)
    headers = link_on(request, offset, k) if more else None
    return Response(body, headers=headers, media_type="application/json")


def _searched(
    request: Request,
    library: Library,
    caller: Caller,
    store: Store,
    kept: AnswerCache,
    params: SearchParams,
) -> Response:
    """Answer a search: from what is kept, anew, or as part of an experiment. May block."""
    started = time.perf_counter()
    fields = fields_of(params.fields, RESULT_FIELDS)
    asked = params.request()
    seen = seen_by(library, caller.max_age)
    running, known = desk_of(request).running(store, SURFACE)
    if running or not known:
        return _tried(request, seen, caller, store, asked, params, fields, started)
    key = ("search", edition(library), caller.max_age, asked, params.offset, params.fields)
    before = kept.get(key)
    if before is None:
        found = seen.answer(asked)
        for flag in found.lacking:
            degrade(request, flag)
        body, more = _page(found, params.k, params.offset, fields, started)
        if not found.lacking:
            kept.put(key, (_MORE if more else _LAST) + body)
        answer = fresh_answer(body)
    else:
        more = before[:1] == _MORE
        answer = kept_answer(before[1:], since(started))
    if more and request.method == "GET":
        answer.headers.update(link_on(request, params.offset, params.k))
    return answer


def _tried(
    request: Request,
    seen: Seen,
    caller: Caller,
    store: Store,
    asked: SearchRequest,
    params: SearchParams,
    fields: Fields,
    started: float,
) -> Response:
    """Answer a search that is part of an experiment, if who asks takes part; it is never kept."""
    shown = experimented(
        asked,
        SURFACE,
        caller,
        store,
        seen.answer,
        request=request,
        given=params.model_fields_set,
        first=params.offset,
        shown=params.k,
    )
    for flag in shown.answer.lacking:
        degrade(request, flag)
    values = shown.to_dict(fields) | {"took_ms": round(since(started), 3)}
    headers = {**shown.headers, HEADER: "miss"}
    if len(shown.answer.results) == params.k and request.method == "GET":
        headers |= link_on(request, params.offset, params.k)
    return as_json(values, headers=headers)


def _page(
    found: Results, k: int, offset: int, fields: Fields, started: float
) -> tuple[bytes, bool]:
    """Return a page of results as JSON, and whether another may follow."""
    more = len(found) == offset + k < MAX_K
    page = replace(found, results=found.results[offset:])
    return page.to_json(took_ms=since(started), fields=fields), more

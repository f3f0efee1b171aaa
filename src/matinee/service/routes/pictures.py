"""The JSON API of pictures: searching by one, and which film's poster it is."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from matinee.pipeline.results import RESULT_FIELDS, fields_of
from matinee.query.request import check_k
from matinee.service import picture_schemas as schemas
from matinee.service.ages import InSight  # noqa: TC001 -- read by FastAPI
from matinee.service.depends import as_json, degrade
from matinee.service.express import read_pairs
from matinee.service.picture_params import PictureParams, RecogniseParams, form_of
from matinee.service.pictured import decoded, received
from matinee.service.routes.people_serving import since
from matinee.service.sessions import CSRF_FIELD

if TYPE_CHECKING:
    from typing import TypeVar

    from pydantic import BaseModel

    from matinee.service.ages import Seen
    from matinee.service.uploads import Upload
    from matinee.types import Picture

    M = TypeVar("M", bound=BaseModel)

router = APIRouter()

TAKING = ("/v1/search/picture", "/v1/pictures/recognise")
"""Paths that a picture is sent to."""


@router.post(
    "/v1/search/picture",
    response_model=schemas.PictureResults,
    tags=["search"],
    openapi_extra=form_of(PictureParams),
)
async def search_by_picture(request: Request, library: InSight) -> Response:
    """Find the films that a picture, and words beside it, fit best; it is not kept."""
    started = time.perf_counter()
    upload = await received(request)
    params = _read(upload, PictureParams)
    # What is wrong with the parameters costs no decoding.
    fields_of(params.fields, RESULT_FIELDS)
    check_k(params.k)
    picture = await decoded(request, upload)
    return await run_in_threadpool(_searched, request, library, params, picture, started)


@router.post(
    "/v1/pictures/recognise",
    response_model=schemas.Recognised,
    tags=["search"],
    openapi_extra=form_of(RecogniseParams),
)
async def recognise(request: Request, library: InSight) -> Response:
    """Tell which film's poster a picture shows, by no model at all; it is not kept."""
    started = time.perf_counter()
    upload = await received(request)
    params = _read(upload, RecogniseParams)
    check_k(params.k)
    picture = await decoded(request, upload)
    found = await run_in_threadpool(library.recognise, picture, params.k)
    return as_json({"degraded": [], **found.to_dict(), "took_ms": round(since(started), 3)})


def _searched(
    request: Request, library: Seen, params: PictureParams, picture: Picture, started: float
) -> Response:
    found = library.answer(params.request(params.query(picture)))
    for flag in found.lacking:
        degrade(request, flag)
    page = replace(found, results=found.results[params.offset :])
    fields = fields_of(params.fields, RESULT_FIELDS)
    body = page.to_json(took_ms=since(started), fields=fields)
    return Response(body, media_type="application/json")


def _read(upload: Upload, model: type[M]) -> M:
    """Return the fields of a form; the proof of a browser's session is none of them."""
    pairs = ((name, value) for name, value in upload.fields if name != CSRF_FIELD)
    return read_pairs(pairs, model, "body")

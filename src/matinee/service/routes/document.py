"""The OpenAPI document as a file that readers may keep."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request, Response

from matinee.service.etags import tagged

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def document(request: Request) -> Response:
    """Return the document of the API."""
    state = request.app.state
    if not hasattr(state, "document"):
        state.document = msgspec.json.encode(request.app.openapi())
    return tagged(request, state.document)

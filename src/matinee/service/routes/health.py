"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import anyio
import anyio.to_thread
import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from matinee.errors import MatineeError
from matinee.service import problems
from matinee.service.depends import as_json, holder_of

if TYPE_CHECKING:
    from pydantic.config import JsonDict

    from matinee.store import Store

router = APIRouter(tags=["service"])

_PROBES = 4
"""Threads for asking the store: apart from those of the requests, so that a server that is busy
does not look like one that is broken, and bounded, since a store that hangs holds each of them
until its timeout."""
_NO_STORE = {"cache-control": "no-store"}


_READY: JsonDict = {
    "status": "ready",
    "library": "v0008",
    "titles": 86_537,
    "parts": {"library": "ok", "store": "ok"},
    "degraded": [],
}


class Live(BaseModel):
    """The process lives."""

    model_config = ConfigDict(json_schema_extra={"example": {"status": "live"}})

    status: Literal["live"] = Field(description="Always this.")


class Ready(BaseModel):
    """The service can answer."""

    model_config = ConfigDict(json_schema_extra={"example": _READY})

    status: Literal["ready"] = Field(description="Always this.")
    library: str = Field(description="Version that answers.")
    titles: int = Field(description="How many there are.")
    parts: dict[str, str] = Field(description="How each part is; ok, or what is wrong with it.")
    degraded: list[str] = Field(description="What is wrong though there are answers.")


@router.get("/health/live", response_model=Live)
async def is_live() -> Response:
    """Tell that the process lives."""
    return as_json({"status": "live"}, headers=_NO_STORE)


@router.get("/health/ready", response_model=Ready)
async def is_ready(request: Request) -> Response:
    """Tell whether there is a library and the store answers; 503 while not, and what is wrong."""
    state = request.app.state
    holder = holder_of(request)
    parts = {"library": "ok", "store": "ok"}
    try:
        holder.get()
    except MatineeError as error:
        parts["library"] = error.what
    try:
        await anyio.to_thread.run_sync(_ask, state.store, limiter=_limiter(request))
    except MatineeError as error:
        parts["store"] = error.what
    if getattr(state, "stopping", False):
        parts["server"] = "It is being stopped"
    wrong = [f"{part}: {said}" for part, said in parts.items() if said != "ok"]
    library = holder.library
    if wrong or library is None:
        problem = problems.from_status(503, request.url.path, "; ".join(wrong).rstrip(".") + ".")
        body = msgspec.json.encode(problem.to_dict() | {"parts": parts})
        return Response(body, 503, _NO_STORE, media_type=problems.MEDIA_TYPE)
    found = {
        "status": "ready",
        "library": library.version,
        "titles": len(library),
        "parts": parts,
        "degraded": list(holder.degraded),
    }
    return as_json(found, headers=_NO_STORE)


def _ask(store: Store) -> None:
    store.ready()


def _limiter(request: Request) -> anyio.CapacityLimiter:
    """Return the limiter of this app's probes, made at the first, since it belongs to a loop."""
    state = request.app.state
    if not hasattr(state, "probes"):
        state.probes = anyio.CapacityLimiter(_PROBES)
    limiter: anyio.CapacityLimiter = state.probes
    return limiter

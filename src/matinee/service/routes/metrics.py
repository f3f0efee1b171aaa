"""What is counted, in the format of Prometheus."""

from __future__ import annotations

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from matinee.service.depends import Admin  # noqa: TC001 -- read when the app is made
from matinee.service.metrics import CONTENT_TYPE, Metrics

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics(request: Request, _: Admin) -> Response:
    """Return counts, times and levels; to administrators, for they tell what people do here."""
    state = request.app.state
    kept: Metrics = state.metrics
    kept.look(state, now=True)
    text = await anyio.to_thread.run_sync(kept.render, state)
    # Prometheus has no use for pages that are older than now.
    return Response(text, headers={"cache-control": "no-store", "content-type": CONTENT_TYPE})

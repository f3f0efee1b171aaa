"""What a library holds, counted and drawn: as JSON and as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from matinee.service import forms, views
from matinee.service.ages import suitable
from matinee.service.depends import Opened, Reader  # noqa: TC001 -- read by FastAPI
from matinee.service.etags import ASK_AGAIN, tagged
from matinee.service.insights import Studies, drawn_in
from matinee.service.insights_live import read_live
from matinee.service.insights_schemas import InsightsAnswer
from matinee.service.scene import scene
from matinee.service.templating import page
from matinee.service.whose import framed

if TYPE_CHECKING:
    from matinee.assembly import Library
    from matinee.service.caller import Caller
    from matinee.service.insights import Studied
    from matinee.service.insights_live import Live

router = APIRouter()


@router.get("/v1/insights", response_model=InsightsAnswer, tags=["service"])
async def insights(request: Request, library: Opened, caller: Reader) -> Response:
    """Tell what the library holds, as charts; to administrators also how the server does.

    Studied once for each version of the library. Charts count all titles; the gallery has only
    those that suit the caller's age.
    """
    studied, live = await _read(request, library, caller)
    found = studied.insights.to_dict() | {
        "gallery": _gallery(library, studied, caller),
        "live": None if live is None else live.to_dict(),
    }
    return tagged(request, msgspec.json.encode(framed(request, library, found)))


@router.get("/insights", include_in_schema=False)
async def insights_page(request: Request, library: Opened, caller: Reader) -> Response:
    """Show what the library holds; to administrators also how the server does."""
    studied, live = await _read(request, library, caller)
    return await run_in_threadpool(_page, library, caller, studied, live)


async def _read(request: Request, library: Library, caller: Caller) -> tuple[Studied, Live | None]:
    studies: Studies = request.app.state.studies
    studied = await studies.of(library)
    if not caller.is_admin:
        return studied, None
    return studied, await run_in_threadpool(read_live, request.app.state)


def _page(library: Library, caller: Caller, studied: Studied, live: Live | None) -> Response:
    shown = [views.card(library.title(one)) for one in _gallery(library, studied, caller)]
    answer = page(
        "insights.html",
        insights=studied.insights,
        figures=studied.figures(scene().language),
        gallery=shown,
        live=live,
        live_figures=() if live is None else drawn_in(scene().language, live.charts),
        form=forms.SearchForm(),
    )
    answer.headers["cache-control"] = ASK_AGAIN
    return answer


def _gallery(library: Library, studied: Studied, caller: Caller) -> list[str]:
    return [one for one in studied.insights.gallery if suitable(library, one, caller.max_age)]

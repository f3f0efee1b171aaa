"""The home page, and one film for tonight."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from matinee.catalogue.languages import language_name
from matinee.service import forms, views
from matinee.service.depends import holder_of
from matinee.service.home import arranged, shelves_for
from matinee.service.picking import MAX_SEED, MOST_DECLINED, Asked, following, pick
from matinee.service.rows import rows_for
from matinee.service.search_page import FRAGMENT
from matinee.service.templating import page
from matinee.service.viewer import Viewing  # noqa: TC001 -- read by FastAPI

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.query.conditions import Condition

router = APIRouter(include_in_schema=False)

PART = "rows"
"""What the header says of a request that wants the rows of the home page alone."""
START = "/start"
_MAX_ID = 200
"""Characters of an id that is looked up; see :mod:`matinee.catalogue.identity`."""
_LONGEST = 600
"""Minutes that a limit of a film's length may name."""

Seed = Annotated[int | None, Query(ge=0, le=MAX_SEED)]


def filter_url(condition: Condition) -> str:
    """Return the address of a search for all titles that satisfy a condition."""
    return f"/search?{urlencode({'filter': condition.key})}"


def language_called(code: str) -> str:
    """Return a language by name, in English; its code where it has none."""
    return language_name(code) or code


_WORDS: Mapping[str, Any] = {
    "address_of": views.address_of,
    "language_name": language_called,
    "filter_url": filter_url,
}
"""What the templates of reasons use besides what all templates may."""


@router.get("/")
def home(request: Request, viewer: Viewing, seed: Seed = None, skip: str = "") -> Response:
    """Show a search field, and rows with their reasons; of the page, or the rows alone.

    A browser of somebody of whom nothing is known is led to where they begin, unless they skipped
    that. A program is not: it gets the page it asked for.
    """
    partly = request.headers.get(FRAGMENT) == PART
    learnt = viewer.whole.engine.taste is not None
    new = not viewer.marks.rows and not viewer.degraded
    browser = "text/html" in request.headers.get("accept", "")
    if new and learnt and browser and not (skip or partly or seed is not None):
        return RedirectResponse(START, 303, {"cache-control": "no-store", "vary": "Accept, Cookie"})
    today = dt.datetime.now(dt.UTC).date().toordinal()
    chosen = today if seed is None else seed
    rows = rows_for(viewer, chosen) if learnt and not new else ()
    shelves = arranged(
        shelves_for(holder_of(request), viewer.library),
        [title for row in rows for title in row.titles],
        viewer.out_of_sight,
        chosen,
    )
    # Nothing of what is chosen for a browser goes into an address, but for the seed and the skip.
    said = f"seed={seed}" if seed is not None else "skip=1" if skip else ""
    answer = page(
        "_rows.html" if partly else "home.html",
        rows=[(row, viewer.cards(row.titles)) for row in rows],
        shelves=[(shelf, viewer.cards(shelf.titles)) for shelf in shelves],
        degraded=viewer.degraded,
        exploring=any(row.kind in ("tonight", "popular") for row in rows),
        seen=any(mark.seen for mark in viewer.marks.rows.values()),
        invited=new and learnt,
        titles=len(viewer.library),
        back=f"/?{said}" if said else "/",
        shuffled=following(chosen),
        form=forms.SearchForm(),
        **_WORDS,
    )
    answer.headers["vary"] += f", Accept, {FRAGMENT}"
    return answer


@router.get("/pick")
def one_film(
    viewer: Viewing,
    seed: Seed = None,
    under: Annotated[int | None, Query(ge=1, le=_LONGEST)] = None,
    declined: Annotated[
        list[Annotated[str, Query(max_length=_MAX_ID)]] | None,
        Query(alias="not", max_length=MOST_DECLINED),
    ] = None,
) -> Response:
    """Show one film for tonight, and the way to another one."""
    if seed is None:
        # Drawn here and kept in the address, so that a page read again shows the same film.
        asked = Asked(secrets.randbelow(MAX_SEED), under, tuple(declined or ()))
        return RedirectResponse(asked.url, 303, {"cache-control": "no-store"})
    asked = Asked(seed, under, tuple(declined or ()))
    picked = pick(viewer, asked, int(time.time()))
    film = picked.title
    return page(
        "pick.html",
        asked=asked,
        picked=picked,
        film=film,
        card=None if film is None else viewer.card(film),
        poster=None if film is None else views.poster_url(film),
        address=None if film is None else views.title_url(film),
        degraded=viewer.degraded,
        back=asked.url,
        form=forms.SearchForm(),
        **_WORDS,
    )

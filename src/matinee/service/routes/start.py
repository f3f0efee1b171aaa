"""A page for somebody new: films to pick from, which follow the picks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
from fastapi import APIRouter, Request, Response

from matinee.errors import MatineeError
from matinee.service import problems, starting, toasts
from matinee.service.ages import suitable_rows
from matinee.service.forms import SearchForm
from matinee.service.search_page import FRAGMENT
from matinee.service.starting import WANTED, Passed
from matinee.service.templating import page
from matinee.service.viewer import Viewing  # noqa: TC001 -- read by FastAPI

if TYPE_CHECKING:
    from matinee.service.viewer import Viewer
    from matinee.service.views import Card

router = APIRouter(include_in_schema=False)

_FOUND = 12
"""Films found by name that are shown; who looks for one knows its name."""
_STRIP = 24
"""Picks shown, the latest; of more the number alone is told."""
_NAMED = 2
"""Picks that are named where it is said what the grid rests on."""


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of the page.

    Attributes:
        here: of the page as it is.
        picked: where a pick leads; what was shown beside it counts as passed over once.
        others: of a grid without any of the films that are shown.
    """

    here: str
    picked: str
    others: str


@router.get("/start")
def start(request: Request, viewer: Viewing, q: str = "", past: str = "") -> Response:
    """Show films to pick from: the whole page or, if the header asks for it, their part.

    Args:
        request: that asks.
        viewer: who picks.
        q: looks for a film by its name.
        past: what was shown before, see :func:`matinee.service.starting.read_passed`.
    """
    engine = viewer.whole.engine
    passed = starting.read_passed(past, engine.manifest.version, len(engine.catalogue))
    picks = starting.picks_of(viewer.known.person)
    passed = passed.without(picks)
    text = q.strip()
    values = _found(viewer, text, passed) if text else _grid(viewer, passed)
    values |= {
        "form": SearchForm(text),
        "query": text,
        "picks": [viewer.card(title) for title in engine.catalogue.titles(picks[:_STRIP])],
        "count": len(picks),
        "wanted": WANTED,
        "before": viewer.marks.opinions - len(picks),
        "named": [title.title for title in engine.catalogue.titles(picks[:_NAMED])],
        "past": passed.to_text(engine.manifest.version),
        "notes": viewer.degraded,
    }
    part = request.headers.get(FRAGMENT) == "start"
    answer = page("_start_grid.html" if part else "start.html", **values)
    answer.headers["vary"] += ", X-Matinee-Fragment"
    if part:
        # The strip shows what was picked, with a way back; the next page need not tell it again.
        toasts.clear(answer)
    return answer


def _grid(viewer: Viewer, passed: Passed) -> dict[str, Any]:
    """Return the films to pick from next, as the template takes them."""
    engine = viewer.whole.engine
    barred = np.zeros(len(engine.catalogue), np.bool_)
    barred[list(viewer.marks.rows)] = True
    barred[list(passed.out)] = True
    age = viewer.caller.max_age
    if age is not None:
        barred |= ~suitable_rows(viewer.whole, age)
    grid = starting.grid_for(engine, viewer.known.person, barred, max_age=age)
    rows = grid.rows.tolist()
    version = engine.manifest.version
    return {
        "cards": viewer.cards(engine.catalogue.titles(rows)),
        "near": grid.near,
        "note": grid.note,
        "problem": None,
        "links": Links(
            _address(passed, version),
            _address(passed.with_shown(rows), version),
            _address(passed.with_shown(rows, times=2), version),
        ),
    }


def _found(viewer: Viewer, text: str, passed: Passed) -> dict[str, Any]:
    """Return the films of a name, as the template takes them."""
    version = viewer.whole.engine.manifest.version
    cards: list[Card] = []
    problem = None
    try:
        cards = viewer.cards(result.title for result in viewer.library.search(text, _FOUND))
    except MatineeError as error:
        problem = problems.from_error(error, "/start")
    back = _address(passed, version)
    here = _address(passed, version, text)
    values = {"cards": cards, "near": 0, "note": "", "problem": problem}
    return values | {"links": Links(here, back, back)}


def _address(passed: Passed, version: str, text: str = "") -> str:
    told = {"q": text, "past": passed.to_text(version)}
    given = {name: value for name, value in told.items() if value}
    return f"/start?{urlencode(given)}" if given else "/start"

"""The search page and the part of it that changes: what was found, or why nothing could be."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matinee.errors import MatineeError, PictureError
from matinee.pictures import decode
from matinee.service import problems, views
from matinee.service.controls import CONTROLS
from matinee.service.depends import holder_of
from matinee.service.found import found
from matinee.service.kept_pictures import gone
from matinee.service.pictured import kept_of, limits_of
from matinee.service.seeds import with_films
from matinee.service.sessions import csrf_field
from matinee.service.templating import page
from matinee.service.viewer import viewer_of

if TYPE_CHECKING:
    from fastapi import Request
    from starlette.responses import HTMLResponse

    from matinee.pipeline.pictures import Pictures
    from matinee.pipeline.results import PictureSeen
    from matinee.service.ages import Seen
    from matinee.service.caller import Caller
    from matinee.service.forms import SearchForm
    from matinee.service.histories import KnownPeople
    from matinee.store import Store
    from matinee.types import Picture

FRAGMENT = "x-matinee-fragment"


@dataclass(frozen=True, slots=True)
class Poster:
    """The title whose poster a picture is.

    Attributes:
        name: of the title, with its year where that is known.
        url: its page.
    """

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The picture of a search as the page shows it.

    Attributes:
        url: of the copy.
        route: what it is searched by.
        default_route: what it would be, if the address did not say.
        model: of the vectors compared, None for none.
        captioner: the model that described it, None for none.
        caption: what it shows in words, None where these are not asked for.
        said: what the captioner said, empty where somebody gave the caption.
        share: how much it counts beside the words, 0 to 1.
        default_share: how much it would, if the address did not say.
        joined: whether caption and words are searched for as one text.
        poster: the title whose poster it is; None where it is none, or nobody knows.
        searched: whether there is an answer.
        remove: address of the search without it.
    """

    url: str
    route: str
    default_route: str
    model: str | None
    captioner: str | None
    caption: str | None
    said: str
    share: float
    default_share: float
    joined: bool
    poster: Poster | None
    searched: bool
    remove: str


def answered(
    request: Request, caller: Caller, store: Store, people: KnownPeople, form: SearchForm
) -> HTMLResponse:
    """Return the page of a search. May block."""
    if form.empty:
        return _page(request, form)
    picture, library = None, None
    try:
        held = getattr(request.state, "library", None) or holder_of(request).get()
        viewer = viewer_of(request, held, caller, store, people)
        library = viewer.library
        form = with_films(library, form)
        if not form.picture:
            return _page(request, form, **found(viewer, form))
        picture = _picture(request, form)
        known: Pictures = held.engine.pictures
        values = found(viewer, form, form.query(picture, known.route))
        shown = _shown(form, known, values["results"].picture)
        return _page(request, form, **values, picture=shown)
    except PictureError as error:
        return refused(request, form.unpictured, error)
    except MatineeError as error:
        if picture is None or library is None:
            return refused(request, form, error)
        # Whose poster it is needs no model, so that is told whatever is missing.
        shown = _shown(form, held.engine.pictures, None, _poster(library, picture))
        return refused(request, form, error, picture=shown)


def refused(
    request: Request, form: SearchForm, error: MatineeError, **values: object
) -> HTMLResponse:
    """Return the page that says why there is no answer."""
    problem = problems.from_error(error, request.url.path)
    return _page(request, form, problem.status, problem=problem, **values)


def _page(
    request: Request, form: SearchForm, status: int = 200, /, **values: object
) -> HTMLResponse:
    partly = request.headers.get(FRAGMENT) == "results"
    shared: dict[str, Any] = {
        "form": form,
        "opened": form.tuned,
        "results": None,
        "problem": None,
        "picture": None,
        "controls": CONTROLS,
        "csrf": csrf_field(request),
        "most": request.app.state.settings.max_picture,
    }
    name = "_results.html" if partly else "search.html"
    answer = page(name, status, **shared | values)
    answer.headers["vary"] += f", {FRAGMENT}"
    return answer


def _picture(request: Request, form: SearchForm) -> Picture:
    """Return what the copy named shows.

    Raises:
        PictureError: it is no longer kept.
    """
    data = kept_of(request.app).get(form.picture)
    if data is None:
        raise gone()
    return decode(data, limits_of(request.app))


def _shown(
    form: SearchForm, known: Pictures, seen: PictureSeen | None, poster: Poster | None = None
) -> Shown:
    """Return the picture as the page shows it.

    Args:
        form: what was asked for.
        known: what holds where it does not say.
        seen: what became of the picture; None where nothing was searched.
        poster: the title whose poster it is, where nothing was searched.
    """
    route = form.route or known.route
    caption = None if route == "embedding" else form.caption
    if seen is not None:
        caption = seen.caption
        poster = None
        if (title := seen.recognised) is not None:
            poster = Poster(_named(title.title, title.year), views.address_of(title.id))
    return Shown(
        url=f"/picture/{form.picture}",
        route=route,
        default_route=known.route,
        model=None if seen is None else seen.model,
        captioner=None if seen is None else seen.captioner,
        caption=caption,
        said="" if form.caption else caption or "",
        share=known.share if form.share is None else form.share,
        default_share=known.share,
        joined=form.join,
        poster=poster,
        searched=seen is not None,
        remove=form.unpictured.url(),
    )


def _poster(library: Seen, picture: Picture) -> Poster | None:
    with contextlib.suppress(MatineeError):
        for title, _ in library.recognise(picture, 1).matches:
            return Poster(_named(title.title, title.year), views.title_url(title))
    return None


def _named(title: str, year: int | None) -> str:
    return title if year is None else f"{title} ({year})"

"""The pages: the same searches as the API's, as HTML that needs no script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from matinee._version import __version__
from matinee.errors import MatineeError
from matinee.service import assets, forms, openapi, posters, problems, search_page, views
from matinee.service.ages import InSight  # noqa: TC001 -- read by FastAPI
from matinee.service.depends import Opened, Reader, find, holder_of
from matinee.service.home import shelves_for
from matinee.service.kept_pictures import is_name
from matinee.service.templating import page

if TYPE_CHECKING:
    from starlette.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_SIMILAR = 12


@router.get("/")
def home(request: Request, library: InSight) -> Response:
    """Show a search field, examples and shelves."""
    shelves = [
        (shelf, [views.card(title) for title in shelf.titles])
        for shelf in shelves_for(holder_of(request), library)
    ]
    return page("home.html", shelves=shelves, titles=len(library), form=forms.SearchForm())


@router.get("/search")
def search(request: Request, caller: Reader) -> Response:
    """Show the results of a search: the whole page or, if the header asks for it, their part."""
    try:
        form = forms.read(request.query_params)
    except MatineeError as error:
        picture = request.query_params.get("picture", "")
        form = forms.SearchForm(
            request.query_params.get("q", ""), picture=picture if is_name(picture) else ""
        )
        opened = len(request.query_params) > 1
        return search_page.refused(request, form, error, opened=opened)
    return search_page.answered(request, caller, form)


@router.get("/title/{title_id}")
def title(library: InSight, whole: Opened, title_id: str) -> Response:
    """Show one title and more like it."""
    film = find(library, title_id)
    alike = library.similar(film.id, _SIMILAR)
    return page(
        "title.html",
        film=film,
        poster=views.poster_url(film),
        address=views.title_url(film),
        origins=views.origins(views.provenance(whole, film)),
        cards=[views.card(result.title) for result in alike],
        degraded=alike.degraded,
        form=forms.SearchForm(),
    )


@router.get("/about")
def about(request: Request) -> Response:
    """Show what this is, how it works and to whom thanks are due."""
    return page(
        "about.html",
        status=200,
        library=_status(request),
        credits=views.attributions(getattr(request.state, "library", None)),
        version=__version__,
        form=forms.SearchForm(),
    )


def _status(request: Request) -> dict[str, object] | None:
    try:
        return views.public_status(holder_of(request).get())
    except MatineeError:
        return None


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Show the API, drawn from its OpenAPI document."""
    made = request.app.openapi()
    return page(
        "docs.html",
        operations=openapi.operations(made),
        schemas=made["components"]["schemas"],
        version=__version__,
        kinds=[
            (problems.from_error(kind("-"), "/"), (kind.__doc__ or "").splitlines()[0])
            for kind, _ in problems.STATUSES
        ],
        form=forms.SearchForm(),
    )


@router.get("/poster/{title_id}.svg")
def poster(
    request: Request, library: InSight, caller: Reader, title_id: str, v: str = ""
) -> Response:
    """Return the drawn poster of a title."""
    film = find(library, title_id)
    body = posters.compose(film).svg.encode()
    answer = assets.cached(request, body, "image/svg+xml", fresh=v == posters.stamp(film))
    if caller.via != "local":
        # What one person may see is not for a cache to show another, who may be a child.
        kept = answer.headers["cache-control"].replace("public", "private")
        answer.headers.update({"cache-control": kept, "vary": "Cookie, Authorization"})
    return answer


def error_page(problem: problems.Problem) -> HTMLResponse:
    """Return a problem as a page."""
    return page("error.html", problem.status, problem=problem, form=forms.SearchForm())

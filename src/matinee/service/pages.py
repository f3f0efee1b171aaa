"""The pages: the same searches as the API's, as HTML that needs no script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from matinee._version import __version__
from matinee.errors import MatineeError
from matinee.service import forms, openapi, problems, search_page, title_page, views
from matinee.service.depends import Reader, Stored, find, holder_of
from matinee.service.kept_pictures import is_name
from matinee.service.routes import home, posters
from matinee.service.routes.people_serving import People  # noqa: TC001 -- read by FastAPI
from matinee.service.templating import page
from matinee.service.viewer import Viewing  # noqa: TC001 -- read by FastAPI

if TYPE_CHECKING:
    from starlette.responses import HTMLResponse

router = APIRouter(include_in_schema=False)
router.include_router(home.router)
router.include_router(posters.router)


@router.get("/search")
def search(request: Request, caller: Reader, store: Stored, people: People) -> Response:
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
    return search_page.answered(request, caller, store, people, form)


@router.get("/title/{title_id}")
def title(request: Request, viewer: Viewing, title_id: str) -> Response:
    """Show one title, why it suits who looks, and more like it; or its part "why" alone."""
    return title_page.answered(request, viewer, find(viewer.library, title_id))


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


def error_page(problem: problems.Problem) -> HTMLResponse:
    """Return a problem as a page."""
    return page("error.html", problem.status, problem=problem, form=forms.SearchForm())

"""The page of administrators: how the server is, and the work it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from matinee.errors import ForbiddenError, MatineeError, QueryError
from matinee.service import forms, problems
from matinee.service.admin_checks import read_checks
from matinee.service.admin_jobs import arguments_of, followed
from matinee.service.admin_page import read_jobs, read_overview
from matinee.service.admin_taste import MEASURE, MEASURES
from matinee.service.depends import Admin, Configured, Reader, Stored, landed
from matinee.service.routes import jobs, library
from matinee.service.routes.jobs import JobKey  # noqa: TC001 -- read by FastAPI
from matinee.service.routes.library import VersionName  # noqa: TC001 -- read by FastAPI
from matinee.service.templating import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.service.caller import Caller
    from matinee.service.jobs import Runner

router = APIRouter(include_in_schema=False)

_HOME = "/admin"
_JOBS = "/admin#jobs"
_LIBRARY = "/admin#library"
_NO_STORE = {"cache-control": "no-store"}


@router.get("/admin")
def overview(request: Request, caller: Reader) -> Response:
    """Show how the server is, to administrators."""
    if not caller.is_admin:
        return _without_store(request, caller)
    return _shown(request)


@router.get("/admin/jobs")
def listed(request: Request, _caller: Admin) -> Response:
    """Show the jobs as they are: the part of the page, if the header asks for it."""
    if request.headers.get("x-matinee-fragment") != "jobs":
        return RedirectResponse(_JOBS, 303, _NO_STORE)
    found = read_jobs(request.app.state)
    answer = page("_jobs.html", jobs=found, follow=followed(found or []))
    answer.headers["cache-control"] = "no-store"
    return answer


@router.post("/admin/jobs")
async def start(request: Request, _caller: Admin, store: Stored) -> Response:
    """Ask for a job, from a form; what cannot be is told beside the form."""
    fields = {
        name: value for name, value in (await request.form()).items() if isinstance(value, str)
    }
    kind = fields.get("kind", "")
    try:
        arguments = arguments_of(kind, fields)
    except QueryError as error:
        return await run_in_threadpool(_shown, request, error, fields)
    await landed(store.jobs.create(kind, arguments))
    runner: Runner | None = getattr(request.app.state, "jobs", None)
    if runner is not None:
        runner.wake()
    return RedirectResponse(_JOBS, 303, _NO_STORE)


@router.post("/admin/jobs/{key}/stop")
def stop(request: Request, caller: Admin, store: Stored, key: JobKey) -> Response:
    """Call a job off; what builds and trainings made is kept."""
    try:
        jobs.call_off(request, caller, store, key)
    except MatineeError as error:
        return _shown(request, error)
    return RedirectResponse(_JOBS, 303, _NO_STORE)


@router.post("/admin/jobs/{key}/again")
def again(request: Request, caller: Admin, store: Stored, key: JobKey) -> Response:
    """Run a job again that failed or was called off; builds and trainings go on."""
    try:
        jobs.again(request, caller, store, key)
    except MatineeError as error:
        return _shown(request, error)
    return RedirectResponse(_JOBS, 303, _NO_STORE)


@router.post("/admin/library/reload")
async def reload(request: Request, caller: Admin, settings: Configured) -> Response:
    """Open the version that is current, in every process."""
    try:
        await library.reload_library(request, caller, settings)
    except MatineeError as error:
        return await run_in_threadpool(_shown, request, error)
    return RedirectResponse(_LIBRARY, 303, _NO_STORE)


@router.post("/admin/library/{name}")
async def activate(
    request: Request, caller: Admin, settings: Configured, name: VersionName
) -> Response:
    """Make a version the current one, be it older or newer, and open it in every process."""
    try:
        await library.activate_version(request, name, caller, settings)
    except MatineeError as error:
        return await run_in_threadpool(_shown, request, error)
    return RedirectResponse(_LIBRARY, 303, _NO_STORE)


def _shown(
    request: Request, error: MatineeError | None = None, fields: Mapping[str, str] | None = None
) -> Response:
    """Return the page, with what went wrong and the form as it was sent. Blocks."""
    problem = None if error is None else problems.from_error(error, _HOME)
    found = read_overview(request.app.state)
    answer = page(
        "admin.html",
        200 if problem is None else problem.status,
        view=found,
        follow=followed(found.jobs or []),
        problem=problem,
        fields=fields or {},
        measures=MEASURES,
        measure=MEASURE,
        form=forms.SearchForm(),
    )
    answer.headers["cache-control"] = "no-store"
    return answer


def _without_store(request: Request, caller: Caller) -> Response:
    """Show what anybody may know, where a store that is away leaves it open who administers.

    Raises:
        ForbiddenError: it is known that they do not.
    """
    checks, store = read_checks(request.app.state)
    if caller.via != "local" or store is not None:
        raise ForbiddenError(
            "This is for administrators", cure="Ask one of them, or sign in as one"
        )
    answer = page("admin.html", 503, view=None, checks=checks, form=forms.SearchForm())
    answer.headers["cache-control"] = "no-store"
    return answer

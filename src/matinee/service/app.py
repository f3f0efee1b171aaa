"""Puts the service together."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from matinee._version import __version__
from matinee.errors import MatineeError
from matinee.service import (
    api,
    art,
    assets,
    cors,
    nights,
    openapi,
    pages,
    picture_pages,
    pictured,
    problems,
)
from matinee.service.doorman import MACHINES, Doorman
from matinee.service.express import Express, Lane
from matinee.service.holder import Holder
from matinee.service.insights import Studies
from matinee.service.lookups import Lookups
from matinee.service.marks import KeptMarks
from matinee.service.methods import allow_of
from matinee.service.metrics import Metered, Metrics
from matinee.service.middleware import Guard
from matinee.service.paging import cursor_key_of
from matinee.service.rates import RateLimit, share
from matinee.service.routes import (
    accounts,
    acts,
    admin,
    aliases,
    events,
    experiments,
    exports,
    health,
    history,
    insights,
    jobs,
    look,
    members,
    metrics,
    people,
    pictures,
    start,
    title_map,
    tonight,
    watching,
    you,
)
from matinee.service.routes import document as document_route
from matinee.service.routes import library as library_routes
from matinee.service.shedding import Shedding
from matinee.service.title_map import Maps
from matinee.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from matinee.assembly import Library
    from matinee.service.board import Board
    from matinee.service.express import Handler
    from matinee.store import Store

_log = logging.getLogger("matinee.service")

_COMPRESSED_FROM = 1_000
"""Bytes; a smaller answer fits one packet either way."""
_GZIP_LEVEL = 6
"""Level 9 takes twice the time for one per cent."""


def create_app(
    library: Library | None = None,
    *,
    path: Path | None = None,
    settings: Settings | None = None,
    store: Store | None = None,
    board: Board | None = None,
) -> FastAPI:
    """Return the service over a library and a store.

    Args:
        library: an open one; None means that one is opened when the service starts.
        path: its folder, as :func:`matinee.open` takes it.
        settings: instead of those read from the environment.
        store: an open one, which stays the caller's to close; None means the one of the settings.
        board: shared with the other workers; None where there are none.
    """
    settings = settings or Settings.from_environment()
    own_store = store is None
    if store is None:
        from matinee.store import open_store

        store = open_store(settings.database_url)
    holder = Holder(library, path=path, settings=settings, board=board)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads_per_worker
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.to_thread.run_sync, holder.open)
            tasks.start_soon(anyio.to_thread.run_sync, _reach, app)
        holder.watch()
        swept = asyncio.create_task(pictured.sweeping(app))
        over = asyncio.create_task(nights.sweeping(app))
        try:
            yield
        finally:
            swept.cancel()
            over.cancel()
            await anyio.to_thread.run_sync(holder.close)
            if app.state.art is not None:
                await anyio.to_thread.run_sync(app.state.art.close)
            if own_store:
                # Whatever is still queued gets written before the process ends.
                await anyio.to_thread.run_sync(store.close)

    app = FastAPI(
        title="Matinee",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        openapi_url=None,
        redoc_url=None,
        # A redirect to a path of the client's making is not worth a forgiven slash.
        redirect_slashes=False,
    )
    app.state.holder = holder
    app.state.store = store
    app.state.settings = settings
    app.state.metrics = Metrics()
    app.state.studies = Studies()
    app.state.maps = Maps()
    app.state.marks = KeptMarks()
    app.state.lookups = lookups = Lookups()
    art.install(app, settings)
    app.state.metrics.caches["callers"] = lambda: (lookups.hits, lookups.misses)
    # Routes are looked through in this order: what comes most often first.
    app.include_router(history.router)
    app.include_router(api.router)
    app.include_router(people.router)
    app.include_router(health.router)
    app.include_router(pictures.router)
    app.include_router(library_routes.router)
    app.include_router(accounts.router)
    app.include_router(members.router)
    app.include_router(metrics.router)
    app.include_router(events.router)
    app.include_router(experiments.router)
    app.include_router(exports.router)
    app.include_router(jobs.router)
    app.include_router(insights.router)
    app.include_router(title_map.router)
    app.include_router(watching.router)
    app.include_router(aliases.router)
    app.include_router(assets.router)
    app.include_router(document_route.router)
    app.include_router(pages.router)
    app.include_router(look.router)
    for each in (acts, start, you, tonight, admin):
        app.include_router(each.router)
    app.include_router(picture_pages.router)
    handlers: dict[type[Exception], Handler] = {
        MatineeError: _on_error,
        RequestValidationError: _on_invalid,
        HTTPException: _on_status,
    }
    app.add_middleware(
        Express,
        lanes=(
            Lane.to("PUT", "/v1/people/{person}/ratings/{title_id}", history.rate),
            Lane.to("GET", "/v1/search", api.search_at_once),
            Lane.to("GET", "/v1/people/{person}/recommendations", people.recommendations_at_once),
        ),
        handlers=handlers,
    )
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM, compresslevel=_GZIP_LEVEL)
    app.add_middleware(RateLimit, per_second=share(settings.rate_limit, settings.workers))
    app.add_middleware(Doorman, lookups=app.state.lookups)
    if settings.cors_origins:
        cors.allow(app, settings.cors_origins)
    app.add_middleware(
        Shedding,
        queue=settings.queue,
        seconds=settings.request_seconds,
        max_body=settings.max_body,
        large=(*pictures.TAKING, *picture_pages.TAKING),
        # Besides the picture a form may hold as much as any other body.
        max_large=settings.max_picture + settings.max_body,
    )
    app.add_middleware(Metered, metrics=app.state.metrics)
    app.add_middleware(Guard, holder=holder, settings=settings)
    made: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not made:
            made.update(openapi.document(app))
        return made

    app.openapi = document  # type: ignore[method-assign]
    return app


def _reach(app: FastAPI) -> None:
    """Connect to the store. One that does not answer is no reason to die: it may come back."""
    try:
        app.state.store.ready()
        # Made now: a list must not need to write when it is read, on a disk that may be full then.
        cursor_key_of(app)
    except MatineeError as error:
        _log.error("The store cannot be used: %s", error)


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, MatineeError)  # noqa: S101 -- registered for this class
    return _answer(request, problems.from_error(error, request.url.path))


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- registered for this class
    return _answer(request, problems.from_validation(error.errors(), request.url.path))


async def _on_status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 -- registered for this class
    path = request.url.path
    if isinstance(error, problems.Refused):
        problem = error.problem(path)
    else:
        problem = problems.from_status(error.status_code, path)
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = allow_of(request.app.openapi(), request.scope["path"])
        headers |= {} if allowed is None else {"allow": allowed}
    return _answer(request, problem, headers)


def _answer(
    request: Request, problem: problems.Problem, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a page to a person and a problem to a program."""
    path = request.url.path
    if "text/html" in request.headers.get("accept", "") and not path.startswith(MACHINES):
        answer: Response = pages.error_page(problem)
        answer.headers.update(headers or {})
        return answer
    return problems.respond(problem, headers)

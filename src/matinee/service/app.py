"""Puts the service together."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from matinee._version import __version__
from matinee.errors import MatineeError
from matinee.service import api, assets, openapi, pages, problems
from matinee.service.holder import Holder
from matinee.service.middleware import Guard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from matinee.assembly import Library
    from matinee.settings import Settings

_COMPRESSED_FROM = 1_000
"""Bytes; a smaller answer fits one packet either way."""
_GZIP_LEVEL = 6
"""Level 9 takes twice the time for one per cent."""
_MACHINES = ("/v1/", "/health/", "/openapi.json", "/static/")
"""Paths whose errors are always problems, never pages."""


def create_app(
    library: Library | None = None, *, path: Path | None = None, settings: Settings | None = None
) -> FastAPI:
    """Return the service over a library.

    Args:
        library: an open one; None means that one is opened when the service starts.
        path: its folder, as :func:`matinee.open` takes it.
        settings: instead of those read from the environment.
    """
    holder = Holder(library, path=path, settings=settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(holder.open)
        yield

    app = FastAPI(
        title="Matinee",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        # A redirect to a path of the client's making is not worth a forgiven slash.
        redirect_slashes=False,
    )
    app.state.holder = holder
    app.include_router(api.router)
    app.include_router(assets.router)
    app.include_router(pages.router)
    app.add_exception_handler(MatineeError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_status)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM, compresslevel=_GZIP_LEVEL)
    app.add_middleware(Guard, holder=holder)
    made: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not made:
            made.update(openapi.document(app))
        return made

    app.openapi = document  # type: ignore[method-assign]
    return app


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, MatineeError)  # noqa: S101 -- registered for this class
    return _answer(request, problems.from_error(error, request.url.path))


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- registered for this class
    return _answer(request, problems.from_validation(error.errors(), request.url.path))


async def _on_status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 -- registered for this class
    problem = problems.from_status(error.status_code, request.url.path)
    return _answer(request, problem, error.headers)


def _answer(
    request: Request, problem: problems.Problem, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a page to a person and a problem to a program."""
    path = request.url.path
    if "text/html" in request.headers.get("accept", "") and not path.startswith(_MACHINES):
        answer: Response = pages.error_page(problem)
        answer.headers.update(headers or {})
        return answer
    return problems.respond(problem, headers)

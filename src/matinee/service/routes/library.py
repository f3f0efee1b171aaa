"""The library and its versions: what answers, and how another is made to answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import anyio
import anyio.to_thread
from fastapi import APIRouter, HTTPException, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from matinee.catalogue.attribution import ATTRIBUTIONS
from matinee.errors import ConflictError, MatineeError
from matinee.library import manifest, versions
from matinee.service import views
from matinee.service.depends import Admin, Configured, Opened, Reader, as_json, holder_of

if TYPE_CHECKING:
    from pathlib import Path as Folder

    from pydantic.config import JsonDict

    from matinee.assembly import Library
    from matinee.service.board import Worker
    from matinee.service.holder import Holder
    from matinee.settings import Settings

router = APIRouter(tags=["service"])

_RELOAD_SECONDS = 20.0
"""How long the other workers are waited for. Most of their work is to read and hash every file of
the version, at 1.4 GB a second from memory."""
_SHARE = 0.8
"""Of the time a request may take, so that who asked learns who is late and not that it is late."""
_POLL_SECONDS = 0.05

VersionName = Annotated[
    str,
    Path(
        description="Name of the version.",
        pattern=r"^v\d{4,9}$",
        openapi_examples={"the first": {"value": "v0001"}},
    ),
]


_WORKER: JsonDict = {"pid": 4711, "library": "v0008", "degraded": []}
_ATTRIBUTION: JsonDict = {**ATTRIBUTIONS["tmdb"].to_dict()}
_STATE: JsonDict = {
    "library": "v0008",
    "titles": 86_537,
    "attributions": [_ATTRIBUTION],
    "versions": ["v0007", "v0008"],
    "degraded": [],
    "workers": [_WORKER],
}
_VERSION: JsonDict = {
    "name": "v0008",
    "live": True,
    "created": "2026-11-21T17:17:12+00:00",
    "titles": 86_537,
    "bytes": 251_004_112,
    "checksum": "6b9c0f2e6d5f0f5b7b8f4c1d1e3a9a5c0e2d4f6a8b0c2d4e6f8091a3b5c7d9eb",
    "problem": None,
}
_RELOADED: JsonDict = {
    "library": "v0008",
    "swapped": True,
    "agreed": True,
    "workers": [_WORKER],
    "late": [],
}


class WorkerState(BaseModel):
    """One process of the server."""

    model_config = ConfigDict(json_schema_extra={"example": _WORKER})

    pid: int = Field(description="Number of the process.")
    library: str | None = Field(description="Version it answers from; null while it has none.")
    degraded: list[str] = Field(description="What is wrong with it.")


class SourceThanked(BaseModel):
    """A source of the library's facts, and what is to be said of it where they are shown."""

    model_config = ConfigDict(json_schema_extra={"example": _ATTRIBUTION})

    source: str = Field(description="Its name, as provenance and sources have it.")
    text: str = Field(description="The sentence to show, with the terms.")
    url: str = Field(description="Where the source or its terms are.")


class LibraryState(BaseModel):
    """What there is to know of the library."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"example": _STATE})

    library: str = Field(description="Version that answered this.")
    titles: int = Field(description="How many there are.")
    attributions: list[SourceThanked] = Field(description="To whom thanks are due for its facts.")
    degraded: list[str] = Field(description="What is wrong though there are answers.")
    workers: list[WorkerState] = Field(description="Empty where there is but one process.")


class Version(BaseModel):
    """A version of the library; what is in it never changes."""

    model_config = ConfigDict(json_schema_extra={"example": _VERSION})

    name: str = Field(description="Name of its folder.")
    live: bool = Field(description="Whether it answers.")
    created: str | None = Field(description="When it was built, ISO 8601 in UTC.")
    titles: int | None = Field(description="How many there are.")
    bytes: int | None = Field(description="Of all its files.")
    checksum: str | None = Field(description="SHA-256 of its manifest, which has those of all.")
    problem: str | None = Field(None, description="Why it cannot be used; null if it can.")


class Versions(BaseModel):
    """The versions there are, oldest first."""

    model_config = ConfigDict(json_schema_extra={"example": {"versions": [_VERSION]}})

    versions: list[Version] = Field(description="Each of them.")


class ReloadState(BaseModel):
    """What a reload came to."""

    model_config = ConfigDict(json_schema_extra={"example": _RELOADED})

    library: str | None = Field(description="Version that answers now.")
    swapped: bool = Field(description="Whether it is another one than before.")
    agreed: bool = Field(description="Whether every process answers from it.")
    workers: list[WorkerState] = Field(description="Empty where there is but one process.")
    late: list[int] = Field(description="Processes that did not come to it in time.")


_LATE: dict[int | str, dict[str, Any]] = {
    202: {"model": ReloadState, "description": "Not every process came to it in time."}
}


@router.get("/v1/status", response_model=LibraryState)
def service_status(request: Request, library: Opened) -> Response:
    """Return what there is to know of the library, but not where it lies on the server."""
    return as_json(_state(holder_of(request), library))


@router.get("/v1/library", response_model=LibraryState)
def library_state(request: Request, library: Opened, _caller: Reader) -> Response:
    """Return what there is to know of the library, but not where it lies on the server."""
    return as_json(_state(holder_of(request), library))


@router.get("/v1/library/versions", response_model=Versions)
def library_versions(request: Request, library: Opened, _caller: Reader) -> Response:
    """Return the versions there are, oldest first."""
    root = holder_of(request).root
    names = [] if root is None else versions.names(root)
    found = [_version(root, name, library.version) for name in names if root is not None]
    return as_json({"versions": [one.model_dump() for one in found]})


@router.get("/v1/library/versions/{name}", response_model=Version)
def library_version(
    request: Request, name: VersionName, library: Opened, _caller: Reader
) -> Response:
    """Return one version."""
    root = _root_with(holder_of(request), name)
    found = _version(root, name, library.version)
    headers = {"cache-control": "private, no-cache"}
    if found.checksum is not None:
        headers["etag"] = tag = f'"{found.checksum[:32]}{"-live" if found.live else ""}"'
        known = request.headers.get("if-none-match", "").split(",")
        # The compressing middleware makes the tag weak on its way out; either form is this one.
        if tag in {one.strip().removeprefix("W/") for one in known}:
            return Response(status_code=304, headers=headers)
    return as_json(found.model_dump(), headers=headers)


@router.post("/v1/library/reload", response_model=ReloadState, responses=_LATE)
async def reload_library(request: Request, _caller: Admin, settings: Configured) -> Response:
    """Open the version that is current, in every process, and answer when all do.

    202 if some process did not come to it in time; it goes on trying.
    """
    return await _reloaded(holder_of(request), settings)


@router.post("/v1/library/versions/{name}/activate", response_model=ReloadState, responses=_LATE)
async def activate_version(
    request: Request, name: VersionName, _caller: Admin, settings: Configured
) -> Response:
    """Make a version the current one, be it older or newer, and open it in every process."""
    holder = holder_of(request)
    root = _root_with(holder, name)
    await anyio.to_thread.run_sync(_point_to, root, name)
    return await _reloaded(holder, settings)


async def _reloaded(holder: Holder, settings: Settings) -> Response:
    reloaded = await anyio.to_thread.run_sync(holder.reload)
    if reloaded.error is not None:
        # What is asked contradicts what is there: no wait and no other server would mend it.
        raise ConflictError(
            f"The current version of the library cannot be opened: {reloaded.error.what}",
            cure="Make another version the current one, or build the library again; "
            "the one before goes on answering",
        )
    workers, late = await _agreed(holder, settings, reloaded.version)
    found = {
        "library": reloaded.version,
        "swapped": reloaded.swapped,
        "agreed": not late,
        "workers": workers,
        "late": late,
    }
    return as_json(found, 202 if late else 200)


async def _agreed(
    holder: Holder, settings: Settings, version: str | None
) -> tuple[list[dict[str, Any]], list[int]]:
    """Wait until every worker has looked for a new version, or the time is up."""
    board = holder.board
    if board is None:
        return [], []
    generation = await anyio.to_thread.run_sync(board.ask)
    deadline = time.monotonic() + min(_RELOAD_SECONDS, settings.request_seconds * _SHARE)
    while True:
        # One that is still starting looks by itself before it answers anybody.
        workers = [one for one in await anyio.to_thread.run_sync(board.workers) if one.ready]
        behind = [one.pid for one in workers if one.generation < generation]
        if not behind or time.monotonic() > deadline:
            late = [one.pid for one in workers if one.pid in behind or one.version != version]
            return [_worker(one) for one in workers], late
        await anyio.sleep(_POLL_SECONDS)


def _state(holder: Holder, library: Library) -> dict[str, Any]:
    board = holder.board
    workers = [] if board is None else [_worker(one) for one in board.workers() if one.ready]
    return views.public_status(library) | {
        "attributions": [each.to_dict() for each in views.attributions(library)],
        "degraded": list(holder.degraded),
        "workers": workers,
    }


def _worker(worker: Worker) -> dict[str, Any]:
    return {"pid": worker.pid, "library": worker.version, "degraded": list(worker.degraded)}


def _root_with(holder: Holder, name: str) -> Folder:
    root = holder.root
    if root is None or name not in versions.names(root):
        raise HTTPException(404)
    return root


def _version(root: Folder, name: str, live: str) -> Version:
    folder = root / name
    try:
        made = manifest.read(folder)
        checksum = manifest.sha256_of(folder / manifest.NAME)
    except MatineeError as error:
        problem = error.what.replace(str(root), "…")
        return Version(
            name=name,
            live=name == live,
            created=None,
            titles=None,
            bytes=None,
            checksum=None,
            problem=problem,
        )
    return Version(
        name=name,
        live=name == live,
        created=made.created,
        titles=made.titles,
        bytes=sum(record.bytes for record in made.files.values()),
        checksum=checksum,
        problem=None,
    )


def _point_to(root: Folder, name: str) -> None:
    """Make a version the current one, after reading every byte of it.

    Raises:
        ConflictError: it is damaged, or of another format; what is current stays so.
        LibraryBusyError: a build is about to publish another.
    """
    try:
        manifest.check(root / name, manifest.read(root / name), full=True)
    except MatineeError as error:
        raise ConflictError(
            f"Library {name} cannot be used: {error.what.replace(str(root), '…')}",
            cure="Choose another version",
        ) from error
    with versions.lock(root):
        versions.point_to(root, name)

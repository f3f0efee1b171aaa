"""Jobs: work that goes on beyond the request that asks for it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from anyio import sleep, to_thread
from fastapi import APIRouter, Body, FastAPI, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from matinee.errors import ConflictError, StoreError
from matinee.service.depends import Admin, Stored, as_json, landed
from matinee.service.jobs import Runner, cancel, over, resume
from matinee.service.jobs_kinds import (
    BackupArguments,
    BuildArguments,
    TrainArguments,
    VerifyArguments,
)
from matinee.store.records import JobState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pydantic.config import JsonDict

    from matinee.store import Store
    from matinee.store.records import Job

LOOK = 0.5
"""Seconds between two looks at a job that somebody follows."""
HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent: proxies close what is silent for a minute."""
_JOB: JsonDict = {
    "key": 7,
    "kind": "build",
    "arguments": {"paths": ["films.csv"]},
    "state": "running",
    "done": 1_200,
    "total": 8_807,
    "message": "Encoding",
    "created": 1_767_225_600,
    "started": 1_767_225_601,
    "ended": None,
    "beat": 1_767_225_630,
}
_EVENT: JsonDict = {
    "type": "object",
    "properties": {
        "event": {"enum": ["progress", "end"]},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/JobAnswer"},
        },
    },
    "required": ["event", "data"],
}
"""Of one event. OpenAPI 3.1 has no word for that and passes over this one, which is 3.2's."""
_EVENTS = "event: progress\ndata: " + msgspec.json.encode(_JOB).decode() + "\n\n"


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Run jobs while the app serves."""
    settings, holder = app.state.settings, app.state.holder

    def environment() -> dict[str, str]:
        # What the server was given in another way than by the environment. The demo is no library
        # to build into: without another the commands take the user's own, or the demo themselves.
        demo = getattr(holder.library, "is_demo", False)
        given = {
            "MATINEE_DATABASE_URL": settings.database_url,
            "MATINEE_LIBRARY": None if demo else holder.root,
        }
        return {name: str(value) for name, value in given.items() if value is not None}

    runner = app.state.jobs = Runner(app.state.store, environment=environment)
    runner.start()
    try:
        yield
    finally:
        await to_thread.run_sync(runner.stop)


router = APIRouter(tags=["jobs"], lifespan=running)
JobKey = Annotated[
    int,
    Path(
        ge=1,
        le=2**63 - 1,
        description="Number of the job.",
        openapi_examples={"the seventh": {"value": 7}},
    ),
]


class _NewJob(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class NewBuild(_NewJob):
    """Make a library of catalogue files."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"kind": "build", "arguments": {"paths": ["films.csv"]}}}
    )

    kind: Literal["build"]
    arguments: BuildArguments = Field(description="Paths are the server's.")


class NewTraining(_NewJob):
    """Learn taste from ratings."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "kind": "train",
                "arguments": {"ratings": ["ratings.csv"], "models": ["ease"]},
            }
        }
    )

    kind: Literal["train"]
    arguments: TrainArguments = Field(description="Paths are the server's.")


class NewBackup(_NewJob):
    """Save everything in one file."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"kind": "backup", "arguments": {"to": "matinee.backup"}}}
    )

    kind: Literal["backup"]
    arguments: BackupArguments = Field(description="The path is the server's.")


class NewCheck(_NewJob):
    """Read every byte of the library."""

    model_config = ConfigDict(json_schema_extra={"example": {"kind": "verify"}})

    kind: Literal["verify"]
    arguments: VerifyArguments = Field(
        default_factory=VerifyArguments, description="There are none."
    )


Wish = Annotated[
    NewBuild | NewTraining | NewBackup | NewCheck,
    Body(discriminator="kind", description="Work to be done."),
]
"""A job to be made, by its kind."""


class JobAnswer(BaseModel):
    """Work and how far it is."""

    model_config = ConfigDict(json_schema_extra={"example": _JOB})

    key: int = Field(description="Its number.")
    kind: str
    arguments: dict[str, Any]
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: int = Field(description="Steps done of what is being done now.")
    total: int = Field(description="Steps of it in all; 0 while unknown.")
    message: str = Field(description="What is being done, what came of it, or why it failed.")
    created: int = Field(description="Seconds since 1970.")
    started: int | None
    ended: int | None
    beat: int | None = Field(description="When whoever runs it last said so.")


class Jobs(BaseModel):
    """Jobs."""

    model_config = ConfigDict(json_schema_extra={"example": {"jobs": [_JOB]}})

    jobs: list[JobAnswer] = Field(description="The newest first.")


@router.get("/v1/jobs", response_model=Jobs)
def listed(
    _admin: Admin,
    store: Stored,
    limit: Annotated[int, Query(ge=1, le=1_000, description="How many at most.")] = 100,
) -> Response:
    """Return the jobs; for administrators."""
    return as_json({"jobs": [_told(job) for job in store.jobs.all(limit)]})


@router.post("/v1/jobs", response_model=JobAnswer, status_code=202)
async def create(request: Request, _admin: Admin, store: Stored, wish: Wish) -> Response:
    """Ask for a job; it waits for those before it. For administrators."""
    # As they were given: what is left out is for the command to know, when it runs.
    arguments = wish.arguments.model_dump(exclude_unset=True)
    made: Job = await landed(store.jobs.create(wish.kind, arguments))
    _wake(request)
    return as_json(_told(made), 202, {"location": f"/v1/jobs/{made.key}"})


@router.get("/v1/jobs/{key}", response_model=JobAnswer)
def one(_admin: Admin, store: Stored, key: JobKey) -> Response:
    """Return a job; for administrators."""
    return as_json(_told(_known(store, key)))


@router.post("/v1/jobs/{key}/cancel", response_model=JobAnswer, responses={409: {}})
def call_off(request: Request, _admin: Admin, store: Stored, key: JobKey) -> Response:
    """Call a job off; one that runs ends within seconds. For administrators."""
    job = _known(store, key)
    if job.state in (JobState.DONE, JobState.FAILED):
        raise ConflictError(f"The job is {job.state} already", where=str(key))
    if job.state is not JobState.CANCELLED:
        job = cancel(store, job)
        _wake(request)
    return as_json(_told(job))


@router.post("/v1/jobs/{key}/retry", response_model=JobAnswer, status_code=202, responses={409: {}})
def again(request: Request, _admin: Admin, store: Stored, key: JobKey) -> Response:
    """Run a job again that failed or was called off; for administrators."""
    job = _known(store, key)
    if job.state not in (JobState.FAILED, JobState.CANCELLED) or not over(job):
        raise ConflictError(
            f"The job is {job.state}" + ("" if over(job) else " and has not ended"),
            where=str(key),
            cure="Only one that failed or was called off can be run again",
        )
    waiting = resume(store, job)
    _wake(request)
    return as_json(_told(waiting), 202, {"location": f"/v1/jobs/{key}"})


@router.get(
    "/v1/jobs/{key}/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: progress whenever the job changes, end at its end.",
            "content": {"text/event-stream": {"itemSchema": _EVENT, "example": _EVENTS}},
        }
    },
)
async def follow(_admin: Admin, store: Stored, key: JobKey) -> StreamingResponse:
    """Follow a job to its end as server-sent events; for administrators."""
    job = await to_thread.run_sync(_known, store, key)
    return StreamingResponse(
        _followed(store, job),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _followed(store: Store, job: Job) -> AsyncIterator[bytes]:
    """Yield what is sent about a job."""
    told: Job | None = None
    silent = 0.0
    while True:
        if job != told:
            name = "end" if over(job) else "progress"
            yield f"event: {name}\ndata: ".encode() + msgspec.json.encode(_told(job)) + b"\n\n"
            told, silent = job, 0.0
        if over(job):
            return
        await sleep(LOOK)
        silent += LOOK
        if silent >= HEARTBEAT:
            yield b": still there\n\n"
            silent = 0.0
        try:
            job = await to_thread.run_sync(_known, store, job.key)
        except StoreError:
            # The stream cannot become a problem any more; the browser comes again by itself.
            return


def _known(store: Store, key: int) -> Job:
    found = store.jobs.get(key)
    if found is None:
        raise HTTPException(404, "There is no such job")
    return found


def _told(job: Job) -> dict[str, Any]:
    names = tuple(JobAnswer.model_fields)
    return {name: getattr(job, name) for name in names} | {"state": job.state.value}


def _wake(request: Request) -> None:
    runner: Runner | None = getattr(request.app.state, "jobs", None)
    if runner is not None:
        runner.wake()

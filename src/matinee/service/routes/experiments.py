"""Experiments: begin, watch and stop a comparison of two rankers."""

from __future__ import annotations

import dataclasses
import secrets
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from matinee.evaluate import experiments
from matinee.evaluate.experiments_answers import logged
from matinee.evaluate.experiments_arms import checked
from matinee.service.depends import Admin, Stored, as_json, landed
from matinee.service.experiments import desk_of
from matinee.store.records import Experiment

if TYPE_CHECKING:
    from pydantic.config import JsonDict

    from matinee.store import Store

router = APIRouter(tags=["experiments"])

_SALT = 8
"""Bytes of chance in a salt: people are assigned anew by every experiment."""
_SEED = 0
"""Of the bootstrap: the same log is the same report."""
_SETTINGS: JsonDict = {"a": {"method": "hybrid"}, "b": {"method": "blend"}}
_EXPERIMENT: JsonDict = {
    "name": "blend-or-not",
    "surface": "search",
    "design": "interleave",
    **_SETTINGS,
    "share": 0.5,
    "created": 1_767_225_600,
    "stopped": None,
}
_REPORT: JsonDict = {
    "experiment": "blend-or-not",
    "design": "interleave",
    "people": 42,
    "answers": 310,
    "impressions": 3_100,
    "clicks": 190,
    "preferred": {
        "answers_a": 60,
        "answers_b": 95,
        "answers_tied": 20,
        "people_a": 11,
        "people_b": 26,
        "people_tied": 3,
        "delta": {"mean": 0.12, "low": 0.04, "high": 0.2},
        "delta_answers": 0.1,
        "p": 0.02,
        "detectable": 0.73,
        "enough": True,
    },
    "verdict": "People prefer b (p .020)",
    "warnings": [],
}
ExperimentName = Annotated[
    str,
    Path(
        description="Name of the experiment.",
        openapi_examples={"one": {"value": "blend-or-not"}},
    ),
]
Settings = dict[str, str | bool | int | float]


class NewExperiment(BaseModel):
    """A comparison to begin."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "blend-or-not",
                "surface": "search",
                "design": "interleave",
                **_SETTINGS,
                "share": 0.5,
            }
        },
    )

    name: str = Field(max_length=64, description="Letters, digits, dots, hyphens and underscores.")
    surface: Literal["search", "recommend"] = Field(description="Where it runs.")
    design: Literal["ab", "interleave"] = Field(
        description="Whether each person sees one ranker, or both mixed into one list."
    )
    a: Settings = Field(
        default_factory=dict, description="Parameters of the first ranker; empty for the usual one."
    )
    b: Settings = Field(default_factory=dict, description="Parameters of the second ranker.")
    share: float = Field(1.0, description="Part of the people who take part, above 0 to 1.")


class ExperimentAnswer(BaseModel):
    """A comparison of two rankers."""

    model_config = ConfigDict(json_schema_extra={"example": _EXPERIMENT})

    name: str
    surface: Literal["search", "recommend"]
    design: Literal["ab", "interleave"]
    a: Settings
    b: Settings
    share: float
    created: int = Field(description="Seconds since 1970.")
    stopped: int | None = Field(description="Seconds since 1970; null while it runs.")


class Experiments(BaseModel):
    """All comparisons."""

    model_config = ConfigDict(json_schema_extra={"example": {"experiments": [_EXPERIMENT]}})

    experiments: list[ExperimentAnswer] = Field(description="The latest first.")


class Interval(BaseModel):
    """A mean with its 95% interval."""

    mean: float
    low: float
    high: float


class Preferred(BaseModel):
    """Whom people preferred where two rankers were mixed."""

    answers_a: int = Field(description="Answers of which more titles of a than of b were chosen.")
    answers_b: int
    answers_tied: int
    people_a: int = Field(description="People more of whose answers were won by a.")
    people_b: int
    people_tied: int
    delta: Interval | None = Field(
        description="Mean over people of the part won by b less a half; null where nobody chose."
    )
    delta_answers: float | None = Field(description="The same over answers.")
    p: float = Field(description="Two-sided, of the sign test over people.")
    detectable: float | None = Field(
        description="Smallest share of people preferring one that would be found four times in 5."
    )
    enough: bool = Field(description="Whether so few people can show anything at all.")


class Counted(BaseModel):
    """What happened in one arm."""

    people: int
    answers: int
    impressions: int
    clicks: int
    plays: int
    ratings: int


class Compared(BaseModel):
    """One metric of two arms, over people."""

    people_a: int
    people_b: int
    a: float | None
    b: float | None
    difference: float | None = Field(description="b less a.")
    low: float | None = Field(description="Lower end of its 95% interval.")
    high: float | None
    p: float | None = Field(description="Two-sided, of Welch's t.")
    detectable: float | None = Field(
        description="Smallest difference that would be found four times in five."
    )
    enough: bool = Field(description="Whether there are people enough for the test.")


class ExperimentReport(BaseModel):
    """What came of a comparison so far."""

    model_config = ConfigDict(json_schema_extra={"example": _REPORT})

    experiment: str
    design: Literal["ab", "interleave"]
    people: int = Field(description="Who were shown something.")
    answers: int
    impressions: int = Field(description="Titles in those answers, the first 100 of each.")
    clicks: int = Field(description="Titles chosen: clicked or played.")
    preferred: Preferred | None = Field(None, description="Of interleaving alone.")
    arms: dict[str, Counted] | None = Field(None, description="Of an A/B experiment alone.")
    compared: dict[str, Compared] | None = Field(
        None, description="Of an A/B experiment alone: click_through, plays, mean_rating."
    )
    uneven_p: float | None = Field(
        None, description="Of an A/B experiment: p of so uneven arms by chance."
    )
    verdict: str
    warnings: list[str]


@router.get("/v1/experiments", response_model=Experiments)
def listed(_admin: Admin, store: Stored) -> Response:
    """Return all experiments; for administrators."""
    return as_json({"experiments": [_told(each) for each in store.experiments.all()]})


@router.post(
    "/v1/experiments", response_model=ExperimentAnswer, status_code=201, responses={409: {}}
)
async def create(request: Request, _admin: Admin, store: Stored, wish: NewExperiment) -> Response:
    """Begin an experiment; for administrators."""
    wanted = checked(Experiment(**wish.model_dump(), salt=secrets.token_hex(_SALT)))
    made: Experiment = await landed(store.experiments.create(wanted))
    desk_of(request).forget()
    return as_json(_told(made), 201, {"location": f"/v1/experiments/{made.name}"})


@router.get("/v1/experiments/{name}", response_model=ExperimentAnswer)
def one(_admin: Admin, store: Stored, name: ExperimentName) -> Response:
    """Return an experiment; for administrators."""
    return as_json(_told(_known(store, name)))


@router.post("/v1/experiments/{name}/stop", response_model=ExperimentAnswer)
def stop(request: Request, _admin: Admin, store: Stored, name: ExperimentName) -> Response:
    """Stop an experiment for good; for administrators."""
    _known(store, name)
    stopped = store.experiments.stop(name).result()
    desk_of(request).forget()
    return as_json(_told(stopped))


@router.get("/v1/experiments/{name}/report", response_model=ExperimentReport)
def report(
    _admin: Admin,
    store: Stored,
    name: ExperimentName,
    planned: Annotated[
        int | None,
        Query(
            ge=1,
            description="People the experiment was planned for; p holds at that number.",
            openapi_examples={"sixty": {"value": 60}},
        ),
    ] = None,
) -> Response:
    """Return what came of an experiment so far; for administrators."""
    experiment = _known(store, name)
    shown, done = logged(store, experiment)
    made = experiments.report(experiment, shown, done, seed=_SEED, planned=planned)
    return as_json(made.to_dict())


def _known(store: Store, name: str) -> Experiment:
    found = store.experiments.get(name) if len(name) <= 64 else None
    if found is None:
        raise HTTPException(404, "There is no experiment of that name")
    return found


def _told(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment as plain values; its salt is nobody's business."""
    values = {
        field.name: getattr(experiment, field.name) for field in dataclasses.fields(experiment)
    }
    del values["salt"]
    return values | {"a": dict(experiment.a), "b": dict(experiment.b)}

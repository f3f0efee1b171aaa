"""Recommendations for the people of the store, for groups of them, and for those trained on."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from fastapi import APIRouter, Body, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from matinee.errors import QueryError
from matinee.pipeline.group import recommend_group
from matinee.pipeline.recommend import predict, why
from matinee.pipeline.recommended import RECOMMENDED_FIELDS
from matinee.pipeline.results import fields_of
from matinee.query.wanted import WANTED, RecommendRequest
from matinee.service.ages import Suited, suited_person
from matinee.service.answers import AnswerCache, edition, fresh_answer
from matinee.service.depends import (
    Admin,
    Opened,
    PersonName,
    Reader,
    Stored,
    as_json,
    find,
    opened,
    reader,
    stored,
    subject,
)
from matinee.service.express import read_query
from matinee.service.histories import Known, KnownPeople
from matinee.service.routes import people_answers as answers
from matinee.service.routes.people_params import (
    GroupBody,
    RecommendBody,
    RecommendParams,
    lowest,
    told_person,
)
from matinee.service.routes.people_serving import (
    Kept,
    People,
    answered,
    is_usual,
    kept_answers,
    known_people,
    page_of,
    recall,
    since,
    trained_person,
    tried,
)

if TYPE_CHECKING:
    from matinee.assembly import Library
    from matinee.pipeline.person import Person
    from matinee.service.caller import Caller
    from matinee.store import Store

router = APIRouter()

MAX_PREDICTED = 100
"""Titles of one prediction."""

TitleId = Annotated[
    str,
    Path(
        description="Any id of the title, namespace:value.",
        openapi_examples={"The Matrix": {"value": "tmdb:603"}},
    ),
]
Titles = Annotated[
    list[str],
    Query(
        alias="title",
        min_length=1,
        max_length=MAX_PREDICTED,
        description=f"Id of a title; repeatable, at most {MAX_PREDICTED} times.",
        openapi_examples={"The Matrix": {"value": ["tmdb:603"]}},
    ),
]
MethodName = Annotated[
    str | None,
    Query(
        description=WANTED["method"],
        openapi_examples={"by what titles are about": {"value": "content"}},
    ),
]


@router.get(
    "/v1/people/{person}/recommendations", response_model=answers.Recommendations, tags=["people"]
)
async def recommendations(
    request: Request, person: PersonName, params: Annotated[RecommendParams, Query()]
) -> Response:
    """Recommend titles to a person, none of those they have seen or hidden."""
    library, caller = await opened(request), await reader(request)
    store, people = await stored(request), await known_people(request)
    kept = await kept_answers(request)
    return await run_in_threadpool(
        _usual, request, library, store, caller, people, kept, person, params
    )


async def recommendations_at_once(request: Request) -> Response:
    """Answer ``GET /v1/people/{person}/recommendations`` by the short way."""
    params = read_query(request, RecommendParams)
    return await recommendations(request, request.path_params["person"], params)


@router.post(
    "/v1/people/{person}/recommendations", response_model=answers.Recommendations, tags=["people"]
)
def recommendations_by_body(
    request: Request,
    library: Opened,
    store: Stored,
    caller: Reader,
    people: People,
    kept: Kept,
    person: PersonName,
    params: Annotated[RecommendBody, Body()],
) -> Response:
    """Recommend titles to a person; the parameters as a JSON object, and perhaps a history."""
    if params.history is None and not params.alone:
        return _usual(request, library, store, caller, people, kept, person, params)
    started = time.perf_counter()
    who = subject(store, caller, person)
    wish = params.request(caller.max_age, who.max_age)
    told = told_person(library, params.history or ())
    if params.alone:
        known = Known(told)
    else:
        known = recall(request, people, store, library, who)
        known = replace(known, person=known.person.and_then(told), reading=None)
    return answered(library, wish, known, params, None, kept, started)


@router.get(
    "/v1/people/{person}/explain/{title_id}", response_model=answers.Explanation, tags=["people"]
)
def explain(
    request: Request,
    library: Opened,
    store: Stored,
    caller: Reader,
    people: People,
    person: PersonName,
    title_id: TitleId,
    method: MethodName = None,
) -> Response:
    """Say why a title suits a person, or why it does not."""
    who = subject(store, caller, person)
    age = lowest(caller.max_age, who.max_age)
    row = _row(library, title_id, age)
    known = recall(request, people, store, library, who)
    found = why(library.engine, RecommendRequest(method=method, max_age=age), known.person, row)
    return as_json(found.to_dict() | _frame(library, known))


@router.get("/v1/people/{person}/predict", response_model=answers.Predictions, tags=["people"])
def predictions(
    request: Request,
    library: Opened,
    store: Stored,
    caller: Reader,
    people: People,
    person: PersonName,
    titles: Titles,
) -> Response:
    """Predict the stars a person gives to titles."""
    who = subject(store, caller, person)
    age = lowest(caller.max_age, who.max_age)
    rows = [_row(library, each, age) for each in titles]
    known = recall(request, people, store, library, who)
    stars = predict(library.engine, np.array(rows, np.int64), known.person)
    named = library.engine.catalogue.titles(rows)
    told = [
        {"id": title.id, "title": title.title} | each.to_dict()
        for title, each in zip(named, stars, strict=True)
    ]
    return as_json({"predictions": told} | _frame(library, known))


@router.post("/v1/groups/recommendations", response_model=answers.Recommendations, tags=["people"])
def group(
    request: Request,
    library: Opened,
    store: Stored,
    caller: Reader,
    people: People,
    body: Annotated[GroupBody, Body()],
) -> Response:
    """Recommend titles that several people watch together, with what each makes of each.

    What any of them has seen or hidden is left out, and the lowest of their age limits counts.
    """
    started = time.perf_counter()
    fields = fields_of(body.fields, RECOMMENDED_FIELDS)
    ages = [caller.max_age]
    members: dict[str, Person] = {}
    notes = []
    for place, member in enumerate(body.members, 1):
        if isinstance(member, str):
            who = subject(store, caller, member)
            known, name = recall(request, people, store, library, who), who.name
            ages.append(who.max_age)
            notes += [f"{name}: {known.degraded}"] if known.degraded else []
        else:
            known = Known(told_person(library, member.history))
            name = member.name or f"person {place}"
        if name in members:
            raise QueryError(
                "Somebody is in the group twice", where=name, cure="Name each member once"
            )
        members[name] = known.person
    answer = recommend_group(library.engine, body.request(*ages), members, body.strategy)
    answer = replace(answer, notes=(*answer.notes, *notes))
    return fresh_answer(answer.to_json(took_ms=since(started), fields=fields))


@router.get(
    "/v1/trained/{user}/recommendations", response_model=answers.Recommendations, tags=["people"]
)
def trained(
    library: Opened,
    caller: Admin,
    kept: Kept,
    user: Annotated[
        str,
        Path(
            description="Name of somebody in the ratings the library was trained on.",
            openapi_examples={"the first": {"value": "1"}},
        ),
    ],
    params: Annotated[RecommendParams, Query()],
) -> Response:
    """Recommend titles to somebody the library was trained on; for administrators."""
    started = time.perf_counter()
    wish = params.request(caller.max_age)
    known = Known(suited_person(library, trained_person(library, user), caller.max_age))
    key = ("trained", edition(library), user, wish, *page_of(params))
    return answered(library, wish, known, params, key, kept, started)


def _usual(
    request: Request,
    library: Library,
    store: Store,
    caller: Caller,
    people: KnownPeople,
    kept: AnswerCache,
    person: str,
    params: RecommendParams,
) -> Response:
    """Return what is recommended to somebody by what they did alone. May block."""
    started = time.perf_counter()
    who = subject(store, caller, person)
    wish = params.request(caller.max_age, who.max_age)
    known = recall(request, people, store, library, who)
    # Experiments are with people who ask for themselves.
    if who.key == caller.person.key and not is_usual(request, store):
        return tried(request, library, store, caller, wish, known, params, started)
    key = (
        None
        if known.reading is None
        else ("recommendations", edition(library), known.reading, wish, *page_of(params))
    )
    return answered(library, wish, known, params, key, kept, started)


def _row(library: Library, title_id: str, max_age: int | None) -> int:
    """Return the row of a title.

    Raises:
        UnknownTitleError: no title has that id, or it is above the age limit, which is the same
            to who asks.
    """
    if max_age is not None:
        Suited(library, max_age).title(title_id)
    row = library.engine.catalogue.find(find(library, title_id).id)
    assert row is not None  # noqa: S101 -- it was found by that id
    return row


def _frame(library: Library, known: Known) -> dict[str, Any]:
    degraded = [*known.person.notes, *([known.degraded] if known.degraded else [])]
    return {"library": library.version, "degraded": degraded}

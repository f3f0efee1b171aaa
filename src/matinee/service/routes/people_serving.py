"""How a wish for recommendations is answered: from what is kept, anew, or as an experiment."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request, Response

from matinee.errors import UnknownPersonError
from matinee.pipeline.person import Person, known_person
from matinee.pipeline.recommend import recommend
from matinee.pipeline.recommended import RECOMMENDED_FIELDS
from matinee.pipeline.results import fields_of
from matinee.service.ages import suited_person
from matinee.service.answers import HEADER, AnswerCache, fresh_answer, kept_answer
from matinee.service.depends import as_json, degrade
from matinee.service.experiments import desk_of, experimented
from matinee.service.histories import Known, KnownPeople
from matinee.service.routes.people_params import lowest

if TYPE_CHECKING:
    from collections.abc import Hashable

    from matinee.assembly import Library
    from matinee.pipeline.recommended import Recommendations
    from matinee.query.wanted import RecommendRequest
    from matinee.service.caller import Caller
    from matinee.service.routes.people_params import RecommendParams
    from matinee.store import Store
    from matinee.store.records import Person as Account

DEGRADED = "history"
"""Flag of an answer that had to do without what the person did."""
SURFACE = "recommend"
"""What experiments call this."""


# Coroutines run in the one thread of the event loop, so each of these is made once.
async def known_people(request: Request) -> KnownPeople:
    """Return the histories that this process keeps."""
    state = request.app.state
    if not hasattr(state, "known"):
        state.known = KnownPeople()
    made: KnownPeople = state.known
    return made


async def kept_answers(request: Request) -> AnswerCache:
    """Return the answers that this process keeps."""
    state = request.app.state
    if not hasattr(state, "answers"):
        state.answers = AnswerCache(state.settings.answer_cache)
    made: AnswerCache = state.answers
    return made


People = Annotated[KnownPeople, Depends(known_people)]
Kept = Annotated[AnswerCache, Depends(kept_answers)]


def recall(
    request: Request, people: KnownPeople, store: Store, library: Library, who: Account
) -> Known:
    """Return what a person did; where that cannot be read, the headers of the answer say so.

    Titles above an age limit are left out, for a reason would name them; then it is no longer what
    the store says, and no answer is kept for it.
    """
    known = people.get(store, library, who)
    if known.degraded:
        degrade(request, DEGRADED)
    age = lowest(request.state.caller.max_age, who.max_age)
    if age is None:
        return known
    return replace(known, person=suited_person(library, known.person, age), reading=None)


def trained_person(library: Library, user: str) -> Person:
    """Return somebody the library was trained on.

    Raises:
        UnknownPersonError: nobody there has that name.
    """
    found = known_person(library.engine, user)
    if found is None:
        raise UnknownPersonError(
            "The library was trained on nobody of that name",
            where=f"{user:.64}",
            cure="Use a name of the ratings it was trained on",
        )
    return found


def answered(
    library: Library,
    wish: RecommendRequest,
    known: Known,
    params: RecommendParams,
    key: Hashable | None,
    kept: AnswerCache,
    started: float,
) -> Response:
    """Return an answer, one kept where there is one. A key of None means that it is not kept."""
    fields = fields_of(params.fields, RECOMMENDED_FIELDS)
    if key is not None and (before := kept.get(key)) is not None:
        return kept_answer(before, since(started))
    found = _found(library, wish, known)
    found = replace(found, results=found.results[params.offset :])
    body = found.to_json(took_ms=since(started), fields=fields)
    if key is not None:
        kept.put(key, body)
    return fresh_answer(body)


def tried(
    request: Request,
    library: Library,
    store: Store,
    caller: Caller,
    wish: RecommendRequest,
    known: Known,
    params: RecommendParams,
    started: float,
) -> Response:
    """Return an answer that is part of an experiment, if who asks takes part; it is never kept."""
    fields = fields_of(params.fields, RECOMMENDED_FIELDS)
    shown = experimented(
        wish,
        SURFACE,
        caller,
        store,
        lambda asked: _found(library, asked, known),
        request=request,
        given=params.model_fields_set,
        first=params.offset,
        shown=params.k,
    )
    values = shown.to_dict(fields) | {"took_ms": round(since(started), 3)}
    return as_json(values, headers={**shown.headers, HEADER: "miss"})


def is_usual(request: Request, store: Store) -> bool:
    """Tell whether it is known that no experiment runs."""
    running, known = desk_of(request).running(store, SURFACE)
    return known and not running


def _found(library: Library, wish: RecommendRequest, known: Known) -> Recommendations:
    found = recommend(library.engine, wish, known.person)
    return replace(found, notes=(*found.notes, known.degraded)) if known.degraded else found


def page_of(params: RecommendParams) -> tuple[int, str]:
    """Return what of the parameters an answer depends on besides the request itself."""
    return params.offset, params.fields


def since(started: float) -> float:
    """Return the milliseconds since a moment of ``time.perf_counter``."""
    return (time.perf_counter() - started) * 1e3

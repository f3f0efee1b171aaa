"""What happened to titles that were shown: the log that rankers are compared by."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from matinee.deeds import Deed
from matinee.errors import QueryError, UnknownPersonError
from matinee.interaction import LEAST_STARS, NO_TIME, Action
from matinee.service import done_schemas as schemas
from matinee.service.bodies import MAX_EVENTS, EventBody, read_body, takes
from matinee.service.depends import Admin, Opened, Stored, as_json, landed, writer
from matinee.service.paging import MAX_LIMIT, Paged
from matinee.service.whose import Whose, framed, listed, whose
from matinee.store.records import Event, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.store.records import Recorded

router = APIRouter(tags=["events"])

_MANY = Annotated[list[EventBody], msgspec.Meta(min_length=1, max_length=MAX_EVENTS)]
_EVENTS = msgspec.json.Decoder(EventBody | _MANY)
_KEY_PATTERN = r"^[A-Za-z0-9._:-]{1,64}$"
"""Of pydantic, whose $ is the very end."""
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=_KEY_PATTERN,
        description="Key of what is sent, for events that have none of their own.",
        openapi_examples={"a key": {"value": "5f0c2b1e-click-3"}},
    ),
]
NamedPerson = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z0-9._-]{1,64}$",
        description="Of whom alone, by name.",
        openapi_examples={"the person of a machine without accounts": {"value": "default"}},
    ),
]
OfExperiment = Annotated[
    str | None,
    Query(
        pattern=_KEY_PATTERN,
        description="Of which experiment alone.",
        openapi_examples={"one of rankers": {"value": "blend-against-hybrid"}},
    ),
]
OfKind = Annotated[
    Literal["impression", "click", "play", "rating"] | None,
    Query(description="Of which kind alone.", openapi_examples={"clicks": {"value": "click"}}),
]


@router.post(
    "/v1/events",
    response_model=schemas.EventsTaken,
    openapi_extra=takes(EventBody | _MANY),
)
async def record(request: Request, idempotency_key: IdempotencyKey = None) -> Response:
    """Record one event, or up to 1,000, of whoever asks.

    An event whose key is known already is counted as repeated and changes nothing. A rating is
    also what the person thinks of the title, unless they have said something later.
    """
    theirs = await whose(request, await writer(request), "me")
    said = await read_body(request, _EVENTS)
    events = _events(theirs, said, idempotency_key, int(time.time()))
    rated = [event for event in events if event.kind is Kind.RATING]
    if rated:
        # Before the events: were it after, a crash between would lose the rating for good, since
        # the events would be known when they come again.
        deeds = await run_in_threadpool(_opinions, theirs, rated)
        if deeds:
            await landed(theirs.store.history.rate(theirs.person.key, deeds))
    recorded: Recorded = await landed(theirs.store.events.record(theirs.person.key, events))
    values = {"new": recorded.new, "repeated": recorded.repeated}
    return as_json(framed(request, theirs.library, values))


@router.get("/v1/events", response_model=schemas.Events)
def read(
    request: Request,
    _caller: Admin,
    library: Opened,
    store: Stored,
    page: Paged,
    kind: OfKind = None,
    experiment: OfExperiment = None,
    person: NamedPerson = None,
) -> Response:
    """List the events of everybody in the order they were recorded; for administrators."""
    key = None
    if person is not None:
        found = store.accounts.get(person)
        if found is None:
            raise UnknownPersonError("There is nobody of that name", where=person)
        key = found.key
    names: dict[int, str | None] = {}

    def rows(after: Any, count: int) -> list[Event]:
        return store.events.read(
            after=after or 0,
            limit=count,
            kind=None if kind is None else Kind(kind),
            experiment=experiment,
            person=key,
        )

    def entry(event: Event) -> bytes:
        who = event.person
        if who is not None and who not in names:
            known = store.accounts.by_key(who)
            names[who] = None if known is None else known.name
        return msgspec.json.encode(told(event) | {"person": None if who is None else names[who]})

    scope = ("events", kind, experiment, key)
    return listed(request, library, page, scope, rows, lambda event: event.sequence, entry)


def told(event: Event) -> dict[str, Any]:
    """Return an event as answers tell it, but for whose it is."""
    return {
        "sequence": event.sequence,
        "kind": event.kind.value,
        "id": event.title,
        "key": event.key,
        "time": event.time,
        "request": event.request or None,
        "position": event.position,
        "experiment": event.experiment or None,
        "arm": event.arm or None,
        "value": event.value,
    }


def _events(
    theirs: Whose, said: EventBody | list[EventBody], header: str | None, now: int
) -> list[Event]:
    """Return the events that a body tells of.

    Raises:
        QueryError: a key is missing, or a value does not fit its kind.
        UnknownTitleError: a title is not known.
    """
    if isinstance(said, EventBody):
        return [_event(theirs, said, header, now)]
    keys = (None if header is None else f"{header}-{place}" for place in range(len(said)))
    return [_event(theirs, one, key, now) for one, key in zip(said, keys, strict=True)]


def _event(theirs: Whose, said: EventBody, header: str | None, now: int) -> Event:
    key = said.key or header
    if key is None:
        raise QueryError(
            "An event has no key",
            where=f"{said.kind} of {said.id}",
            cure="Make up one for each event, such as a UUID, and send the same if you try again",
        )
    title = theirs.title(said.id)
    _check_value(said)
    return Event(
        kind=Kind(said.kind),
        title=title.id,
        key=key,
        time=now if said.time is None else int(said.time),
        request=said.request or "",
        position=None if said.position is None else int(said.position),
        experiment=said.experiment or "",
        arm=said.arm or "",
        value=said.value,
    )


def _check_value(said: EventBody) -> None:
    value = said.value
    fits = {
        "rating": value is not None and value >= LEAST_STARS,
        "play": value is None or value <= 1,
    }
    if not fits.get(said.kind, value is None):
        raise QueryError(
            f"The value of a {said.kind} is {'missing' if value is None else f'{value:g}'}",
            where=said.id,
            cure="A rating has 0.5 to 5 stars, a play may have the part that was watched, 0 to 1, "
            "and nothing else has one",
        )


def _opinions(theirs: Whose, rated: Sequence[Event]) -> list[Deed]:
    """Return the ratings after which the person has said nothing else. May block.

    Events may come late, from a device that was not connected.
    """
    latest = {event.title: event for event in sorted(rated, key=lambda event: event.time)}
    return [
        Deed(event.title, Action.RATING, event.value, event.time)
        for event in latest.values()
        if event.time >= _last_said(theirs, event.title)
    ]


def _last_said(theirs: Whose, title: str) -> int:
    """Return when the person last said something of a title.

    That is when it was written down where no other time is known.
    """
    history, last = theirs.store.history, NO_TIME
    after = 0
    while lines := history.changes(theirs.person.key, title=title, limit=MAX_LIMIT, after=after):
        after, last = lines[-1].sequence, lines[-1].time
        if last == NO_TIME:
            last = lines[-1].recorded
    return last

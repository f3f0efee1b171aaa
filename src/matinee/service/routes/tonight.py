"""Group nights: making one, and all that the host, members and guests do there."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.responses import RedirectResponse

from matinee.errors import ForbiddenError, MatineeError, QueryError, StoreError
from matinee.service import forms, night_page, nights, problems
from matinee.service.caller import Caller
from matinee.service.depends import Configured, Opened, Reader, Stored, Writer, find
from matinee.service.etags import tagged
from matinee.service.guests import ROOT
from matinee.service.night_forms import choices, name_of, number_of, own_name
from matinee.service.nights import Visit, visit_of
from matinee.service.routes import posters
from matinee.service.routes.people_serving import People  # noqa: TC001 -- read by FastAPI
from matinee.service.templating import page
from matinee.store.nights import MAX_NAME, MAX_PICKS
from matinee.store.records import Person, Scope

if TYPE_CHECKING:
    from matinee.assembly import Library
    from matinee.catalogue.title import Title
    from matinee.service.problems import Problem
    from matinee.settings import Settings
    from matinee.store import Store

router = APIRouter(include_in_schema=False)

HEADER = "x-matinee-fragment"
PART = "night"
"""What the header says of a request that wants the part of the page that changes."""
_FOUND = 9
"""Films that a search by name shows: three rows on a phone."""
_MAX_TEXT = 200
"""Characters of a name that is looked for."""
_NO_STORE = {"cache-control": "no-store"}
_SOMEBODY = Caller(Person(key=0, name="guest"), frozenset(), "session", "guest")
"""In place of a guest, who is no caller, where it only matters that an answer is for one alone."""
Text = Annotated[str, Form()]


def visited(request: Request, library: Opened, store: Stored, code: str) -> Visit:
    """Return the night of the address, and who comes."""
    return visit_of(request, library, store, code)


async def joined(visit: Annotated[Visit, Depends(visited)]) -> Visit:
    """Return the same for somebody who is there and may change something.

    Raises:
        ForbiddenError: they have not joined, or their token may only read.
    """
    if visit.me is None:
        raise ForbiddenError(
            "This is for who has joined the night", cure="Load the page again, and join"
        )
    return _writing(visit)


async def hosted(visit: Annotated[Visit, Depends(visited)]) -> Visit:
    """Return the same for the host.

    Raises:
        ForbiddenError: it is somebody else, or their token may only read.
    """
    if not visit.is_host:
        raise ForbiddenError("Only who made the night can do that", cure="Ask them")
    return _writing(visit)


Visited = Annotated[Visit, Depends(visited)]
Joined = Annotated[Visit, Depends(joined)]
Hosted = Annotated[Visit, Depends(hosted)]


@router.get("/tonight")
def overview(request: Request, library: Opened, store: Stored, caller: Reader) -> Response:
    """Show the nights somebody is part of, and how to make one."""
    return _overview(request, library, store, caller)


@router.post("/tonight")
def make(
    request: Request,
    library: Opened,
    store: Stored,
    caller: Writer,
    name: Text = "",
    called: Text = "",
    strategy: Text = "fairness",
    max_age: Text = "",
    minutes: Text = "",
) -> Response:
    """Make a night and go there."""
    try:
        code = nights.begun(
            request.app,
            store,
            caller,
            name_of(called) or own_name(caller),
            name=name_of(name),
            strategy=strategy,
            max_age=number_of(max_age, "The age cap"),
            minutes=number_of(minutes, "The length"),
        )
    except QueryError as error:
        return _overview(request, library, store, caller, error)
    return _to(code)


@router.get("/tonight/{code}")
def night(
    request: Request, visit: Visited, store: Stored, people: People, settings: Configured
) -> Response:
    """Show a night to who is there, and to everybody else how to join."""
    if request.headers.get(HEADER) == PART:
        # A script asks for somebody who was removed meanwhile: it loads the page again.
        if visit.me is None:
            raise nights.gone()
        return _part(request, visit, store, people)
    if visit.me is None:
        return _joining(request, visit)
    answer = page(
        "night.html",
        visit=visit,
        evening=night_page.evening(request.app, visit, store, people),
        learnt=nights.learnt(visit.library),
        link=_link(request, settings, visit.code),
        local=visit.caller is not None and visit.caller.via == "local",
        here=ROOT + visit.code,
        strategies=night_page.STRATEGIES,
        ages=choices(night_page.AGES, visit.night.max_age),
        lengths=choices(night_page.LENGTHS, visit.night.minutes),
        form=forms.SearchForm(),
    )
    answer.headers.update(_NO_STORE)
    return answer


@router.post("/tonight/{code}/join")
def join(
    request: Request,
    visit: Visited,
    store: Stored,
    name: Text = "",
    pick: Annotated[list[str] | None, Form()] = None,
    find: Text = "",
    step: Text = "join",
) -> Response:
    """Join a night: with one's own history, or as a guest with a name and some films."""
    if visit.me is not None:
        return _to(visit.code)
    if visit.caller is not None:
        _writing(visit)
        person, called = visit.caller.person, own_name(visit.caller)
        if store.nights.join(visit.night.key, called, person=person.key).result() is None:
            raise nights.gone()
        return _to(visit.code)
    secret = secrets.token_urlsafe(32)
    answer = _taken_in(request, visit, store, name, pick or [], find, step, secret)
    if answer.status_code == 303:
        nights.doors_of(request.app).set(request, answer, secret, visit.code)
    return answer


@router.get("/tonight/{code}/add")
def adding(request: Request, visit: Hosted) -> Response:
    """Show how to add somebody who uses the host's device."""
    return _joining(request, visit)


@router.post("/tonight/{code}/add")
def add(
    request: Request,
    visit: Hosted,
    store: Stored,
    name: Text = "",
    pick: Annotated[list[str] | None, Form()] = None,
    find: Text = "",
    step: Text = "join",
) -> Response:
    """Add somebody who uses the host's device."""
    return _taken_in(request, visit, store, name, pick or [], find, step, None)


@router.post("/tonight/{code}/veto")
def veto(
    request: Request,
    visit: Joined,
    store: Stored,
    people: People,
    title: Text = "",
    act: Text = "veto",
) -> Response:
    """Have a title vanish for everybody that night, or take that back."""
    assert visit.me is not None  # noqa: S101 -- the dependency saw to it
    if act == "veto":
        film = find(visit.seen, title)
        there = store.nights.veto(visit.night.key, visit.me.key, film.id).result()
    elif act == "back":
        there = store.nights.unveto(visit.night.key, visit.me.key, title).result()
    else:
        raise QueryError(f"There is no act {act!r:.40}", cure="Say veto or back")
    if not there:
        raise nights.gone()
    if request.headers.get(HEADER) == PART:
        now = visit_of(request, visit.library, store, visit.code)
        return _part(request, now, store, people)
    return _to(visit.code, "list")


@router.post("/tonight/{code}/remove")
def remove(visit: Joined, store: Stored, member: Text = "") -> Response:
    """Have somebody leave: the host anybody but themselves, everybody else themselves."""
    assert visit.me is not None  # noqa: S101 -- the dependency saw to it
    key = number_of(member, "The member")
    if key is None or not (visit.is_host or key == visit.me.key):
        raise ForbiddenError("Only who made the night can do that", cure="Ask them")
    store.nights.remove(visit.night.key, key).result()
    return _to(visit.code)


@router.post("/tonight/{code}/change")
def change(
    visit: Hosted, store: Stored, strategy: Text = "", max_age: Text = "", minutes: Text = ""
) -> Response:
    """Change how films are chosen."""
    going = store.nights.change(
        visit.night.key,
        strategy=strategy or visit.night.strategy,
        max_age=number_of(max_age, "The age cap"),
        minutes=number_of(minutes, "The length"),
    ).result()
    if not going:
        raise nights.gone()
    return _to(visit.code, "list")


@router.post("/tonight/{code}/end")
def end(visit: Hosted, store: Stored) -> Response:
    """End the night for everybody."""
    store.nights.end(visit.night.key).result()
    return RedirectResponse("/tonight", 303, _NO_STORE)


@router.get("/tonight/{code}/poster/{title_id}.svg")
def drawn(request: Request, visit: Visited, title_id: str, v: str = "") -> Response:
    """Return the drawn poster of a title that suits all who are there."""
    return posters.drawn(request, visit.seen, _SOMEBODY, title_id, v)


@router.get("/tonight/{code}/poster/{title_id}")
def poster(request: Request, visit: Visited, title_id: str, v: str = "") -> Response:
    """Return the poster of a title that suits all who are there."""
    return posters.poster(request, visit.seen, _SOMEBODY, title_id, v)


def _overview(
    request: Request,
    library: Library,
    store: Store,
    caller: Caller,
    error: QueryError | None = None,
) -> Response:
    mine: list[tuple[str, Visit]] = []
    status, down = 200 if error is None else 422, False
    try:
        doors = nights.doors_of(request.app)
        for each in store.nights.of(caller.person.key):
            code = doors.code(each.seed)
            mine.append((ROOT + code, Visit(each, code, library, caller, None)))
    except StoreError:
        status, down = 503, True
    answer = page(
        "tonight.html",
        status,
        mine=mine,
        down=down,
        learnt=nights.learnt(library),
        problem=_problem(request, error),
        own_name=own_name(caller),
        strategies=night_page.STRATEGIES,
        ages=night_page.AGES,
        lengths=night_page.LENGTHS,
        most=MAX_NAME,
        form=forms.SearchForm(),
    )
    answer.headers.update(_NO_STORE)
    return answer


def _taken_in(
    request: Request,
    visit: Visit,
    store: Store,
    name: str,
    picks: list[str],
    text: str,
    step: str,
    secret: str | None,
) -> Response:
    """Add a guest, or show the form again with what was found or is wrong."""
    if step == "find":
        return _joining(request, visit, name, picks, text)
    called = name_of(name)
    try:
        if not called:
            raise QueryError("A name is missing", cure="Say what the others call you")
        loved = [find(visit.seen, each).id for each in picks]
        key = visit.night.key
        there = store.nights.join(key, called, secret=secret, picks=loved).result()
    except StoreError:
        raise
    except MatineeError as error:
        return _joining(request, visit, name, picks, "", error)
    if there is None:
        raise nights.gone()
    return _to(visit.code)


def _joining(
    request: Request,
    visit: Visit,
    name: str = "",
    picks: list[str] | None = None,
    text: str = "",
    error: MatineeError | None = None,
) -> Response:
    picked = night_page.titles_of(visit, dict.fromkeys(picks or ()))
    found: list[Title] | None = None
    text = text.strip()[:_MAX_TEXT]
    if text:
        found = [result.title for result in visit.seen.search(text, _FOUND)]
    problem = _problem(request, error)
    own = visit.caller is not None and visit.me is None
    known = [] if own or not nights.learnt(visit.library) else nights.known_titles(visit)
    shown = {title.id for title in picked}
    answer = page(
        "night_join.html",
        200 if problem is None else problem.status,
        visit=visit,
        badges=night_page.badges_of(visit),
        own=own,
        own_name=own_name(visit.caller) if visit.caller else "",
        action=f"{ROOT}{visit.code}/{'add' if visit.is_host else 'join'}",
        typed=name[:MAX_NAME],
        picked=night_page.cards(visit, picked),
        text=text,
        found=None
        if found is None
        else night_page.cards(visit, (t for t in found if t.id not in shown)),
        known=night_page.cards(visit, (t for t in known if t.id not in shown)),
        problem=problem,
        learnt=nights.learnt(visit.library),
        most=MAX_NAME,
        most_picks=MAX_PICKS,
        form=forms.SearchForm(),
    )
    answer.headers.update(_NO_STORE)
    return answer


def _part(request: Request, visit: Visit, store: Store, people: People) -> Response:
    answer = page(
        "_night.html",
        visit=visit,
        evening=night_page.evening(request.app, visit, store, people),
        learnt=nights.learnt(visit.library),
        here=ROOT + visit.code,
        strategies=night_page.STRATEGIES,
    )
    said = {"vary": "Accept-Language, Cookie, X-Matinee-Fragment"}
    return tagged(request, bytes(answer.body), "text/html", headers=said)


def _problem(request: Request, error: MatineeError | None) -> Problem | None:
    return None if error is None else problems.from_error(error, request.url.path)


def _writing(visit: Visit) -> Visit:
    if visit.caller is not None and not visit.caller.may(Scope.WRITE):
        raise ForbiddenError("This needs the right to write", cure="Use a token with that scope")
    return visit


def _link(request: Request, settings: Settings, code: str) -> str:
    base = settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}{ROOT}{code}"


def _to(code: str, place: str = "") -> Response:
    return RedirectResponse(ROOT + code + (f"#{place}" if place else ""), 303, _NO_STORE)

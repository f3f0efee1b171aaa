"""What a person does with a title on the pages: one address for all of it, and for undoing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from matinee.errors import MatineeError, StoreError
from matinee.service import problems
from matinee.service.acting import RESTORE, after, move, read_act, read_state, state_of
from matinee.service.depends import writer
from matinee.service.routes.accounts import local_path
from matinee.service.routes.people_serving import People  # noqa: TC001 -- read by FastAPI
from matinee.service.scene import gettext
from matinee.service.templating import page
from matinee.service.toasts import Toast
from matinee.service.viewer import viewer_of
from matinee.service.whose import Whose, whose

if TYPE_CHECKING:
    from matinee.catalogue.title import Title
    from matinee.service.histories import KnownPeople
    from matinee.service.views import Card

router = APIRouter(include_in_schema=False)

HEADER = "x-matinee-fragment"
PART = "acts"
"""What the header says of a request that wants the changed parts of its page alone."""


@router.post("/acts")
async def act(
    request: Request,
    people: People,
    title: Annotated[str, Form()] = "",
    act: Annotated[str, Form()] = "",
    stars: Annotated[str, Form()] = "",
    was: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Do something with a title, and say so with a way back.

    Without a script this leads back to the page, which tells it once; a script gets what looks
    different now, to be put in place, and is told of an error in the same way.
    """
    back = _back(request, local_path(next))
    fragment = request.headers.get(HEADER) == PART
    try:
        theirs = await whose(request, await writer(request), "me")
        film = theirs.title(title)
        toast = await _done(theirs, film, act, stars, was)
    except MatineeError as error:
        if not fragment:
            raise
        return _refused(error, request.url.path)
    if not fragment:
        gone = RedirectResponse(back, 303, {"cache-control": "no-store"})
        toast.set(gone)
        return gone
    card = await run_in_threadpool(_card, request, theirs, people, film)
    return page("_acted.html", card=card, toast=toast, back=back)


async def _done(theirs: Whose, film: Title, asked: str, stars: str, was: str) -> Toast:
    """Do what is asked; return what to say of it."""
    history, person = theirs.store.history, theirs.person.key
    ids = theirs.aliases(film.id)
    if asked == RESTORE:
        then = read_state(was, ids)
        now = await run_in_threadpool(state_of, history, person, ids)
        await move(history, person, now, then)
        return Toast(gettext("Undone: %(title)s") % {"title": film.title}, film.id)
    deed, given = read_act(asked, stars)
    now = await run_in_threadpool(state_of, history, person, ids)
    then = after(now, deed, film.id, given)
    await move(history, person, now, then)
    said = {"title": film.title, "stars": in_words(given or 0.0)}
    return Toast(_sentences()[deed] % said, film.id, now.to_text() if then != now else "")


def in_words(stars: float) -> str:
    """Return stars as people write them.

    >>> in_words(4.5), in_words(3.0), in_words(0.5)
    ('4½', '3', '½')
    """
    whole, half = divmod(stars, 1)
    return f"{whole:.0f}"[: int(whole > 0 or not half)] + ("½" if half else "")


def _sentences() -> dict[str, str]:
    return {
        "rate": gettext("You gave %(stars)s: %(title)s"),
        "unrate": gettext("Rating taken back: %(title)s"),
        "want": gettext("On your watchlist: %(title)s"),
        "unwant": gettext("Off your watchlist: %(title)s"),
        "seen": gettext("Seen: %(title)s"),
        "unseen": gettext("Not seen: %(title)s"),
        "hide": gettext("Hidden: %(title)s"),
        "unhide": gettext("No longer hidden: %(title)s"),
        "like": gettext("Liked: %(title)s"),
        "less": gettext("Less like this: %(title)s"),
    }


def _refused(error: MatineeError, path: str) -> Response:
    """Return what a script shows of an error."""
    problem = problems.from_error(error, path)
    down = isinstance(error, StoreError)
    text = gettext("This cannot be kept at the moment.") if down else problem.detail
    told = Toast(text, failed=True, again=down)
    answer = page("_acted.html", problem.status, card=None, toast=told)
    answer.headers.update(problem.headers)
    return answer


def _card(request: Request, theirs: Whose, people: KnownPeople, film: Title) -> Card:
    """Return the card of a title as it is now."""
    seen = viewer_of(request, theirs.library, request.state.caller, theirs.store, people)
    return seen.card(film)


def _back(request: Request, path: str) -> str:
    """Return where a form leads back to: its page, with the query that only the browser knows."""
    told = urlsplit(request.headers.get("referer", ""))
    same = told.netloc == request.headers.get("host", "") and told.path == urlsplit(path).path
    return f"{told.path}?{told.query}" if same and told.query and "?" not in path else path

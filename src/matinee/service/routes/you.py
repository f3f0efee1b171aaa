"""The pages about oneself: lists, taste, settings, export, and having it all deleted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_args
from urllib.parse import urlencode

import anyio
from fastapi import APIRouter, Form, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from matinee.deeds import Deed
from matinee.errors import StoreError
from matinee.interaction import Action
from matinee.service import lookups
from matinee.service.acting import move, state_of
from matinee.service.depends import Stored, Writer, landed
from matinee.service.forms import SearchForm
from matinee.service.routes.accounts import local_path
from matinee.service.scene import gettext, scene
from matinee.service.sessions import COOKIE
from matinee.service.taste_told import taste_told
from matinee.service.templating import page
from matinee.service.toasts import Toast
from matinee.service.viewer import Viewing  # noqa: TC001 -- read by FastAPI
from matinee.service.whose import whose
from matinee.service.yours import LISTS, List, Sort, counts, listing
from matinee.store.book import OPINION
from matinee.store.records import Role

if TYPE_CHECKING:
    from matinee.service.caller import Caller
    from matinee.service.viewer import Viewer

router = APIRouter(include_in_schema=False)

Tab: TypeAlias = Literal[List, "taste", "settings"]
TABS: tuple[Tab, ...] = (*LISTS, "taste", "settings")
EXPORTS = ("export.json", "export.csv", "watchlist.rss", "watchlist.radarr.json")
"""What :mod:`matinee.service.routes.exports` offers of a person, by the ends of the addresses."""
_MAX_PAGE = 1_000_000
_SORTS = get_args(Sort)


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a person is in the store besides what the lists show.

    Attributes:
        imports: files taken in.
        tokens: API tokens that still work.
    """

    imports: int
    tokens: int


@router.get("/you")
def you(
    viewer: Viewing,
    show: Tab = "watchlist",
    sort: Sort = "latest",
    page: Annotated[int, Query(ge=1, le=_MAX_PAGE)] = 1,
) -> Response:
    """Show what somebody did, what that says of their taste, or how they want the pages."""
    values: dict[str, Any] = {}
    if show in LISTS:
        found = listing(viewer, show, sort, page)
        values = {"found": found, "sort": sort, "sorts": _SORTS, "address": _address}
        page = found.page
    elif show == "taste":
        values = {"told": taste_told(viewer)}
    else:
        values = {"exports": EXPORTS, "look": viewer.look}
    back = _address(show, sort, page)
    return _page("you.html", viewer, tabs=TABS, show=show, back=back, **values)


@router.post("/you/ignore")
async def ignore(
    request: Request,
    caller: Writer,
    title: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/you?show=taste",
) -> Response:
    """Have a title count for nothing: its opinion is taken back, and it stays seen."""
    theirs = await whose(request, caller, "me")
    film = theirs.title(title)
    history, key = theirs.store.history, theirs.person.key
    now = await run_in_threadpool(state_of, history, key, theirs.aliases(film.id))
    without = now.but(OPINION)
    then = replace(without, deeds=without.deeds | {Deed(film.id, Action.IGNORE)})
    await move(history, key, now, then)
    answer = RedirectResponse(local_path(next), 303, {"cache-control": "no-store"})
    said = gettext("Ignored: %(title)s") % {"title": film.title}
    Toast(said, film.id, now.to_text()).set(answer)
    return answer


@router.get("/you/delete")
def ask(viewer: Viewing, store: Stored) -> Response:
    """Show what will be gone, and ask for a proof that it is meant."""
    return _asked(viewer.caller, store, viewer=viewer)


@router.post("/you/delete")
async def delete(
    store: Stored,
    caller: Writer,
    viewer: Viewing,
    sure: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
) -> Response:
    """Delete a person with everything of theirs.

    The one of a machine without accounts is made anew. Whoever has an account types its name, for
    it goes as well: just as with ``DELETE /v1/people/me``.
    """
    person, local = caller.person, caller.via == "local"
    meant = sure == "yes" if local else name.strip().casefold() == person.name
    if not meant:
        return await run_in_threadpool(_asked, caller, store, viewer=viewer, status=422)
    await landed(store.accounts.delete(person.name))
    if local:
        await run_in_threadpool(store.accounts.ensure, person.name)
    # For so long every process believes what it was told of the person; then they are gone in all.
    await anyio.sleep(lookups.SECONDS)
    if not local:
        scene().caller = scene().csrf = None
    answer = page("you_deleted.html", local=local, form=SearchForm())
    answer.headers["cache-control"] = "no-store"
    if not local:
        answer.delete_cookie(COOKIE, path="/")
    return answer


def _asked(caller: Caller, store: Any, *, viewer: Viewer, status: int = 200) -> Response:
    try:
        kept = Kept(
            imports=sum(one.undone is None for one in store.history.batches(caller.person.key)),
            tokens=sum(one.revoked is None for one in store.tokens.all(caller.person.name)),
        )
    except StoreError:
        kept = None
    values = {
        "local": caller.via == "local",
        "admin": caller.via != "local" and caller.person.role is Role.ADMIN,
        "kept": kept,
        "missed": status != 200,
    }
    return _page("you_delete.html", viewer, status=status, **values)


def _page(template: str, viewer: Viewer, status: int = 200, **values: Any) -> Response:
    answer = page(
        template,
        status,
        form=SearchForm(),
        counts=counts(viewer),
        notes=viewer.degraded,
        unread=not viewer.caller.person.key or bool(viewer.known.degraded),
        person=viewer.caller.person,
        **values,
    )
    answer.headers["cache-control"] = "private, no-cache"
    return answer


def _address(show: str, sort: str = "latest", number: int = 1) -> str:
    told = {
        "show": show if show != TABS[0] else "",
        "sort": sort if sort != "latest" else "",
        "page": str(number) if number > 1 else "",
    }
    given = {name: value for name, value in told.items() if value}
    return f"/you?{urlencode(given)}" if given else "/you"

"""Signing in and out at a browser, and who one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse

from matinee.service import forms
from matinee.service.depends import Reader, Stored, as_json, landed
from matinee.service.sessions import COOKIE, cookies_of, csrf_field
from matinee.service.templating import page
from matinee.service.throttle import Throttle
from matinee.store.records import Scope

if TYPE_CHECKING:
    from matinee.service.caller import Caller
    from matinee.store.records import Person

router = APIRouter()

_MAX_ADDRESS = 2_000
"""Characters of the address to go on to."""
_MAX_NAME, _MAX_PASSWORD = 64, 1_024
_CHECKS = 2
"""Passwords checked at once; each check takes memory and time on purpose."""
_NO_STORE = {"cache-control": "no-store"}


class Me(BaseModel):
    """Who asks."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "ann",
                "role": "person",
                "max_age": None,
                "scopes": ["read", "write"],
                "via": "token",
            }
        }
    )

    name: str = Field(description="Name of the person.")
    role: Literal["person", "admin"] = Field(description="What they may be.")
    max_age: int | None = Field(description="Age whose bounds hold for every answer, or null.")
    scopes: list[Literal["read", "write", "admin"]] = Field(
        description="What the request may do: that of its token, or all that the role allows."
    )
    via: Literal["local", "token", "session"] = Field(
        description="How that is known; local is the one person of a machine without accounts."
    )


@router.get("/v1/me", response_model=Me, tags=["accounts"])
async def me(caller: Reader) -> Response:
    """Tell who asks, and what they may do."""
    return as_json(
        {
            "name": caller.person.name,
            "role": caller.person.role.value,
            "max_age": caller.max_age,
            "scopes": [scope.value for scope in Scope if scope in caller.scopes],
            "via": caller.via,
        },
        headers=_NO_STORE,
    )


@router.get("/login", include_in_schema=False)
async def login(request: Request, next: str = "/") -> Response:
    """Show the form to sign in, or who is signed in."""
    caller: Caller | None = request.state.caller
    if caller is not None and caller.via == "local":
        return RedirectResponse("/", 303)
    return _page(request, next, caller=caller)


@router.post("/login", include_in_schema=False)
async def sign_in(
    request: Request,
    store: Stored,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Sign in, and go on to the page that was asked for."""
    caller: Caller | None = request.state.caller
    if caller is not None and caller.via == "local":
        return RedirectResponse("/", 303)
    name = name.strip().casefold()
    address = request.client.host if request.client else ""
    throttle, limiter = _guards(request)
    # Bounded before it is remembered: what is longer is nobody's name.
    wait = throttle.begin(name[:_MAX_NAME], address)
    if wait:
        answer = _page(request, next, 429, name=name, wait=wait)
        answer.headers["retry-after"] = str(wait)
        return answer
    person: Person | None = None
    if len(name) <= _MAX_NAME and len(password) <= _MAX_PASSWORD:
        person = await to_thread.run_sync(
            store.accounts.check_password, name, password, limiter=limiter
        )
    if person is None:
        return _page(request, next, 401, name=name, wrong=True)
    throttle.succeeded(name, address)
    cookies = await to_thread.run_sync(cookies_of, request.app)
    session = await landed(store.sessions.create(person.key, seconds=cookies.seconds))
    answer = RedirectResponse(local_path(next), 303, _NO_STORE)
    cookies.set(request, answer, session)
    return answer


@router.post("/logout", include_in_schema=False)
async def sign_out(request: Request, store: Stored) -> Response:
    """End the session, here and in the store."""
    if request.state.session is not None:
        await landed(store.sessions.end(request.state.session))
        await landed(store.sessions.purge())
    answer = RedirectResponse("/login", 303, _NO_STORE)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def local_path(address: str) -> str:
    r"""Return an address if it is a path of our own, else the first page.

    Browsers take a backslash for a slash and leave out tabs and line ends, so that more than two
    slashes lead away from here.

    >>> local_path("/search?q=a"), local_path("//evil.example"), local_path("/\\\\evil.example")
    ('/search?q=a', '/', '/')
    """
    plain = address.isprintable() and "\\" not in address and len(address) <= _MAX_ADDRESS
    return address if plain and address.startswith("/") and address[1:2] != "/" else "/"


def _guards(request: Request) -> tuple[Throttle, CapacityLimiter]:
    """Return what bounds the attempts to sign in to this app."""
    found: tuple[Throttle, CapacityLimiter] | None = getattr(request.app.state, "sign_ins", None)
    if found is None:
        found = request.app.state.sign_ins = (Throttle(), CapacityLimiter(_CHECKS))
    return found


def _page(
    request: Request,
    address: str,
    status: int = 200,
    *,
    caller: Caller | None = None,
    name: str = "",
    wrong: bool = False,
    wait: int = 0,
) -> Response:
    answer = page(
        "login.html",
        status,
        form=forms.SearchForm(),
        csrf=csrf_field(request),
        person=None if caller is None else caller.person,
        next=local_path(address),
        typed=name[:_MAX_NAME],
        wrong=wrong,
        wait=wait,
    )
    answer.headers.update(_NO_STORE)
    return answer

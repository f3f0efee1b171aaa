"""What the routes take from a request: the library, the store, who asks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from fastapi import Depends, Path, Request, Response

from matinee.assembly import Library
from matinee.catalogue.identity import is_id
from matinee.errors import (
    ForbiddenError,
    NotSignedInError,
    UnknownPersonError,
    UnknownTitleError,
)
from matinee.service.caller import Caller
from matinee.settings import Settings
from matinee.store import Store
from matinee.store.records import Person, Scope

if TYPE_CHECKING:
    from concurrent.futures import Future

    from matinee.catalogue.title import Title
    from matinee.service.ages import Seen
    from matinee.service.holder import Holder


# Dependencies are coroutines because FastAPI sends plain functions to the thread pool one by one.
async def opened(request: Request) -> Library:
    """Return the library that answers this request, the same from its beginning to its end."""
    library: Library | None = getattr(request.state, "library", None)
    return holder_of(request).get() if library is None else library


async def stored(request: Request) -> Store:
    """Return the store."""
    store: Store = request.app.state.store
    return store


async def configured(request: Request) -> Settings:
    """Return the settings."""
    settings: Settings = request.app.state.settings
    return settings


async def reader(request: Request) -> Caller:
    """Return who asks.

    Raises:
        NotSignedInError: that is not known.
    """
    return _allowed(request, Scope.READ)


async def writer(request: Request) -> Caller:
    """Return who asks, who may write.

    Raises:
        NotSignedInError: it is not known who asks.
        ForbiddenError: they may not.
    """
    return _allowed(request, Scope.WRITE)


async def admin(request: Request) -> Caller:
    """Return who asks, who may do all there is.

    Raises:
        NotSignedInError: it is not known who asks.
        ForbiddenError: they may not.
    """
    return _allowed(request, Scope.ADMIN)


Opened = Annotated[Library, Depends(opened)]
Stored = Annotated[Store, Depends(stored)]
Configured = Annotated[Settings, Depends(configured)]
Reader = Annotated[Caller, Depends(reader)]
Writer = Annotated[Caller, Depends(writer)]
Admin = Annotated[Caller, Depends(admin)]
PersonName = Annotated[
    str,
    Path(
        description="Name of the person; `me` is who asks.",
        openapi_examples={"yourself": {"value": "me"}},
    ),
]


def holder_of(request: Request) -> Holder:
    """Return the holder of the app that serves a request."""
    holder: Holder = request.app.state.holder
    return holder


def subject(store: Store, caller: Caller, name: str) -> Person:
    """Return the person an address names, if the caller may see what is theirs. May block.

    Raises:
        UnknownPersonError: nobody has that name, or they are none of the caller's business: who
            may not see somebody shall not learn that they exist either.
    """
    if name in ("me", caller.person.name):
        return caller.person
    if caller.is_admin and (found := store.accounts.get(name)) is not None:
        return found
    raise UnknownPersonError(
        "There is nobody of that name, or they are none of your business",
        where=f"{name:.64}",
        cure="Use me for yourself",
    )


def find(library: Seen, title_id: str) -> Title:
    """Return the title with that id; a name does not do, for an address must mean one thing.

    Raises:
        UnknownTitleError: no title has it.
    """
    if not is_id(title_id):
        raise UnknownTitleError(
            "This is not the id of a title", where=title_id[:80], cure="Give one such as tmdb:603"
        )
    return library.title(title_id)


def as_json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return plain values as a JSON response."""
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


async def landed(future: Future[Any]) -> Any:
    """Wait for a write to be on disk, without holding up other requests."""
    return await asyncio.wrap_future(future)


def degrade(request: Request, flag: str) -> None:
    """Say in the headers of the answer that something was missing from it.

    Args:
        request: the request.
        flag: a short name, such as ``search-by-words-alone``.
    """
    flags: list[str] = request.scope["state"].setdefault("degraded", [])
    if flag not in flags:
        flags.append(flag)


def _allowed(request: Request, scope: Scope) -> Caller:
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise NotSignedInError(
            "It is not known who asks",
            cure="Send a token as Authorization: Bearer TOKEN (matinee user token NAME makes one), "
            "or sign in at /login",
        )
    if not caller.may(scope):
        raise ForbiddenError(
            f"This needs the right to {scope.value}"
            if scope is not Scope.ADMIN
            else "This is for administrators",
            cure="Use a token with that scope",
        )
    return caller

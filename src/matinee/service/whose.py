"""Whose things a request is about, and how they are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from fastapi import Depends, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from matinee.catalogue.identity import is_id
from matinee.errors import UnknownPersonError, UnknownTitleError
from matinee.pipeline.results import entry_json, kept
from matinee.service.ages import suitable
from matinee.service.depends import (
    PersonName,
    find,
    opened,
    reader,
    stored,
    subject,
    writer,
)
from matinee.service.etags import tagged
from matinee.service.paging import Page, cursor_key, link, sealed, unsealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matinee.assembly import Library
    from matinee.catalogue.title import Title
    from matinee.service.caller import Caller
    from matinee.service.fields import Fields
    from matinee.store import Store
    from matinee.store.records import Person

TitleId = Annotated[
    str,
    Path(
        description="Any id of the title, namespace:value.",
        openapi_examples={"The Matrix": {"value": "tmdb:603"}},
    ),
]
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Whose:
    """Somebody, as far as a request is about them.

    Attributes:
        library: that answers the request.
        store: where what they did is kept.
        person: who it is about.
        max_age: bound on what whoever asks may see; None for none.
    """

    library: Library
    store: Store
    person: Person
    max_age: int | None

    def title(self, title_id: str) -> Title:
        """Return a title that whoever asks may see.

        Raises:
            UnknownTitleError: there is none of that id, or not for them.
        """
        title = find(self.library, title_id)
        if self.max_age is not None and not suitable(self.library, title, self.max_age):
            raise UnknownTitleError(
                "The library has no such title",
                where=title_id[:80],
                cure="Give an id such as tmdb:603, or look for the title with a search",
            )
        return title

    def known(self, title_id: str) -> Title | None:
        """Return a title, None where the library has it no longer, or not for who asks."""
        try:
            return self.title(title_id)
        except UnknownTitleError:
            return None

    def aliases(self, title_id: str) -> tuple[str, ...]:
        """Return every id under which something may be kept of a title, the present one first.

        The library may have it no longer: what was done with it can still be read and removed.

        Raises:
            UnknownTitleError: this is not an id.
        """
        if not (is_id(title_id) and title_id.isprintable()):
            # NUL, for one, is nothing a database could be asked for.
            raise UnknownTitleError(
                "This is not the id of a title",
                where=repr(title_id[:80]),
                cure="Give one such as tmdb:603",
            )
        title = self.known(title_id)
        return (title_id,) if title is None else tuple(dict.fromkeys((title.id, *title.ids)))

    def item(self, title_id: str, done: dict[str, Any], fields: Fields = None) -> bytes:
        """Return a title and what was done with it, as JSON."""
        title = self.known(title_id)
        if title is None:
            return _encode(kept({"id": title_id, "missing": True} | done, fields))
        return entry_json(title, done, fields)


async def whose(request: Request, caller: Caller, name: str) -> Whose:
    """Return whom a request is about; the database is read only for somebody else.

    Raises:
        UnknownPersonError: nobody has that name, or they are none of the caller's business.
        StoreUnavailableError: the store does not answer.
    """
    store = await stored(request)
    if name in ("me", caller.person.name):
        person = caller.person
    elif not name.isprintable():
        # NUL, for one, is nothing a database could be asked for.
        raise UnknownPersonError("There is nobody of that name", where=repr(name[:64]))
    else:
        # As with tokens, what the store said of somebody is believed for a second.
        key = ("person", name, caller.key)
        person = await request.app.state.lookups.get(key, lambda: subject(store, caller, name))
    if not person.key:
        # A stand-in from when the store did not answer: either it does now, or this fails as well.
        person = await run_in_threadpool(store.accounts.ensure, person.name)
    return Whose(await opened(request), store, person, caller.max_age)


async def reading(request: Request, person: PersonName) -> Whose:
    """Return whom a request that changes nothing is about."""
    return await whose(request, await reader(request), person)


async def writing(request: Request, person: PersonName) -> Whose:
    """Return whom a request that changes something is about."""
    return await whose(request, await writer(request), person)


Theirs = Annotated[Whose, Depends(reading)]
ToChange = Annotated[Whose, Depends(writing)]


def framed(request: Request, library: Library, values: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with what every answer says: the version, and what is missing from it."""
    degraded = list(request.scope["state"].get("degraded", ()))
    return values | {"library": library.version, "degraded": degraded}


def page_of(
    request: Request,
    theirs: Whose,
    page: Page,
    scope: str,
    read: Callable[[Any, int], Sequence[Any]],
    place: Callable[[Any], Any],
    entry: Callable[[Any], bytes],
) -> Response:
    """Return one page of a list of somebody's.

    Args:
        request: that asked for it.
        theirs: whose list.
        page: the part wanted.
        scope: which list.
        read: returns so many rows after a place; None for the beginning.
        place: tells where a row stands, as numbers and texts.
        entry: tells a row as JSON.
    """
    return listed(request, theirs.library, page, (scope, theirs.person.key), read, place, entry)


def listed(
    request: Request,
    library: Library,
    page: Page,
    scope: tuple[Any, ...],
    read: Callable[[Any, int], Sequence[Any]],
    place: Callable[[Any], Any],
    entry: Callable[[Any], bytes],
) -> Response:
    """Return one page of a list; see :func:`page_of`."""
    key = cursor_key(request)
    after = unsealed(key, scope, page.cursor) if page.cursor else None
    # One more than wanted tells whether there is another page.
    rows = read(after, page.limit + 1)
    shown = rows[: page.limit]
    following = sealed(key, scope, place(shown[-1])) if len(rows) > len(shown) else None
    frame = _encode(framed(request, library, {"next": following}))
    body = b'{"results":[' + b",".join(map(entry, shown)) + b"]," + frame[1:]
    headers = {} if following is None else link(request, cursor=following)
    return tagged(request, body, headers=headers)


def in_memory(
    rows: Iterable[Any], place: Callable[[Any], Any]
) -> Callable[[Any, int], Sequence[Any]]:
    """Return how :func:`page_of` reads a list that comes as a whole, in the order of places."""
    ordered = sorted(rows, key=place)

    def read(after: Any, count: int) -> Sequence[Any]:
        return [row for row in ordered if after is None or place(row) > after][:count]

    return read

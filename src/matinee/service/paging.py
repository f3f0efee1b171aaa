"""Long lists in pages: by a cursor where they grow, by an offset where they are searched anew.

A cursor says after which item the next page begins, so nothing is skipped or told twice when
something is added meanwhile. It is signed: a reader cannot make up one of its own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import msgspec
from fastapi import Depends, Query, Request

from matinee.errors import QueryError
from matinee.query.request import MAX_K

if TYPE_CHECKING:
    from collections.abc import Hashable

    from fastapi import FastAPI

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000
"""Items of a page; a thousand full titles are 2 MB of JSON."""
MAX_CURSOR = 1_000
"""Characters; the longest id of a title makes a cursor of a third of it."""
_SIGNATURE = 12
"""Bytes; 96 bits cannot be guessed at any number of requests."""
_SECRET = "cursors"  # noqa: S105 -- the name of a secret, not one

Limit = Annotated[
    int,
    Query(
        ge=1,
        le=MAX_LIMIT,
        description=f"How many items; 1 to {MAX_LIMIT:,}.",
        openapi_examples={"twenty": {"value": 20}},
    ),
]
After = Annotated[
    str,
    Query(
        alias="cursor",
        max_length=MAX_CURSOR,
        description="Where to go on: `next` of the page before. Without it from the beginning.",
        # None is true on two machines, so the example is the beginning.
        openapi_examples={"from the beginning": {"value": ""}},
    ),
]
Offset = Annotated[
    int,
    Query(
        ge=0,
        lt=MAX_K,
        description=f"How many results to leave out at the top; with k at most {MAX_K:,}.",
        openapi_examples={"the second page of ten": {"value": 10}},
    ),
]


@dataclass(frozen=True, slots=True)
class Page:
    """The part of a list that was asked for.

    Attributes:
        limit: items wanted.
        cursor: where to go on, as given; empty for the beginning.
    """

    limit: int = DEFAULT_LIMIT
    cursor: str = ""


async def paged(limit: Limit = DEFAULT_LIMIT, cursor: After = "") -> Page:
    """Read the part of a list that was asked for."""
    return Page(limit, cursor)


Paged = Annotated[Page, Depends(paged)]


def sealed(key: bytes, scope: Hashable, place: Any) -> str:
    """Return a cursor.

    Args:
        key: that signs it.
        scope: of which list; in no other it means anything.
        place: of the last item told: numbers and texts, or a list of them.
    """
    data = msgspec.json.encode(place)
    return base64.urlsafe_b64encode(_sign(key, scope, data) + data).rstrip(b"=").decode()


def unsealed(key: bytes, scope: Hashable, cursor: str) -> Any:
    """Return the place a cursor stands for.

    Raises:
        QueryError: it was made for another list, or not here.

    >>> unsealed(b"key", "a list", sealed(b"key", "a list", [5, "tmdb:603"]))
    [5, 'tmdb:603']
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    data = raw[_SIGNATURE:]
    # The last character of base64 has bits to spare: only the way we write it is taken.
    sound = base64.urlsafe_b64encode(raw).rstrip(b"=") == cursor.encode("utf-8", "replace")
    if not sound or not hmac.compare_digest(raw[:_SIGNATURE], _sign(key, scope, data)):
        raise QueryError(
            "The cursor is not one of this list",
            where=f"{cursor:.40}",
            cure="Take it unchanged from next of the page before, or begin without one",
        )
    return msgspec.json.decode(data)


def cursor_key(request: Request) -> bytes:
    """Return what cursors are signed with, the same in all processes of a service. May block."""
    return cursor_key_of(request.app)


def cursor_key_of(app: FastAPI) -> bytes:
    """Return what an app signs cursors with. Asks the store the first time: may block.

    Raises:
        StoreError: it does not answer, or cannot write the key down.
    """
    key: bytes | None = getattr(app.state, "cursor_key", None)
    if key is None:
        key = app.state.cursor_key = app.state.store.secrets.get_or_make(_SECRET)
    return key


def link(request: Request, **changes: str | int) -> dict[str, str]:
    """Return the header that names the next page (RFC 8288).

    Args:
        request: of this page.
        changes: parameters that are other on the next.
    """
    kept = [(k, v) for k, v in request.query_params.multi_items() if k not in changes]
    query = urlencode([*kept, *((name, str(value)) for name, value in changes.items())])
    # Relative to this very address: which host the reader used is not ours to know.
    return {"link": f'<?{query}>; rel="next"'}


def link_on(request: Request, offset: int, k: int) -> dict[str, str]:
    """Return the header that names the next page of results that are searched anew.

    The last page there may be is as short as :data:`~matinee.query.request.MAX_K` leaves it: a link
    must not lead to a refusal.

    Args:
        request: of this page.
        offset: results before this page.
        k: results of it.
    """
    following = offset + k
    left = MAX_K - following
    if left <= 0:
        return {}
    return link(request, offset=following) if k <= left else link(request, offset=following, k=left)


def reach(offset: int, k: int) -> int:
    """Return how many results have to be found for a page of them.

    Raises:
        QueryError: that is more than are ever found.

    >>> reach(20, 10)
    30
    """
    if offset + k > MAX_K:
        raise QueryError(
            f"offset and k are {offset + k:,} together",
            cure=f"Ask for at most {MAX_K:,} in all, or make the question narrower",
        )
    return offset + k


def _sign(key: bytes, scope: Hashable, data: bytes) -> bytes:
    said = f"{scope!r}\n".encode() + data
    return hashlib.blake2b(said, key=key, digest_size=_SIGNATURE).digest()

"""Errors as RFC 9457 problems; the only place that knows which error has which HTTP status."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from matinee.errors import (
    AccessError,
    ConflictError,
    ForbiddenError,
    InputError,
    LibraryError,
    MatineeError,
    MissingExtraError,
    ModelError,
    NotSignedInError,
    PictureError,
    PictureTooLargeError,
    QueryError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    UnknownPersonError,
    UnknownTitleError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MEDIA_TYPE = "application/problem+json"

STATUSES: tuple[tuple[type[MatineeError], int], ...] = (
    (QueryError, 422),
    (UnknownTitleError, 404),
    (UnknownPersonError, 404),
    (ConflictError, 409),
    (PictureTooLargeError, 413),
    (PictureError, 422),
    (InputError, 422),
    (NotSignedInError, 401),
    (ForbiddenError, 403),
    (AccessError, 403),
    (LibraryError, 503),
    (StoreUnavailableError, 503),
    (StoreFullError, 507),
    (StoreError, 503),
    (ModelError, 503),
)
"""The first class an error belongs to decides; an error of no class here is ours: 500."""

MEANINGS: Mapping[str, tuple[str, str]] = {
    "400": ("The request cannot be read.", "Send well-formed JSON in UTF-8"),
    "401": (
        "It is not known who asks.",
        "Send a token as Authorization: Bearer TOKEN, or sign in at /login",
    ),
    "403": ("It is known who asks, and they may not.", "Use a token with the scope it needs"),
    "404": (
        "There is nothing of that name, or it is none of the caller's business.",
        "Check the address; /docs lists those there are",
    ),
    "405": (
        "The address does not know that method.",
        "Use one of the methods in the header Allow",
    ),
    "409": ("It contradicts what is there already.", "Read what is there, then ask again"),
    "413": ("The body is too long.", "Send less at once, in several requests"),
    "414": ("The address is too long.", "Send the parameters as a JSON body"),
    "415": (
        "The body is of a type that is not understood here.",
        "Say of what type the body is, as a rule with Content-Type: application/json",
    ),
    "421": (
        "The server does not answer for that host.",
        "Use the address that the server was told to answer to",
    ),
    "422": (
        "A parameter or a field is missing, unknown or out of its bounds.",
        "See /docs for the parameters and their bounds",
    ),
    "429": ("More requests than are allowed.", "Wait as long as the header Retry-After says"),
    "500": ("A fault of the server.", "Report it with the X-Request-ID of the answer"),
    "503": (
        "The library is not open, the store does not answer, a model or what runs it is missing, "
        "or there is too much to do.",
        "Try again after the time in the header Retry-After",
    ),
    "507": ("The disk is full; nothing was written.", "Ask whoever runs the server to make room"),
}
"""By status: what it means, and what the caller can do where nothing better is known."""

RETRY_SECONDS = 2
"""Told where something does not answer at the moment: a restart of the database takes about so
long, and opening a library half of it."""
_CHALLENGE = {"www-authenticate": 'Bearer realm="matinee"'}
_WAIT = {"retry-after": str(RETRY_SECONDS)}
_HIDDEN = (ModelError, StoreError)
"""Where these lie on the server is nobody's business."""


class Refused(HTTPException):
    """A status that stands for itself, and what there is to say of it.

    Args:
        status: HTTP status.
        said: what is wrong this time; None says what the status means.
        cure: what the caller can do about it; None says what helps as a rule.
    """

    def __init__(self, status: int, said: str | None = None, cure: str | None = None) -> None:
        super().__init__(status)
        self.said = said
        self.cure = cure

    def problem(self, path: str) -> Problem:
        """Return the problem it is at a path."""
        return from_status(self.status_code, path, self.said, self.cure)


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, for a reader and for a program.

    Attributes:
        type: where the kind of problem is described.
        title: the kind of problem.
        status: HTTP status.
        detail: what is wrong this time.
        instance: path of the request.
        cure: what the caller can do about it.
        headers: of the answer, such as WWW-Authenticate and Retry-After.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    cure: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as plain values, without a cure where there is none."""
        names = ("type", "title", "status", "detail", "instance", "cure")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


def from_error(error: MatineeError, path: str) -> Problem:
    """Return the problem an error is."""
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
    if isinstance(error, MissingExtraError):
        # What runs a model is missing like the model itself, and whoever runs the server is told.
        status = 503
    name = type(error).__name__.removesuffix("Error")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()
    if status == 500:
        # A fault of ours: what it says may name files of the server.
        return from_status(500, path)
    hidden = error.where is None or isinstance(error, _HIDDEN)
    detail = error.what if hidden else f"{error.what} ({error.where})"
    return Problem(
        f"/docs#problem-{words.lower().replace(' ', '-')}",
        words,
        status,
        _whole(detail.rstrip(".") + "."),
        quote(path),
        _whole(error.cure or MEANINGS[str(status)][1]),
        _headers(status),
    )


def from_status(
    status: int, path: str, detail: str | None = None, cure: str | None = None
) -> Problem:
    """Return the problem a bare HTTP status is."""
    known = HTTPStatus(status)
    return Problem(
        "about:blank",
        known.phrase,
        status,
        detail or f"{known.description or known.phrase}.",
        quote(path),
        cure or MEANINGS.get(str(status), ("", None))[1],
        _headers(status),
    )


def from_validation(errors: Sequence[Mapping[str, Any]], path: str) -> Problem:
    """Return the problem of parameters that could not be read, naming each."""
    said = []
    for error in errors:
        # A name may come from the caller's JSON, which can hold halves of characters.
        name = _whole(".".join(str(part) for part in error["loc"][1:]))
        said.append(f"{name[:80] or 'request'}: {_whole(error['msg'])}")
    return Problem(
        "/docs#problem-query",
        "Query",
        422,
        "; ".join(said) + ".",
        quote(path),
        MEANINGS["422"][1],
    )


def also(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what an operation says of problems that do not follow from what it takes.

    >>> also(507)
    {507: {'description': 'The disk is full; nothing was written.'}}
    """
    return {status: {"description": MEANINGS[str(status)][0]} for status in statuses}


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as a response."""
    return Response(
        msgspec.json.encode(problem.to_dict()),
        problem.status,
        {**problem.headers, **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def _headers(status: int) -> Mapping[str, str]:
    return _CHALLENGE if status == 401 else _WAIT if status == 503 else {}


def _whole(text: str) -> str:
    """Replace halves of characters, which a caller's JSON can hold and no answer can repeat."""
    return text.encode("utf-8", "replace").decode()

"""Errors as RFC 9457 problems; the only place that knows which error has which HTTP status."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from matinee.errors import (
    InputError,
    LibraryError,
    MatineeError,
    ModelError,
    QueryError,
    UnknownTitleError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MEDIA_TYPE = "application/problem+json"

STATUSES: tuple[tuple[type[MatineeError], int], ...] = (
    (QueryError, 422),
    (UnknownTitleError, 404),
    (InputError, 422),
    (LibraryError, 503),
    (ModelError, 503),
)
"""The first class an error belongs to decides; an error of no class here is ours: 500."""


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
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    cure: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as plain values, without a cure where there is none."""
        names = ("type", "title", "status", "detail", "instance", "cure")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


def from_error(error: MatineeError, path: str) -> Problem:
    """Return the problem an error is."""
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
    name = type(error).__name__.removesuffix("Error")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()
    if status == 500:
        # A fault of ours: what it says may name files of the server.
        return from_status(500, path)
    # Where a model lies on the server is nobody's business.
    hidden = error.where is None or isinstance(error, ModelError)
    detail = error.what if hidden else f"{error.what} ({error.where})"
    return Problem(
        f"/docs#problem-{words.lower().replace(' ', '-')}",
        words,
        status,
        detail.rstrip(".") + ".",
        quote(path),
        error.cure,
    )


def from_status(status: int, path: str, detail: str | None = None) -> Problem:
    """Return the problem a bare HTTP status is."""
    known = HTTPStatus(status)
    return Problem(
        "about:blank", known.phrase, status, detail or f"{known.description}.", quote(path)
    )


def from_validation(errors: Sequence[Mapping[str, Any]], path: str) -> Problem:
    """Return the problem of parameters that could not be read, naming each."""
    said = []
    for error in errors:
        # A name may come from the caller's JSON, which can hold halves of characters.
        name = ".".join(str(part) for part in error["loc"][1:]).encode("utf-8", "replace").decode()
        said.append(f"{name[:80] or 'request'}: {error['msg']}")
    return Problem(
        "/docs#problem-query",
        "Query",
        422,
        "; ".join(said) + ".",
        quote(path),
        "See /docs for the parameters and their bounds",
    )


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as a response."""
    return Response(
        msgspec.json.encode(problem.to_dict()),
        problem.status,
        dict(headers or {}),
        media_type=MEDIA_TYPE,
    )

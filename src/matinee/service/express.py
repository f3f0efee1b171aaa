"""A short way for the few routes that come by the thousand.

The framework looks for a route twice, opens four contexts and reads parameters by inspection, which
takes some tenths of a millisecond: more than writing a rating to disk does. A route named here is
met before all that. It stays among the framework's routes as well, for the document of the API and
for whatever does not fit exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, get_origin

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.routing import compile_path

if TYPE_CHECKING:
    import re
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    Endpoint = Callable[[Request], Awaitable[Response]]
    Handler = Callable[[Request, Exception], Awaitable[Response]]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Lane:
    """One way.

    Attributes:
        method: the method it knows.
        path: the template of its address, as metrics and logs name it.
        endpoint: answers; takes its parameters from ``request.path_params``.
        pattern: of the address.
    """

    method: str
    path: str
    endpoint: Endpoint
    pattern: re.Pattern[str]

    @classmethod
    def to(cls, method: str, path: str, endpoint: Endpoint) -> Lane:
        """Return the way to an endpoint; all parameters of the address are texts."""
        return cls(method, path, endpoint, compile_path(path)[0])


class Express:
    """Answers what its lanes fit, and lets the app answer everything else.

    Args:
        app: what comes after it.
        lanes: the ways.
        handlers: make answers of errors, by their classes.
    """

    def __init__(
        self, app: ASGIApp, lanes: tuple[Lane, ...], handlers: Mapping[type[Exception], Handler]
    ) -> None:
        self._app = app
        self._lanes = lanes
        self._handlers = handlers
        self._known = tuple(handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            for lane in self._lanes:
                if scope["method"] == lane.method and (fits := lane.pattern.match(scope["path"])):
                    scope["path_params"] = fits.groupdict()
                    scope["route"] = lane
                    await (await self._answer(lane, Request(scope, receive, send)))(
                        scope, receive, send
                    )
                    return
        await self._app(scope, receive, send)

    async def _answer(self, lane: Lane, request: Request) -> Response:
        try:
            return await lane.endpoint(request)
        except self._known as error:
            handler = next(each for kind, each in self._handlers.items() if isinstance(error, kind))
            return await handler(request, error)


def read_query(request: Request, model: type[M]) -> M:
    """Return the parameters behind the question mark, as the framework would read them.

    Raises:
        RequestValidationError: naming each that cannot be used.
    """
    return read_pairs(request.query_params.multi_items(), model, "query")


def read_pairs(pairs: Iterable[tuple[str, str]], model: type[M], place: str) -> M:
    """Return parameters given as names and values, as the framework would read them.

    Args:
        pairs: name and value of each; where one is given again, the last counts, or all of them
            where the model takes a list.
        model: what they are to make.
        place: where they stood.

    Raises:
        RequestValidationError: naming each that cannot be used.
    """
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in _lists(model):
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    try:
        return model.model_validate(values)
    except ValidationError as error:
        told = [{**each, "loc": (place, *each["loc"])} for each in error.errors()]
        raise RequestValidationError(told) from error


@cache
def _lists(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of the parameters that may be given several times."""
    fields = model.model_fields.items()
    return frozenset(name for name, field in fields if get_origin(field.annotation) is list)

"""What the server writes down of its work: one line a request, in one form, and no secrets.

What people search for is theirs: it is written at level DEBUG alone. Tokens, cookies, passwords and
bodies are not written at any level, and what slips into a message anyhow is struck out at the end.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from typing import TextIO

    from starlette.types import Scope

    from matinee.settings import Settings

requests = logging.getLogger("matinee.requests")
"""Writes the line of each request."""

_QUERY_CHARACTERS = 200
_STRUCK: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    (("mtn_",), re.compile(r"mtn_[A-Za-z0-9_-]+", re.IGNORECASE), "mtn_…"),
    # Whatever stands between the first colon after :// and an @ may be a password.
    (("://",), re.compile(r"(://[^\s/:@]*):[^\s@]*@"), r"\1:…@"),
    (
        ("bearer", "basic"),
        re.compile(r"\b(bearer|basic)\s+[^\s'\",]+", re.IGNORECASE),
        r"\1 …",
    ),
    (
        ("authorization", "cookie"),
        re.compile(r"\b(authorization|(?:set-)?cookie)\b(['\"]?\s*[:=,]).*", re.IGNORECASE),
        r"\1\2 …",
    ),
)
"""What no log may hold, and what stands there instead. The words before each pattern, one of which
has to be there in small letters, are looked for first: in nearly all lines there is none, and that
takes a hundredth of the time."""
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127, 0x85, 0x2028, 0x2029)}
"""A line break in a name must not begin a line of its own, which could say anything."""
_UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.asgi", "uvicorn.access")


def strike_out(text: str) -> str:
    """Return a text without the secrets that can be recognised in it.

    >>> strike_out("postgresql://me:hunter2@db/films, mtn_abc")
    'postgresql://me:…@db/films, mtn_…'
    """
    small = text.lower()
    for words, pattern, instead in _STRUCK:
        if any(word in small for word in words):
            text = pattern.sub(instead, text)
    return text


def configure_logs(settings: Settings, stream: TextIO | None = None) -> None:
    """Have all that is logged in this process written in one form. May be called again.

    Pass ``log_config=None`` to uvicorn, or it brings its own form back.

    Args:
        settings: the form and the level.
        stream: where to; None means standard error.
    """
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Handler)]:
        root.removeHandler(handler)
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else Lines())
    root.addHandler(handler)
    level = settings.log_level.upper()
    # Of others' libraries only what is amiss: at INFO some write addresses with their queries.
    root.setLevel(max(logging.WARNING, getattr(logging, level)))
    logging.getLogger("matinee").setLevel(level)
    for name in _UVICORN:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(root.level)
    # Its line would hold the query, and ours is there already.
    logging.getLogger("uvicorn.access").disabled = True


def write_request(scope: Scope, route: str, status: int, milliseconds: float) -> None:
    """Write the line of a request that has been answered.

    Args:
        scope: the request; its ``state`` says who asked and which library answered.
        route: the template of its path: a path itself may hold names of people.
        status: of the answer.
        milliseconds: until the answer was sent.
    """
    if not requests.isEnabledFor(logging.INFO):
        return
    state = scope.get("state", {})
    caller, library = state.get("caller"), state.get("library")
    fields: dict[str, Any] = {
        "request_id": state.get("request_id"),
        "method": scope["method"],
        "route": route,
        "status": status,
        "ms": round(milliseconds, 2),
        "caller": None if caller is None else caller.person.name,
        "library": None if library is None else library.version,
    }
    if "refused" in state:
        fields["refused"] = state["refused"]
    if requests.isEnabledFor(logging.DEBUG):
        asked = parse_qs(scope.get("query_string", b"").decode("ascii", "replace")).get("q", [""])
        fields["query"] = asked[0][:_QUERY_CHARACTERS] or None
    requests.info("%s %s %d", scope["method"], route, status, extra={"fields": fields})


class Lines(logging.Formatter):
    """Lines for people: time, level, logger, message, and what else is known as ``name=value``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record: one, and the trace of an error below it."""
        fields = {**getattr(record, "fields", {}), "worker": record.process}
        said = [
            f"{name}={_one_line(value)}"
            for name, value in fields.items()
            if value is not None and name not in ("method", "route", "status")
        ]
        line = " ".join(
            (_time(record), f"{record.levelname:<7}", record.name, _one_line(record.getMessage()))
        )
        return strike_out("\n".join([" ".join((line, *said)), *_trace(self, record)]))


class JsonLines(logging.Formatter):
    """One JSON object a line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        fields = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
            "worker": record.process,
        }
        if trace := _trace(self, record):
            fields["error"] = trace[0]
        struck = {
            name: strike_out(value) if isinstance(value, str) else value
            for name, value in fields.items()
        }
        # Escaped, so that halves of characters and line breaks of any kind are no trouble.
        return json.dumps(struck, default=str)


class _Handler(logging.StreamHandler["TextIO"]):
    """Ours, to be told from those of others."""


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _one_line(value: object) -> str:
    text = str(value)
    if text.isprintable():
        return text
    return text.translate(_CONTROL).encode("utf-8", "backslashreplace").decode()


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    """Return the trace of the error of a record, if it has one."""
    parts = []
    if record.exc_info:
        parts.append(formatter.formatException(record.exc_info))
    if record.stack_info:
        parts.append(formatter.formatStack(record.stack_info))
    return ["\n".join(parts).encode("utf-8", "backslashreplace").decode()] if parts else []

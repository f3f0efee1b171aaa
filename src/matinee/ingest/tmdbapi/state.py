"""What is known of a file of TMDb's titles: which ones it has, and of which day it is.

It lies beside the file under a hidden name, ``.NAME.state.json``, which ``matinee build`` passes
over where it is given the folder.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matinee.errors import SourceError
from matinee.ingest.tmdbapi.appended import unusable, write_whole
from matinee.ingest.tmdbapi.shapes import LISTINGS, to_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matinee.types import Kind

FORMAT = 1
"""Version of the file; another one is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known of a file of titles.

    Attributes:
        kind: what it has.
        day: the file has all changes of the days before it, and maybe some of that day; UTC's.
        first: the first day of release; None where no window is known.
        last: the last one; None where no window is known.
        adult: whether titles for adults are in it.
    """

    kind: Kind
    day: dt.date
    first: dt.date | None = None
    last: dt.date | None = None
    adult: bool = False


def state_path(path: Path) -> Path:
    """Return where the state of a file lies."""
    return path.with_name(f".{path.name}.state.json")


def read_state(path: Path) -> State | None:
    """Return the state of a file of titles, None if there is none.

    Raises:
        SourceError: it cannot be read, or is damaged.
    """
    place = state_path(path)
    try:
        found = json.loads(place.read_bytes())
        return _state(found)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unusable(place, error) from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise SourceError(
            "What is known of the file is damaged, or of another version",
            where=str(place),
            cure="Delete it, and say the day that the file is of: --since",
        ) from error


def write_state(path: Path, state: State) -> None:
    """Write the state of a file of titles in one step.

    Raises:
        SourceError: the disk is full, or the folder cannot be written.
    """
    told = {
        "matinee": "tmdb state",
        "format": FORMAT,
        "kind": state.kind,
        "day": state.day.isoformat(),
        "first": state.first and state.first.isoformat(),
        "last": state.last and state.last.isoformat(),
        "adult": state.adult,
    }
    try:
        write_whole(state_path(path), [to_line(told) + b"\n"])
    except OSError as error:
        raise unusable(state_path(path), error) from error


def drop_state(path: Path) -> None:
    """Delete the state of a file of titles, if there is any.

    Raises:
        SourceError: the folder cannot be written.
    """
    try:
        state_path(path).unlink(missing_ok=True)
    except OSError as error:
        raise unusable(state_path(path), error) from error


def _state(found: Mapping[str, Any]) -> State:
    if (found["matinee"], found["format"]) != ("tmdb state", FORMAT):
        raise ValueError("it is of another version")
    if found["kind"] not in LISTINGS or not isinstance(found["adult"], bool):
        raise ValueError("the kind is none")
    first, last = (None if found[n] is None else _day(found[n]) for n in ("first", "last"))
    if (first is None) != (last is None):
        raise ValueError("the window has one end")
    return State(
        kind=found["kind"], day=_day(found["day"]), first=first, last=last, adult=found["adult"]
    )


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)

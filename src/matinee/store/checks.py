"""What may be written: text that every database takes, numbers that fit."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from matinee.errors import QueryError

if TYPE_CHECKING:
    from matinee.deeds import Deed

MAX_TEXT = 500
"""Characters of an id, key or label; PostgreSQL indexes no more than 2,700 bytes."""
MAX_TIME = 1 << 40
"""Seconds since 1970 beyond which a time is a mistake: some 35,000 years."""
MAX_POSITION = 1 << 31
MAX_AGE = 120
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_TAKEN = frozenset(("me",))
"""Names that mean somebody else in addresses."""


def name(value: str) -> str:
    """Return a person's name if it may be one.

    Raises:
        QueryError: it may not.
    """
    if not is_name(value):
        raise QueryError(
            f"A person cannot be named {value!r:.40}",
            cure="Use at most 64 of a-z, 0-9, dot, hyphen and underscore, a letter or digit first; "
            "not me",
        )
    return value


def is_name(value: object) -> bool:
    """Tell whether a person may have a name."""
    return isinstance(value, str) and bool(_NAME.fullmatch(value)) and value not in _TAKEN


def age(value: int | None) -> int | None:
    """Return an age if it may be one.

    Raises:
        QueryError: it may not.
    """
    # What comes from forms and files may be anything.
    if value is not None and not (type(value) is int and 0 <= value <= MAX_AGE):
        raise QueryError(f"An age is {value!r:.40}", cure=f"Give whole years, 0 to {MAX_AGE}")
    return value


def text(value: Any, what: str, *, most: int = MAX_TEXT, empty: bool = False) -> str:
    """Return text that a database can hold.

    Args:
        value: the text.
        what: the name of it in messages.
        most: characters it may have.
        empty: whether it may be empty.

    Raises:
        QueryError: it is too long, empty, or holds half of a character.
    """
    if not isinstance(value, str) or not (value or empty):
        raise QueryError(f"{what} is empty or no text", cure="Give some")
    if len(value) > most:
        raise QueryError(f"{what} has {len(value):,} characters", cure=f"Give at most {most:,}")
    if "\0" in value or not (value.isascii() or _is_whole(value)):
        raise QueryError(
            f"{what} holds characters that cannot be kept",
            where=ascii(value[:60]),
            cure="Leave out NUL and halves of surrogate pairs",
        )
    return value


def time(value: int) -> int:
    """Return a time a database can hold.

    Raises:
        QueryError: it cannot be right.
    """
    if not -1 <= value < MAX_TIME:
        raise QueryError(f"The time {value!r:.40} cannot be right", cure="Give seconds since 1970")
    return value


def position(value: int | None) -> int | None:
    """Return a place in an answer that a database can hold.

    Raises:
        QueryError: it cannot be right.
    """
    if value is not None and not 0 <= value < MAX_POSITION:
        raise QueryError(f"The position {value!r:.40} cannot be right", cure="Count from 0")
    return value


def value(value: float | None) -> float | None:
    """Return a value that a database can hold.

    Raises:
        QueryError: it is no finite number.
    """
    if value is not None and not math.isfinite(value):
        raise QueryError(f"The value {value!r:.40} is not finite", cure="Leave it out")
    return value


def deed(value: Deed) -> Deed:
    """Return a deed that a database can hold.

    Raises:
        QueryError: its title or time cannot be kept.
    """
    text(value.title, "A title")
    time(value.time)
    return value


def _is_whole(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True

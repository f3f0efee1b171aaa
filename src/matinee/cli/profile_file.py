"""Files of one person's deeds, a JSON object a line, as Matinee kept them before it had a store.

A line is a deed, as ``{"title": "tmdb:603", "action": "rating", "rating": 5, "time": ...}``, or
takes back all that was said of a title, ``{"title": "tmdb:603", "action": "remove"}``. Such a line
names no person, which is what sets it apart from other files of ratings.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from matinee.deeds import deed_of
from matinee.errors import InputError, QueryError

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.deeds import Deed

_KEYS = frozenset(("title", "action", "rating", "time"))


def is_profile(path: Path) -> bool:
    """Tell whether a file is one of these, by its first line."""
    if path.suffix != ".jsonl":
        return False
    try:
        with path.open("rb") as file:
            first = json.loads(file.readline())
    except (OSError, ValueError):
        return False
    return isinstance(first, dict) and "title" in first and set(first) <= _KEYS


def read_profile(path: Path) -> list[Deed]:
    """Return what counts in such a file, oldest first.

    Raises:
        InputError: a line cannot be read; one that a crash cut short at the end is passed over.
    """
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    deeds: list[Deed] = []
    for number, line in enumerate(whole.split(b"\n") if whole else [], 1):
        try:
            values = json.loads(line)
            if values["action"] == "remove":
                deeds = [deed for deed in deeds if deed.title != values["title"]]
            else:
                deeds.append(deed_of(values))
        except (ValueError, KeyError, TypeError, QueryError) as error:
            raise InputError(
                f"A line of the profile cannot be read: {error}",
                where=f"{path}, line {number}",
                cure="Mend or delete that line",
            ) from error
    return deeds

"""What the forms of group nights hold: names and numbers."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from matinee.errors import QueryError
from matinee.service.scene import gettext
from matinee.store.nights import MAX_NAME
from matinee.store.records import DEFAULT_PERSON

if TYPE_CHECKING:
    from matinee.service.caller import Caller

_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Categories of characters that no name holds: unseen, they could pass one off for another."""


def own_name(caller: Caller) -> str:
    """Return what somebody with an account is called at a night, unless they say otherwise."""
    name = caller.person.name
    return (gettext("Host") if name == DEFAULT_PERSON else name)[:MAX_NAME]


def name_of(text: str) -> str:
    """Return a name on one line, composed, without what cannot be seen."""
    plain = unicodedata.normalize("NFC", text)
    kept = (c if unicodedata.category(c) not in _UNSEEN else " " for c in plain)
    return " ".join("".join(kept).split())


def number_of(text: str, what: str) -> int | None:
    """Return a whole number of a form, None for an empty field.

    Raises:
        QueryError: it is none.
    """
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise QueryError(f"{what} is {text!r:.40}", cure="Give a whole number, or nothing")
    return int(text)


def choices(usual: tuple[int, ...], chosen: int | None) -> list[int]:
    """Return the usual numbers to choose from, with the one that was chosen.

    >>> choices((90, 120), 100), choices((90, 120), None)
    ([90, 100, 120], [90, 120])
    """
    return sorted({*usual, *(() if chosen is None else (chosen,))})

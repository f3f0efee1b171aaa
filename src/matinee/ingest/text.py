"""Cleaning of words: what every text goes through before it is a fact of a title."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from matinee.ingest.repair import ROUNDS, repaired, suspect

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_OVERVIEW = 20_000
"""Characters; the longest overview of TMDb has about 1,000, a plot summary about 10,000."""
MAX_TEXT = 1_000
"""Characters of any other text; no known title is longer than 250."""
MAX_ITEMS = 500
"""Entries of a list; the longest known cast has about 300."""

_ABSENT = frozenset(
    (
        "",
        "nan",
        "null",
        "none",
        "n/a",
        "<na>",
        "nat",
        "\\n",
        "-",
        "--",
        "no overview",
        "no date",
        "no genres",
        "no rating",
        "no id",
        "no overview found.",
        "no overview yet.",
    )
)
# A film may be called "Nan", "None" or "Null"; only marks no film could bear count as no title.
_NO_TITLE = frozenset(("", "<NA>", "\\N"))
_SPACE = re.compile(r"\s+")
# Category C: controls, formats such as bidi overrides, surrogates, private use. Joiners stay:
# Indic scripts, Persian and emoji need them.
_JOINERS = "\u200c\u200d"
# A comma before one of these belongs to the name: "Robert Downey, Jr."; "JR" without a dot does
# not, for it is the name of a director ("Agnès Varda, JR").
_OF_A_NAME = r"(?:(?:[Jj]r|[Ss]r|II|III|IV|Ph\.?\s?[Dd]|M\.?D|Esq)\b\.?|[JS]R\.)"
_COMMA = re.compile(rf",(?!\s*{_OF_A_NAME}\s*(?:,|$))")
_ALONE = frozenset(
    "Jr Jr. jr jr. Sr Sr. sr sr. JR. SR. II III IV PhD Ph.D Ph.D. MD M.D M.D. Esq Esq.".split()
)
_SUFFIX = len(" Ph. D. ")
"""Characters of the longest such suffix between two commas, in a tidy text."""


def clean(value: object, *, limit: int = MAX_TEXT) -> str:
    r"""Return ``value`` as tidy text: NFC, one line, no control characters, trimmed.

    Cleaning what is clean changes nothing.

    >>> clean("  Am&eacute;lie\x00\n "), clean("CinÃ©man")
    ('Amélie', 'Cinéman')
    """
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if not _is_tidy(text):
        text = _tidy(text)
    text = text.strip()
    return text if len(text) <= limit else text[:limit].rstrip()


def _is_tidy(text: str) -> bool:
    """Tell whether a text, and any part of it, is clean but for blanks at its ends."""
    if not text.isprintable() or "&" in text or "<" in text or "  " in text:
        return False
    if text.isascii():
        return True
    return not suspect(text) and unicodedata.is_normalized("NFC", text)


def _tidy(text: str) -> str:
    # What is left without its control characters may be another entity or misread letter.
    for _ in range(ROUNDS):
        before = text
        # Before control characters go: some of them are halves of misread letters.
        text = _SPACE.sub(" ", repaired(text))
        if not text.isprintable():
            text = "".join(map(_printable, text))
        text = unicodedata.normalize("NFC", text)
        if text == before:
            break
    return _SPACE.sub(" ", text)


def _printable(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return "" if category in {"Cc", "Cf", "Co"} and char not in _JOINERS else char


def absent(text: str) -> bool:
    """Tell whether a clean text is one of the ways to write that there is nothing.

    >>> absent("<NA>"), absent("NO DATE"), absent("Nanette")
    (True, True, False)
    """
    return len(text) <= 18 and text.casefold() in _ABSENT


def optional(value: object, *, limit: int = MAX_TEXT) -> str | None:
    """Return clean text, None where there is none."""
    if value is None:
        return None
    text = clean(value, limit=limit)
    return None if absent(text) else text


def title_text(value: object) -> str:
    """Return a clean title, empty where there is none."""
    text = clean(value)
    return "" if text in _NO_TITLE else text


def items(values: Iterable[object]) -> tuple[str, ...]:
    """Return clean texts without blanks and repeats, in order."""
    if not values:
        return ()
    kept = dict.fromkeys([_entry(v if isinstance(v, str) else str(v)) for v in values])
    kept.pop("", None)
    return tuple(kept) if len(kept) <= MAX_ITEMS else tuple(kept)[:MAX_ITEMS]


# Genres, keywords and people come again and again: a hit takes a tenth of the cleaning, and the
# titles share one string.
@lru_cache(maxsize=1 << 16)
def _entry(value: str) -> str:
    """Return the clean text of an entry, empty where it says that there is nothing."""
    text = clean(value)
    return "" if absent(text) else text


def listed(value: object) -> tuple[str, ...]:
    """Return the clean entries of a list, or of one written in a cell; see :func:`items`."""
    if isinstance(value, str) and len(value) <= MAX_TEXT and _is_tidy(value):
        if not value:
            return ()
        # A tidy cell has tidy entries, which are worth no look at each; JSON can escape others.
        if value[0] not in "[{":
            kept = dict.fromkeys([part.strip() for part in split_cell(value)])
            if _ABSENT.isdisjoint(map(str.casefold, kept)) and len(kept) <= MAX_ITEMS:
                return tuple(kept)
    return items(names(value))


def people(value: object) -> tuple[str, ...]:
    """Return the names of a list or cell; a suffix that stands alone joins the name before it.

    >>> people(["Robert Downey", "Jr.", "Ann Oy", "Jr."])
    ('Robert Downey, Jr.', 'Ann Oy, Jr.')
    """
    found = listed(value)
    if _ALONE.isdisjoint(found):
        return found
    joined: list[str] = []
    for name in map(clean, names(value)):
        if joined and name in _ALONE:
            joined[-1] += f", {name}"
        else:
            joined.append(name)
    return items(joined)


def words(value: object) -> tuple[str, ...]:
    """Return the entries of a list or cell in lower case."""
    if isinstance(value, str) and value.isascii() and _is_tidy(value) and value[:1] not in "[{":
        return listed(value.lower())
    # Lower case can undo what cleaning did: of some letters it makes two.
    return items([text.lower() for text in listed(value)])


def split_cell(text: str) -> list[str]:
    """Return the entries of a list written in one cell.

    >>> split_cell("Robert Downey, Jr., Val Kilmer")
    ['Robert Downey, Jr.', ' Val Kilmer']
    >>> split_cell("Action|Drama"), split_cell("['Action', 'Drama']")
    (['Action', 'Drama'], ['Action', 'Drama'])
    """
    if text.startswith(("[", "{")):
        listed = structure(text)
        if listed is not None:
            return names(listed)
    for mark in ("|", ";"):
        if mark in text:
            return text.split(mark)
    parts = text.split(",")
    # Where all parts are longer than any suffix there is none; blanks could make one longer.
    if len(parts) == 1 or (
        min(map(len, parts)) > _SUFFIX and "  " not in text and text.isprintable()
    ):
        return parts
    return _COMMA.split(text)


def names(listed: object) -> list[str]:
    """Return the names in a list of texts or of objects with a name, or in a text."""
    if not listed:
        return []
    if isinstance(listed, str):
        return split_cell(listed)
    if isinstance(listed, dict):
        listed = [listed]
    if not isinstance(listed, (list, tuple)):
        return []
    found = [x.get("name") if isinstance(x, dict) else x for x in listed]
    return [str(x) for x in found if isinstance(x, (str, int))]


def structure(text: str) -> object | None:
    """Return the JSON or Python literal written in a cell, None if it is neither.

    The Movies Dataset holds ``repr`` of Python objects. Without a double quote or a backslash such
    a text becomes JSON by changing its quotes, which parses fifty times faster than
    ``ast.literal_eval``.
    """
    swapped = text
    if '"' not in text and "\\" not in text and "'" in text:
        swapped = _NONE.sub(": null", text.replace("'", '"'))
    try:
        return _json(swapped)
    except (ValueError, RecursionError):
        pass
    try:
        return _literal(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


_NONE = re.compile(r": None(?=[,}])")


def _json(text: str) -> object:
    found: object = json.loads(text)
    return found


@lru_cache(maxsize=4096)
def _literal(text: str) -> object:
    found: object = ast.literal_eval(text)
    return found

"""Cleaning of words: what every text goes through before it is a fact of a title."""

from __future__ import annotations

import ast
import html
import json
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

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
# A comma before one of these belongs to the name: "Robert Downey, Jr."
_COMMA = re.compile(
    r",(?!\s*(?:jr|sr|ii|iii|iv|ph\.?\s?d|m\.?d|esq)\b\.?\s*(?:,|$))", re.IGNORECASE
)


# What UTF-8 looks like when it was read as Windows-1252: "Ã©" for "é", "â€™" for an apostrophe.
# Such pairs do not occur in any language; what does not decode is left alone ("SÃO PAULO").
_LEFT = "\u0080-\u00bf"
_MISREAD = re.compile(f"[ÂÃ][{_LEFT}€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[{_LEFT}˜™œ¦“”–—]|[ÄÅ][{_LEFT}]")


def clean(value: object, *, limit: int = MAX_TEXT) -> str:
    r"""Return ``value`` as tidy text: NFC, one line, no control characters, trimmed.

    Cleaning what is clean changes nothing.

    >>> clean("  Am&eacute;lie\x00\n "), clean("CinÃ©man")
    ('Amélie', 'Cinéman')
    """
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if not (text.isascii() and text.isprintable() and "&" not in text):
        text = _tidy(text)
    elif "  " in text:
        text = _SPACE.sub(" ", text)
    return text.strip()[:limit].rstrip()


def _tidy(text: str) -> str:
    # Twice-escaped entities ("&amp;amp;") and twice misread letters are common in scraped tables,
    # hence the loop.
    while True:
        before = text
        if "&" in text:
            text = html.unescape(text)
        # Before control characters go: some of them are halves of misread letters.
        text = _MISREAD.sub(_read_again, text)
        text = _SPACE.sub(" ", text)
        if not text.isprintable():
            text = "".join(map(_printable, text))
        text = unicodedata.normalize("NFC", text)
        if text == before or not ("&" in text or _MISREAD.search(text)):
            return _SPACE.sub(" ", text)


def _read_again(misread: re.Match[str]) -> str:
    """Return what a run of misread characters was meant to be."""
    # Windows-1252 leaves five bytes undefined; software passes them through as they are.
    octets = b"".join(
        char.encode("latin-1" if char <= "\u009f" else "cp1252") for char in misread.group()
    )
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return misread.group()


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
    kept = dict.fromkeys([_entry(v) if isinstance(v, str) else clean(v) for v in values])
    return tuple([t for t in kept if not absent(t)])[:MAX_ITEMS]


# Genres, keywords and people come again and again: a hit takes a tenth of the cleaning, and the
# titles share one string.
_entry = lru_cache(maxsize=1 << 16)(clean)


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
    return _COMMA.split(text) if "," in text else [text]


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

"""Cleaning of figures: numbers, dates, codes. What is out of bounds is left out and noted."""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from matinee.catalogue.countries import country_code
from matinee.catalogue.identity import is_id
from matinee.catalogue.languages import NO_LANGUAGE, language_code
from matinee.ingest.text import absent, clean, names, optional, structure

if TYPE_CHECKING:
    from collections.abc import Callable

    from matinee.ingest.source import Reading
    from matinee.types import Kind

FIRST_YEAR = 1870
"""The oldest moving pictures are of 1874-1888."""
YEARS_AHEAD = 10
"""Films are announced some years ahead; anything later is a slip."""
MAX_RUNTIME = 1_500
"""Minutes; above it stand a handful of art installations and many errors of unit."""
MAX_COUNT = 2**31 - 1
MAX_FIGURE = 1e30
"""Fits float32 with room; no source counts as far."""

_RANGE = re.compile(r"(\d{4})\s*[-–—]\s*(?:\d{4})?")
_HOURS = re.compile(r"(?:(\d+)\s*h(?:ours?|rs?)?)?\s*(?:(\d+)\s*m(?:in(?:ute)?s?)?\.?)?", re.I)
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ].*)?")
_NO_DAY = re.compile(r"(\d{4})-(?:00-\d\d|\d\d-00)(?:[T ].*)?")
_SLASHED = re.compile(r"\d{1,2}[/.]\d{1,2}[/.](\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2}) ([A-Za-z]{3,9})\.?,? (\d{4})")
_IMDB = re.compile(r"(?:.*/)?(?:tt)?0*(\d{1,10})/?")

_FILMS = frozenset(
    ("movie", "film", "feature", "tvmovie", "short", "tvshort", "video", "tvspecial", "movies")
)
_SERIES = frozenset(
    (
        "tv",
        "tvshow",
        "series",
        "tvseries",
        "show",
        "tvminiseries",
        "miniseries",
        "shows",
        "scripted",
    )
)


def last_year() -> int:
    """Return the last year a title may bear."""
    return dt.datetime.now(tz=dt.UTC).year + YEARS_AHEAD


def number(reading: Reading, column: str, value: object) -> float | None:
    """Return a finite number, None for nothing; anything else is noted."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            found = float(value)
        except ValueError:
            text = value.strip()
            if absent(text):
                return None
            # "1,234,567" is a number as people write it.
            if not _THOUSANDS.fullmatch(text):
                reading.leave_out(column, value, "is not a number", "Write digits only")
                return None
            found = float(text.replace(",", ""))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
        # Data frames write a missing number as NaN: there it is absence, in a text it is a slip.
        if math.isnan(found) and reading.sample.form == "parquet":
            return None
    else:
        reading.leave_out(column, value, "is not a number", "Write digits only")
        return None
    if not math.isfinite(found) or abs(found) > MAX_FIGURE:
        reading.leave_out(column, value, "is not a finite number", "Leave it empty if not known")
        return None
    return found


_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")


def _bounded(reading: Reading, column: str, value: object, low: float, high: float) -> float | None:
    found = number(reading, column, value)
    if found is None or low <= found <= high:
        return found
    reading.leave_out(
        column, value, f"is not between {low:g} and {high:g}", "Correct it or leave it empty"
    )
    return None


def year(reading: Reading, column: str, value: object) -> int | None:
    """Return a year from 1870 to ten years from now."""
    if isinstance(value, (dt.date, dt.datetime)):
        value = value.year
    if isinstance(value, str):
        text = value.strip()
        if len(text) == 4:
            pass  # the usual case, not worth three patterns
        elif spanned := _RANGE.fullmatch(text):
            value = spanned[1]
        elif (dated := _ISO.fullmatch(text)) or (dated := _SLASHED.fullmatch(text)):
            value = dated[1]
    found = number(reading, column, value)
    if found is None or found == 0:
        return None
    if found.is_integer() and FIRST_YEAR <= found <= last_year():
        return int(found)
    reading.leave_out(
        column,
        value,
        f"is not a year between {FIRST_YEAR} and {last_year()}",
        "Write four digits, such as 1999, or leave it empty",
    )
    return None


def date(reading: Reading, column: str, value: object) -> tuple[dt.date | None, int | None]:
    """Return a day and its year; the day is None where the text tells the year alone."""
    if value is None or value == "":
        return None, None
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        found: dt.date | None = value
    elif isinstance(value, str) and (zeros := _NO_DAY.fullmatch(value.strip())):
        # Databases write 0 for a month or a day they do not know.
        return None, year(reading, column, zeros[1])
    elif isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        found = _parse_date(value.strip())  # the usual case, not worth three patterns
    else:
        text = str(value).strip()
        if absent(text) or text == "0":
            return None, None
        if text.isdigit() and len(text) == 4:
            return None, year(reading, column, text)
        if slashed := _SLASHED.fullmatch(text):
            reading.leave_out(column, value, "may be read in two ways", _DATE_CURE)
            return None, year(reading, column, slashed[1])
        found = _parse_date(text)
    if found is not None and FIRST_YEAR <= found.year <= last_year():
        return found, found.year
    reading.leave_out(column, value, "is not a possible date", _DATE_CURE)
    return None, None


_DATE_CURE = "Write it as YYYY-MM-DD, such as 1999-03-31"


def _parse_date(text: str) -> dt.date | None:
    try:
        if len(text) == 10 and text[4] == "-":
            return dt.date.fromisoformat(text)
        if iso := _ISO.fullmatch(text):
            return dt.date(int(iso[1]), int(iso[2]), int(iso[3]))
        if worded := _MONTH_FIRST.fullmatch(text):
            month, day, of_year = worded[1], worded[2], worded[3]
        elif worded := _DAY_FIRST.fullmatch(text):
            day, month, of_year = worded[1], worded[2], worded[3]
        else:
            return None
        return dt.date(int(of_year), _MONTHS.index(month[:3].lower()) + 1, int(day))
    except ValueError:
        return None


def runtime(reading: Reading, column: str, value: object) -> int | None:
    """Return minutes from 1 to 1,500; 0 is how TMDb writes that it does not know."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str) and not value.isdecimal():
        told = _HOURS.fullmatch(value.strip())
        if told and any(told.groups()):
            value = int(told[1] or 0) * 60 + int(told[2] or 0)
    found = number(reading, column, value)
    if found is None or found == 0:
        return None
    if 1 <= round(found) <= MAX_RUNTIME:
        return round(found)
    reading.leave_out(
        column, value, f"is not between 1 and {MAX_RUNTIME} minutes", "Write the length in minutes"
    )
    return None


def votes(
    reading: Reading, average: tuple[str, object], count: tuple[str, object] = ("", None)
) -> tuple[float | None, int | None]:
    """Return the mean vote from 0 to 10 and the number of votes; 0 of nobody is no vote."""
    mean = _bounded(reading, *average, 0, 10)
    many = _bounded(reading, *count, 0, MAX_COUNT)
    if mean == 0 and not many:
        mean = None
    return mean, None if many is None else int(many)


def popularity(reading: Reading, column: str, value: object) -> float | None:
    """Return a figure of at least 0."""
    return _bounded(reading, column, value, 0, MAX_FIGURE)


def poster(value: object) -> str | None:
    """Return the path or address of a poster, None for the ways to write that there is none."""
    text = optional(value)
    return None if text is None or _NO_POSTER.search(text) else text


# A base address to which nothing was added, or what programs write for nothing.
_NO_POSTER = re.compile(r"(?:null|<NA>|[^A-Za-z](?:nan|NaN|NaT|None|undefined)|/t/p/\w+/?)$")


def kind(value: object) -> Kind | None:
    """Return ``film`` or ``series``, None for anything else.

    >>> kind("TV Show"), kind("tvMovie"), kind("videoGame")
    ('series', 'film', None)
    """
    text = re.sub(r"[\s_-]", "", str(value)).casefold()
    return "film" if text in _FILMS else "series" if text in _SERIES else None


def _codes(
    reading: Reading, column: str, value: object, find: Callable[[str], str | None], what: str
) -> tuple[str, ...]:
    codes, unknown = (_of_cell if isinstance(value, str) else _of)(value, find)
    for text in unknown:
        reading.leave_out(column, text, f"is not a known {what}", "Use its ISO code")
    return codes


def _of(
    value: object, find: Callable[[str], str | None]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the codes of a cell or list, and the entries that have none."""
    if isinstance(value, str) and len(value) == 2 and (code := find(value)):
        return (code,), ()
    pairs = [pair for entry in _coded(value) if (pair := _pair(entry, find)) is not None]
    codes = dict.fromkeys(code for _, code in pairs if code is not None)
    return tuple(codes), tuple([text for text, code in pairs if code is None])


@lru_cache(maxsize=1 << 12)
def _pair(entry: str, find: Callable[[str], str | None]) -> tuple[str, str | None] | None:
    """Return an entry and its code, None where it says that there is nothing."""
    text = clean(entry)
    if absent(text) or text.casefold() in NO_LANGUAGE:
        return None
    return text, find(text)


# There are some hundred countries and languages, and cells that hold the same of them.
_of_cell = lru_cache(maxsize=1 << 12)(_of)


def _coded(value: object) -> list[str]:
    """Return the entries of a list, the code of those that are objects with one."""
    listed = structure(value) if isinstance(value, str) and value.startswith("[") else value
    if not isinstance(listed, list):
        return names(listed)
    return [
        str(x.get("iso_3166_1") or x.get("iso_639_1") or x.get("name") or "")
        if isinstance(x, dict)
        else str(x)
        for x in listed
    ]


def countries(reading: Reading, column: str, value: object) -> tuple[str, ...]:
    """Return country codes of a cell or list of names or codes."""
    return _codes(reading, column, value, country_code, "country") if value else ()


def languages(reading: Reading, column: str, value: object) -> tuple[str, ...]:
    """Return language codes of a cell or list of names or codes."""
    return _codes(reading, column, value, language_code, "language") if value else ()


def positive(value: object) -> int | None:
    """Return a whole number above 0, also from text and from a float without a fraction."""
    try:
        found = float(value) if isinstance(value, (str, int, float)) else 0.0
    except (ValueError, OverflowError):
        return None
    return int(found) if 0 < found <= MAX_COUNT and found.is_integer() else None


def imdb_id(reading: Reading, column: str, value: object) -> str | None:
    """Return ``imdb:tt0133093`` of ``tt0133093``, ``133093`` or an address at IMDb."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = clean(value)
    # The usual case, not worth a pattern.
    usual = len(text) == 9 and text[:2] == "tt" and text[2:].isdecimal() and text.isascii()
    if usual and text != "tt0000000":
        return f"imdb:{text}"
    if absent(text) or text in {"0", "tt0"}:
        return None
    if (told := _IMDB.fullmatch(text)) and int(told[1]):
        return f"imdb:tt{int(told[1]):07d}"
    reading.leave_out(column, value, "is not an id of IMDb", "Write it as tt0133093")
    return None


def numbered_id(reading: Reading, namespace: str, column: str, value: object) -> str | None:
    """Return ``namespace:603`` of 603."""
    if isinstance(value, float) and math.isnan(value):
        return None
    text = clean(value)
    if absent(text) or text == "0":
        return None
    found = positive(value)
    if found is None:
        reading.leave_out(column, value, "is not a whole number above 0", "Write digits only")
        return None
    return f"{namespace}:{found}"


def own_id(value: object, namespace: str) -> str | None:
    """Return the id of a cell that is namespaced or gets ``namespace``; None if it has no form.

    >>> own_id("tmdb:603", "local"), own_id(7, "mine"), own_id("a/b", "local")
    ('tmdb:603', 'mine:7', None)
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = clean(value)
    if is_id(text):
        return text
    text = f"{namespace}:{text}"
    return text if is_id(text) else None

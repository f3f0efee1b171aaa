"""All that TMDb knows of a title: how it is asked for, and how it goes into the row of a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from matinee.errors import SourceError
from matinee.ingest.columns import is_tmdb
from matinee.ingest.tmdb import is_series
from matinee.ingest.tmdbapi.shapes import LISTINGS, is_count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from matinee.types import Kind

FIELDS: Mapping[Kind, Mapping[str, str]] = {
    "film": {
        "credits": "credits",
        "runtime": "runtime",
        "keywords": "keywords",
        "certification": "release_dates",
        "ids": "external_ids",
    },
    "series": {
        "credits": "credits",
        "runtime": "episode_run_time",
        "keywords": "keywords",
        "certification": "content_ratings",
        "ids": "external_ids",
    },
}
"""What lists do not show, and the key it has in the details of a title. A key that is there tells
that TMDb was asked, though it had nothing."""
NEEDS = tuple(FIELDS["film"])
"""What may be needed of a title."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file.

    Attributes:
        kind: of the title.
        number: TMDb's.
        offset: of the line, in bytes.
        line: as it is in the file, with its end.
        found: the object.
    """

    kind: Kind
    number: int
    offset: int
    line: bytes
    found: dict[str, Any]


def rows_of(path: Path) -> Iterator[Row]:
    """Yield the rows of a file of JSON lines, as ``matinee tmdb`` writes it.

    Raises:
        SourceError: it cannot be read, or a line is no title of TMDb's.
    """
    try:
        with path.open("rb") as file:
            offset = 0
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _row(line, offset, f"{path}, line {number}")
                offset += len(line)
    except OSError as error:
        raise SourceError(
            "The file of titles cannot be read",
            where=f"{path}: {error.strerror or error}",
            cure="Give one that matinee tmdb download wrote",
        ) from error


def lacks(row: Mapping[str, Any], kind: Kind, needs: Collection[str]) -> bool:
    """Tell whether TMDb was not asked yet for some of what is needed of a title.

    >>> lacks({"runtime": None, "credits": {}}, "film", ["runtime", "credits"])
    False
    >>> lacks({"runtime": 90}, "film", ["runtime", "keywords"])
    True
    """
    return any(FIELDS[kind][need] not in row for need in needs)


def address(kind: Kind, number: int) -> tuple[str, dict[str, str | int]]:
    """Return path and parameters of the one request for all of a title.

    >>> address("film", 603)[0]
    '/movie/603'
    """
    return f"/{LISTINGS[kind].media_type}/{number}", {"append_to_response": ",".join(_parts(kind))}


def read_details(found: dict[str, Any], *, kind: Kind, number: int) -> dict[str, Any]:
    """Return the details of a title, with every key of :data:`FIELDS`.

    Args:
        found: TMDb's answer.
        kind: of the title.
        number: of the title.

    Raises:
        ValueError: it is not of that title, or not all that was asked for.
    """
    if found.get("id") != number:
        raise ValueError(f"it is title {found.get('id')!r:.20} where {number} was asked for")
    for part in _parts(kind):
        if not isinstance(found.get(part), dict):
            raise ValueError(f"it lacks {part}")
    return {FIELDS[kind]["runtime"]: None, **found}


def merged(row: Mapping[str, Any], details: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """Return a row with the details of its title; fields that TMDb does not know stay.

    Numbers of genres, which lists show in their stead, go: the details have the genres themselves.

    >>> merged({"id": 1, "genre_ids": [18], "mine": 5}, {"id": 1, "genres": []}, "film")
    {'release_date': '', 'id': 1, 'mine': 5, 'genres': [], 'media_type': 'movie'}
    """
    listing = LISTINGS[kind]
    found = {listing.shown: "", **row, **details, "media_type": listing.media_type}
    found.pop("genre_ids", None)
    return found


def _parts(kind: Kind) -> list[str]:
    return [key for need, key in FIELDS[kind].items() if need != "runtime"]


def _row(line: bytes, offset: int, where: str) -> Row:
    try:
        found = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError):
        found = None
    number = found.get("id") if isinstance(found, dict) else None
    if not (isinstance(found, dict) and is_tmdb(found) and is_count(number) and number > 0):
        raise SourceError(
            "This line is no title as TMDb's lists and details have them",
            where=where,
            cure="Give a file that matinee tmdb download wrote",
        )
    return Row("series" if is_series(found) else "film", number, offset, line, found)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")

"""Cast and crew that stand in a table of their own, as TMDb writes them."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Any

from matinee.ingest.rows import side_table
from matinee.ingest.text import MAX_ITEMS, names, structure

if TYPE_CHECKING:
    from matinee.ingest.source import Sample

_WRITING = frozenset(("Writer", "Screenplay", "Story", "Author", "Co-Writer", "Teleplay"))


def crew_names(crew: object) -> tuple[list[str], list[str]]:
    """Return directors and writers of a list of crew, in its order.

    >>> crew_names([{"job": "Director", "name": "Agnès Varda"}, {"job": "Grip", "name": "X"}])
    (['Agnès Varda'], [])
    """
    listed = structure(crew) if isinstance(crew, str) and crew else crew
    if not isinstance(listed, list):
        return [], []
    people = [p for p in listed if isinstance(p, dict) and isinstance(p.get("name"), str)]
    directors = [p["name"] for p in people if p.get("job") == "Director"]
    return directors, [p["name"] for p in people if p.get("job") in _WRITING]


def read_credits(sample: Sample | None, key: str) -> dict[str, dict[str, Any]]:
    """Return film number to cast, directors and writers; names are kept once each in memory."""
    if sample is None:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for row in side_table(sample):
        directors, writers = crew_names(row["crew"])
        found[row[key]] = {
            "cast": [intern(n) for n in names(row["cast"])[:MAX_ITEMS]],
            "directors": [intern(n) for n in directors],
            "writers": [intern(n) for n in writers],
        }
    return found

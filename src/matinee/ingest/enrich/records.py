"""Records of sources as titles, by the same cleaning that the rows of a catalogue go through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matinee.catalogue.title import Title
from matinee.ingest.build import build
from matinee.ingest.source import Reading, Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.types import Kind


def title_of(record: Mapping[str, Any], source: str, *, kind: Kind | None = None) -> Title | None:
    """Return the title of a record whose keys are our fields, None if it is of none.

    A value that cannot be used is left out.
    """
    reading = Reading(Sample(Path(source), "json"))
    columns = {name: name for name in record}
    built = build(reading, record, columns, source=source, kind=kind)
    return built if isinstance(built, Title) else None


def object_of(body: bytes) -> dict[str, Any]:
    """Return the JSON object of an answer.

    Raises:
        ValueError: it is none.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        shown = body[:40].decode("utf-8", "replace").split("\n")[0]
        raise ValueError(f"what came is no JSON, it begins with {shown!r}") from None
    if not isinstance(found, dict):
        raise ValueError("what came is no JSON object")
    return found


def text_of(found: Mapping[str, Any], key: str) -> str:
    """Return the text under a key, empty where there is none."""
    value = found.get(key)
    return value if isinstance(value, str) else ""

"""JSON: one object a line, an array of objects, or one document with ``results``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from matinee.catalogue.identity import is_id
from matinee.errors import SourceError
from matinee.ingest import tmdb
from matinee.ingest.build import build
from matinee.ingest.columns import check_mapping, guess, is_tmdb
from matinee.ingest.files import open_text
from matinee.ingest.source import Alone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from matinee.catalogue.title import Title
    from matinee.ingest.source import Reading, Sample
    from matinee.types import Reject

MAX_OBJECT = 16 * 2**20
"""Characters of one object; TMDb's largest, with every credit, has under 1 MB."""
_BLOCK = 1 << 16


class JsonTitles(Alone):
    """Reads objects by their own fields, so that one file may mix TMDb's and others.

    A whole-number ``id`` is TMDb's if the object has a date under TMDb's name and two more fields
    only TMDb names so (:func:`matinee.ingest.columns.is_tmdb`); otherwise it is the file's own and
    gets the namespace of the call.
    """

    name = "json"

    def matches(self, sample: Sample) -> bool:
        """Tell whether the file holds objects that have titles."""
        return sample.form in ("json", "jsonl") and (
            "results" in sample.columns or "title" in guess(sample.columns)
        )

    def read(self, reading: Reading) -> Iterator[Title | Reject]:
        """Yield the titles of the objects."""
        check_mapping(reading.mapping)
        with open_text(reading.sample.path) as text:
            lines = reading.sample.form == "jsonl"
            objects = _lines(reading, text) if lines else _document(reading, text)
            for found in objects:
                title = found if not isinstance(found, dict) else self._title(reading, found)
                yield from reading.notes()
                yield title

    def _title(self, reading: Reading, found: dict[str, Any]) -> Title | Reject:
        if found.get("media_type") == "person":
            return reading.reject("media_type", "person", "is not a title", "Remove the line")
        # A namespaced id ("tmdb:603") is ours: TMDb's own objects number theirs.
        if is_tmdb(found) and not is_id(str(found["id"])):
            return build(reading, tmdb.flatten(found), tmdb.COLUMNS, source="tmdb", tmdb=True)
        columns = dict(guess(tuple(found))) | dict(reading.mapping)
        columns.setdefault("title", "title")
        return build(reading, found, columns, source=self.name)


def _lines(reading: Reading, text: TextIO) -> Iterator[dict[str, Any] | Reject]:
    while line := text.readline(MAX_OBJECT + 1):
        reading.line += 1
        if len(line) > MAX_OBJECT:
            raise _too_large(reading)
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield reading.reject("", line.strip(), f"is not JSON: {error}", "Correct the line")
            continue
        yield from _unwrap(reading, found)


def _unwrap(reading: Reading, found: Any) -> Iterator[dict[str, Any] | Reject]:
    """Yield the object, or the objects a page of TMDb's lists holds."""
    if isinstance(found, dict) and isinstance(found.get("results"), list):
        # One level, as TMDb has it: lists within lists could be deeper than Python's stack.
        entries = found["results"]
    else:
        entries = [found]
    for entry in entries:
        if isinstance(entry, dict):
            yield entry
        else:
            yield reading.reject("", entry, "is not an object", "Write one {...} for each title")


def _document(reading: Reading, text: TextIO) -> Iterator[dict[str, Any] | Reject]:
    """Yield the objects of an array as they come, or of one object read whole."""
    decoder = json.JSONDecoder()
    buffer, started = "", False
    reading.line = 1
    while True:
        stripped = buffer.lstrip(" \t\r\n," if started else " \t\r\n")
        reading.line += buffer.count("\n", 0, len(buffer) - len(stripped))
        buffer = stripped
        if not started and buffer.startswith("["):
            buffer, started = buffer[1:], True
            continue
        if started and buffer.startswith("]"):
            return
        try:
            found, end = decoder.raw_decode(buffer)
        except (ValueError, RecursionError) as error:
            # Reading as much again as is held keeps the tries of one object few.
            more = text.read(max(_BLOCK, len(buffer)))
            if len(buffer) + len(more) > 2 * MAX_OBJECT:
                raise _too_large(reading) from error
            if not more:
                raise SourceError(
                    "the JSON is broken or cut short",
                    where=f"{reading.sample.path}, line {reading.line}",
                    cure="Correct it there, or write one object a line",
                ) from error
            buffer += more
            continue
        yield from _unwrap(reading, found)
        reading.line += buffer.count("\n", 0, end)
        buffer = buffer[end:]
        if not started:
            return


def _too_large(reading: Reading) -> SourceError:
    return SourceError(
        f"a JSON object is larger than {MAX_OBJECT // 2**20} MB",
        where=f"{reading.sample.path}, line {reading.line}",
        cure="Write one object a line",
    )

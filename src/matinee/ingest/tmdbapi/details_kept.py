"""Which details were fetched so far: a file that a run which is killed goes on from.

Lines of JSON, only ever appended: the first says what is fetched, each other one has what came of
one title. A line that is half written when the process ends is cut off.
"""

from __future__ import annotations

import json
from array import array
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from matinee.errors import SourceError
from matinee.ingest.tmdbapi.appended import Appended, unusable
from matinee.ingest.tmdbapi.shapes import LISTINGS, is_count, to_line

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from matinee.types import Kind

BATCH = 100
"""Titles; some three seconds at TMDb's limit, which is what a power cut may cost."""

Key: TypeAlias = "tuple[Kind, int]"
"""Kind and TMDb's number of a title; films and series are numbered by themselves."""
Left = Literal["gone", "outside"]
"""Why there are no details: TMDb has no such title any more, or the file is to have none such."""


class Kept(Appended):
    """The file of an unfinished run that fetches details.

    Args:
        path: the file.
        head: what is fetched.
        batch: titles after which what was written is flushed to the disk. What is written is kept
            also before that, unless the power fails.
        begun: the day, should it begin now; UTC's, unless told.
        restart: whether what is there already is thrown away.

    Raises:
        ConflictError: the file is of something else, or another process has it.
        SourceError: it cannot be written or read.
    """

    closing = b'{"id":'

    def __init__(
        self,
        path: Path,
        head: Mapping[str, Any],
        *,
        batch: int = BATCH,
        begun: dt.date | None = None,
        restart: bool = False,
    ) -> None:
        self._places: dict[Key, int] = {}
        self._offsets, self._lengths = array("q"), array("q")
        self._batch = batch
        super().__init__(path, head, begun=begun, restart=restart)

    def __len__(self) -> int:
        """Return the number of titles of which something is kept."""
        return len(self._places)

    def __contains__(self, key: Key) -> bool:
        """Tell whether something is kept of a title."""
        return key in self._places

    def add(self, key: Key, details: Mapping[str, Any] | Left) -> None:
        """Keep the details of a title, or why there are none."""
        told = {"left": details} if isinstance(details, str) else {"row": details}
        line = to_line({"id": key[1], "kind": key[0], **told}) + b"\n"
        start = self._end
        self._append(line, flush=(len(self) + 1) % self._batch == 0)
        self._note(key, start, len(line))

    def get(self, key: Key) -> dict[str, Any] | Left | None:
        """Return the details of a title or why there are none; None if nothing is kept of it."""
        place = self._places.get(key)
        if place is None:
            return None
        try:
            self._file.seek(self._offsets[place])
            line = self._file.read(self._lengths[place])
            self._file.seek(self._end)
        except OSError as error:
            raise unusable(self.path, error) from error
        found = json.loads(line)
        if "left" in found:
            left: Left = found["left"]
            return left
        row: dict[str, Any] = found["row"]
        return row

    def _is_empty(self) -> bool:
        return not self._places

    def _take_up(self, found: dict[str, Any], offset: int, length: int) -> bool:
        number, kind = found["id"], found["kind"]
        known = found.get("left") in ("gone", "outside") or isinstance(found.get("row"), dict)
        if not (is_count(number) and kind in LISTINGS and known):
            raise ValueError("it is no title")
        self._note((kind, number), offset, length)
        return True

    def _note(self, key: Key, offset: int, length: int) -> None:
        self._places[key] = len(self._offsets)
        self._offsets.append(offset)
        self._lengths.append(length)


def kept_path(path: Path) -> Path:
    """Return where an unfinished run keeps what it fetched for a file.

    Raises:
        SourceError: the file cannot be one.
    """
    if path.is_dir():  # found out now, not when all is fetched
        raise SourceError("This is a folder", where=str(path), cure="Give a file: --out")
    return path.with_name(path.name + ".part")

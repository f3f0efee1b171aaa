"""What was downloaded so far: a file that a download which is killed goes on from.

Lines of JSON, only ever appended. The first says what is downloaded. A window that was cut is a
line ``{"split": …}``. A window that was read is a block: its rows, then a line ``{"window": …}``
with their number; the block is written at once and flushed to the disk. What follows the last whole
block was being written when the process ended, and is cut off.
"""

from __future__ import annotations

import mmap
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.ingest.tmdbapi.appended import Appended, unusable, write_whole
from matinee.ingest.tmdbapi.shapes import to_line
from matinee.ingest.tmdbapi.windows import Wanted, Window

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Done:
    """A window that was read.

    Attributes:
        rows: that were had.
        missing: that TMDb says there are beyond these.
        at_least: whether there may be more of them than TMDb says.
    """

    rows: int
    missing: int = 0
    at_least: bool = False


class Checkpoint(Appended):
    """The file of an unfinished download of windows.

    Args:
        path: the file.
        wanted: what is downloaded.
        url: of the API it comes from.
        restart: whether what is there already is thrown away.

    Attributes:
        done: the windows that were read.
        splits: the windows that were cut, with their rows as far as TMDb told.

    Raises:
        ConflictError: the file is of another download, or of none, or another process has it.
        SourceError: it cannot be written or read.
    """

    closing = b'{"at_least":'

    def __init__(self, path: Path, wanted: Wanted, url: str, *, restart: bool = False) -> None:
        self.done: dict[Window, Done] = {}
        self.splits: dict[Window, int] = {}
        self._block: list[tuple[int, int, int]] = []
        self._ids, self._offsets, self._lengths = array("q"), array("q"), array("q")
        head = {
            "matinee": "tmdb download",
            "kind": wanted.kind,
            "first": wanted.first.isoformat(),
            "last": wanted.last.isoformat(),
            "adult": wanted.adult,
            "url": url,
        }
        super().__init__(path, head, restart=restart)

    @property
    def rows(self) -> int:
        """Rows that are kept, one that came twice counted twice."""
        return len(self._ids)

    def split(self, window: Window, total: int) -> None:
        """Keep that a window was cut."""
        self._append(to_line({"split": window.to_dict(), "total": total}) + b"\n")
        self.splits[window] = total

    def add(self, window: Window, rows: Mapping[int, bytes], done: Done) -> None:
        """Keep the rows of a window, by TMDb's number, each one line without its end.

        When this returns they are on the disk.
        """
        told = {"rows": done.rows, "missing": done.missing, "at_least": done.at_least}
        closing = to_line({"window": window.to_dict(), **told}) + b"\n"
        start = self._end
        self._append(b"".join(line + b"\n" for line in rows.values()) + closing, flush=True)
        for number, line in rows.items():
            self._note(number, start, len(line) + 1)
            start += len(line) + 1
        self.done[window] = done

    def write(self, path: Path) -> int:
        """Write all rows to a file in one step, by number, each title once; return how many.

        Of a title that came twice, as one whose date was changed meanwhile, the later row is
        taken.
        """
        ids = np.frombuffer(self._ids, dtype=np.int64) if self._ids else np.empty(0, np.int64)
        order = np.argsort(ids, kind="stable")
        ranked = ids[order]
        last = np.append(ranked[1:] != ranked[:-1], True) if len(ranked) else ranked.astype(bool)
        take = order[last]
        try:
            with (
                self.path.open("rb") as file,
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as kept,
            ):
                offsets, lengths = self._offsets, self._lengths
                write_whole(path, (kept[offsets[i] : offsets[i] + lengths[i]] for i in take))
        except OSError as error:
            raise unusable(path, error) from error
        return len(take)

    def _is_empty(self) -> bool:
        return not self.done and not self.splits

    def _take_up(self, found: dict[str, Any], offset: int, length: int) -> bool:
        if "id" in found:
            self._block.append((_number(found), offset, length))
            return False
        block, self._block = self._block, []
        if "split" in found:
            if block:
                raise ValueError("rows without a window")
            self.splits[Window.from_dict(found["split"])] = _whole(found["total"])
            return True
        if found["rows"] != len(block):
            raise ValueError("rows are missing")
        window = Window.from_dict(found["window"])
        done = Done(len(block), _whole(found["missing"]), bool(found["at_least"]))
        for entry in block:
            self._note(*entry)
        self.done[window] = done
        return True

    def _note(self, number: int, offset: int, length: int) -> None:
        self._ids.append(number)
        self._offsets.append(offset)
        self._lengths.append(length)


def _number(found: dict[str, Any]) -> int:
    number = found["id"]
    if not isinstance(number, int):
        raise TypeError("the number is none")
    return number


def _whole(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError("the count is none")
    return value

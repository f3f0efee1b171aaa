"""What hosts answered, kept on the disk."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from matinee.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

PART_SECONDS = 3600
"""A file half written for so long was left behind by a process that was killed."""
_PARTS = ".parts"


class Kept:
    """A folder in which files appear in one step, under their names and whole.

    Nothing is flushed to the disk: after a power cut a file may be short, which its reader must
    see. Several processes may use the folder at once.

    Args:
        folder: made when something is kept.
        what: lies there, for messages, such as ``posters that were fetched``.
    """

    def __init__(self, folder: Path, what: str) -> None:
        self.folder = folder
        self._what = what

    def read(self, path: str) -> bytes | None:
        """Return a file by its path in the folder, None if there is none.

        Raises:
            SourceError: it cannot be read.
        """
        try:
            return (self.folder / path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error

    def keep(self, path: str, data: bytes) -> None:
        """Write a file, in the place of one that is there.

        Raises:
            SourceError: the folder cannot be written, or its disk is full.
        """
        target, part = self.folder / path, self.folder / _PARTS / uuid.uuid4().hex
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part.parent.mkdir(exist_ok=True)
            try:
                part.write_bytes(data)
                part.replace(target)
            except OSError:
                part.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise self._unusable(error) from error

    def sweep(self) -> None:
        """Delete what processes that were killed had half written."""
        for part in (self.folder / _PARTS).glob("*"):
            try:
                if time.time() - part.stat().st_mtime > PART_SECONDS:
                    part.unlink()
            except OSError:  # another process was first
                continue

    def _unusable(self, error: OSError) -> SourceError:
        return SourceError(
            f"The {self._what} cannot be kept or read",
            where=f"{error.filename or self.folder}: {error.strerror or error}",
            cure="Free some room there, check its permissions, or set MATINEE_CACHE",
        )

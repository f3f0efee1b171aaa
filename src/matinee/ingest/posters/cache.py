"""Posters that were fetched, kept on the disk."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
import uuid
from typing import TYPE_CHECKING

from matinee.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ABSENT_DAYS = 30
"""A poster that was not there is asked for again after that; TMDb does add and change them."""
PART_SECONDS = 3600
"""A file half written for so long was left behind by a process that was killed."""
_PARTS = ".parts"
_ABSENT = ".absent"


def looks_like_picture(data: bytes) -> bool:
    r"""Tell by their first bytes whether they are JPEG, PNG or WebP.

    >>> looks_like_picture(b"<html>"), looks_like_picture(b"\xff\xd8\xff\xe0")
    (False, True)
    """
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return webp or data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


class PosterCache:
    """A folder of pictures, each under the name it has at its host, in 256 folders.

    A picture appears in one step, under its name and whole, so that a fetch that is killed goes on
    where it was. The folder will do for :class:`~matinee.ingest.posters.folder.FolderPosters`, on
    a machine without a network as well. Several processes may use it at once.

    Args:
        folder: of one host and size; it is made when something is kept.
        today: the date.
    """

    def __init__(self, folder: Path, *, today: Callable[[], dt.date] = dt.date.today) -> None:
        self.folder = folder
        self._today = today

    def picture(self, name: str) -> bytes | None:
        """Return a picture, None if it was not kept or is damaged."""
        try:
            data = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        # No file is flushed to the disk: after a power cut one may be empty, and is fetched again.
        return data if looks_like_picture(data) else None

    def absent_since(self, name: str) -> dt.date | None:
        """Return the day when the host last said that it has no such picture.

        None if it did not, or so long ago that it should be asked again.
        """
        try:
            day = dt.date.fromisoformat(self._path(name + _ABSENT).read_text("ascii").strip())
        except (FileNotFoundError, ValueError):
            return None
        except OSError as error:
            raise self._unusable(error) from error
        age = (self._today() - day).days
        return day if 0 <= age < ABSENT_DAYS else None

    def keep(self, name: str, data: bytes) -> None:
        """Keep a picture.

        Raises:
            SourceError: the folder cannot be written, or its disk is full.
        """
        self._write(name, data)

    def keep_absence(self, name: str) -> None:
        """Keep that the host has no such picture."""
        self._write(name + _ABSENT, self._today().isoformat().encode())

    def sweep(self) -> None:
        """Delete what processes that were killed had half written."""
        for part in (self.folder / _PARTS).glob("*"):
            try:
                if time.time() - part.stat().st_mtime > PART_SECONDS:
                    part.unlink()
            except OSError:  # another process was first
                continue

    def _path(self, name: str) -> Path:
        # By a hash, for names may begin alike; it also keeps apart most names that differ in case
        # alone, which some disks take for the same.
        shard = hashlib.sha256(name.removesuffix(_ABSENT).encode()).hexdigest()[:2]
        return self.folder / shard / name

    def _write(self, name: str, data: bytes) -> None:
        path, part = self._path(name), self.folder / _PARTS / uuid.uuid4().hex
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.parent.mkdir(exist_ok=True)
            try:
                part.write_bytes(data)
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> SourceError:
        return SourceError(
            "The posters that were fetched cannot be kept or read",
            where=f"{error.filename or self.folder}: {error.strerror or error}",
            cure="Free some room there, check its permissions, or set MATINEE_CACHE",
        )

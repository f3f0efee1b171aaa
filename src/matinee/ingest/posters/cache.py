"""Posters that were fetched, kept on the disk."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

from matinee.ingest.asking.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ABSENT_DAYS = 30
"""A poster that was not there is asked for again after that; TMDb does add and change them."""
_ABSENT = ".absent"


def looks_like_picture(data: bytes) -> bool:
    r"""Tell by their first bytes whether they are JPEG, PNG or WebP.

    >>> looks_like_picture(b"<html>"), looks_like_picture(b"\xff\xd8\xff\xe0")
    (False, True)
    """
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return webp or data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


class PosterCache(Kept):
    """A folder of pictures, each under the name it has at its host, in 256 folders.

    A fetch that is killed goes on where it was. The folder will do for
    :class:`~matinee.ingest.posters.folder.FolderPosters`, on a machine without a network as well.

    Args:
        folder: of one host and size; it is made when something is kept.
        today: the date.
    """

    def __init__(self, folder: Path, *, today: Callable[[], dt.date] = dt.date.today) -> None:
        super().__init__(folder, "posters that were fetched")
        self._today = today

    def picture(self, name: str) -> bytes | None:
        """Return a picture, None if it was not kept or is damaged."""
        data = self.read(_path(name))
        # After a power cut it may be empty, and is fetched again.
        return data if data is not None and looks_like_picture(data) else None

    def absent_since(self, name: str) -> dt.date | None:
        """Return the day when the host last said that it has no such picture.

        None if it did not, or so long ago that it should be asked again.
        """
        try:
            day = dt.date.fromisoformat((self.read(_path(name + _ABSENT)) or b"").decode().strip())
        except ValueError:
            return None
        age = (self._today() - day).days
        return day if 0 <= age < ABSENT_DAYS else None

    def keep_picture(self, name: str, data: bytes) -> None:
        """Keep a picture.

        Raises:
            SourceError: the folder cannot be written, or its disk is full.
        """
        self.keep(_path(name), data)

    def keep_absence(self, name: str) -> None:
        """Keep that the host has no such picture."""
        self.keep(_path(name + _ABSENT), self._today().isoformat().encode())


def _path(name: str) -> str:
    # By a hash, for names may begin alike; it also keeps apart most names that differ in case
    # alone, which some disks take for the same.
    shard = hashlib.sha256(name.removesuffix(_ABSENT).encode()).hexdigest()[:2]
    return f"{shard}/{name}"

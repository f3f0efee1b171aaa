"""Posters in a folder, each file named by an id of its title."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from matinee.errors import SourceError
from matinee.ingest.posters.owners import Owners
from matinee.ingest.posters.tally import MAX_BYTES, Tally
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matinee.catalogue.title import Title

EXTENSIONS = frozenset((".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"))
"""Of files that are taken for pictures, in any case; what they are is told when they are read."""


class FolderPosters:
    """Pictures in a folder and the folders in it.

    A file belongs to the title whose id its name is: ``603.jpg``, ``tmdb-603.webp``,
    ``tt0133093.png``, ``ml-2571.jpg``; or to the one whose ``poster_path`` ends in its name. Of
    several for one title the first that can be read is taken: by the order of the title's ids, the
    ``poster_path`` last, then by path. Links that lead out of the folder are not followed.

    Args:
        folder: where the pictures are.
        namespace: what a bare number is an id of.
        limit: bytes of the largest picture that is read.

    Attributes:
        tally: what the last reading found.
    """

    def __init__(self, folder: Path, *, namespace: str = "tmdb", limit: int = MAX_BYTES) -> None:
        self._folder = folder
        self._namespace = namespace
        self._limit = limit
        self.tally = Tally()

    @property
    def name(self) -> str:
        """The folder, as the caller named it."""
        return str(self._folder)

    @property
    def unused(self) -> int:
        """Pictures that fitted no title of those last asked for."""
        return self.tally.unused

    def posters(self, titles: Sequence[Title]) -> Iterator[tuple[int, bytes | Reject]]:
        """Yield the poster, or what was wrong with all of its files, of each title that has any.

        In the order of the titles; each file is read when its title's turn comes.

        Raises:
            SourceError: the folder or one in it cannot be listed, or there is no picture.
        """
        self.tally = tally = Tally()
        root = self._folder.resolve()
        for position, paths in sorted(self._files_of(titles).items()):
            reject: Reject | None = None
            for tried, path in enumerate(paths, start=1):
                got = self._read(path, root)
                if isinstance(got, bytes):
                    tally.found += 1
                    tally.repeated += len(paths) - tried
                    yield position, got
                    break
                reject = reject or got
            else:
                assert reject is not None  # noqa: S101 -- no title is listed without a file
                tally.rejected += 1
                yield position, reject

    def _files_of(self, titles: Sequence[Title]) -> dict[int, list[str]]:
        """Return the files of each title that has any, the one to take first."""
        owners = Owners(titles, self._namespace)
        found: dict[int, list[tuple[int, str]]] = {}
        pictures = 0
        for path in self._walk():
            name = PurePosixPath(path)
            if name.suffix.lower() not in EXTENSIONS:
                self.tally.other += 1
                continue
            pictures += 1
            owned = owners.of_name(name.stem)
            self.tally.unused += not owned
            for position, rank in owned:
                found.setdefault(position, []).append((rank, path))
        if not pictures:
            raise SourceError(
                "The folder holds no pictures",
                where=str(self._folder),
                cure="Put pictures into it, each named by the id of its title, as in 603.jpg",
            )
        return {position: [path for _, path in sorted(files)] for position, files in found.items()}

    def _walk(self) -> Iterator[str]:
        """Yield the paths of all files, relative to the folder, with slashes; hidden ones not."""
        for folder, below, files in os.walk(self._folder, onerror=_unlisted):
            below[:] = sorted(name for name in below if not name.startswith("."))
            inside = Path(folder).relative_to(self._folder)
            for name in files:
                if not name.startswith("."):
                    yield (inside / name).as_posix()

    def _read(self, relative: str, root: Path) -> bytes | Reject:
        path = self._folder / relative
        try:
            real = path.resolve(strict=True)
            if not real.is_relative_to(root):
                return _reject(
                    path, "the link leads out of the folder", "Put the picture itself there"
                )
            if not stat.S_ISREG(real.stat().st_mode):
                return _reject(path, "it is no ordinary file", "Put a picture there")
            with real.open("rb") as stream:
                data = stream.read(self._limit + 1)
        except (OSError, RuntimeError) as error:  # a link to itself is a RuntimeError
            why = getattr(error, "strerror", None) or error
            return _reject(
                path, f"the file cannot be read: {why}", "Check the file and its permissions"
            )
        if len(data) > self._limit:
            return _reject(
                path,
                f"the file has more than {self._limit:,} bytes",
                "Make the picture smaller; 500 pixels across are plenty",
            )
        return data


def _unlisted(error: OSError) -> None:
    raise SourceError(
        "A folder of posters cannot be listed",
        where=f"{error.filename}: {error.strerror or error}",
        cure="Check that it is there, and its permissions",
    ) from error


def _reject(path: Path, reason: str, cure: str) -> Reject:
    return Reject(str(path), 1, "", path.name[:200], reason, cure)

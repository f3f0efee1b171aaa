"""What a place must be able to do that a library is shared by, and how far a transfer has come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matinee.library.manifest import FileRecord, Manifest
    from matinee.library.sharing.effort import Effort

SMALL = 16 << 20
"""Bytes of the largest ``CURRENT`` or manifest that is read: 100,000 files are listed in less."""


Progress: TypeAlias = Callable[[int, int], None]
"""Is told the bytes that are across or were there before, and of all files."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a push did.

    Attributes:
        version: that the place points to now.
        files: that were sent, without manifest and pointer.
        bytes: of these.
        kept: files that were there already.
    """

    version: str
    files: int
    bytes: int
    kept: int


class Tally:
    """Counts bytes of several files at once, and tells of them one after the other.

    Args:
        files: of the version.
        progress: is told; never from two threads at once.
    """

    def __init__(self, files: Mapping[str, FileRecord], progress: Progress | None) -> None:
        self._sizes = {name: record.bytes for name, record in files.items()}
        self._done = dict.fromkeys(files, 0)
        self._total = sum(self._sizes.values())
        self._progress = progress
        self._across: int | None = None
        self._lock = threading.Lock()

    def at(self, name: str, done: int) -> None:
        """Note that so many bytes of a file are across."""
        with self._lock:
            if self._progress is None:
                return
            if self._across is None:
                self._progress(0, self._total)  # it begins
            self._done[name] = min(done, self._sizes[name])
            across = sum(self._done.values())
            if across != self._across:
                self._progress(across, self._total)
            self._across = across


class Place(Protocol):
    """A folder somewhere else, with the layout of a library. Paths in it are relative, POSIX.

    Attributes:
        shown: its address as it may be shown: without a password.
        effort: how patiently it is asked.
        at_once: how many files may be under way at a time.
    """

    shown: str
    effort: Effort
    at_once: int

    def where(self, path: str) -> str:
        """Return the address of a file as it may be shown."""

    def read(self, path: str) -> bytes | None:
        """Return a small file, None if there is none.

        Raises:
            LibraryError: it cannot be read.
            LibraryCorruptError: it has more than :data:`SMALL` bytes.
        """

    def fetch(self, path: str, part: Path, record: FileRecord, told: Callable[[int], None]) -> None:
        """Bring a file here, going on from what ``part`` holds of it; its hash is not looked at.

        Args:
            path: of the file there.
            part: file here, in a folder that exists.
            record: what the file must be.
            told: is given the bytes that ``part`` holds.

        Raises:
            FileNotFoundError: it is not there.
            LibraryCorruptError: it has another size than ``record`` says.
            LibraryError: it cannot be read, or not be written here.
        """

    def send(self, folder: Path, made: Manifest, *, check: bool, tally: Tally) -> Sent:
        """Bring a version there, and make it the one that is meant.

        Args:
            folder: of the version here.
            made: its manifest.
            check: read what is there already, and send again what differs.
            tally: is told how far it has come.

        Raises:
            ConflictError: another version of that name is there.
            LibraryCorruptError: a file here is not what its manifest says.
            LibraryError: the place cannot be reached, or refuses.
        """

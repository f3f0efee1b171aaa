"""Posters kept on the disk as they are shown, and notes of those that could not be had.

A file says by the time of its last change until when it holds, and by the time of its last reading
whether anybody looks at it: the bound takes away what was looked at longest ago. Workers share the
folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matinee.ingest.asking.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PICTURE, _ABSENCE = ".webp", ".none"
_BLOCK = 4096
"""Bytes a disk gives a file at least, notes of a single digit too."""
_READ_SECONDS = 86_400.0
"""How exactly it is known when a poster was last looked at: a write for each look is too much."""
_LEFT = 0.9
"""What is left of the bound when it was passed: else each further poster would pass it."""
_REMEMBERED = 50_000
"""Digests a worker remembers; each takes some 200 bytes."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A note that there is no poster to show.

    Attributes:
        failures: times in a row that it could not be had; 0 where there is none.
        until: when it may be asked for again, in seconds since 1970.
    """

    failures: int
    until: float


@dataclass(slots=True)
class KeptArt:
    """Posters in a folder; thread-safe. Keys are hexadecimal and of one length.

    Attributes:
        folder: made when something is kept.
        most_bytes: of everything in it.
        clock: tells the time in seconds since 1970, as files have it.
    """

    folder: Path
    most_bytes: int
    clock: Callable[[], float] = time.time
    _digests: dict[str, tuple[tuple[int, int, int], str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return a poster and the digest of its bytes; None if there is none, or it is damaged."""
        path = self._path(key, _PICTURE)
        try:
            data = path.read_bytes()
            found = path.stat()
        except OSError:
            return None
        if not _is_whole(data):
            # After a power cut it may be cut short.
            path.unlink(missing_ok=True)
            return None
        now = self.clock()
        if found.st_atime < now - _READ_SECONDS:
            with contextlib.suppress(OSError):
                os.utime(path, (now, found.st_mtime))
        return data, digest_of(data)

    def digest(self, key: str) -> str | None:
        """Return the digest of a poster; None if there is none. It is read once."""
        try:
            found = self._path(key, _PICTURE).stat()
        except OSError:
            return None
        state = (found.st_ino, found.st_mtime_ns, found.st_size)
        known = self._digests.get(key)
        if known is not None and known[0] == state:
            return known[1]
        held = self.read(key)
        if held is None:
            return None
        with self._lock:
            if len(self._digests) >= _REMEMBERED:
                self._digests.clear()
            self._digests[key] = (state, held[1])
        return held[1]

    def is_due(self, key: str) -> bool:
        """Tell whether a poster is to be asked for: never was, or what is known holds no more."""
        return self.until(key) <= self.clock()

    def until(self, key: str) -> float:
        """Return until when what is known of a poster holds; 0 where nothing is."""
        for suffix in (_PICTURE, _ABSENCE):
            with contextlib.suppress(OSError):
                return self._path(key, suffix).stat().st_mtime
        return 0.0

    def absence(self, key: str) -> Absence | None:
        """Return the note that there is no poster; None if there is no note."""
        path = self._path(key, _ABSENCE)
        try:
            return Absence(int(path.read_text("ascii") or 0), path.stat().st_mtime)
        except (OSError, ValueError):
            return None

    def keep(self, key: str, data: bytes, until: float) -> None:
        """Keep a poster.

        Raises:
            SourceError: the folder cannot be written, or its disk is full.
        """
        self._keep(key, _PICTURE, data, until)
        self._path(key, _ABSENCE).unlink(missing_ok=True)

    def keep_absence(self, key: str, absence: Absence) -> None:
        """Note that there is no poster.

        Raises:
            SourceError: the folder cannot be written, or its disk is full.
        """
        self._keep(key, _ABSENCE, str(absence.failures).encode(), absence.until)

    def prolong(self, key: str, until: float) -> bool:
        """Let a poster hold until then; return whether there is one."""
        path = self._path(key, _PICTURE)
        try:
            os.utime(path, (path.stat().st_atime, until))
        except OSError:
            return False
        return True

    def drop(self, key: str) -> None:
        """Forget a poster."""
        with contextlib.suppress(OSError):
            self._path(key, _PICTURE).unlink(missing_ok=True)

    def trim(self) -> None:
        """Delete what was looked at longest ago, if the folder is larger than it may be."""
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        if total <= self.most_bytes:
            return
        for _, size, path in files:
            if total <= self.most_bytes * _LEFT:
                break
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            total -= size

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until no other worker asks for posters, and keep them from it until the block ends.

        Raises:
            OSError: the folder cannot be written.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / ".lock").open("wb") as stream:
            try:
                import fcntl
            except ImportError:  # Windows: two workers may ask for the same poster there
                pass
            else:
                fcntl.flock(stream, fcntl.LOCK_EX)  # goes when the file is closed
            yield

    def _keep(self, key: str, suffix: str, data: bytes, until: float) -> None:
        Kept(self.folder, "posters that are shown").keep(_inside(key, suffix), data)
        with contextlib.suppress(OSError):  # another worker's bound may have been quicker
            os.utime(self._path(key, suffix), (self.clock(), until))

    def _path(self, key: str, suffix: str) -> Path:
        return self.folder / _inside(key, suffix)

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """Yield when each file was last looked at, the bytes it takes and where it is."""
        for suffix in (_PICTURE, _ABSENCE):
            for path in self.folder.glob(f"[0-9a-f][0-9a-f]/*{suffix}"):
                with contextlib.suppress(OSError):
                    found = path.stat()
                    yield found.st_atime, -(-found.st_size // _BLOCK) * _BLOCK, path


def digest_of(data: bytes) -> str:
    """Return what tells one poster's bytes from another's."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def _inside(key: str, suffix: str) -> str:
    return f"{key[:2]}/{key}{suffix}"


def _is_whole(data: bytes) -> bool:
    """Tell whether these are all the bytes of a WebP, which says how many it has."""
    return data[:4] == b"RIFF" and len(data) == 8 + int.from_bytes(data[4:8], "little")

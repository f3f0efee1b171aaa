"""Small copies of the pictures people search by, kept for an hour so that an address restores them.

A copy is what the search needs and no more: drawn anew from the pixels, so that nothing the file
said besides them is left (where it was taken, by whom), and small. Its name is random and long
enough that nobody guesses it; whoever was given the address of a search sees its picture too.
"""

from __future__ import annotations

import contextlib
import errno
import io
import math
import os
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matinee.errors import PictureError, StoreFullError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from matinee.types import Picture

SWEEP_SECONDS = 600.0
"""How often it is looked for copies that are too old."""
SECONDS = 3_600.0
"""How long a copy is kept: one evening's search, and no archive."""
MOST = 500
"""Copies kept at once, of all workers."""
MOST_BYTES = 64 * 1024 * 1024
"""Of all copies; a copy has some 100 kB."""
SIDE = 768
"""Pixels of the longer side; models look at 224, and a screen shows the copy as a thumbnail."""
_LEAST = 32
"""Pixels of the shorter side: a long narrow picture must not become too small to be read again."""
QUALITY = 90
"""Of JPEG: what a signature or a model sees of it no longer differs from the original."""
_NAME = re.compile(r"[0-9a-f]{32}\Z")
_NAME_BYTES = 16
"""128 bits."""
_SUFFIX = ".jpg"
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class KeptPictures:
    """Copies of pictures in a folder that the workers share; thread-safe.

    Attributes:
        folder: made when it is first needed, for the owner alone.
        seconds: how long a copy is kept.
        most: copies kept at once; the oldest go first.
        most_bytes: of them.
        clock: tells the time in seconds since 1970, as files have it.
    """

    folder: Path
    seconds: float = SECONDS
    most: int = MOST
    most_bytes: int = MOST_BYTES
    clock: Callable[[], float] = time.time
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def keep(self, picture: Picture) -> str:
        """Keep a copy of a picture and return its name. May block.

        Raises:
            StoreFullError: the disk is full.
            StoreUnavailableError: the folder cannot be written.
        """
        data = small_copy(picture)
        name = secrets.token_hex(_NAME_BYTES)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The parents may be shared; this one never is, whoever made it.
            self.folder.chmod(0o700)
            with self._lock:
                self._sweep(count=1, room=len(data))
            self._write(name, data)
        except OSError as error:
            kind = StoreFullError if error.errno in _FULL else StoreUnavailableError
            raise kind(
                "The picture cannot be kept", cure="Ask whoever runs the server to see to its cache"
            ) from error
        return name

    def get(self, name: str) -> bytes | None:
        """Return the copy of that name, a JPEG; None where there is none any more."""
        if not is_name(name):
            return None
        path = self.folder / (name + _SUFFIX)
        try:
            if path.stat().st_mtime + self.seconds < self.clock():
                return None
            return path.read_bytes()
        except OSError:
            return None

    def sweep(self) -> None:
        """Delete what is too old, so that it is gone though nobody asks for it. May block."""
        with contextlib.suppress(OSError), self._lock:
            self._sweep()

    def _write(self, name: str, data: bytes) -> None:
        path = self.folder / (name + _SUFFIX)
        # Nobody knows the name before it is whole, so it needs no other one to begin with.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.utime(path, (self.clock(), self.clock()))
        except OSError:
            path.unlink(missing_ok=True)
            raise

    def _sweep(self, count: int = 0, room: int = 0) -> None:
        """Delete what is too old, and the oldest of what is too much; another worker may, too.

        Args:
            count: copies that are to be added.
            room: bytes of them.
        """
        kept = sorted(self._files())
        count, total = len(kept) + count, sum(size for _, size, _ in kept) + room
        gone = self.clock() - self.seconds
        for made, size, path in kept:
            if made >= gone and count <= self.most and total <= self.most_bytes:
                break
            path.unlink(missing_ok=True)
            count, total = count - 1, total - size

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """Yield when each copy was made, its bytes and where it is."""
        for path in self.folder.iterdir():
            if path.suffix == _SUFFIX and is_name(path.stem):
                with contextlib.suppress(FileNotFoundError):
                    found = path.stat()
                    yield found.st_mtime, found.st_size, path


def is_name(text: str) -> bool:
    """Tell whether a text looks like the name of a copy.

    >>> is_name("0f" * 16), is_name("../" + "0f" * 16), is_name("0F" * 16)
    (True, False, False)
    """
    return _NAME.match(text) is not None


def gone() -> PictureError:
    """Return the error that a copy is no longer there."""
    return PictureError("The picture is no longer kept", cure="Give it again")


def small_copy(picture: Picture) -> bytes:
    """Return a picture as a small JPEG that says nothing but its pixels."""
    from PIL import Image

    image = Image.fromarray(picture.pixels)
    scale = max(SIDE / max(image.size), _LEAST / min(image.size))
    if scale < 1:
        # Upwards: a picture as narrow as one may be must not become narrower still.
        size = tuple(math.ceil(side * scale - 1e-6) for side in image.size)
        image = image.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()

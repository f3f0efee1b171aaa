"""A folder that fsspec can reach: a disk, S3, Google's or Azure's storage, SFTP, memory."""

from __future__ import annotations

import contextlib
import hashlib
import io
from typing import TYPE_CHECKING, Any

from matinee.errors import LibraryCorruptError, LibraryError
from matinee.library.sharing import sending
from matinee.library.sharing.place import SMALL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fsspec import AbstractFileSystem

    from matinee.library.manifest import FileRecord, Manifest
    from matinee.library.sharing.effort import Effort
    from matinee.library.sharing.place import Sent, Tally

_PIECE = 8 << 20
"""Bytes of one ranged read: large enough that a request's own time does not count, small enough
that four of them at a time do not matter."""
_PLAIN: dict[str, Any] = {"block_size": _PIECE, "cache_type": "none"}
"""A file is read once, from front to back: read nothing ahead, keep nothing."""
_OBJECTS = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oci", "oss", "memory"})
"""Storage in which a write appears whole or not at all; elsewhere a file is written beside and
renamed. It has no folders either, and making one could make a bucket."""
_SHARED = frozenset({"file", "local", "memory", "hf"})
"""Besides the asynchronous ones, file systems that several threads may use at once. A connection of
SFTP does not promise to be one."""


class Storage:
    """A :class:`~matinee.library.sharing.place.Place` on a file system of fsspec.

    Args:
        fs: the file system.
        root: path of the folder in it.
        shown: the address without a password.
        effort: how patiently it is asked.
    """

    def __init__(self, fs: AbstractFileSystem, root: str, shown: str, effort: Effort) -> None:
        self._fs = fs
        self._root = root.rstrip("/")
        self.shown = shown.rstrip("/")
        self.effort = effort
        protocols = {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)
        self._objects = bool(protocols & _OBJECTS)
        many = fs.async_impl or bool(protocols & _SHARED)
        self.at_once = effort.patience.connections if many else 1
        # What a file system remembers of an earlier look may be old.
        fs.invalidate_cache()

    def where(self, path: str) -> str:
        """Return the address of a file as it may be shown."""
        return f"{self.shown}/{path}"

    def read(self, path: str) -> bytes | None:
        """Return a small file, None if there is none."""

        def work() -> bytes:
            with self._fs.open(self._at(path), "rb", **_PLAIN) as stream:
                return bytes(stream.read(SMALL + 1))

        try:
            raw = self.effort.call(self.where(path), work)
        except FileNotFoundError:
            return None
        if len(raw) > SMALL:
            raise LibraryCorruptError(
                f"A file that should be small has more than {SMALL:,} bytes",
                where=self.where(path),
                cure="Check the address; nothing was taken from there",
            )
        return raw

    def fetch(self, path: str, part: Path, record: FileRecord, told: Callable[[int], None]) -> None:
        """Bring a file here, going on from what ``part`` holds of it."""
        where = self.where(path)
        found = self.effort.call(where, lambda: self._fs.info(self._at(path)).get("size"))
        if found is not None and found != record.bytes:
            raise LibraryCorruptError(
                f"A file has {found} bytes instead of {record.bytes} with SHA-256 {record.sha256}",
                where=where,
                cure="Push the library again from where it was built",
            )
        tried = 0
        with _disk(part):
            part.touch()
        while (before := part.stat().st_size) != record.bytes:
            try:
                self._go_on(path, part, record.bytes, told)
            except (FileNotFoundError, LibraryError):
                raise
            except Exception as error:  # noqa: BLE001 -- each kind of storage has its own
                tried = 1 if part.stat().st_size > before else tried + 1
                self.effort.after(error, tried, where)

    def _go_on(self, path: str, part: Path, size: int, told: Callable[[int], None]) -> None:
        """Append to ``part`` until it has ``size`` bytes."""
        with _disk(part):
            out = part.open("ab")
        with out, self._fs.open(self._at(path), "rb", **_PLAIN) as stream:
            start = out.tell()
            if start > size:
                out.truncate(start := 0)
            try:
                stream.seek(start)
            except (NotImplementedError, ValueError, io.UnsupportedOperation):
                out.truncate(start := 0)  # it gives files from their beginning only
            while start < size:
                self.effort.check(self.where(path))
                piece = stream.read(min(_PIECE, size - start))
                if not piece:
                    raise EOFError(f"the file ended after {start:,} of {size:,} bytes")
                if start + len(piece) > size:
                    raise ValueError("it sends more of a file than it is asked for")
                with _disk(part):
                    out.write(piece)
                    out.flush()
                start += len(piece)
                told(start)

    def send(self, folder: Path, made: Manifest, *, check: bool, tally: Tally) -> Sent:
        """Bring a version there: its files, then its manifest, last the pointer."""
        return sending.send(self, folder, made, check=check, tally=tally)

    def put(self, local: Path, path: str, told: Callable[[int], None]) -> None:
        """Write a file there; a reader may see a part of it.

        Raises:
            LibraryError: there is no such place, or it refuses.
        """
        from fsspec.callbacks import Callback

        callback = Callback(hooks={"told": lambda _size, value, **_: told(value)})
        target = self._at(path)

        def work() -> None:
            self._make_folder(target)
            self._fs.put_file(str(local), target, callback=callback)

        self._writing(path, work)

    def write(self, path: str, raw: bytes) -> None:
        """Write a small file so that a reader sees the old one or the new one, never a part.

        Raises:
            LibraryError: there is no such place, or it refuses.
        """
        target = self._at(path)

        def work() -> None:
            if self._objects:
                self._fs.pipe_file(target, raw)
                return
            self._make_folder(target)
            self._fs.pipe_file(f"{target}.new", raw)
            self._fs.mv(f"{target}.new", target)

        self._writing(path, work)

    def _writing(self, path: str, work: Callable[[], None]) -> None:
        try:
            self.effort.call(self.where(path), work)
        except FileNotFoundError:
            raise LibraryError(
                "There is no such place to write to",
                where=self.shown,
                cure="Make the bucket or container first, and check its name",
            ) from None

    def _make_folder(self, target: str) -> None:
        if not self._objects:
            self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the bytes of every file below a folder by its path in that; none if it is not."""

        def work() -> dict[str, Any]:
            self._fs.invalidate_cache()
            found: dict[str, Any] = self._fs.find(self._at(folder), detail=True)
            return found

        try:
            found = self.effort.call(self.where(folder), work)
        except FileNotFoundError:
            return {}
        start = len(self._at(folder)) + 1
        return {path[start:]: info["size"] for path, info in found.items()}

    def hash(self, path: str) -> str:
        """Return the SHA-256 of a file there, all of it read."""

        def work() -> str:
            digest = hashlib.sha256()
            with self._fs.open(self._at(path), "rb", **_PLAIN) as stream:
                while piece := stream.read(_PIECE):
                    digest.update(piece)
            return digest.hexdigest()

        return self.effort.call(self.where(path), work)

    def remove(self, path: str) -> None:
        """Delete a file; one that is not there is no error."""
        with contextlib.suppress(FileNotFoundError):
            self.effort.call(self.where(path), lambda: self._fs.rm(self._at(path)))

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"


@contextlib.contextmanager
def _disk(part: Path) -> Iterator[None]:
    """Say of errors of the disk here that they are that, lest the place there be tried again."""
    try:
        yield
    except OSError as error:
        raise LibraryError(
            f"A file cannot be written here: {error.strerror or error}",
            where=str(part),
            cure="Make room or give write access there; what was brought is kept",
        ) from error

"""A file that is only appended to, so that a run that is killed goes on from it; whole files."""

from __future__ import annotations

import datetime as dt
import json
import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeGuard

from filelock import FileLock, Timeout

from matinee.errors import ConflictError, SourceError
from matinee.ingest.tmdbapi.shapes import to_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import IO

FORMAT = 1
"""Version of the file; another one is not read."""


class Appended(ABC):
    """A file of lines that is only appended to, and nobody else's meanwhile; a context manager.

    Args:
        path: the file; it is made where it is not there.
        head: what its first line says of what is downloaded.
        begun: the day, should it begin now; UTC's, unless told.
        restart: whether what is there already is thrown away.

    Attributes:
        begun: the day on which the download began that is kept there; None if it does not say.
        kept_since: that day in words, if this goes on with it; None if it begins anew.
        torn: what was lost of it, where more was lost than what was half written; None otherwise.

    Raises:
        ConflictError: the file is of another download, or of none, or another process has it.
        SourceError: it cannot be written or read.
    """

    closing: ClassVar[bytes]
    """How a line begins that closes a block. Where one comes after a damaged line, more was lost
    than what was half written."""

    def __init__(
        self,
        path: Path,
        head: Mapping[str, Any],
        *,
        begun: dt.date | None = None,
        restart: bool = False,
    ) -> None:
        self.path = path
        self.begun: dt.date | None = begun or dt.datetime.now(dt.UTC).date()
        self.kept_since: str | None = None
        self.torn: str | None = None
        self._head = {"format": FORMAT, **head}
        self._lock_path = path.with_name(path.name + ".lock")
        self._lock = FileLock(self._lock_path)
        self._take()
        try:
            if restart or not path.exists():
                told = {**self._head, "begun": self.begun.isoformat()}
                write_whole(path, [to_line(told) + b"\n"])
            else:
                self._recover()
            self._file = path.open("r+b", buffering=0)
            self._end = self._file.seek(0, os.SEEK_END)
        except OSError as error:
            self._let_go()
            raise unusable(path, error) from error
        except BaseException:
            self._let_go()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._is_empty():  # nothing is lost, and no file left behind
            self.path.unlink(missing_ok=True)
        self._let_go()

    def remove(self) -> None:
        """Delete the file, once what is in it was written elsewhere."""
        self._file.close()
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise unusable(self.path, error) from error

    @abstractmethod
    def _is_empty(self) -> bool:
        """Tell whether nothing is kept yet."""

    @abstractmethod
    def _take_up(self, found: dict[str, Any], offset: int, length: int) -> bool:
        """Take up a line that is there already; return whether all is whole up to its end.

        Raises:
            KeyError, TypeError, ValueError: it is damaged.
        """

    def _take(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
        except OSError as error:  # a Timeout is one too
            if not isinstance(error, Timeout):
                raise unusable(self.path, error) from error
            raise ConflictError(
                "Another process downloads into this file",
                where=str(self.path),
                cure="Wait for it, or give another file: --out",
            ) from error

    def _let_go(self) -> None:
        if os.name != "nt":
            # While it is held: who is about to take it notices that its file is gone. Windows
            # deletes it by itself.
            self._lock_path.unlink(missing_ok=True)
        self._lock.release()

    def _recover(self) -> None:
        """Read what is there, and cut off what was half written."""
        with self.path.open("r+b") as file:
            head = file.readline()
            self._check(head)
            whole = offset = len(head)
            for number, line in enumerate(file, 2):
                try:
                    if self._take_up(_object(line), offset, len(line)):
                        whole = offset + len(line)
                except (KeyError, TypeError, ValueError, RecursionError):
                    if any(rest.startswith(self.closing) for rest in file):
                        self.torn = f"line {number} and what follows it"
                    break
                offset += len(line)
            file.truncate(whole)
            file.flush()
            os.fsync(file.fileno())

    def _check(self, head: bytes) -> None:
        try:
            found = _object(head)
        except (ValueError, RecursionError):
            found = {}
        if found.get("matinee") != self._head["matinee"] or found.get("format") != FORMAT:
            said = found.get("matinee")
            begun = f": of {said:.40}, not of {self._head['matinee']}" if _is_ours(said) else ""
            raise ConflictError(
                "This file is no unfinished download of this version and command",
                where=f"{self.path}{begun}",
                cure="Finish what was begun there, move the file away, or give another: --out",
            )
        told = {name: value for name, value in found.items() if name in self._head}
        if told != self._head:
            other = next(name for name in self._head if told.get(name) != self._head[name])
            raise ConflictError(
                "An unfinished download of something else is kept there",
                where=f"{self.path}: {other} is {told.get(other)!r:.60}, "
                f"now asked for: {self._head[other]!r:.60}",
                cure="Finish it with the options it was begun with, or throw it away: --restart",
            )
        try:
            self.begun = dt.date.fromisoformat(found["begun"])
        except (KeyError, TypeError, ValueError):
            self.begun = None
        self.kept_since = self.begun.isoformat() if self.begun else "an unknown day"

    def _append(self, data: bytes, *, flush: bool = False) -> None:
        try:
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]
            if flush:
                os.fsync(self._file.fileno())
        except OSError as error:
            raise unusable(self.path, error) from error
        self._end += len(data)


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut.

    Args:
        path: where to; a file that is there already stays until then.
        pieces: bytes.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    part = path.with_name(path.name + ".new")
    try:
        with part.open("wb") as file:
            _write_all(file, pieces)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    if os.name != "nt":  # Windows cannot open a folder for this
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _write_all(file: IO[bytes], pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        file.write(piece)
    file.flush()
    os.fsync(file.fileno())


def unusable(path: Path, error: OSError) -> SourceError:
    """Return what to raise where a file of a download cannot be written or read."""
    return SourceError(
        "What is downloaded cannot be kept or read",
        where=f"{error.filename or path}: {error.strerror or error}",
        cure="Free some room there, check its permissions, or give another file: --out",
    )


def _object(line: bytes) -> dict[str, Any]:
    found = json.loads(line)
    # A line whose end is missing may be a shorter number or the like of what it should be.
    if not isinstance(found, dict) or not line.endswith(b"\n"):
        raise ValueError("the line is cut short")
    return found


def _is_ours(said: object) -> TypeGuard[str]:
    return isinstance(said, str) and said.startswith("tmdb ")

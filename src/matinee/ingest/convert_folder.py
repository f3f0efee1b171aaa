"""A folder that is written beside its place and then takes it, in one step."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from matinee.errors import ConflictError, SourceError

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator
    from pathlib import Path

_AT_FDCWD = -100
_EXCHANGE = 2  # RENAME_EXCHANGE of linux/fs.h
_SWAP = 2  # RENAME_SWAP of macOS's stdio.h


@contextmanager
def replaced(folder: Path, ours: re.Pattern[str], mark: str) -> Iterator[tuple[Path, Path]]:
    """Give a new folder and one for temporary files; at the end the new one becomes ``folder``.

    On Linux and macOS an old folder and the new one change places at once. Elsewhere the old one
    is moved away first; a run that is killed between the two leaves it to the next, which moves it
    back before anything else.

    Args:
        folder: what is replaced.
        ours: what paths within a folder that may be replaced look like.
        mark: the file without which a folder that is not empty may not be replaced.

    Raises:
        ConflictError: the folder holds something else, or another process is writing it.
        SourceError: the disk refused.
    """
    try:
        with _working(folder) as work:
            _refuse_others(folder, ours, mark)
            new, temporary = work / "new", work / "temporary"
            new.mkdir()
            temporary.mkdir()
            yield new, temporary
            _put(new, folder, work / "old")
    except OSError as error:
        raise SourceError(
            f"the folder cannot be written: {error.strerror or error}",
            where=str(error.filename or folder),
            cure="Make room or give write access there, then run the command again",
        ) from error


@contextmanager
def _working(folder: Path) -> Iterator[Path]:
    """Hold the right to write ``folder``; give an empty folder beside it, and remove it."""
    work = folder.parent / f".{folder.name}.converting"
    work.mkdir(parents=True, exist_ok=True)
    guard = FileLock(work / "lock")
    try:
        guard.acquire(timeout=0)
    except Timeout:
        raise ConflictError(
            "another conversion is writing this folder",
            where=str(folder),
            cure="Wait for it to finish, or stop it, and run the command again",
        ) from None
    try:
        if (work / "old").is_dir() and not folder.exists():
            (work / "old").rename(folder)
        for left in ("new", "temporary", "old"):
            shutil.rmtree(work / left, ignore_errors=True)
        yield work
    finally:
        guard.release()
        shutil.rmtree(work, ignore_errors=True)


def _refuse_others(folder: Path, ours: re.Pattern[str], mark: str) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ConflictError(
            "this is not a folder", where=str(folder), cure="Give a folder, or a new name"
        )
    if not folder.exists():
        return
    inside = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir())
    other = next((name for name in inside if not ours.fullmatch(name)), None)
    if other is None and inside and mark not in inside:
        other = inside[0]
    if other is not None:
        raise ConflictError(
            "the folder holds something other than a converted catalogue",
            where=f"{folder}, {other}",
            cure="Give another folder, or a new name",
        )


def _put(new: Path, folder: Path, old: Path) -> None:
    if not folder.exists():
        new.rename(folder)
    elif not _exchanged(new, folder):
        folder.rename(old)
        new.rename(folder)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two folders change places, in one step; tell whether system and disk can."""
    names = os.fsencode(one), os.fsencode(other)
    # Not sys.platform: the type checker would call what is for another system unreachable.
    system = platform.system()
    try:
        if system == "Linux":
            call = ctypes.CDLL(None).renameat2
            return bool(call(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _EXCHANGE) == 0)
        if system == "Darwin":
            return bool(ctypes.CDLL(None).renamex_np(*names, _SWAP) == 0)
    except AttributeError:  # an old C library
        return False
    return False

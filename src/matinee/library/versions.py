"""Versions of a library: finding the live one, publishing a new one, clearing away the old."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from matinee.errors import LibraryBusyError, LibraryCorruptError, LibraryNotFoundError
from matinee.library import manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CURRENT = "CURRENT"
BUILDING = ".building"
KEEP = 2
"""The live version and the one before it, to return to; older ones only cost disk."""

_NAME = re.compile(r"v\d{4,9}")


def names(root: Path) -> list[str]:
    """Return the names of all published versions, oldest first."""
    if not root.is_dir():
        return []
    found = [p.name for p in root.iterdir() if _NAME.fullmatch(p.name) and p.is_dir()]
    return sorted(found, key=lambda name: int(name[1:]))


def exists(root: Path) -> bool:
    """Tell whether ``root`` holds a published library."""
    return (root / CURRENT).is_file()


def current(root: Path) -> Path:
    """Return the folder of the live version.

    Raises:
        LibraryNotFoundError: there is no library at ``root``.
        LibraryCorruptError: the pointer names no version that is there.
    """
    pointer = root / CURRENT
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        raise LibraryNotFoundError(
            "There is no library here",
            where=str(root),
            cure="Build one with: matinee build CATALOGUE --library PATH",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryCorruptError(
            f"The pointer to the live version cannot be read: {error}",
            where=str(pointer),
            cure="Write the name of a version folder into it, such as v0001",
        ) from error
    # The pattern also keeps a damaged or hostile pointer from leaving the folder.
    if not _NAME.fullmatch(name) or not (root / name).is_dir():
        there = ", ".join(names(root)) or "none"
        raise LibraryCorruptError(
            f"The pointer names {name[:40]!r}, which is no version here; there: {there}",
            where=str(pointer),
            cure="Write the name of a version folder into it, or build again",
        )
    return root / name


@contextmanager
def lock(root: Path) -> Iterator[None]:
    """Hold the right to build in ``root``; the operating system frees it if the process dies.

    Raises:
        LibraryBusyError: another process holds it.
    """
    root.mkdir(parents=True, exist_ok=True)
    guard = FileLock(root / ".lock")
    try:
        guard.acquire(timeout=0)
    except Timeout:
        raise LibraryBusyError(
            "Another build is writing this library",
            where=str(root),
            cure="Wait for it to finish, or stop it, and run the command again",
        ) from None
    try:
        yield
    finally:
        guard.release()


def next_name(root: Path) -> str:
    """Return the name the next version shall have."""
    last = max((int(name[1:]) for name in names(root)), default=0)
    return f"v{last + 1:04d}"


def publish(root: Path, staged: Path, name: str) -> Path:
    """Make a finished folder the live version, in one step that a crash cannot tear.

    The folder's files are flushed to disk, it is renamed to ``name``, and only then is the pointer
    replaced: until that instant every reader sees the old version, from it on the new one.
    """
    for path in sorted(staged.rglob("*")):
        _fsync(path)
    _fsync(staged)
    target = root / name
    staged.rename(target)
    _fsync(root)
    point_to(root, name)
    return target


def point_to(root: Path, name: str) -> None:
    """Make an existing version the live one.

    Raises:
        LibraryNotFoundError: there is no such version.
    """
    manifest.read(root / name)
    temporary = root / f"{CURRENT}.new"
    temporary.write_text(name + "\n", encoding="utf-8")
    _fsync(temporary)
    temporary.replace(root / CURRENT)
    _fsync(root)


def prune(root: Path, *, keep: int = KEEP) -> list[str]:
    """Delete all but the newest ``keep`` versions, never the live one; return their names.

    A reader that still maps a deleted version keeps its pages until it closes them (POSIX).
    """
    live = current(root).name
    old = [name for name in names(root)[:-keep] if name != live]
    for name in old:
        shutil.rmtree(root / name)
    return old


def _fsync(path: Path) -> None:
    # Windows cannot open a folder for this; there the rename itself is what we have.
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

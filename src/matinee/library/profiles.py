"""Profiles: what the people of this machine did, one file of JSON lines a person.

A line is a deed (``{"title": "tmdb:603", "action": "rating", "rating": 5, "time": ...}``) or takes
back all that was said of a title (``{"title": "tmdb:603", "action": "remove"}``). Lines are only
ever added, each flushed to disk in one write: a process killed at any moment leaves at most one
torn line at the end, which the next one sets aside.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from matinee.errors import InputError, LibraryError, QueryError
from matinee.interaction import Action
from matinee.library.deeds import Deed, deed_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DEFAULT = "default"
"""Name of the profile where none is given."""
REMOVE = "remove"
TORN = ".torn"
"""Ending of the file beside a profile that keeps what was torn."""
_NAME = re.compile(r"[\w][\w.-]{0,63}")
_OPINIONS = frozenset((Action.RATING, Action.LIKE, Action.DISLIKE, Action.ABANDON))
"""Of these the latest counts alone; watching and hiding stand beside it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile says.

    Attributes:
        name: whose it is.
        deeds: what counts, oldest first; later opinions of a title have replaced earlier ones.
        torn: whether a torn line at the end was set aside or passed over.
    """

    name: str
    deeds: tuple[Deed, ...]
    torn: bool = False


class Profiles:
    """The profiles of a folder.

    Args:
        folder: is made when the first line is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """Return the names of all profiles, sorted."""
        return sorted(path.stem for path in self.folder.glob("*.jsonl"))

    def path(self, name: str) -> Path:
        """Return the file of a profile.

        Raises:
            QueryError: it is no name a file may have.
        """
        if not _NAME.fullmatch(name):
            raise QueryError(
                f"A profile cannot be named {name!r:.40}",
                cure="Use at most 64 letters, digits, hyphens and dots",
            )
        return self.folder / f"{name}.jsonl"

    def exists(self, name: str) -> bool:
        """Tell whether there is a profile of that name."""
        return bool(_NAME.fullmatch(name)) and self.path(name).is_file()

    def read(self, name: str) -> Profile:
        """Return what a profile says; one without a file says nothing.

        Raises:
            InputError: a line other than the last cannot be read.
        """
        path = self.path(name)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return Profile(name, ())
        except OSError as error:
            raise _unreadable(path, error) from error
        whole, _, rest = data.rpartition(b"\n")
        return Profile(name, _folded(path, whole.split(b"\n") if whole else []), bool(rest))

    def add(self, name: str, deeds: Iterable[Deed]) -> bool:
        """Add deeds to the end of a profile, all or none of them; they are on disk on return.

        Returns:
            Whether a torn line was found and set aside.

        Raises:
            LibraryError: the disk refused.
        """
        return self._append(name, [deed.to_dict() for deed in deeds])

    def remove(self, name: str, title: str, *, time: int) -> bool:
        """Take back all that was said of a title; see :meth:`add`."""
        return self._append(name, [{"title": title, "action": REMOVE, "time": time}])

    def _append(self, name: str, lines: list[dict[str, Any]]) -> bool:
        path = self.path(name)
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(path.with_suffix(".lock")):
                return _write(path, text.encode())
        except OSError as error:
            raise LibraryError(
                f"The profile cannot be written: {error.strerror or error}",
                where=str(path),
                cure="Make room or give write access there, then run the command again",
            ) from error


def _write(path: Path, data: bytes) -> bool:
    """Append to a file in one write and flush it; return whether a torn line was set aside."""
    is_new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(os.dup(handle), "rb") as stream:
            held = stream.read()
        end = held.rfind(b"\n") + 1
        if torn := held[end:]:
            with path.with_suffix(TORN).open("ab") as aside:
                aside.write(torn + b"\n")
            os.ftruncate(handle, end)
        os.lseek(handle, end, os.SEEK_SET)
        try:
            written = os.write(handle, data)
            if written != len(data):
                raise OSError("the disk took only part of it")
            os.fsync(handle)
        except OSError:
            # All or nothing: whoever repeats the command must not find half of it there.
            os.ftruncate(handle, end)
            raise
    finally:
        os.close(handle)
    if is_new and os.name != "nt":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return bool(torn)


def _folded(path: Path, lines: list[bytes]) -> tuple[Deed, ...]:
    kept: dict[tuple[str, str], Deed] = {}
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
            if values.get("action") == REMOVE:
                title = values["title"]
                kept = {key: deed for key, deed in kept.items() if key[0] != title}
                continue
            deed = deed_of(values)
        except (ValueError, KeyError, AttributeError, QueryError) as error:
            raise InputError(
                f"A line of the profile cannot be read: {error}",
                where=f"{path}, line {number}",
                cure="Mend or delete that line",
            ) from error
        key = (deed.title, "opinion" if deed.action in _OPINIONS else deed.action.name)
        kept.pop(key, None)
        kept[key] = deed
    return tuple(kept.values())


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"The profile cannot be read: {error.strerror or error}",
        where=str(path),
        cure="Give read access to that file",
    )

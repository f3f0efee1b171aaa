"""Bringing a version of a library to where others can pull it. Read :func:`push`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.errors import LibraryNotFoundError
from matinee.library import manifest, versions
from matinee.library.sharing.address import open_place
from matinee.library.sharing.effort import Patience
from matinee.library.sharing.place import Tally

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.library.sharing.place import Progress, Sent


def push(
    root: Path,
    target: str,
    *,
    version: str | None = None,
    check: bool = False,
    progress: Progress | None = None,
    patience: Patience | None = None,
    endpoint: str | None = None,
) -> Sent:
    """Bring a version to a place, from which others pull it.

    Only what the place lacks is sent. The manifest is written when all files are there, and the
    pointer last: whoever pulls meanwhile gets the version before, or this one, each whole. Stopped
    at any moment, the next push goes on. Nothing is deleted there.

    Args:
        root: folder of the library.
        target: a path or an address; see :mod:`matinee.library.sharing`.
        version: name of the version; None means the live one.
        check: read back what is there already, and send again what differs.
        progress: is told how far it has come.
        patience: how often and how long is tried.
        endpoint: address of the hub, for tests and mirrors; None means the usual one.

    Raises:
        InputError: the address cannot be used.
        ConflictError: the place has another version of that name.
        MissingExtraError: what reaches the place is not installed.
        LibraryNotFoundError: there is no library at ``root``, or no such version.
        LibraryCorruptError: a file here is damaged; naming it and both hashes.
        LibraryError: the place cannot be reached, or refuses.
    """
    folder = versions.current(root) if version is None else _named(root, version)
    made = manifest.read(folder)
    manifest.check(folder, made, full=False)
    place = open_place(target, patience or Patience(), endpoint=endpoint)
    return place.send(folder, made, check=check, tally=Tally(made.files, progress))


def _named(root: Path, version: str) -> Path:
    there = versions.names(root)
    if version not in there:
        raise LibraryNotFoundError(
            f"There is no version {version!r:.20} here; there: {', '.join(there) or 'none'}",
            where=str(root),
            cure="Give the name of one that is there",
        )
    return root / version

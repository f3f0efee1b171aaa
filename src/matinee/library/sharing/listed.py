"""The manifest of a version that somebody else wrote: nothing in it is trusted."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path, PurePosixPath

from matinee.errors import LibraryCorruptError, LibraryFormatError
from matinee.library import manifest

VERSION = re.compile(r"v\d{4,9}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# A backslash and a colon separate on Windows; control characters have no honest use in a name.
_BAD = re.compile(r"[\\:\x00-\x1f\x7f]")
_CURE = "Nothing was taken. Delete that manifest.json and push again from where it was built"


def read(raw: bytes, version: str, where: str) -> manifest.Manifest:
    """Return a manifest from its bytes, with every name a path within the folder.

    Args:
        raw: what ``manifest.json`` holds.
        version: that it must be the manifest of.
        where: it came from, for messages.

    Raises:
        LibraryFormatError: it was written in another format.
        LibraryCorruptError: it is no manifest, is one of another version, or lists a file that has
            no proper size and hash or leads out of the folder.
    """
    with tempfile.TemporaryDirectory(prefix="matinee-") as folder:
        (Path(folder) / manifest.NAME).write_bytes(raw)
        try:
            made = manifest.read(Path(folder))
        except LibraryFormatError as error:
            raise LibraryFormatError(error.what, where=where, cure=_cure_of(raw)) from None
        except LibraryCorruptError as error:
            raise LibraryCorruptError(error.what, where=where, cure=_CURE) from None
    if made.version != version:
        raise LibraryCorruptError(
            f"The manifest is that of {made.version!r:.20}, not of {version}",
            where=where,
            cure=_CURE,
        )
    for name, record in made.files.items():
        _check(name, record, where)
    _no_file_is_a_folder(made, where)
    return made


def _check(name: str, record: manifest.FileRecord, where: str) -> None:
    path = PurePosixPath(name)
    # ``parts`` drops "." and doubled slashes, so a name that is not its own normal form is refused.
    if (
        not path.parts  # an empty name, or a full stop
        or _BAD.search(name)
        or path.is_absolute()
        or ".." in path.parts
        or path.as_posix() != name
        or path.name == manifest.NAME
    ):
        raise LibraryCorruptError(
            f"The manifest names a file that does not belong in the folder: {name!r:.100}",
            where=where,
            cure=_CURE,
        )
    size: object = record.bytes
    digest: object = record.sha256
    if (
        not isinstance(size, int)
        or isinstance(size, bool)
        or size < 0
        or not isinstance(digest, str)
        or not _SHA256.fullmatch(digest)
    ):
        raise LibraryCorruptError(
            f"The manifest gives no size and SHA-256 of {name!r:.100}", where=where, cure=_CURE
        )


def _no_file_is_a_folder(made: manifest.Manifest, where: str) -> None:
    folders = {parent.as_posix() for name in made.files for parent in PurePosixPath(name).parents}
    for name in made.files:
        if name in folders:
            raise LibraryCorruptError(
                f"The manifest has {name!r:.100} as a file and as a folder", where=where, cure=_CURE
            )


def _cure_of(raw: bytes) -> str:
    found = json.loads(raw)
    number = found.get("format") if isinstance(found, dict) else None
    if isinstance(number, int) and number > manifest.FORMAT:
        return "Install a newer Matinee here"
    return "Build the library again with a Matinee as new as this one, and push it"

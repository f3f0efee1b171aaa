"""Bringing a version to a storage: the files it lacks, the manifest, last the pointer."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from matinee.errors import ConflictError, LibraryCorruptError
from matinee.library import manifest
from matinee.library.manifest import FileRecord
from matinee.library.sharing.place import Sent
from matinee.library.versions import CURRENT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matinee.library.manifest import Manifest
    from matinee.library.sharing.place import Tally
    from matinee.library.sharing.storage import Storage

PUSHING = ".pushing.json"
"""Says what a push under way has sent, so that the next goes on; gone once the version is whole."""


def send(storage: Storage, folder: Path, made: Manifest, *, check: bool, tally: Tally) -> Sent:
    """Bring a version there and make it the one that is meant.

    A storage tells sizes, not SHA-256. What a file there holds is known from the manifest beside
    it, which is written when all are there, or from the notes of the push that was stopped.

    Raises:
        ConflictError: another version of that name is there.
        LibraryCorruptError: a file here is not what its manifest says.
        LibraryError: the place cannot be reached, or refuses.
    """
    version, top = made.version, f"{made.version}/{manifest.NAME}"
    raw = (folder / manifest.NAME).read_bytes()
    there = storage.read(top)
    if there is not None and there != raw:
        raise conflict(version, storage.where(version))
    whole = there is not None
    known = made.files if whole else _noted(storage, version)
    sizes = storage.sizes(version)
    missing = []
    for name, record in made.files.items():
        same = known.get(name) == record and sizes.get(name) == record.bytes
        if same and not (check and storage.hash(f"{version}/{name}") != record.sha256):
            tally.at(name, record.bytes)
        else:
            missing.append(name)
    notes = _Notes(storage, version, {n: r for n, r in known.items() if n not in missing})

    def one(name: str) -> None:
        record, path = made.files[name], f"{version}/{name}"
        storage.effort.check(storage.where(path))
        check_local(folder / name, record)
        storage.put(folder / name, path, lambda done: tally.at(name, done))
        if not whole:
            notes.add(name, record)
        tally.at(name, record.bytes)

    # The largest first, so that the last one under way is a short one.
    missing.sort(key=lambda name: made.files[name].bytes, reverse=True)
    storage.effort.each(one, missing, at_once=storage.at_once)
    if not whole:
        storage.write(top, raw)
    storage.write(CURRENT, f"{version}\n".encode())
    for name in (PUSHING, f"{PUSHING}.new"):  # the latter where a push died between two steps
        if name in sizes or (name == PUSHING and missing and not whole):
            storage.remove(f"{version}/{name}")
    total = sum(made.files[name].bytes for name in missing)
    return Sent(version, len(missing), total, len(made.files) - len(missing))


def conflict(version: str, where: str) -> ConflictError:
    """Return the error of a version whose name is taken by another."""
    return ConflictError(
        f"Another version {version} is there, and a version never changes",
        where=where,
        cure="Push to another folder, or build here once more for a new name",
    )


def check_local(path: Path, record: FileRecord) -> None:
    """Read a file of a version here, and refuse it if it is not what the manifest says.

    Raises:
        LibraryCorruptError: naming the file and both hashes.
    """
    try:
        found = manifest.sha256_of(path)
    except OSError as error:
        raise LibraryCorruptError(
            f"A file of the library cannot be read: {error.strerror or error}",
            where=str(path),
            cure="Push again if builds have replaced the version meanwhile; else build again",
        ) from None
    if found != record.sha256:
        raise LibraryCorruptError(
            f"A file of the library has SHA-256 {found} instead of {record.sha256}",
            where=str(path),
            cure="Build the library again; readers of the place do not see this version",
        )


def _noted(storage: Storage, version: str) -> dict[str, FileRecord]:
    """Return what a push that was stopped had sent."""
    raw = storage.read(f"{version}/{PUSHING}")
    try:
        return {name: FileRecord(**record) for name, record in json.loads(raw or b"{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}  # not ours, or damaged; then all is sent again


class _Notes:
    """Notes at the place what has arrived there whole."""

    def __init__(self, storage: Storage, version: str, known: Mapping[str, FileRecord]) -> None:
        self._storage = storage
        self._path = f"{version}/{PUSHING}"
        self._known = dict(known)
        self._lock = threading.Lock()

    def add(self, name: str, record: FileRecord) -> None:
        with self._lock:
            self._known[name] = record
            said = {n: {"bytes": r.bytes, "sha256": r.sha256} for n, r in self._known.items()}
            self._storage.write(self._path, json.dumps(said).encode())

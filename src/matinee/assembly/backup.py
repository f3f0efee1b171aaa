"""Backing up what cannot be made again: what people did, and the library.

Read :func:`backup`. What is in the file: docs/decisions/0019-backup.md.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import os
import re
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from matinee._version import __version__
from matinee.assembly import backup_file, backup_tables
from matinee.assembly.backup_file import LIBRARY, STORE, BackupFile, Contents, flush
from matinee.errors import ConflictError, InputError, LibraryCorruptError
from matinee.library import manifest, versions
from matinee.library.manifest import FileRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee.store import Store

_TRIES = 5
"""Times a version that vanished while it was being opened is looked up anew: only two builds that
end within the milliseconds this takes can do that even once."""
_CHUNK = 1 << 20
_PART = re.compile(r"\..+\.part")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made and read back.

    Attributes:
        path: of the file.
        contents: what is in it.
        bytes: size of the file.
    """

    path: Path
    contents: Contents
    bytes: int


def backup(target: Path, *, store: Store | None, root: Path | None) -> Backup:
    """Write what is in a store and in a library to one file, while both are in use.

    The rows of the store are those of one moment. The version of the library that is live at the
    beginning is the one that is saved, whatever is built meanwhile. The file appears under its name
    once it is complete, on the disk, and has been read back; only its owner may read it.

    Args:
        target: the file, or a folder, in which it is named after the time.
        store: what people did; None leaves it out.
        root: folder of the library; None leaves it out.

    Raises:
        ConflictError: there is a file of that name.
        InputError: the file cannot be written there, or did not come back as it was written.
        LibraryNotFoundError: there is no library at ``root``.
        LibraryCorruptError: a file of the library is damaged; naming it and both hashes.
        StoreError: the store cannot be read.
    """
    now = dt.datetime.now(dt.UTC)
    path = target / f"matinee-{now:%Y%m%dT%H%M%SZ}.tar" if target.is_dir() else target
    if path.exists():
        raise ConflictError("There is a file of that name", where=str(path), cure="Use another")
    try:
        clear_parts(path.parent)
        with _part(path) as part, ExitStack() as opened:
            entries: dict[str, BinaryIO] = {}
            files: dict[str, FileRecord] = {}
            version = None
            if root is not None:
                version = _hold(root, entries, files, opened)
            rows = None
            if store is not None:
                rows = _export(store, path.parent, entries, files, opened)
            contents = Contents(
                created=now.isoformat(timespec="seconds"),
                matinee=__version__,
                store=rows,
                library=version,
                files=dict(sorted(files.items())),
            )
            whole = [(name, entries[name]) for name in contents.files]
            backup_file.write(part, contents, whole, time=int(now.timestamp()))
            part.flush()
            os.fsync(part.fileno())
            check(Path(part.name))
            Path(part.name).rename(path)
            flush(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    return Backup(path, contents, path.stat().st_size)


def check(path: Path) -> Contents:
    """Read a backup in full: every byte against its hash, every row of the store counted.

    Raises:
        InputError: it is damaged; naming the entry and both hashes.
    """
    found = BackupFile.open(path)
    found.verify()
    backup_tables.count(found)
    return found.contents


def clear_parts(folder: Path) -> None:
    """Delete what killed backups left in a folder; one that is being written is let be."""
    for path in folder.glob(".matinee-*.part"):
        if not _PART.fullmatch(path.name):
            continue
        with contextlib.suppress(OSError), path.open("rb") as stream:
            if _lock(stream):
                path.unlink()


@contextlib.contextmanager
def _part(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside ``path`` that only its owner can read; it is gone if this fails."""
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=".matinee-", suffix=".part", delete=False
    ) as part:
        try:
            _lock(part)
            yield part
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise


def _lock(stream: IO[bytes]) -> bool:
    """Mark a file as being written; the system takes the mark away if the process dies."""
    try:
        import fcntl
    except ImportError:  # Windows, where nobody can delete a file that is open
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _hold(
    root: Path, entries: dict[str, BinaryIO], files: dict[str, FileRecord], opened: ExitStack
) -> str:
    """Open every file of the live version, and return its name.

    A build may delete the version while it is being copied. A file that is open stays readable when
    its name is gone; nothing has to be kept from building, and nothing has to be cleared away if
    this process is killed.
    """
    for attempt in range(_TRIES):
        folder = versions.current(root)
        try:
            with ExitStack() as found:
                made = manifest.read(folder)
                streams = {
                    name: found.enter_context((folder / name).open("rb"))
                    for name in (manifest.NAME, *made.files)
                }
                opened.push(found.pop_all())
        except (FileNotFoundError, LibraryCorruptError):
            if attempt + 1 < _TRIES and versions.current(root) != folder:
                continue
            manifest.check(folder, manifest.read(folder), full=False)
            raise
        break
    head = streams[manifest.NAME].read()
    streams[manifest.NAME].seek(0)
    records = {
        manifest.NAME: FileRecord(len(head), hashlib.sha256(head).hexdigest()),
        **made.files,
    }
    entries.update({LIBRARY + name: stream for name, stream in streams.items()})
    files.update({LIBRARY + name: record for name, record in records.items()})
    return made.version


def _export(
    store: Store,
    folder: Path,
    entries: dict[str, BinaryIO],
    files: dict[str, FileRecord],
    opened: ExitStack,
) -> dict[str, int]:
    """Write each table to a file without a name, and return their rows."""

    def make(table: str) -> BinaryIO:
        stream = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 -- closed with the others
        opened.enter_context(stream)
        entries[f"{STORE}{table}.parquet"] = stream
        return stream

    rows = backup_tables.write(store, make)
    for table in rows:
        name = f"{STORE}{table}.parquet"
        stream = entries[name]
        stream.seek(0)
        digest = hashlib.sha256()
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
        files[name] = FileRecord(stream.tell(), digest.hexdigest())
        stream.seek(0)
    return rows


def _unwritable(path: Path, error: OSError) -> InputError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return InputError(
            "The disk is full, and no backup was made",
            where=str(path.parent),
            cure="Make room there, or give a path on another disk",
        )
    return InputError(
        f"The backup cannot be written: {error.strerror or error}",
        where=str(error.filename or path),
        cure="Give a path in a folder that is there and can be written",
    )

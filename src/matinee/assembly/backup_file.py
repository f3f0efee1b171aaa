"""The file of a backup: a plain tar, whose first entry says what every other one must be.

Any ``tar`` can list and unpack it. Reading it here does not go through :mod:`tarfile`'s own walk:
only what a backup is made of is accepted, which is plain files, each under a name and of a size
that the first entry announced. Links, devices, sparse files, paths that lead out of the folder and
headers that extend other headers are refused before a byte is written anywhere.
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, BinaryIO

import msgspec

from matinee.errors import InputError, LibraryCorruptError
from matinee.library.manifest import NAME, FileRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FORMAT = 1
"""Raised whenever an older Matinee could misread the file."""
HEAD = "backup.json"
"""Name of the first entry."""
SEAL = "backup.sha256"
"""Name of the second entry: the hash of the first, as ``sha256sum --check`` reads it."""
MAX_HEAD = 16 * 2**20
"""Bytes of the first entry: it has some 120 a file, and a library has tens of files."""
STORE = "store/"
LIBRARY = "library/"

_BLOCK = tarfile.BLOCKSIZE
_CHUNK = 1 << 20
# No part of a path begins with a dot, so none is "..", hidden or empty; none has a drive or a
# backslash. Nothing else a library writes is lost by that.
_ENTRY = re.compile(
    r"store/[a-z][a-z0-9_]{0,62}\.parquet|library/(?:[A-Za-z0-9_=][A-Za-z0-9_.=+-]*/)*"
    r"[A-Za-z0-9_=][A-Za-z0-9_.=+-]*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a backup holds.

    Attributes:
        created: when it was begun, ISO 8601 in UTC.
        matinee: version of the software that made it.
        store: rows of each table; None where the store is not in it.
        library: name of the library's version; None where the library is not in it.
        files: every other entry, by name.
    """

    created: str
    matinee: str
    store: dict[str, int] | None = None
    library: str | None = None
    files: dict[str, FileRecord] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def bytes(self) -> int:
        """Bytes of all entries but the first."""
        return sum(record.bytes for record in self.files.values())


def write(
    stream: IO[bytes], contents: Contents, entries: Iterable[tuple[str, BinaryIO]], *, time: int
) -> None:
    """Write a backup.

    Args:
        stream: where to.
        contents: what the entries are.
        entries: name and bytes of each file of ``contents``.
        time: seconds since 1970 that the entries are given.

    Raises:
        InputError: the name of an entry does not fit.
        LibraryCorruptError: an entry is not what ``contents`` says; naming it and both hashes.
    """
    head = msgspec.json.format(msgspec.json.encode(asdict(contents)), indent=1)
    for name, raw in ((HEAD, head), (SEAL, _seal(head))):
        stream.write(_header(name, len(raw), time) + raw + _padding(len(raw)))
    for name, source in entries:
        record = contents.files[name]
        stream.write(_header(name, record.bytes, time))
        if fault := _copy(source, record, stream):
            raise LibraryCorruptError(
                f"A file to be backed up {fault}", where=name, cure="Build the library again"
            )
        stream.write(_padding(record.bytes))
    stream.write(bytes(2 * _BLOCK))


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A backup that is there, its entries found but their bytes not yet read.

    Attributes:
        path: of the file.
        contents: what it says it holds; every entry is there, in its size.
        offsets: where the bytes of each entry begin.
    """

    path: Path
    contents: Contents
    offsets: dict[str, int]

    @classmethod
    def open(cls, path: Path) -> BackupFile:
        """Find the entries of a backup.

        Raises:
            InputError: there is no such file, it is no backup, or it is cut short or damaged.
        """
        try:
            with path.open("rb") as stream:
                return cls(path, *_walk(path, stream))
        except OSError as error:
            raise InputError(
                f"The backup cannot be read: {error.strerror or error}",
                where=str(path),
                cure="Check the path and its permissions",
            ) from error

    def verify(self) -> None:
        """Read every byte and compare it with its hash.

        Raises:
            InputError: naming the entry and both hashes.
        """
        with self.path.open("rb") as stream:
            # What is still in memory would be compared with itself.
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            for name, record in self.contents.files.items():
                stream.seek(self.offsets[name])
                if fault := _copy(stream, record, None):
                    raise _damaged(self.path, f"{name} {fault}")

    def copy(self, name: str, target: Path) -> None:
        """Write an entry to a file that is not there yet, and flush it to the disk.

        Raises:
            InputError: it is not what it should be.
        """
        with self.path.open("rb") as stream, target.open("xb") as copied:
            stream.seek(self.offsets[name])
            if fault := _copy(stream, self.contents.files[name], copied):
                raise _damaged(self.path, f"{name} {fault}")
            copied.flush()
            os.fsync(copied.fileno())

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of the entries in a folder."""
        return (name for name in self.contents.files if name.startswith(folder))


def flush(path: Path) -> None:
    """See that a file, or the names in a folder, are on the disk."""
    if os.name == "nt" and path.is_dir():  # cannot open a folder
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _walk(path: Path, stream: BinaryIO) -> tuple[Contents, dict[str, int]]:
    name, size = _next(path, stream)
    if name != HEAD or size > MAX_HEAD:
        raise _no_backup(path, "its first entry is another")
    head = stream.read(size)
    _pad(path, stream, size)
    seal = _seal(head)
    if _next(path, stream) != (SEAL, len(seal)):
        raise _damaged(path, f"{SEAL} is missing")
    if (found := stream.read(len(seal))) != seal:
        shown = found[:64].decode("ascii", "replace")
        raise _damaged(path, f"{HEAD} has SHA-256 {seal[:64].decode()} instead of {shown}")
    _pad(path, stream, len(seal))
    contents = _read_head(path, head)
    offsets: dict[str, int] = {}
    for _ in contents.files:
        name, size = _next(path, stream)
        record = contents.files.get(name)
        if record is None or name in offsets:
            raise _damaged(path, f"it has an entry {name!r:.80} that its list has not")
        if size != record.bytes:
            raise _damaged(path, f"{name} has {size} bytes instead of {record.bytes}")
        offsets[name] = stream.tell()
        stream.seek(size, os.SEEK_CUR)
        _pad(path, stream, size)
    if stream.read(2 * _BLOCK + 1) != bytes(2 * _BLOCK):
        raise _damaged(path, "it is cut short, or goes on after its last entry")
    return contents, offsets


def _next(path: Path, stream: BinaryIO) -> tuple[str, int]:
    """Return name and size of the entry that begins here; the stream is left at its bytes."""
    block = stream.read(_BLOCK)
    try:
        # One header and nothing more: unlike TarFile this follows none that extends another. And
        # only as it is written here, so that nothing can hide in a field.
        info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        plain = block == _block(info.name, info.size, int(info.mtime))
    except (tarfile.HeaderError, ValueError) as error:
        if stream.tell() <= _BLOCK:
            raise _no_backup(path, f"it does not begin as one: {error}") from error
        raise _damaged(path, f"an entry cannot be read: {error}") from error
    if not plain or info.size < 0:
        if stream.tell() <= _BLOCK:
            raise _no_backup(path, "it begins with something else")
        raise _damaged(path, f"{info.name!r:.80} is no plain file")
    return info.name, info.size


def _read_head(path: Path, raw: bytes) -> Contents:
    try:
        found = msgspec.json.decode(raw)
        version = found.get("format") if isinstance(found, dict) else None
        if version != FORMAT:
            raise InputError(
                f"The backup has format {version!r:.20}, this Matinee reads format {FORMAT}",
                where=str(path),
                cure="Restore it with the version of Matinee that made it",
            )
        contents = msgspec.convert(found, Contents)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _damaged(path, f"{HEAD} cannot be read: {error}") from error
    for name, record in contents.files.items():
        if not _ENTRY.fullmatch(name) or record.bytes < 0:
            raise _damaged(path, f"{name!r:.80} is no name of a file in a backup")
    tables = {f"{STORE}{name}.parquet" for name in contents.store or ()}
    if tables != {name for name in contents.files if name.startswith(STORE)}:
        raise _damaged(path, "the tables it lists are not those it holds")
    library = [name for name in contents.files if name.startswith(LIBRARY)]
    if (contents.library is None) is not (LIBRARY + NAME not in library):
        raise _damaged(path, "it names a library that is not in it, or has one without a name")
    if contents.library is None and library:
        raise _damaged(path, "it has files of a library without its manifest")
    return contents


def _copy(source: BinaryIO, record: FileRecord, target: IO[bytes] | None) -> str:
    """Read what a record describes and write it to ``target``; return what is wrong with it."""
    digest, left = hashlib.sha256(), record.bytes
    while left and (chunk := source.read(min(_CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
        if target is not None:
            target.write(chunk)
    if left:
        return f"is {left} bytes short"
    found = digest.hexdigest()
    return "" if found == record.sha256 else f"has SHA-256 {found} instead of {record.sha256}"


def _seal(head: bytes) -> bytes:
    return f"{hashlib.sha256(head).hexdigest()}  {HEAD}\n".encode()


def _header(name: str, size: int, time: int) -> bytes:
    if len(name) > tarfile.LENGTH_NAME or not (name in (HEAD, SEAL) or _ENTRY.fullmatch(name)):
        raise InputError(
            "The name of a file of the library is too long or unusual for a backup",
            where=name,
            cure="Build the library again",
        )
    return _block(name, size, time)


def _block(name: str, size: int, time: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, time, 0o600
    return info.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _pad(path: Path, stream: BinaryIO, size: int) -> None:
    if stream.read(-size % _BLOCK) != _padding(size):
        raise _damaged(path, "something lies between its entries, or it is cut short")


def _no_backup(path: Path, why: str) -> InputError:
    return InputError(
        f"This is no backup, {why}",
        where=str(path),
        cure="Give a file that matinee backup made",
    )


def _damaged(path: Path, why: str) -> InputError:
    return InputError(f"The backup is damaged: {why}", where=str(path), cure=_ANOTHER)


_ANOTHER = "Nothing was changed. Copy the file again, or use another backup"

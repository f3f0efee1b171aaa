"""The manifest of one library version."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from matinee.errors import LibraryCorruptError, LibraryFormatError
from matinee.types import EncoderSpec

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 2
"""Raised whenever an older Matinee could misread the folder."""

NAME = "manifest.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Size in bytes and SHA-256 (hexadecimal) of one file."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a version is made of.

    Attributes:
        version: name of the folder, for example ``v0007``.
        titles: number of titles; row i means the same title in every artifact.
        encoder: the encoder that made the vectors.
        parameters: what the indexes were built with, by component.
        sources: how many titles each source gave.
        created: when the build finished, ISO 8601 in UTC.
        matinee: version of the software that built it.
        files: every other file of the version by its POSIX path.
    """

    version: str
    titles: int
    encoder: EncoderSpec
    parameters: dict[str, Any]
    sources: dict[str, int]
    created: str
    matinee: str
    files: dict[str, FileRecord] = field(default_factory=dict)
    format: int = FORMAT


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def record_files(folder: Path) -> dict[str, FileRecord]:
    """Return a record of every file below ``folder`` except the manifest itself."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != NAME)
    return {
        p.relative_to(folder).as_posix(): FileRecord(p.stat().st_size, sha256_of(p)) for p in paths
    }


def write(folder: Path, manifest: Manifest) -> Path:
    """Write the manifest into ``folder`` and return its path."""
    path = folder / NAME
    path.write_bytes(encoded(manifest))
    return path


def encoded(manifest: Manifest) -> bytes:
    """Return the manifest as it is written."""
    text = json.dumps(asdict(manifest), indent=2, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()


def read(folder: Path) -> Manifest:
    """Read the manifest of a version.

    Raises:
        LibraryCorruptError: it is missing, or is not a manifest.
        LibraryFormatError: it was written in a format this version cannot read.
    """
    path = folder / NAME
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LibraryCorruptError(
            "A library version has no manifest", where=str(path), cure=_REBUILD
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise LibraryCorruptError(
            f"The manifest cannot be read: {error}", where=str(path), cure=_REBUILD
        ) from error
    found = raw.get("format") if isinstance(raw, dict) else None
    if found != FORMAT:
        raise LibraryFormatError(
            f"The library has format {found!r}, this Matinee reads format {FORMAT}",
            where=str(path),
            cure="Build the library again with this version of Matinee",
        )
    try:
        files = {name: FileRecord(**record) for name, record in raw.pop("files").items()}
        encoder = EncoderSpec(**raw.pop("encoder"))
        return Manifest(files=files, encoder=encoder, **raw)
    except (KeyError, TypeError, AttributeError) as error:
        raise LibraryCorruptError(
            f"The manifest lacks or misnames a field: {error}", where=str(path), cure=_REBUILD
        ) from error


def check(folder: Path, manifest: Manifest, *, full: bool) -> None:
    """Check every file of a version against its manifest.

    Sizes are always compared, which costs one ``stat`` a file; ``full`` reads every byte.

    Raises:
        LibraryCorruptError: naming the file, and with ``full`` both hashes.
    """
    for name, record in manifest.files.items():
        path = folder / name
        try:
            size = path.stat().st_size
        except OSError:
            raise LibraryCorruptError(
                "A file of the library is missing", where=str(path), cure=_REBUILD
            ) from None
        if size != record.bytes:
            raise LibraryCorruptError(
                f"A file of the library has {size} bytes instead of {record.bytes}",
                where=str(path),
                cure=_REBUILD,
            )
        if full and (found := sha256_of(path)) != record.sha256:
            raise LibraryCorruptError(
                f"A file of the library has SHA-256 {found} instead of {record.sha256}",
                where=str(path),
                cure=_REBUILD,
            )


_REBUILD = "Build the library again, or restore the folder from a copy"

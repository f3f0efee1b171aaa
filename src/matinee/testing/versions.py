"""Published versions of a library that hold any files, for tests of what handles them whole."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from matinee.library import manifest, versions
from matinee.types import EncoderSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SPEC = EncoderSpec("test", 4, 16, "", "", "0123456789abcdef")


def publish_files(root: Path, files: Mapping[str, bytes]) -> str:
    """Publish files as the next version of a library, make it the live one, and return its name."""
    name = versions.next_name(root)
    staged = root / versions.BUILDING / "version"
    for path, content in files.items():
        (staged / path).parent.mkdir(parents=True, exist_ok=True)
        (staged / path).write_bytes(content)
    made = manifest.Manifest(
        version=name,
        titles=1,
        encoder=SPEC,
        parameters={},
        sources={},
        created="2026-01-01T00:00:00+00:00",
        matinee="0",
        files=manifest.record_files(staged),
    )
    manifest.write(staged, made)
    versions.publish(root, staged, name)
    shutil.rmtree(root / versions.BUILDING)
    return name


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files below a folder, by path."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }

"""Files that appear in one step."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from matinee.errors import SourceError
from matinee.ingest.asking.kept import PART_SECONDS, Kept


def test_there_and_back(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "new" / "folder", "things")
    assert kept.read("ab/one") is None
    kept.sweep()
    for data in (b"first", b"second"):
        kept.keep("ab/one", data)
        assert kept.read("ab/one") == data
    files = [path for path in kept.folder.rglob("*") if path.is_file()]
    assert files == [kept.folder / "ab" / "one"]


def test_a_disk_that_is_full_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(tmp_path, "things")
    kept.keep("ab/one", b"first")

    def full(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SourceError, match=r"The things cannot be kept or read.*No space left"):
        kept.keep("ab/one", b"second")
    assert kept.read("ab/one") == b"first"
    assert not list((tmp_path / ".parts").iterdir())


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SourceError, match="The things cannot be kept or read"):
        Kept(tmp_path, "things").read("folder")


def test_old_parts_are_swept_and_new_ones_let_be(tmp_path: Path) -> None:
    parts = tmp_path / ".parts"
    parts.mkdir()
    for name in ("old", "new"):
        (parts / name).touch()
    then = time.time() - PART_SECONDS - 60
    os.utime(parts / "old", (then, then))
    Kept(tmp_path, "things").sweep()
    assert [path.name for path in parts.iterdir()] == ["new"]

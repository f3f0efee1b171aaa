from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matinee.errors import LibraryBusyError, LibraryCorruptError, LibraryNotFoundError
from matinee.library import manifest, versions
from matinee.testing.versions import SPEC, publish_files

if TYPE_CHECKING:
    from pathlib import Path


def publish(root: Path, content: str = "x") -> str:
    return publish_files(root, {"inner/file.txt": content.encode()})


def test_nothing_is_there_at_first(tmp_path: Path) -> None:
    assert versions.names(tmp_path / "absent") == []
    assert not versions.exists(tmp_path)
    assert versions.next_name(tmp_path) == "v0001"
    with pytest.raises(LibraryNotFoundError, match="matinee build"):
        versions.current(tmp_path)


def test_a_published_version_is_current_and_reads_back(tmp_path: Path) -> None:
    name = publish(tmp_path)
    folder = versions.current(tmp_path)
    assert folder.name == name == "v0001"
    made = manifest.read(folder)
    assert list(made.files) == ["inner/file.txt"]
    assert made.encoder == SPEC
    manifest.check(folder, made, full=True)


def test_going_back_and_pruning_never_deletes_the_live_version(tmp_path: Path) -> None:
    for _ in range(4):
        publish(tmp_path)
    versions.point_to(tmp_path, "v0001")
    assert versions.prune(tmp_path) == ["v0002"]
    assert versions.names(tmp_path) == ["v0001", "v0003", "v0004"]
    assert versions.current(tmp_path).name == "v0001"
    with pytest.raises(LibraryCorruptError):
        versions.point_to(tmp_path, "v0002")
    assert versions.current(tmp_path).name == "v0001"


def test_version_names_sort_by_number(tmp_path: Path) -> None:
    for name in ("v0009", "v10000", "v0002", "vx", "notes"):
        (tmp_path / name).mkdir()
    assert versions.names(tmp_path) == ["v0002", "v0009", "v10000"]
    assert versions.next_name(tmp_path) == "v10001"


def test_the_lock_is_exclusive_and_freed(tmp_path: Path) -> None:
    with versions.lock(tmp_path), pytest.raises(LibraryBusyError), versions.lock(tmp_path):
        pass
    with versions.lock(tmp_path):
        pass

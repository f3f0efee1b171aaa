"""Every file of a library, changed, cut short, removed or replaced: refused, and said which."""

from __future__ import annotations

import json
import pickle
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.assembly import build_library, open_library
from matinee.errors import (
    LibraryCorruptError,
    LibraryError,
    LibraryFormatError,
    LibraryNotFoundError,
)
from matinee.library import manifest
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    films = folder / "films.jsonl"
    films.write_text(
        "\n".join(
            json.dumps({"id": n, "title": f"Film {n}", "plot": f"Story number {n}."})
            for n in range(20)
        )
    )
    build_library([films], folder / "library", encoder=HashingEncoder())
    return folder / "library"


@pytest.fixture
def root(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "library")


def names(root: Path) -> list[str]:
    return sorted(manifest.read(root / "v0001").files)


def open_it(root: Path) -> object:
    return open_library(root, encoder=HashingEncoder())


def test_a_flipped_byte_is_found_in_every_file(root: Path) -> None:
    for name in names(root):
        path = root / "v0001" / name
        sound = path.read_bytes()
        damaged = bytearray(sound)
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(LibraryError) as caught:
            open_library(root, encoder=HashingEncoder()).verify()
        assert name.partition("/")[0] in str(caught.value)
        path.write_bytes(sound)
    open_library(root, encoder=HashingEncoder()).verify()


def test_a_short_or_missing_file_is_found_on_opening(root: Path) -> None:
    for name in names(root):
        path = root / "v0001" / name
        sound = path.read_bytes()
        path.write_bytes(sound[:-1])
        with pytest.raises(LibraryCorruptError, match=path.name):
            open_it(root)
        path.unlink()
        with pytest.raises(LibraryCorruptError, match=path.name):
            open_it(root)
        path.write_bytes(sound)
    open_it(root)


def test_pickled_arrays_are_refused(root: Path) -> None:
    folder = root / "v0001"
    made = json.loads((folder / "manifest.json").read_text())
    for name in [n for n in names(root) if n.endswith(".npy")]:
        path = folder / name
        sound = path.read_bytes()
        # The manifest is made to agree, as somebody who means harm would do.
        for content in (pickle.dumps({"a": 1}), None):
            if content is None:
                np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
            else:
                path.write_bytes(content)
            made["files"][name]["bytes"] = path.stat().st_size
            (folder / "manifest.json").write_text(json.dumps(made))
            if name == "text.keys.npy":
                continue  # Read by the next build alone, through the same function.
            with pytest.raises(LibraryCorruptError, match=path.name):
                open_it(root)
        path.write_bytes(sound)
        made["files"][name]["bytes"] = len(sound)
    (folder / "manifest.json").write_text(json.dumps(made))
    open_it(root)


def test_no_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFoundError, match="matinee build"):
        open_it(tmp_path / "absent")


@pytest.mark.parametrize(
    "pointer", [b"v0009", b"", b"../v0001", b"/etc", b"\xff\xfe", b"v0001/../../x"]
)
def test_a_damaged_pointer(root: Path, pointer: bytes) -> None:
    (root / "CURRENT").write_bytes(pointer)
    with pytest.raises(LibraryCorruptError, match="CURRENT"):
        open_it(root)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"format": 1}', '{"format": 1, "x": 2}'])
def test_a_damaged_manifest(root: Path, text: str) -> None:
    (root / "v0001" / "manifest.json").write_text(text)
    with pytest.raises((LibraryCorruptError, LibraryFormatError), match=r"manifest\.json"):
        open_it(root)


def test_a_manifest_of_another_format(root: Path) -> None:
    path = root / "v0001" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    with pytest.raises(LibraryFormatError, match="99"):
        open_it(root)


def test_a_manifest_without_files_is_refused(root: Path) -> None:
    (root / "v0001" / "manifest.json").unlink()
    with pytest.raises(LibraryCorruptError, match="no manifest"):
        open_it(root)

"""Every file of a library, changed, cut short, removed or replaced: refused, and said which.

Two libraries: one made by a test encoder, and the demo with all it has learnt of taste. Opening
compares sizes and reads what it needs; that every byte is as it was built only ``verify`` says, for
it alone reads all of them (docs/reliability.md).
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import matinee
from matinee.assembly import build_library, open_library
from matinee.errors import (
    LibraryCorruptError,
    LibraryError,
    LibraryFormatError,
    LibraryNotFoundError,
    MatineeError,
)
from matinee.library import manifest
from matinee.pipeline.title_map import open_map
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
    from matinee import Library

TRAINED = "1"
"""Somebody the demo has learnt from."""
NOT_OPENED = {
    "profile.json",
    "validation.json",
    "sample.parquet",
    "text.keys.npy",
    "taste/items.parquet",
}
"""Files that nothing but the next build, or a person, reads."""


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


@pytest.fixture
def taught(demo: Library, tmp_path: Path) -> Path:
    """The demo library, with models of taste; its one version is called v0001 as well."""
    return shutil.copytree(demo.root, tmp_path / "taught")


def names(root: Path) -> list[str]:
    return sorted(manifest.read(root / "v0001").files)


def open_it(root: Path) -> object:
    library = open_library(root, encoder=HashingEncoder())
    # The map is read when somebody asks for it.
    open_map(root / "v0001", len(library))
    return library


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


def test_the_library_with_taste_has_every_kind_of_file(taught: Path) -> None:
    there = {path.relative_to(taught / "v0001").as_posix() for path in taught.rglob("v0001/**/*.*")}
    assert there == {*names(taught), "manifest.json"}
    folders = {name.rpartition("/")[0] for name in names(taught)}
    assert {"taste", "taste/rating", "taste/context", "taste/ranking/content"} <= folders


def test_a_flipped_byte_is_found_in_every_file_of_taste(taught: Path) -> None:
    """At the first byte, in the middle and at the last one, naming the file and both hashes."""
    library = matinee.open(taught)
    for name, record in library.manifest.files.items():
        path = taught / "v0001" / name
        sound = path.read_bytes()
        for place in (0, len(sound) // 2, len(sound) - 1):
            damaged = bytearray(sound)
            damaged[place] ^= 1
            path.write_bytes(damaged)
            with pytest.raises(LibraryCorruptError) as caught:
                manifest.check(taught / "v0001", library.manifest, full=True)
            assert str(path) in str(caught.value)
            assert record.sha256 in str(caught.value)
            assert hashlib.sha256(damaged).hexdigest() in str(caught.value)
        path.write_bytes(sound)
    library.verify()


def test_a_short_or_missing_file_of_taste_is_found_on_opening(taught: Path) -> None:
    for name in names(taught):
        path = taught / "v0001" / name
        sound = path.read_bytes()
        for length in (0, len(sound) // 2, len(sound) - 1):
            path.write_bytes(sound[:length])
            with pytest.raises(LibraryCorruptError, match=re.escape(str(path))):
                matinee.open(taught)
        path.unlink()
        with pytest.raises(LibraryCorruptError, match=re.escape(str(path))):
            matinee.open(taught)
        path.write_bytes(sound)
    matinee.open(taught)


class _Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.write_text, (self._path, "sprung"))


def use(library: Library) -> None:
    """Do all that reads a part of the library."""
    liked = [("Heat", 4.5), ("Up", 1.0)]
    library.search("a thief in space", k=3)
    library.similar("Heat", k=3)
    for model in library.taste.rankings:
        library.recommend(history=liked, k=3, method=model)
    library.recommend(history=liked, k=3, context="2024-12-24T20:00", explain=True)
    library.recommend(TRAINED, k=3)
    library.predict(["Up"], history=liked)
    open_map(library.root / library.version, len(library))


@pytest.mark.extra
def test_no_pickle_is_ever_loaded(taught: Path, tmp_path: Path) -> None:
    """In place of any file, the manifest made to agree: refused, or never read; never run."""
    folder = taught / "v0001"
    sprung = tmp_path / "sprung"
    head = (folder / "manifest.json").read_text()
    array = io.BytesIO()
    np.save(array, np.array([_Trap(sprung)], dtype=object), allow_pickle=True)
    silent = []
    for name in names(taught):
        path = folder / name
        sound = path.read_bytes()
        content = array.getvalue() if name.endswith(".npy") else pickle.dumps(_Trap(sprung))
        path.write_bytes(content)
        made = json.loads(head)
        digest = hashlib.sha256(content).hexdigest()
        made["files"][name] = {"bytes": len(content), "sha256": digest}
        (folder / "manifest.json").write_text(json.dumps(made))
        said = None
        try:
            use(matinee.open(taught))
        except MatineeError as error:
            said = str(error)
        if said is None:
            silent.append(name)
        else:
            assert path.name in said or path.parent.name in said
        assert not sprung.exists(), name
        path.write_bytes(sound)
    (folder / "manifest.json").write_text(head)
    matinee.open(taught).verify()
    assert set(silent) <= NOT_OPENED, str(set(silent) - NOT_OPENED)


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

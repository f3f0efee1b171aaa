from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.assembly import build_library, open_library
from matinee.encode.vector_log import VectorLog
from matinee.errors import (
    EncoderMismatchError,
    LibraryBusyError,
    LibraryError,
    RejectedRowsError,
    SourceError,
)
from matinee.library import versions
from matinee.pipeline.build import BuildOptions
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from matinee.types import Matrix, Rows


class KilledError(Exception):
    """Stands for a power cut."""


class DyingEncoder(HashingEncoder):
    """Dies after some batches."""

    def __init__(self, batches: int) -> None:
        super().__init__(batch=2)
        self.left = batches

    def iter_documents(self, texts: Sequence[str]) -> Iterator[tuple[Rows, Matrix]]:
        for batch in super().iter_documents(texts):
            if self.left == 0:
                raise KilledError
            self.left -= 1
            yield batch


def test_a_build_writes_everything_and_leaves_no_traces(films: Path, tmp_path: Path) -> None:
    report = build_library([films], tmp_path, encoder=HashingEncoder())
    assert report.manifest.titles == report.encoded == 6
    assert {p.name for p in tmp_path.iterdir()} == {"CURRENT", "v0001", ".lock"}
    assert set(report.manifest.files) >= {
        "catalogue.parquet",
        "profile.json",
        "sample.parquet",
        "text.f16.npy",
        "dense.faiss",
        "lexical/weights.npy",
    }
    open_library(tmp_path, encoder=HashingEncoder()).verify()


def test_stages_are_reported_in_order_and_to_their_end(films: Path, tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    build_library(
        [films], tmp_path, encoder=HashingEncoder(), progress=lambda *step: steps.append(step)
    )
    assert list(dict.fromkeys(stage for stage, _, _ in steps)) == [
        "read",
        "encode",
        "index",
        "map",
        "publish",
    ]
    assert ("encode", 6, 6) in steps
    assert ("index", 3, 3) in steps


def test_a_killed_build_goes_on_where_it_stopped(films: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    build_library([films], whole, encoder=HashingEncoder(batch=2))
    root = tmp_path / "killed"
    with pytest.raises(KilledError):
        build_library([films], root, encoder=DyingEncoder(2))
    assert not versions.exists(root)
    again = HashingEncoder(batch=2)
    report = build_library([films], root, encoder=again)
    assert len(again.encoded) == report.encoded == 2
    assert {p.name for p in root.iterdir()} == {"CURRENT", "v0001", ".lock"}
    for name in ("text.f16.npy", "text.keys.npy", "dense.faiss", "catalogue.parquet"):
        assert (root / "v0001" / name).read_bytes() == (whole / "v0001" / name).read_bytes()


def test_a_killed_rebuild_leaves_the_old_version_serving(films: Path, tmp_path: Path) -> None:
    build_library([films], tmp_path, encoder=HashingEncoder())
    more = tmp_path / "more.jsonl"
    more.write_text(films.read_text() + '\n{"id": 7, "title": "Alien", "plot": "In space."}')
    with pytest.raises(KilledError):
        build_library([more], tmp_path, encoder=DyingEncoder(0))
    assert len(open_library(tmp_path, encoder=HashingEncoder())) == 6
    again = HashingEncoder()
    build_library([more], tmp_path, encoder=again)
    library = open_library(tmp_path, encoder=again)
    assert (library.version, len(library), len(again.encoded)) == ("v0002", 7, 1)


def test_a_rebuild_encodes_only_what_changed(films: Path, tmp_path: Path) -> None:
    build_library([films], tmp_path, encoder=HashingEncoder())
    again = HashingEncoder()
    assert build_library([films], tmp_path, encoder=again).encoded == 0
    assert again.encoded == []
    # Another encoder shares nothing with it.
    other = HashingEncoder(fingerprint="other")
    assert build_library([films], tmp_path, encoder=other).encoded == 6


def test_only_the_last_two_versions_stay(films: Path, tmp_path: Path) -> None:
    for _ in range(4):
        build_library([films], tmp_path, encoder=HashingEncoder())
    assert versions.names(tmp_path) == ["v0003", "v0004"]


def test_two_builds_are_identical(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = []
    for name in ("a", "b"):
        build_library([films], tmp_path / name, encoder=HashingEncoder())
        folder = tmp_path / name / "v0001"
        made.append({p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()})
    assert made[0] == made[1]


def test_one_build_at_a_time(films: Path, tmp_path: Path) -> None:
    with versions.lock(tmp_path), pytest.raises(LibraryBusyError, match="Another build"):
        build_library([films], tmp_path, encoder=HashingEncoder())


def test_another_encoder_is_refused(films: Path, tmp_path: Path) -> None:
    build_library([films], tmp_path, encoder=HashingEncoder())
    with pytest.raises(EncoderMismatchError, match="cannot be compared"):
        open_library(tmp_path, encoder=HashingEncoder(fingerprint="other"))


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        build_library([tmp_path / "absent.csv"], tmp_path / "out", encoder=HashingEncoder())
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"title": ""}\n{"title": " "}\n')
    with pytest.raises(SourceError):
        build_library([bad], tmp_path / "out", encoder=HashingEncoder())
    assert not versions.exists(tmp_path / "out")


def test_strict_stops_at_a_bad_value(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"title": "Heat", "year": 1995}\n{"title": "Moon", "year": "soon"}\n')
    with pytest.raises(RejectedRowsError, match="soon"):
        build_library(
            [bad], tmp_path / "out", encoder=HashingEncoder(), options=BuildOptions(strict=True)
        )
    report = build_library([bad], tmp_path / "out", encoder=HashingEncoder())
    assert report.manifest.titles == 2
    rejects = [n for n in report.manifest.files if n.startswith("rejects")]
    assert rejects
    assert "soon" in (report.folder / rejects[0]).read_text()


def test_a_folder_that_cannot_be_written(films: Path, tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    with pytest.raises(LibraryError, match="cannot be written"):
        build_library([films], blocker / "library", encoder=HashingEncoder())


def test_a_torn_record_of_the_log_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "vectors.log"
    log = VectorLog(path, 4)
    log.append([b"a" * 16, b"b" * 16], np.eye(2, 4, dtype=np.float16))
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        assert len(log.read()) == cut // (len(whole) // 2)
        assert path.stat().st_size == cut, "reading must not write"
        log.recover()
        log.append([b"c" * 16], np.ones((1, 4), np.float16))
        assert b"c" * 16 in log.read()


def test_reading_as_another_encoder_leaves_the_log_alone(tmp_path: Path) -> None:
    path = tmp_path / "vectors.log"
    VectorLog(path, 4).append([b"a" * 16], np.ones((1, 4), np.float16))
    before = path.read_bytes()
    assert VectorLog(path, 8).read() == {}
    assert path.read_bytes() == before


def test_a_damaged_record_ends_the_log(tmp_path: Path) -> None:
    path = tmp_path / "vectors.log"
    log = VectorLog(path, 4)
    log.append([b"a" * 16, b"b" * 16], np.eye(2, 4, dtype=np.float16))
    data = bytearray(path.read_bytes())
    data[-8] ^= 1
    path.write_bytes(data)
    assert list(log.read()) == [b"a" * 16]


def test_parameters_are_remembered(films: Path, tmp_path: Path) -> None:
    build_library([films], tmp_path, encoder=HashingEncoder())
    made = json.loads((tmp_path / "v0001" / "manifest.json").read_text())
    assert made["parameters"]["bm25"]["k1"] > 0
    assert made["encoder"]["name"] == "hashing"
    assert sum(made["sources"].values()) == 6

"""Files made to do harm: refused by their budget, with little memory, and nothing written."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matinee.assembly.backup_restore import restore
from matinee.errors import InputError, LibraryCorruptError, MatineeError, SourceError
from matinee.ingest import files, read_catalogue, rows
from matinee.ingest.interactions import load_interactions
from matinee.library.sharing import Patience, pull
from matinee.library.sharing.place import SMALL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEMORY = 150
"""MB a reader may grow by; what it has read when it stops at its budget included."""
MB = 1 << 20
READ = """
import sys
from pathlib import Path
from matinee.errors import MatineeError
from matinee.ingest import read_catalogue
from matinee.ingest.interactions import load_interactions
from matinee.memory_used import peak_mb
before = peak_mb()
try:
    (read_catalogue if sys.argv[2] == "titles" else lambda paths: load_interactions(*paths))(
        [Path(sys.argv[1])]
    )
    print("read")
except MatineeError as error:
    print(error)
print(peak_mb() - before)
"""


def read_apart(path: Path, what: str = "titles") -> str:
    """Read a file in a process of its own; return what it said, having looked at its memory."""
    done = subprocess.run(
        [sys.executable, "-c", READ, path, what],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    said, grown = done.stdout.splitlines()
    assert float(grown) < MEMORY
    return said


def archive(entries: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return raw.getvalue()


def packed(head: bytes, unit: bytes, size: int) -> bytes:
    raw = io.BytesIO()
    with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as stream:
        stream.write(head)
        block = unit * (MB // len(unit))
        for _ in range(size // MB):
            stream.write(block)
    return raw.getvalue()


@pytest.mark.parametrize("read", [lambda path: read_catalogue([path]), load_interactions])
@pytest.mark.parametrize(
    "content",
    [
        archive({"titles.csv": bytes(64 * MB)}),
        archive({"../../evil.csv": b"title\nx\n", "/evil.csv": b"title\nx\n"}),
    ],
    ids=["bomb", "leads-out"],
)
def test_an_archive_is_never_unpacked(
    tmp_path: Path, content: bytes, read: Callable[[Path], object]
) -> None:
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    (folder / "films.zip").write_bytes(content)
    with pytest.raises(SourceError, match=r"zip archive.*Unpack it and give the folder"):
        read(folder / "films.zip")
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["films.zip"]


def tape(mode: str) -> bytes:
    """Return a tar with a file that leads out, an absolute one, and a link that leads out."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode=mode) as made:  # type: ignore[call-overload]
        for name in ("../../evil.csv", "/evil.csv"):
            info = tarfile.TarInfo(name)
            info.size = 8
            made.addfile(info, io.BytesIO(b"title\nx\n"))
        link = tarfile.TarInfo("evil-link")
        link.type, link.linkname = tarfile.SYMTYPE, "../../evil"
        made.addfile(link)
    return raw.getvalue()


@pytest.mark.parametrize("read", [lambda path: read_catalogue([path]), load_interactions])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tape_is_never_unpacked(
    tmp_path: Path, mode: str, read: Callable[[Path], object]
) -> None:
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    for name in ("films.tar", "films.csv", "ratings.csv.gz"):
        (folder / name).write_bytes(tape(mode))
        with pytest.raises(SourceError):
            read(folder / name)
        (folder / name).unlink()
    assert not [p for p in tmp_path.rglob("*") if p.is_file() or p.is_symlink()]


COLUMNS = 10_000_000


@pytest.mark.parametrize("what", ["titles", "ratings"])
def test_ten_million_columns(tmp_path: Path, what: str) -> None:
    head = b"title,year\nA,1999\n" if what == "titles" else b"user,item,rating\n1,2,3\n"
    at_once = tmp_path / "at-once.csv"
    at_once.write_bytes(head.partition(b"\n")[0] + b",x" * COLUMNS + b"\n")
    assert "more than 5000 columns" in read_apart(at_once, what)
    # Beyond what is looked at to recognise the format.
    later = tmp_path / "later.csv"
    rows = head.partition(b"\n")[2] * (files.SAMPLE_BYTES // 5)
    later.write_bytes(head + rows + b"x" + b",1" * COLUMNS + b"\n")
    assert "line is longer than 8 MB" in read_apart(later, what)


@pytest.mark.parametrize("what", ["titles", "ratings"])
def test_zeros(tmp_path: Path, what: str) -> None:
    head = b"title,year\nA,1999\n" if what == "titles" else b"user,item,rating\n1,2,3\n"
    path = tmp_path / "zeros"
    path.write_bytes(head + bytes(100 * MB))
    assert "binary" in read_apart(path, what)
    path.write_bytes(head + head.partition(b"\n")[2] * files.SAMPLE_BYTES + bytes(100 * MB))
    assert "line is longer than 8 MB" in read_apart(path, what)


def test_a_stray_zero_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "films.csv"
    path.write_bytes(b"ti\0tle,year,id\nLow\0 Tide,1999,7\n")
    (row,) = read_catalogue([path]).table.to_pylist()
    assert (row["title"], row["year"]) == ("Low Tide", 1999)
    assert "\0" not in json.dumps(row)


BOMBS = {
    "zeros": (b"title,year\nA,1999\n", b"\0", "200 times"),
    "line": (b"title,year\nA,1999\n", b"a", "200 times"),
    "rows": (b"title\n", b"A\n", "200 times"),
    "array": (b"[", b'{"title":"A"},', "200 times"),
    "objects": (b"", b'{"title":"A"}\n', "200 times"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_gzip_bomb_of_titles(tmp_path: Path, name: str) -> None:
    head, unit, said = BOMBS[name]
    path = tmp_path / "films.gz"
    path.write_bytes(packed(head, unit, 32 * MB))
    assert path.stat().st_size < MB
    assert said in read_apart(path)


def test_a_gzip_bomb_of_ratings(tmp_path: Path) -> None:
    path = tmp_path / "ratings.gz"
    path.write_bytes(packed(b"user,item,rating\n", b"1,2,3\n", 32 * MB))
    assert "200 times" in read_apart(path, "ratings")


def test_what_packs_well_is_read_all_the_same(tmp_path: Path) -> None:
    text = "title,year,plot\n" + "".join(
        f"Film {n},{1950 + n % 70},A thief and a lawyer meet on island {n % 100}.\n"
        for n in range(20_000)
    )
    path = tmp_path / "films.csv.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    assert len(text) > 2 * files.RATIO_FROM
    assert read_catalogue([path]).report.rows == 20_000


def test_parquet_that_repeats_itself(tmp_path: Path) -> None:
    path = tmp_path / "films.parquet"
    block = pa.table({"title": ["A"] * MB, "user": [1] * MB, "item": [1] * MB})
    with pq.ParquetWriter(path, block.schema) as writer:
        for _ in range(32):
            writer.write_table(block)
    assert path.stat().st_size < MB
    for what in ("titles", "ratings"):
        assert "has 33,554,432 rows in" in read_apart(path, what)


def test_parquet_with_a_giant_cell(tmp_path: Path) -> None:
    path = tmp_path / "films.parquet"
    pq.write_table(pa.table({"title": ["x" * (128 * MB)]}), path, compression="zstd")
    assert path.stat().st_size < MB
    assert "unpacks from" in read_apart(path)


def test_parquet_with_too_many_columns(tmp_path: Path) -> None:
    path = tmp_path / "films.parquet"
    columns = {f"c{n}": [1] for n in range(rows.MAX_COLUMNS)}
    pq.write_table(pa.table({"title": ["A"], **columns}), path)
    with pytest.raises(SourceError, match="more than 5000 columns"):
        read_catalogue([path])


@pytest.mark.parametrize("depth", [3, 200, 100_000])
def test_objects_within_objects(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "films.json"
    for opening, closing in (('{"results":[', "]}"), ("[", "]"), ('{"title":', "}")):
        path.write_text(opening * depth + '{"title":"A"}' + closing * depth)
        try:
            catalogue = read_catalogue([path])
        except SourceError:
            continue
        assert catalogue.report.rows == catalogue.report.titles + catalogue.report.rejected


def test_a_name_that_leads_out_of_the_library(tmp_path: Path) -> None:
    # Ids, years and file names of a catalogue never become part of a path unseen.
    import matinee
    from matinee.pipeline.build import BuildOptions
    from matinee.testing import HashingEncoder

    source = tmp_path / "in" / "films.jsonl"
    source.parent.mkdir()
    titles = [
        {"id": "../../../../evil", "title": "../../evil", "year": "../../evil", "plot": "x"},
        {"id": "local:..", "title": "a/b\\c", "year": 1999, "release_date": "../1", "plot": "y"},
        {"id": "/etc/passwd", "title": "C:\\evil", "poster_path": "../../evil.jpg", "plot": "z"},
    ]
    source.write_text("\n".join(map(json.dumps, titles)))
    root = tmp_path / "out" / "library"
    options = BuildOptions(partitioned=True)
    matinee.build([source], root, encoder=HashingEncoder(), options=options)
    assert {p.name for p in tmp_path.iterdir()} == {"in", "out"}
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"library"}
    matinee.open(root, encoder=HashingEncoder()).verify()
    assert not [p for p in root.rglob("*") if "evil" in p.name]


NOT_A_LISTING = {
    "zip": archive({"../../evil": b"x", "manifest.json": bytes(MB)}),
    "gzip": gzip.compress(bytes(MB)),
    "zeros": bytes(MB),
    "stray zero": b'{"format": 1, "files": {"a\0": 1}}',
    "depth": b"[" * MB,
    "depth of files": b'{"format":' + b'{"a":' * (MB // 8),
    "many numbers": b'{"format": ' + b"9" * MB + b"}",
    "lone surrogate": b'{"format": "\\ud800"}',
    "bytes": bytes(range(256)),
}


@pytest.mark.parametrize("what", NOT_A_LISTING)
def test_a_shared_library_whose_listing_is_none(tmp_path: Path, what: str) -> None:
    there, here = tmp_path / "there", tmp_path / "deep" / "here"
    (there / "v0001").mkdir(parents=True)
    (there / "CURRENT").write_text("v0001\n")
    (there / "v0001" / "manifest.json").write_bytes(NOT_A_LISTING[what])
    with pytest.raises(MatineeError) as refused:
        pull(str(there), here, patience=Patience(tries=1, first_wait=0))
    assert len(str(refused.value)) < 2_000
    (there / "CURRENT").write_bytes(NOT_A_LISTING[what])
    with pytest.raises(LibraryCorruptError):
        pull(str(there), here, patience=Patience(tries=1, first_wait=0))
    assert not here.exists()
    assert not list(tmp_path.rglob("*evil*"))


def test_a_shared_library_of_millions_of_files(tmp_path: Path) -> None:
    there = tmp_path / "there"
    (there / "v0001").mkdir(parents=True)
    (there / "CURRENT").write_text("v0001\n")
    with (there / "v0001" / "manifest.json").open("wb") as stream:
        stream.write(b'{"format": 1, "files": {')
        stream.truncate(SMALL + 1)
    with pytest.raises(LibraryCorruptError, match="more than 16,777,216 bytes"):
        pull(str(there), tmp_path / "here", patience=Patience(tries=1, first_wait=0))
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize(
    "what", [*NOT_A_LISTING, *(f"{name} within" for name in NOT_A_LISTING), "tar", "tar.gz"]
)
def test_a_backup_that_is_none(tmp_path: Path, what: str) -> None:
    made = {"tar": tape("w"), "tar.gz": tape("w:gz")}
    for name, head in NOT_A_LISTING.items():
        # As the list of contents of a backup, with its hash beside it.
        seal = f"{hashlib.sha256(head).hexdigest()}  backup.json\n".encode()
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for entry, content in (("backup.json", head), ("backup.sha256", seal)):
                info = tarfile.TarInfo(entry)
                info.size, info.mode = len(content), 0o600
                tar.addfile(info, io.BytesIO(content))
        made[f"{name} within"] = raw.getvalue()
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    path = folder / "backup.tar"
    path.write_bytes((NOT_A_LISTING | made)[what])
    with pytest.raises(InputError):
        restore(path, url=str(folder / "there" / "store.db"), root=folder / "there" / "library")
    assert [p.name for p in tmp_path.rglob("*") if not p.is_dir()] == ["backup.tar"]

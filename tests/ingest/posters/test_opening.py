"""From what somebody says to a source of posters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matinee.catalogue.title import Title
from matinee.errors import InputError, SourceError
from matinee.ingest.posters import FolderPosters, ParquetPosters, TmdbPosters, open_posters
from matinee.ingest.posters.source import PosterSource

TITLES = [Title(id="tmdb:603", ids=("tmdb:603", "movielens:2571", "imdb:tt0133093"), title="A")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "posters").mkdir()
    for name in ("603", "2571", "0133093"):
        (tmp_path / "posters" / f"{name}.jpg").write_text(name)
    return tmp_path / "posters"


def first(source: PosterSource) -> str:
    ((position, got),) = source.posters(TITLES)
    assert position == 0
    assert isinstance(got, bytes)
    return got.decode()


def test_tmdb(tmp_path: Path) -> None:
    source = open_posters("tmdb", cache=tmp_path, host="https://a.test/t/p", size="w92")
    assert isinstance(source, TmdbPosters)
    assert isinstance(source, PosterSource)
    assert source.name == "https://a.test/t/p/w92"
    assert source.folder == tmp_path / "posters" / "https-a.test-t-p" / "w92"
    assert list(source.posters(TITLES)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_what_its_numbers_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = open_posters(folder)
    assert isinstance(source, FolderPosters)
    assert first(source) == first(open_posters(str(folder))) == "603"
    assert first(open_posters(f"tmdb:{folder}")) == "603"
    monkeypatch.setenv("HOME", str(folder.parent))
    assert first(open_posters("~/posters")) == "603"
    assert first(open_posters("ml:~/posters")) == "2571"
    assert first(open_posters(f"ml:{folder}")) == "2571"
    assert first(open_posters(f"MovieLens:{folder}")) == "2571"
    assert first(open_posters(f"imdb:{folder}")) == "0133093"


def test_a_file_with_what_its_numbers_are(tmp_path: Path) -> None:
    path = tmp_path / "no-extension"
    pq.write_table(pa.table({"id": [603, 2571], "poster": [b"a", b"b"]}), path)
    assert isinstance(open_posters(path), ParquetPosters)
    assert first(open_posters(path)) == "a"
    assert first(open_posters(f"ml:{path}")) == "b"


def test_a_folder_whose_name_looks_like_something_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    folder.rename("tmdb")
    assert isinstance(open_posters("tmdb"), TmdbPosters)
    assert first(open_posters("./tmdb")) == first(open_posters(Path("tmdb"))) == "603"
    Path("tmdb").rename("ml:posters")
    assert first(open_posters("ml:posters")) == "603"


def test_what_is_neither(tmp_path: Path) -> None:
    (tmp_path / "posters.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(SourceError, match=r"neither a folder nor a Parquet file .*posters\.zip"):
        open_posters(tmp_path / "posters.zip")
    for nowhere in (tmp_path / "nowhere", f"ml:{tmp_path}/nowhere", "", "C:\\posters", "a\x00b"):
        with pytest.raises(SourceError, match=r"There are no posters .* tmdb to have them"):
            open_posters(nowhere)
    for strange in ("x" * 5000, "~nobody-of-that-name/posters"):
        with pytest.raises(SourceError, match="cannot be read"):
            open_posters(strange)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="There are no posters"):
        open_posters(tmp_path / "pipe")


@pytest.mark.parametrize(
    "host",
    ["", "a.test", "ftp://a.test", "file:///etc", "https://", "https://me:you@a.test", "https://a/?x=",
     "https://a.test/#x", "https://[", "https://a.test:99999999", "https://a\n.test"],
)  # fmt: skip
def test_hosts_that_are_none(tmp_path: Path, host: str) -> None:
    with pytest.raises(InputError, match="MATINEE_POSTER_HOST"):
        open_posters("tmdb", cache=tmp_path, host=host)


@pytest.mark.parametrize("size", ["", "../x", "w342/..", "w 342", "w" * 21])
def test_sizes_that_are_none(tmp_path: Path, size: str) -> None:
    with pytest.raises(InputError, match="w342"):
        open_posters("tmdb", cache=tmp_path, size=size)


def test_the_client_is_loaded_when_something_is_fetched() -> None:
    script = (
        "import sys, matinee.ingest.posters as p; p.open_posters('tmdb');"
        "print('httpx2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"False"

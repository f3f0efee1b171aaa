"""Posters of a Parquet file."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matinee.catalogue.title import Title
from matinee.errors import SourceError
from matinee.ingest.posters import ParquetPosters
from matinee.ingest.posters.cache import looks_like_picture
from matinee.ingest.posters.source import PosterSource
from matinee.types import Reject

if TYPE_CHECKING:
    from pathlib import Path

TITLES = [
    Title(id="tmdb:11", ids=("tmdb:11", "imdb:tt0076759", "movielens:260"), title="A"),
    Title(id="tmdb:603", ids=("tmdb:603", "imdb:tt0133093", "movielens:2571"), title="B"),
    Title(id="local:c", title="C"),
]
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def table(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def read(path: Path, **options: Any) -> dict[int, bytes]:
    got = dict(ParquetPosters(path, **options).posters(TITLES))
    assert all(isinstance(each, bytes) for each in got.values())
    return got  # type: ignore[return-value]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "posters.parquet"


@pytest.mark.parametrize(
    "ids",
    [
        {"tmdb_id": [603, 11, 5]},
        {"id": [603, 11, 5]},
        {"id": ["603", "11", "5"]},
        {"id": ["tmdb:603", "imdb:tt0076759", "x"]},
        {"ID": ["tt0133093", "ml-260", ""]},
        {"tmdb_id": [603.0, 11.0, None]},
        {"imdb_id": ["tt0133093", "tt0076759", None]},
        {"imdbId": [133093, 76759, 1]},
        {"tconst": ["tt0133093", "tt0076759", None]},
        {"ml_id": [2571, 260, 1]},
        {"movieId": [2571, 260, 1]},
        {"movielens_id": [2571, 260, 1]},
        {"tmdb_id": [None, 11, None], "imdb_id": ["tt0133093", None, None]},
        {"tmdb_id": pa.array([603, 11, 5]).dictionary_encode()},
    ],
)
def test_columns_of_ids(path: Path, ids: dict[str, Any]) -> None:
    made = ParquetPosters(table(path, poster=[b"b", b"a", b"x"], **ids))
    assert isinstance(made, PosterSource)
    assert made.name == str(path)
    assert list(made.posters(TITLES)) == [(1, b"b"), (0, b"a")]
    assert (made.tally.found, made.tally.unused) == (2, 1)


def test_what_bare_numbers_are(path: Path) -> None:
    table(path, id=[2571, 11], image=[b"b", b"a"])
    assert read(path) == {0: b"a"}
    assert read(path, namespace="movielens") == {1: b"b"}


@pytest.mark.parametrize(
    "picture",
    [
        {"webp": [b"b"]},
        {"Image": [b"b"]},
        {"whatever": [b"b"]},
        {"poster": [b"b"], "thumbnail": [b"x"]},
        {"poster": pa.array([b"b"], pa.large_binary())},
        {"image": pa.array([{"bytes": b"b", "path": "603.jpg"}], IMAGE)},
        {"image": pa.array([{"bytes": b"b", "path": None}], IMAGE), "blob": [b"x"]},
        {"poster": pa.array([b"b"]).dictionary_encode().cast(pa.binary())},
    ],
)
def test_columns_of_pictures(path: Path, picture: dict[str, Any]) -> None:
    assert read(table(path, tmdb_id=[603], title=["B"], **picture)) == {1: b"b"}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"tmdb_id": [603], "title": ["B"]}, "no column of bytes"),
        ({"tmdb_id": [603], "image": ["b"]}, "no column of bytes"),
        ({"tmdb_id": [603], "image": pa.array([{"path": "x"}])}, "no column of bytes"),
        ({"tmdb_id": [603], "a": [b"b"], "b": [b"b"]}, "several columns of bytes"),
        ({"title": ["B"], "image": [b"b"]}, "no column of ids"),
    ],
)
def test_columns_that_are_missing(path: Path, columns: dict[str, Any], said: str) -> None:
    with pytest.raises(SourceError, match=said):
        ParquetPosters(table(path, **columns))


def test_two_columns_of_one_name(path: Path) -> None:
    both = pa.Table.from_arrays(
        [pa.array([b"a"])] * 2 + [pa.array([1])], ["poster", "poster", "id"]
    )
    pq.write_table(both, path)
    with pytest.raises(SourceError, match="more than one column 'poster'"):
        ParquetPosters(path)


def test_the_first_row_that_can_be_used(path: Path) -> None:
    ids = [11, 603, 603, 603, 603]
    pictures = [None, b"", bytes(101), b"good", b"later"]
    made = ParquetPosters(table(path, tmdb_id=ids, poster=pictures), limit=100)
    (good, bad) = made.posters(TITLES)
    assert good == (1, b"good")
    assert bad[0] == 0
    assert isinstance(bad[1], Reject)
    assert (bad[1].line, bad[1].column) == (1, "poster")
    assert "no bytes" in bad[1].reason
    assert (made.tally.found, made.tally.rejected, made.tally.repeated) == (1, 1, 1)


@pytest.mark.parametrize("cell", [None, {"bytes": None, "path": "x.jpg"}, {"bytes": b""}])
def test_structs_without_bytes(path: Path, cell: Any) -> None:
    table(path, tmdb_id=[603], image=pa.array([cell], IMAGE))
    ((_, got),) = ParquetPosters(path).posters(TITLES)
    assert isinstance(got, Reject)


def test_many_rows_of_many_groups(path: Path) -> None:
    count = 1000
    titles = [Title(id=f"tmdb:{n}", title="A") for n in range(0, count, 2)]
    columns = {"id": list(range(count)), "jpg": [f"{n}".encode() for n in range(count)]}
    pq.write_table(pa.table(columns), path, row_group_size=77)
    made = ParquetPosters(path)
    expected = [(at, str(2 * at).encode()) for at in range(count // 2)]
    assert list(made.posters(titles)) == expected == list(made.posters(titles))
    assert made.tally.unused == count // 2


def test_no_parquet_or_a_damaged_one(path: Path) -> None:
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(SourceError, match="damaged"):
        ParquetPosters(path)
    rng = np.random.default_rng(1)
    pictures = [rng.bytes(2000) for _ in range(100)]
    table(path, tmdb_id=[603] * 50 + [11] * 50, poster=pictures)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="damaged"):
        ParquetPosters(path)
    path.write_bytes(whole[:100] + bytes(1000) + whole[1100:])
    with pytest.raises(SourceError, match="damaged"):
        list(ParquetPosters(path).posters(TITLES))


def test_a_bomb_is_refused(path: Path) -> None:
    columns = {"tmdb_id": [603], "poster": [bytes(100_000_000)]}
    pq.write_table(pa.table(columns), path, compression="zstd", write_statistics=False)
    assert path.stat().st_size < 200_000
    with pytest.raises(SourceError, match="unpacks"):
        ParquetPosters(path)


MEMORY = """
import sys
from pathlib import Path
from matinee.catalogue.title import Title
from matinee.ingest.posters import ParquetPosters
from matinee.memory_used import peak_mb
titles = [Title(id=f"tmdb:{n}", title="A") for n in range(5000)]
source = ParquetPosters(Path(sys.argv[1]))
before = peak_mb()
print(sum(len(got) for _, got in source.posters(titles)), peak_mb() - before)
"""


def test_memory_stays_bounded(path: Path) -> None:
    """One row group of 150 MB is read a few pictures at a time."""
    rng = np.random.default_rng(2)
    count, size = 5000, 30_000
    pictures = pa.array([rng.bytes(size) for _ in range(count)], pa.binary())
    pq.write_table(
        pa.table({"tmdb_id": range(count), "poster": pictures}),
        path,
        row_group_size=count,
        use_dictionary=False,
        write_batch_size=16,  # a page, which is the least that can be read, gets that many rows
    )
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, path],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    total, grown = done.stdout.split()
    assert int(total) == count * size
    assert float(grown) < 30


@pytest.mark.extra
def test_the_posters_of_the_evaluation_data(data: Path) -> None:
    path = data / "posters/posters_1200.parquet"
    numbers = pq.read_table(path, columns=["ml_id"])["ml_id"].to_pylist()
    titles = [Title(id=f"movielens:{number}", title="A") for number in numbers]
    made = ParquetPosters(path)
    got = dict(made.posters(titles))
    assert len(got) == len(set(numbers)) == 1200
    assert all(isinstance(each, bytes) and looks_like_picture(each) for each in got.values())
    assert made.tally.found == 1200

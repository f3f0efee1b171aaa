"""Folders of ratings: what is read of titles and people, and in which order."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matinee.errors import InputError, RejectedRowsError
from matinee.evaluate.dataset import read_dataset

if TYPE_CHECKING:
    from pathlib import Path

RATINGS = "userId,movieId,rating,timestamp\n2,30,4.0,5\n1,10,3.5,9\n2,10,1.0,7\n1,20,5.0,8\n"
MOVIES = (
    "movieId,title,genres\n"
    '10,"Avventura, L\' (1960)",Drama|Mystery\n'
    "20,Cosmos (2014-2015),(no genres listed)\n"
    "40,Never Rated (1999),War\n"
)


def put(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    raw = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_folder_of_movielens(tmp_path: Path, ending: str) -> None:
    put(tmp_path / f"ratings.csv{ending}", RATINGS)
    put(tmp_path / f"movies.csv{ending}", MOVIES)
    put(tmp_path / "tags.csv", "userId,movieId,tag,timestamp\n1,10,slow,5\n")
    data = read_dataset(tmp_path)
    found = data.interactions
    assert data.name == tmp_path.name
    assert found.user_ids == ["2", "1"]
    assert found.item_ids == ["movielens:30", "movielens:10", "movielens:20"]
    assert found.values.tolist() == [4.0, 3.5, 1.0, 5.0]
    assert list(data.titles) == ["movielens:30", "Avventura, L' (1960)", "Cosmos (2014-2015)"]
    np.testing.assert_equal(data.features.years, np.array([np.nan, 1960, 2014], np.float32))
    assert data.features.genre_names == ["Drama", "Mystery"]
    assert data.features.genres.tolist() == [[False] * 2, [True] * 2, [False] * 2]
    assert data.user_features is None


def test_ratings_alone(tmp_path: Path) -> None:
    put(tmp_path / "ratings.csv", RATINGS)
    data = read_dataset(tmp_path)
    assert data.features.genres.shape == (3, 0)
    assert np.isnan(data.features.years).all()


def test_the_old_layout_with_people(tmp_path: Path) -> None:
    put(tmp_path / "ratings.dat", "2::1::4::5\n1::1::3::9\n3::1::3::9\n")
    put(tmp_path / "movies.dat", "1::Misérables, Les (1995)::Sci-Fi|War\n".encode("latin-1"))
    put(tmp_path / "users.dat", "1::F::1::10::48067\n2::M::56::16::70072\n")
    data = read_dataset(tmp_path)
    assert list(data.titles) == ["Misérables, Les (1995)"]
    assert data.interactions.user_ids == ["2", "1", "3"]
    assert data.user_features is not None
    told = [
        {name for name, has in zip(data.user_feature_names, row, strict=True) if has}
        for row in data.user_features
    ]
    assert told == [
        {"gender=M", "age=56", "occupation=16"},
        {"gender=F", "age=0", "occupation=10"},
        set(),
    ]


def test_the_layout_of_recbole(tmp_path: Path) -> None:
    put(
        tmp_path / "ml-x.inter",
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n9\t3\t4\t5\n",
    )
    put(
        tmp_path / "ml-x.item",
        "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
        "3\tFour Rooms\t1995\tThriller Film-Noir\n",
    )
    put(
        tmp_path / "ml-x.user",
        "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
        "9\t24\tM\ttechnician\t85711\n",
    )
    data = read_dataset(tmp_path)
    assert data.interactions.item_ids == ["movielens:3"]
    assert (data.titles[0], float(data.features.years[0])) == ("Four Rooms", 1995.0)
    assert data.features.genre_names == ["Film-Noir", "Thriller"]
    assert list(data.user_feature_names) == ["age=18", "gender=M", "occupation=technician"]


def test_parquet(tmp_path: Path) -> None:
    ratings = {"userId": [1, 1], "movieId": [5, 4], "rating": [3, 4]}
    pq.write_table(pa.table(ratings), tmp_path / "ratings.parquet")
    movies = {"movieId": [4, 5], "title": ["A (1990)", "B"], "genres": ["War", None]}
    pq.write_table(pa.table(movies), tmp_path / "movies.parquet")
    data = read_dataset(tmp_path)
    assert list(data.titles) == ["B", "A (1990)"]
    assert not data.interactions.timed


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_dataset(tmp_path / "absent")
    with pytest.raises(InputError, match=r"no ratings.*ratings\.csv"):
        read_dataset(tmp_path)
    put(tmp_path / "ratings.csv", RATINGS + "1,30,9,5\n")
    with pytest.raises(RejectedRowsError, match="line 6"):
        read_dataset(tmp_path)
    put(tmp_path / "ratings.csv", RATINGS)
    put(tmp_path / "movies.csv", "movieId,title,genres\n10,Heat (1995)\n")
    with pytest.raises(InputError, match="line 2"):
        read_dataset(tmp_path)
    put(tmp_path / "ratings.dat", "1::1::3::9\n")
    with pytest.raises(InputError, match="several files"):
        read_dataset(tmp_path)


@pytest.mark.extra
@pytest.mark.parametrize(
    ("name", "ratings", "people", "titles", "timed", "facts"),
    [
        ("ml-100k", 100_000, 943, 1_682, True, 30),
        ("ml-1m", 1_000_209, 6_040, 3_706, False, 30),
        ("ml-32m-sample", 206_584, 2_149, 13_049, True, 0),
        ("ml-latest-small-2016", 100_004, 671, 9_066, True, 0),
        ("ml-latest-small-2018", 100_836, 610, 9_724, True, 0),
    ],
)
def test_the_published_folders(
    data: Path, name: str, ratings: int, people: int, titles: int, timed: bool, facts: int
) -> None:
    found = read_dataset(data / name)
    assert len(found.interactions) == ratings
    assert len(found.interactions.user_ids) == people
    assert len(found.interactions.item_ids) == len(found.titles) == len(found.features) == titles
    assert found.interactions.timed == timed
    # Nearly every title has a year and a genre: the lists were found and matched.
    assert np.isnan(found.features.years).mean() < 0.01
    assert (found.features.genres.sum(1) == 0).mean() < 0.01
    assert len(found.user_feature_names) == facts
    if found.user_features is not None:
        assert (found.user_features.sum(1) == 3).all()

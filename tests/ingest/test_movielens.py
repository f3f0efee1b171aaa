from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matinee.ingest import read_catalogue
from matinee.ingest.movielens import split_title

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Matrix, The (1999)", ("The Matrix", None, 1999)),
        ("Seven (a.k.a. Se7en) (1995)", ("Seven", None, 1995)),
        ("Avventura, L' (Adventure, The) (1960)", ("L'Avventura", "The Adventure", 1960)),
        ("(500) Days of Summer (2009)", ("(500) Days of Summer", None, 2009)),
        ("Babylon 5", ("Babylon 5", None, None)),
        ("Cosmos (2014-2015)", ("Cosmos", None, 2014)),
        (
            "Birdman: Or (The Unexpected Virtue of Ignorance) (2014)",
            ("Birdman: Or (The Unexpected Virtue of Ignorance)", None, 2014),
        ),
    ],
)
def test_split_title(text: str, told: tuple[str, str | None, int | None]) -> None:
    assert split_title(text) == told


def test_a_folder(put, rows_of) -> None:
    folder = put(
        "movieId,title,genres\n1,Toy Story (1995),Children|Film-Noir\n2,B,(no genres listed)\n",
        "d/a",
    ).parent
    put("movieId,imdbId,tmdbId\n1,0114709,862\n2,,\n", "d/b")
    put("userId,movieId,rating,timestamp\n1,1,4.0,1\n2,1,5.0,2\n3,x,9,9\n", "d/c")
    put("Read me first, dear user.\nThank you.\n", "d/README")
    first, second = rows_of(folder)
    assert first["ids"] == ["tmdb:862", "imdb:tt0114709", "movielens:1"]
    assert (first["genres"], first["keywords"]) == (["Family"], ["film noir"])
    assert (first["vote_average"], first["vote_count"]) == (9.0, 2)
    assert (second["ids"], second["genres"], second["vote_count"]) == (["movielens:2"], [], None)


def test_the_old_layout_in_latin_1(put, rows_of) -> None:
    (row,) = rows_of(put("1::Misérables, Les (1995)::Sci-Fi|War\n".encode("latin-1")))
    assert row["title"] == "Les Misérables"
    assert row["genres"] == ["Science Fiction", "War"]


def test_the_public_folder(data: Path) -> None:
    report = read_catalogue([data / "ml-latest-small-2018"]).report
    # MovieLens lists one film twice, under one number of TMDb.
    assert (report.rows, report.titles, report.merged) == (9742, 9741, 1)

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from matinee.errors import SourceError
from matinee.ingest import read_catalogue

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ["id", "title", "original_title", "genres", "keywords", "original_language"]
HEADER += ["production_countries", "spoken_languages", "release_date", "runtime", "vote_average"]
HEADER += ["vote_count", "overview"]
FILM = [
    "71",
    "The Salt Road",
    "Le Chemin du sel",
    json.dumps([{"id": 18, "name": "Drama"}]),
    json.dumps([{"id": 1, "name": "Desert"}]),
    "fr",
    json.dumps([{"iso_3166_1": "FR", "name": "France"}]),
    json.dumps([{"iso_639_1": "fr", "name": "Français"}, {"iso_639_1": "ar", "name": "x"}]),
    "2001-02-03",
    "101",
    "7.1",
    "12",
    "Salt.",
]
PEOPLE = [
    "71",
    "The Salt Road",
    json.dumps([{"name": "Ines Roy"}, {"name": "Omar Bey"}]),
    json.dumps([{"job": "Director", "name": "Lou Petit"}, {"job": "Screenplay", "name": "M. Sy"}]),
]


@pytest.mark.parametrize("order", [1, -1])
def test_films_joined_with_their_people(put_csv, rows_of, order: int) -> None:
    films = put_csv([HEADER, FILM], "a")
    people = put_csv([["movie_id", "title", "cast", "crew"], PEOPLE], "b")
    (film,) = rows_of(*[films, people][::order])
    assert film["id"] == "tmdb:71"
    assert film["original_title"] == "Le Chemin du sel"
    assert film["cast"] == ["Ines Roy", "Omar Bey"]
    assert film["directors"] == ["Lou Petit"]
    assert film["writers"] == ["M. Sy"]
    assert film["languages"] == ["fr", "ar"]
    assert film["countries"] == ["FR"]
    assert film["keywords"] == ["desert"]
    assert (film["year"], film["runtime"], film["vote_count"]) == (2001, 101, 12)


def test_people_alone_are_refused(put_csv, rows_of) -> None:
    people = put_csv([["movie_id", "title", "cast", "crew"], PEOPLE])
    with pytest.raises(SourceError, match="completes a list of titles of tmdb-5000"):
        rows_of(people)


def test_the_public_table(data: Path) -> None:
    catalogue = read_catalogue([data / "tmdb_5000"])
    assert catalogue.report.titles == 4803
    assert catalogue.rejects == ()

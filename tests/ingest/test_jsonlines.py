from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from matinee.errors import SourceError
from matinee.ingest import read_catalogue

if TYPE_CHECKING:
    from pathlib import Path

SIMPLE = {"id": 7, "title": "Low Tide", "plot": "Fog.", "year": 1999, "genres": ["Sci-Fi"]}
DETAIL: dict[str, Any] = {
    "id": 42,
    "title": "The Salt Road",
    "original_language": "cn",
    "poster_path": "/x.jpg",
    "vote_average": 7.5,
    "vote_count": 10,
    "release_date": "2001-02-03",
    "genres": [{"id": 18, "name": "Drama"}],
    "production_countries": [{"iso_3166_1": "HK", "name": "Hong Kong"}],
    "spoken_languages": [{"iso_639_1": "en", "name": "English"}],
    "external_ids": {"imdb_id": "tt0000042"},
    "credits": {
        "cast": [{"name": "Ines Roy"}],
        "crew": [{"job": "Director", "name": "Lou Petit"}, {"job": "Story", "name": "M. Sy"}],
    },
    "keywords": {"keywords": [{"id": 1, "name": "Desert"}]},
    "release_dates": {
        "results": [
            {"iso_3166_1": "FR", "release_dates": [{"certification": "U"}]},
            {"iso_3166_1": "US", "release_dates": [{"certification": ""}, {"certification": "PG"}]},
        ]
    },
}
SERIES = {
    "id": 42,
    "name": "Han River",
    "type": "Scripted",
    "first_air_date": "2020-01-01",
    "original_language": "ko",
    "poster_path": None,
    "genre_ids": [10765, 18],
    "content_ratings": {"results": [{"iso_3166_1": "US", "rating": "TV-14"}]},
}
FLAT = {
    "title": "Quiet",
    "release_date": "NO DATE",
    "vote_average": "NO RATING",
    "genres": "NO GENRES",
    "overview": "",
    "poster_path": "https://example.org/w500null",
    "imdb_id": "NO ID",
    "id": 9,
    "type": "tv",
}


def lines(*objects: Any) -> str:
    return "\n".join(json.dumps(o) for o in objects) + "\n"


def test_objects_of_every_kind(put, rows_of) -> None:
    path = put(lines(SIMPLE, {**SIMPLE, "id": "tmdb:603", "genres": "Drama, War"}, DETAIL, SERIES))
    simple, named, film, series = rows_of(path)
    assert simple["id"] == "local:7"
    assert (simple["overview"], simple["genres"]) == ("Fog.", ["Science Fiction"])
    assert (named["id"], named["genres"]) == ("tmdb:603", ["Drama", "War"])
    assert film["ids"] == ["tmdb:42", "imdb:tt0000042"]
    assert film["languages"] == ["zh", "en"]
    assert film["certification"] == "PG"
    assert (film["directors"], film["writers"]) == (["Lou Petit"], ["M. Sy"])
    assert (film["countries"], film["keywords"]) == (["HK"], ["desert"])
    assert (series["id"], series["kind"]) == ("tmdb-tv:42", "series")
    assert series["genres"] == ["Science Fiction", "Fantasy", "Drama"]
    assert series["certification"] == "TV-14"


def test_words_for_nothing(put, rows_of) -> None:
    (row,) = rows_of(put(lines(FLAT)))
    assert row["id"] == "tmdb-tv:9"
    absent = ("release_date", "year", "vote_average", "overview", "poster_path")
    assert [row[name] for name in absent] == [None] * 5
    assert row["genres"] == []


@pytest.mark.parametrize("indent", [None, 2])
def test_arrays_and_pages(put, rows_of, indent: int | None) -> None:
    many = [{**SIMPLE, "id": i, "title": f"Film {i}", "plot": "x" * 500} for i in range(500)]
    assert len(rows_of(put(json.dumps(many, indent=indent)))) == 500
    page = {"page": 1, "results": [SERIES, DETAIL]}
    assert len(rows_of(put(json.dumps(page, indent=indent)))) == 2


def test_namespace_of_the_call(put, rows_of) -> None:
    assert rows_of(put(lines(SIMPLE)), namespace="mine")[0]["id"] == "mine:7"


def test_a_broken_line_is_set_aside_with_its_number(put) -> None:
    path = put(lines(SIMPLE) + "{broken\n[1]\n" + lines({**SIMPLE, "id": 8, "title": "\ud83d!"}))
    catalogue = read_catalogue([path])
    assert [r.line for r in catalogue.rejects] == [2, 3]
    assert catalogue.table["title"].to_pylist() == ["Low Tide", "\N{REPLACEMENT CHARACTER}!"]


def test_an_array_cut_short_is_refused(put, rows_of) -> None:
    with pytest.raises(SourceError, match=r"broken or cut short.*line 3"):
        rows_of(put('[\n{"title": "A"},\n{"title": '))


def test_the_public_dump(data: Path) -> None:
    report = read_catalogue([data / "tmdb_20k/titles.jsonl.gz"]).report
    # One film has a blank for a title.
    assert (report.rows, report.titles, report.rejected) == (20325, 20324, 1)

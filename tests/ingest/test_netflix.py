from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.ingest import read_catalogue

if TYPE_CHECKING:
    from pathlib import Path

HEADER = [
    "show_id",
    "type",
    "title",
    "director",
    "cast",
    "country",
    "date_added",
    "release_year",
    "rating",
    "duration",
    "listed_in",
    "description",
]
FILM = ["s1", "Movie", "Low Tide", "Ada Voss", "Ben Ross, Carl Day, Jr.", "United States, India"]
FILM += ["May 1, 2020", "2019", "PG-13", "90 min", "Dramas, Independent Movies", "Boats &amp; fog."]
SERIES = ["s2", "TV Show", "Han River", "", "", "South Korea", "", "2021", "TV-MA", "2 Seasons"]
SERIES += ["International TV Shows, Korean TV Shows, TV Dramas", "A river."]
SHIFTED = ["s3", "Movie", "One Man", "", "", "", "", "2017", "74 min", "", "Movies", "Talk."]


def test_films_series_and_the_shifted_length(put_csv, rows_of) -> None:
    film, series, shifted = rows_of(put_csv([HEADER, FILM, SERIES, SHIFTED]))
    assert film["id"] == "netflix:s1"
    assert film["kind"] == "film"
    assert film["cast"] == ["Ben Ross", "Carl Day, Jr."]
    assert film["countries"] == ["US", "IN"]
    assert film["runtime"] == 90
    assert film["certification"] == "PG-13"
    assert film["genres"] == ["Drama"]
    assert film["keywords"] == ["independent movies"]
    assert film["overview"] == "Boats & fog."
    assert film["release_date"] is None
    assert (series["kind"], series["runtime"]) == ("series", None)
    assert (series["languages"], series["genres"]) == (["ko"], ["Drama"])
    assert (shifted["runtime"], shifted["certification"]) == (74, None)


def test_the_public_table(data: Path) -> None:
    catalogue = read_catalogue([data / "netflix/netflix_titles.csv.gz"])
    assert catalogue.report.titles == 8807
    assert catalogue.rejects == ()
    runtimes = dict(
        zip(catalogue.table["id"].to_pylist(), catalogue.table["runtime"].to_pylist(), strict=True)
    )
    assert [runtimes[f"netflix:s{n}"] for n in (5542, 5795, 5814)] == [74, 84, 66]

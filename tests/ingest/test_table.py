from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matinee.errors import SourceError
from matinee.ingest import read_catalogue, write_catalogue

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("packed", [False, True])
def test_any_table(put, rows_of, mark: str, start: str, packed: bool) -> None:
    header = mark.join(
        ["Name", "Release Year", "Plot", "Stars", "Runtime (mins)", "Rated", "const"]
    )
    row = mark.join(
        [
            "Low Tide",
            "1999",
            '"Fog, ""thick""; salt."',
            '"Ann Oy, Ben Ek, Jr."',
            "1h 31min",
            "PG",
            "tt0000123",
        ]
    )
    (film,) = rows_of(put(f"{start}{header}\r\n{row}\r\n", packed=packed))
    assert film["id"] == "imdb:tt0000123"
    assert (film["title"], film["year"], film["runtime"]) == ("Low Tide", 1999, 91)
    assert film["overview"] == 'Fog, "thick"; salt.'
    assert film["cast"] == ["Ann Oy", "Ben Ek, Jr."]
    assert film["certification"] == "PG"


def test_a_rating_is_a_vote_or_an_age(put_csv, rows_of) -> None:
    path = put_csv([["title", "rating"], ["A", "7.5"], ["B", "TV-MA"]])
    vote, age = rows_of(path)
    assert (vote["vote_average"], vote["certification"]) == (7.5, None)
    assert (age["vote_average"], age["certification"]) == (None, "TV-MA")


def test_kinds_are_told_apart_and_others_set_aside(put_csv) -> None:
    rows = [["tconst", "titleType", "primaryTitle"], ["tt1", "tvMovie", "A"]]
    rows += [["tt2", "tvMiniSeries", "B"], ["tt3", "videoGame", "C"]]
    catalogue = read_catalogue([put_csv(rows, delimiter="\t")])
    assert catalogue.table["kind"].to_pylist() == ["film", "series"]
    assert [r.value for r in catalogue.rejects] == ["videoGame"]


def test_mapping(put_csv, rows_of) -> None:
    path = put_csv([["Nom", "An"], ["Marée basse", "1999"]])
    with pytest.raises(SourceError, match=r"Nom, An; name one with --map title=COLUMN"):
        rows_of(path)
    (film,) = rows_of(path, mapping={"title": "Nom", "year": "An"})
    assert (film["title"], film["year"]) == ("Marée basse", 1999)
    with pytest.raises(SourceError, match="no column 'Titre'"):
        rows_of(path, mapping={"title": "Titre"})
    with pytest.raises(SourceError, match="no field 'name'"):
        rows_of(path, mapping={"name": "Nom"})


def test_parquet_by_column_names(tmp_path: Path, rows_of) -> None:
    columns = {
        "tmdb_id": [603],
        "title": ["Low Tide"],
        "director": [["Ann Oy"]],
        "ml_id": [5],
        "runtime": [float("nan")],
        "original_language": ["en"],
    }
    pq.write_table(pa.table(columns), tmp_path / "x")
    (film,) = rows_of(tmp_path / "x")
    assert film["ids"] == ["tmdb:603", "movielens:5"]
    assert (film["directors"], film["languages"], film["runtime"]) == (["Ann Oy"], ["en"], None)


def test_reading_what_was_written_changes_nothing(put_csv, tmp_path: Path) -> None:
    rows = [["title", "year", "plot", "genre"], ["A &amp;amp; B", "1999", "x", "Sci-Fi, Noir"]]
    first = read_catalogue([put_csv([*rows, ["A", "", "", ""]])])
    write_catalogue(tmp_path / "out", first)
    again = read_catalogue([tmp_path / "out" / "catalogue.parquet"])
    assert again.table.equals(first.table)
    both = read_catalogue([tmp_path / "out" / "catalogue.parquet", tmp_path / "file"])
    assert both.table["id"].equals(first.table["id"])


@pytest.mark.extra
def test_the_public_parquet(data: Path) -> None:
    catalogue = read_catalogue([data / "catalogue/titles_29876.parquet"])
    # One film has a blank for a title; four pairs share an id of IMDb and are kept apart.
    assert (catalogue.report.rows, catalogue.report.titles) == (29876, 29875)
    assert len(catalogue.report.warnings) == 4
    ids = [i for own in catalogue.table["ids"].to_pylist() for i in own]
    assert len(ids) == len(set(ids))

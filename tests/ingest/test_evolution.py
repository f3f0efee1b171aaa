"""Catalogues written in another version of the schema, by hand in several shapes."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import matinee
from matinee.catalogue.schema import SCHEMA, SCHEMA_VERSION, conformed, differences, to_table
from matinee.catalogue.table import NAME, TitleTable
from matinee.catalogue.title import Title
from matinee.errors import InputError, LibraryCorruptError, SourceError
from matinee.ingest import read_catalogue

if TYPE_CHECKING:
    from pathlib import Path

FILMS = [
    Title(
        id="tmdb:1",
        ids=("tmdb:1", "imdb:tt0000001"),
        title="Low Tide",
        year=1999,
        release_date=dt.date(1999, 3, 1),
        genres=("Drama",),
        cast=("Ann Oy",),
        runtime=91,
        vote_average=7.5,
        vote_count=40_000,
        popularity=2.5,
        sources=("json",),
    ),
    Title(id="local:quiet-hills", ids=("local:quiet-hills",), title="Quiet Hills", sources=("a",)),
]
TABLE = to_table(FILMS)


def changed(table: pa.Table, version: int | None = SCHEMA_VERSION, **columns: pa.Array) -> pa.Table:
    """Return a table with some columns replaced or added, and the version it says it has."""
    for name, column in columns.items():
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, column)
        else:
            table = table.append_column(name, column)
    said = None if version is None else {"matinee.schema": str(version)}
    return table.replace_schema_metadata(said)


def put(folder: Path, table: pa.Table) -> Path:
    path = folder / NAME
    pq.write_table(table, path)
    return path


OLDER = changed(
    TABLE.drop_columns(["popularity", "writers", "sources", "ids", "tagline"]),
    vote_count=pa.array([400, None], pa.int16()),
)
NEWER = changed(
    TABLE.cast(
        pa.schema(
            [
                *(
                    pa.field(f.name, pa.large_list(pa.large_string()))
                    if pa.types.is_list(f.type)
                    else f
                    for f in SCHEMA
                )
            ]
        )
    ),
    version=SCHEMA_VERSION + 6,
    year=pa.array([1999, None], pa.int32()),
    vote_average=pa.array([7.5, None], pa.float64()),
    title=pa.array(["Low Tide", "Quiet Hills"], pa.large_string()),
    kind=pa.array(["film", "film"]).dictionary_encode(),
    release_date=pa.array([dt.datetime(1999, 3, 1), None], pa.timestamp("us")),
    moods=pa.array([["calm"], []]),
)
# What a data frame makes of it: gaps are NaN, an empty column has no type, nothing is said of us.
FRAMED = changed(
    TABLE,
    version=None,
    year=pa.array([1999.0, None], pa.float64()),
    tagline=pa.nulls(2),
    release_date=pa.array([dt.datetime(1999, 3, 1), None], pa.timestamp("ns")),
).select(list(reversed(SCHEMA.names)))


def test_an_older_table_has_what_it_lacks_as_absent_and_says_so(tmp_path: Path) -> None:
    catalogue = read_catalogue([put(tmp_path, OLDER)])
    first, second = catalogue.table.to_pylist()
    assert (first["title"], first["vote_count"], first["runtime"]) == ("Low Tide", 400, 91)
    assert (first["popularity"], first["writers"], first["tagline"]) == (None, [], None)
    assert (first["ids"], first["sources"]) == (["tmdb:1"], ["matinee"])
    assert second["ids"] == ["local:quiet-hills"]
    (file,) = catalogue.report.files
    assert file.source == "matinee"
    assert file.warnings == (
        "has no column ids, tagline, writers, popularity, sources: absent in every row",
    )
    titles = TitleTable.open(tmp_path)
    assert titles.table.schema.equals(SCHEMA)
    assert titles.notes == file.warnings
    assert titles.title(0).ids == ("tmdb:1",)
    assert titles.title(1).sources == ("matinee",)
    assert titles.find("local:quiet-hills") == 1


def test_a_newer_table_is_read_as_far_as_it_is_known_and_says_so(tmp_path: Path) -> None:
    path = put(tmp_path, NEWER)
    catalogue = read_catalogue([path])
    assert catalogue.table.equals(TABLE)
    warnings = catalogue.report.files[0].warnings
    assert warnings[0].startswith(f"written in version {SCHEMA_VERSION + 6} of the schema")
    assert warnings[1] == "the column moods is not known and was left out"
    titles = TitleTable.open(tmp_path)
    assert titles.table.equals(TABLE)
    assert titles.notes == warnings


def test_a_table_that_went_through_a_data_frame_is_still_ours(tmp_path: Path) -> None:
    catalogue = read_catalogue([put(tmp_path, FRAMED)])
    assert catalogue.table.equals(TABLE)
    assert catalogue.report.files[0].source == "matinee"
    assert catalogue.report.files[0].warnings == ()
    assert TitleTable.open(tmp_path).table.equals(TABLE)


def test_a_table_of_this_version_is_taken_as_it_is() -> None:
    assert conformed(TABLE) is not None
    found = differences(SCHEMA)
    assert (found.version, found.notes(), found.faults, found.changed) == (1, (), (), ())
    assert conformed(TABLE).schema.equals(SCHEMA, check_metadata=True)
    assert conformed(TABLE.slice(0, 0)).num_rows == 0
    assert conformed(OLDER.slice(0, 0)).schema.equals(SCHEMA)


@pytest.mark.parametrize(
    ("table", "what"),
    [
        (changed(TABLE, year=pa.array(["1999", "2000"])), "year: string instead of int16"),
        (changed(TABLE, genres=pa.array(["Drama", ""])), "genres: string instead of list"),
        (changed(TABLE, genres=pa.array([[1], []])), r"genres: list<\w+: int64> instead of list"),
        (changed(TABLE, title=pa.array([1, 2])), "title: int64 instead of string"),
    ],
)
def test_a_type_that_cannot_be_taken_over_is_refused_with_the_cure(
    tmp_path: Path, table: pa.Table, what: str
) -> None:
    path = put(tmp_path, table)
    with pytest.raises(SourceError, match=what) as caught:
        read_catalogue([path])
    assert "type of docs/datamodel.md" in str(caught.value)
    with pytest.raises(LibraryCorruptError, match=what):
        TitleTable.open(tmp_path)


def test_a_value_that_does_not_fit_is_left_out_in_reading_and_refused_in_a_library(
    tmp_path: Path,
) -> None:
    path = put(tmp_path, changed(TABLE, year=pa.array([99_999, 1999], pa.int64())))
    catalogue = read_catalogue([path])
    assert catalogue.table["year"].to_pylist() == [1999, 1999]  # the first of its release date
    assert [(r.column, r.value) for r in catalogue.rejects] == [("year", "99999")]
    with pytest.raises(LibraryCorruptError, match=r"column year does not fit.*99999"):
        TitleTable.open(tmp_path)


@pytest.mark.parametrize("column", ["id", "kind", "title"])
def test_without_what_makes_a_title_nothing_is_read(tmp_path: Path, column: str) -> None:
    put(tmp_path, changed(TABLE.drop_columns([column])))
    with pytest.raises(LibraryCorruptError, match=f"no column {column}"):
        TitleTable.open(tmp_path)


def test_nulls_are_refused_where_none_may_be_and_empty_in_lists() -> None:
    empty = changed(TABLE, genres=pa.array([["Drama"], None], pa.list_(pa.string())))
    assert conformed(empty)["genres"].to_pylist() == [["Drama"], []]
    for broken in (
        changed(TABLE, title=pa.array(["Low Tide", None])),
        changed(TABLE, genres=pa.array([["Drama"], [None]], pa.list_(pa.string()))),
    ):
        with pytest.raises(InputError, match="is null in some row"):
            conformed(broken)


def test_two_columns_of_one_name_are_refused() -> None:
    twice = TABLE.append_column("year", TABLE["year"])
    assert differences(twice.schema).faults == ("it has two columns year",)


def test_another_table_with_an_id_a_kind_and_a_title_is_not_ours(tmp_path: Path) -> None:
    path = tmp_path / "x"
    columns = {"id": ["a"], "kind": ["movie"], "title": ["Low Tide"], "Genre": ["Drama"]}
    pq.write_table(pa.table(columns), path)
    catalogue = read_catalogue([path])
    assert catalogue.report.files[0].source == "table"
    assert catalogue.table["genres"].to_pylist() == [["Drama"]]


def test_a_library_whose_table_lacks_a_column_opens_and_answers(tmp_path: Path) -> None:
    films = tmp_path / "films.csv"
    films.write_text("title,year,plot\nLow Tide,1999,A lighthouse in fog.\nSun,2001,Hot.\n")
    matinee.build([films], tmp_path / "library")
    version = tmp_path / "library" / (tmp_path / "library/CURRENT").read_text().strip()
    older = changed(pq.read_table(version / NAME).drop_columns(["popularity", "tagline"]))
    put(version, older)
    manifest = json.loads((version / "manifest.json").read_text())
    raw = (version / NAME).read_bytes()
    manifest["files"][NAME] |= {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    (version / "manifest.json").write_text(json.dumps(manifest))
    library = matinee.open(tmp_path / "library")
    (first, *_) = library.search("lighthouse").results
    assert (first.title.title, first.title.tagline) == ("Low Tide", None)

"""Every kind of dirty data that catalogues are known to hold, each under its name."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matinee.catalogue.table import TitleTable
from matinee.errors import SourceError
from matinee.ingest import LeftOut, read_catalogue
from matinee.ingest.validation import validate

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["Robert Downey, Jr.", "Cuba Gooding Jr.", "Harry Connick, Jr", "Ann Oy"]


def test_names_with_commas_in_a_cell_separated_by_commas(put_csv, rows_of) -> None:
    (film,) = rows_of(put_csv([["title", "cast"], ["A", ", ".join(NAMES)]]))
    assert film["cast"] == NAMES


@pytest.mark.parametrize("mark", ["|", ";", " | ", "; "])
def test_names_with_commas_in_a_cell_separated_otherwise(put_csv, rows_of, mark: str) -> None:
    (film,) = rows_of(put_csv([["title", "cast"], ["A", mark.join([*NAMES, "Os, Cy"])]]))
    assert film["cast"] == [*NAMES, "Os, Cy"]


@pytest.mark.parametrize("write", [json.dumps, repr])
def test_names_with_commas_in_a_list_written_in_a_cell(put_csv, rows_of, write: Any) -> None:
    people = [{"name": name, "order": i} for i, name in enumerate(NAMES)]
    rows = [["title", "cast", "writers"], ["A", write(NAMES), write(people)]]
    (film,) = rows_of(put_csv(rows))
    assert (film["cast"], film["writers"]) == (NAMES, NAMES)


def test_names_with_commas_in_json(put, rows_of) -> None:
    crew = [{"name": NAMES[0], "job": "Director"}, {"name": NAMES[2], "job": "Writer"}]
    film = {"title": "A", "cast": NAMES, "crew": crew}
    (found,) = rows_of(put(json.dumps(film)))
    assert found["cast"] == NAMES


@pytest.mark.parametrize("name", ["cast", "directors", "writers"])
def test_a_suffix_alone_joins_the_name_before_it(put, rows_of, name: str) -> None:
    split = [
        "Robert Downey",
        "Jr.",
        "Ann Oy",
        "Harry Connick",
        "Jr",
        "Ben Ek",
        "Jr.",
        "Cy Os",
        "III",
    ]
    films = [{"title": "A", name: split}, {"title": "B", name: "|".join(split)}]
    films += [{"title": "C", name: json.dumps(split)}, {"title": "D", name: repr(split)}]
    right = ["Robert Downey, Jr.", "Ann Oy", "Harry Connick, Jr", "Ben Ek, Jr.", "Cy Os, III"]
    for film in rows_of(put("\n".join(map(json.dumps, films)))):
        assert film[name] == right


def test_a_director_called_jr_is_no_suffix(put_csv, rows_of) -> None:
    films = rows_of(put_csv([["title", "director"], ["A", "Agnès Varda, JR"], ["B", "Jr."]]))
    assert [film["directors"] for film in films] == [["Agnès Varda", "JR"], ["Jr."]]


@pytest.mark.parametrize("nothing", ["<NA>", "nan", "NaT", "None", "null", "N/A", "\\N", "", " "])
def test_words_for_nothing_in_every_column_of_a_table(put_csv, nothing: str) -> None:
    fields = ["release_date", "overview", "tagline", "genres", "cast", "directors", "countries"]
    fields += ["languages", "certification", "poster_path", "vote_count", "year", "runtime"]
    path = put_csv([["title", *fields], ["Low Tide", *[nothing] * len(fields)]])
    catalogue = read_catalogue([path])
    (film,) = catalogue.table.to_pylist()
    assert film["title"] == "Low Tide"
    assert all(film[name] in (None, []) for name in fields), film
    # A number that says "nan" may be a slip: it is left out and told, never taken.
    assert all(isinstance(reject, LeftOut) for reject in catalogue.rejects)
    assert {reject.value.strip() for reject in catalogue.rejects} <= {"nan"}


def test_gaps_of_a_data_frame_in_parquet(tmp_path: Path, rows_of) -> None:
    nan = float("nan")
    columns = {
        "title": pa.array(["Low Tide", "Quiet Hills", None]),
        "year": pa.array([1999.0, nan, nan]),
        "runtime": pa.array([nan, 91.0, nan]),
        "vote_average": pa.array([nan, 7.5, nan], pa.float32()),
        "vote_count": pa.array([None, 3, None], pa.int64()),
        "release_date": pa.array([None, dt.datetime(2001, 2, 3), None], pa.timestamp("ns")),
        "overview": pa.array(["nan", "<NA>", "x"]),
        "cast": pa.array([None, ["Ann Oy", None, "nan"], []]),
        "poster_path": pa.nulls(3),
    }
    pq.write_table(pa.table(columns), tmp_path / "frame")
    catalogue = read_catalogue([tmp_path / "frame"])
    first, second = catalogue.table.to_pylist()
    assert (first["year"], first["runtime"], first["vote_average"]) == (1999, None, None)
    assert (first["overview"], first["cast"], first["release_date"]) == (None, [], None)
    assert (second["year"], second["runtime"], second["vote_count"]) == (2001, 91, 3)
    assert (second["overview"], second["cast"]) == (None, ["Ann Oy"])
    assert [(r.column, r.reason) for r in catalogue.rejects] == [("title", "has no title")]


BASE = "https://image.tmdb.org/t/p/w500"


@pytest.mark.parametrize("base", ["", BASE])
@pytest.mark.parametrize("end", ["", "null", "nan", "<NA>", "None", "/null"])
def test_a_missing_poster_is_no_poster(put_csv, rows_of, base: str, end: str) -> None:
    (film,) = rows_of(put_csv([["title", "poster_path"], ["A", base + end]]))
    assert film["poster_path"] is None


@pytest.mark.parametrize("poster", ["/abc.jpg", "https://example.org/p/Fernan.jpg", "banan.png"])
def test_a_poster_stays_as_the_source_gives_it(put_csv, rows_of, poster: str) -> None:
    (film,) = rows_of(put_csv([["title", "poster_path"], ["A", poster]]))
    assert film["poster_path"] == poster


@pytest.mark.parametrize("day", ["0000-00-00", "0", "", "NaT", "0000-00-00 00:00:00"])
def test_a_zero_date_is_no_date(put_csv, rows_of, day: str) -> None:
    (film,) = rows_of(put_csv([["title", "release_date"], ["A", day]]), strict=True)
    assert (film["release_date"], film["year"]) == (None, None)


@pytest.mark.parametrize("day", ["1900-00-00", "1900-01-00", "1900-00-00 00:00:00"])
def test_a_date_without_its_day_tells_the_year(put_csv, rows_of, day: str) -> None:
    (film,) = rows_of(put_csv([["title", "release_date"], ["A", day]]), strict=True)
    assert (film["release_date"], film["year"]) == (None, 1900)


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        ("Tom &amp; Ann", "Tom & Ann"),
        ("Tom &amp;amp; Ann", "Tom & Ann"),
        ("Am&eacute;lie&#39;s &#x201c;day&#x201d;", "Amélie's “day”"),
        ("a&nbsp;b", "a b"),
        ("AT&T, Q&A", "AT&T, Q&A"),
    ],
)
def test_entities_of_html(put_csv, rows_of, escaped: str, plain: str) -> None:
    (film,) = rows_of(put_csv([["title", "plot", "cast"], [escaped, escaped, f"{escaped}|Ann"]]))
    assert (film["title"], film["overview"], film["cast"]) == (plain, plain, [plain, "Ann"])


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("<i>Amélie</i>", "Amélie"),
        ("One<br/>two<br>three", "One two three"),
        ("<p>One</p>\n<p>two</p>", "One two"),
        ("&lt;b&gt;One&lt;/b&gt;", "One"),
        ("A < B > C", "A < B > C"),
        ("<3", "<3"),
        ("<--->", "<--->"),
        ("Plan <B>", "Plan <B>"),
    ],
)
def test_tags_of_html(put_csv, rows_of, marked: str, plain: str) -> None:
    (film,) = rows_of(put_csv([["title", "plot", "cast"], [marked, marked, f"{marked}|Ann"]]))
    assert (film["title"], film["overview"], film["cast"]) == (plain, plain, [plain, "Ann"])


@pytest.mark.parametrize(
    ("misread", "right"),
    [
        ("AmÃ©lie", "Amélie"),
        ("donâ€™t", "don’t"),
        ("RenÃ© â€“ lâ€\u2122Ã©tÃ©", "René – l’été"),
        ("so â€œPopeyeâ€ said", "so “Popeye” said"),
        ("PaweÅ‚ SaviÄ‡", "Paweł Savić"),
        ("“IRMÔ Weiß’s »BLÅ«", "“IRMÔ Weiß’s »BLÅ«"),
        ("SÃO PAULO", "SÃO PAULO"),
        ("L'ÂGE D'OR", "L'ÂGE D'OR"),
    ],
)
def test_letters_read_in_the_wrong_encoding(put_csv, rows_of, misread: str, right: str) -> None:
    (film,) = rows_of(put_csv([["title", "plot", "cast"], [misread, misread, misread]]))
    assert (film["title"], film["overview"], film["cast"]) == (right, right, [right])


def test_duplicates_of_one_id_are_one_title(put_csv) -> None:
    rows = [["imdb_id", "title", "year", "plot"], ["tt0000001", "Low Tide", "1999", ""]]
    rows += [["tt0000001", "Marée basse", "", "Fog."], ["tt0000001", "Low Tide", "1999", ""]]
    catalogue = read_catalogue([put_csv(rows)])
    (film,) = catalogue.table.to_pylist()
    assert (film["title"], film["year"], film["overview"]) == ("Low Tide", 1999, "Fog.")
    assert catalogue.report.merged == 2


def test_duplicates_under_two_ids_are_kept_and_told(put_csv) -> None:
    rows = [["imdb_id", "title", "year"], ["tt0000001", "Low Tide", "1999"]]
    rows += [["tt0000002", "LOW TIDE", "1999"], ["tt0000003", "Low Tide", "2010"]]
    catalogue = read_catalogue([put_csv(rows)])
    assert catalogue.report.titles == 3
    found = {f.rule: f for f in validate(catalogue.table).broken}
    assert found["same-name"].count == 1
    assert found["same-name"].examples[0].id == "imdb:tt0000002"


def test_duplicates_without_an_id(put_csv) -> None:
    rows = [["title", "year", "plot"], ["Low Tide", "1999", "Fog."], ["Low Tide", "1999", "Fog."]]
    rows += [["Low Tide", "1999", "A lighthouse."]]
    catalogue = read_catalogue([put_csv(rows)])
    # Alike in every fact they are one; where a fact differs, nobody can say that they are.
    assert (catalogue.report.titles, catalogue.report.merged) == (2, 1)
    ids = catalogue.table["id"].to_pylist()
    assert len(set(ids)) == 2
    assert all(own.startswith("local:low-tide-1999") for own in ids)
    found = {f.rule: f for f in validate(catalogue.table).broken}
    assert found["same-name"].count == 1


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_marks_of_order_and_ends_of_lines(put, rows_of, start: str, end: str) -> None:
    lines = ["title,year,plot", 'Low Tide,1999,"one\r\ntwo"', "Quiet Hills,2001,x", ""]
    films = rows_of(put(start + end.join(lines)))
    assert [(f["title"], f["year"]) for f in films] == [("Low Tide", 1999), ("Quiet Hills", 2001)]
    assert films[0]["overview"] == "one two"


def test_latin_1_is_refused_with_the_place(put) -> None:
    path = put("title,year\nLow Tide,1999\nAmélie,2001\n".encode("latin-1"))
    with pytest.raises(SourceError, match=r"not UTF-8 .*byte 27, line 3.*iconv -f latin1"):
        read_catalogue([path])


def test_empty_columns_and_columns_in_another_order(put_csv, rows_of) -> None:
    rows = [["", "plot", "Unnamed: 0", "year", "", "title"], ["0", "", "7", "1999", "", "Low Tide"]]
    (film,) = rows_of(put_csv(rows))
    assert (film["title"], film["year"], film["overview"]) == ("Low Tide", 1999, None)


def test_stray_quotes_cost_no_other_row(put) -> None:
    path = put(
        'title,year,plot\nA "B" C,1999,so "called"\n"D ""E""",2000,\'single\'\n'
        'F,2001,"never" closed\nG,2002,x\n'
    )
    found = read_catalogue([path]).table
    assert found["title"].to_pylist() == ['A "B" C', 'D "E"', "F", "G"]
    assert found["overview"].to_pylist() == ['so "called"', "'single'", "never closed", "x"]


def test_a_quote_that_is_never_closed_is_told(put) -> None:
    rows = "".join(f"Film {i},2000,x\n" for i in range(3))
    found = read_catalogue([put(f'title,year,plot\nA,1999,x\nB,2000,"open\n{rows}')])
    assert found.table["title"].to_pylist() == ["A", "B"]
    # What follows is in the cell, to be seen there; nothing is lost without a trace.
    assert "Film 2,2000,x" in found.table["overview"].to_pylist()[1]


def test_dirty_rows_make_a_library_whose_table_keeps_the_contract(put_csv, tmp_path: Path) -> None:
    header = [
        "title",
        "year",
        "release_date",
        "cast",
        "plot",
        "poster",
        "votes",
        "rating",
        "country",
    ]
    rows = [
        header,
        ["Am&eacute;lie", "2001", "0000-00-00", ", ".join(NAMES), "donâ€™t\r\nblink", "null"],
        ["  ", "1999", "", "", "", "", "", "", ""],
        ["Ame\u0301lie\u202e", "1999.0", "1999-02-31", "", "<NA>", "nan", "-1", "0", "USA|USA"],
    ]
    rows[1] += ["1,234", "57", "France; Nowhere"]
    catalogue = read_catalogue([put_csv(rows)])
    assert (catalogue.report.titles, catalogue.report.rejected) == (2, 1)
    assert validate(catalogue.table).ok
    first, second = TitleTable(catalogue.table)
    assert (first.title, first.overview, first.cast) == ("Amélie", "don’t blink", tuple(NAMES))
    assert (first.poster_path, first.vote_count, first.vote_average) == (None, 1234, None)
    assert (second.title, second.year, second.countries) == ("Amélie", 1999, ("US",))

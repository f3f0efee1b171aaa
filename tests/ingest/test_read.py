from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from matinee.errors import RejectedRowsError, SourceError
from matinee.ingest import LeftOut, read_catalogue
from matinee.ingest import files as files_module

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "title,year\nLow Tide,1999\n"
HEADER = ["title", "year", "runtime", "rating", "votes", "popularity", "release_date", "poster"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("year", "abc"),
        ("year", "1492"),
        ("year", "9999"),
        ("year", "1999.5"),
        ("runtime", "-5"),
        ("runtime", "100000"),
        ("runtime", "NaN"),
        ("runtime", "inf"),
        ("rating", "57"),
        ("rating", "-1"),
        ("votes", "-1"),
        ("votes", "9" * 400),
        ("popularity", "-0.5"),
        ("release_date", "2020-02-31"),
        ("release_date", "02/03/2020"),
        ("release_date", "soon"),
    ],
)
def test_a_bad_value_is_left_out_and_told(put_csv, column: str, value: str) -> None:
    rows = [HEADER, ["A"] + [value if c == column else "" for c in HEADER[1:]]]
    path = put_csv(rows)
    catalogue = read_catalogue([path])
    (reject,) = catalogue.rejects
    assert isinstance(reject, LeftOut)
    assert (reject.path, reject.line, reject.column) == (str(path), 2, column)
    assert reject.value == value[:200]
    assert "left out" in reject.reason
    assert (catalogue.report.left_out, catalogue.report.rejected) == (1, 0)
    with pytest.raises(RejectedRowsError, match=rf"line 2.*{value[:20]}"):
        read_catalogue([path], strict=True)


@pytest.mark.parametrize(
    ("column", "value"),
    [("runtime", "0"), ("rating", "0"), ("poster", "<NA>"), ("poster", "nan"), ("poster", "xnull")],
)
def test_words_for_nothing_are_no_fault(put_csv, column: str, value: str) -> None:
    rows = [HEADER, ["A"] + [value if c == column else "" for c in HEADER[1:]]]
    catalogue = read_catalogue([put_csv(rows)], strict=True)
    row = catalogue.table.to_pylist()[0]
    assert (row["runtime"], row["vote_average"], row["poster_path"]) == (None, None, None)


def test_bad_rows_are_set_aside_with_the_line_they_start_on(put) -> None:
    path = put('title,year,plot\nA,1999,"two\nlines"\nB,2000\n,2001,x\nC,2002,x\n')
    catalogue = read_catalogue([path])
    assert [(r.line, r.column) for r in catalogue.rejects] == [(4, ""), (5, "title")]
    assert catalogue.table["title"].to_pylist() == ["A", "C"]
    assert catalogue.table["overview"].to_pylist() == ["two lines", "x"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"\x00\x01\x02\x03" * 50, "binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "binary"),
        ("title\nx\n".encode("utf-16"), "UTF-16"),
        (b"title,year\nLow Tide,1999\nCaf\xe9,2000\n", r"byte 28, line 3.*iconv -f latin1"),
        (b"Dear all,\nthis is no table, nor,\nanything else.\n", "format is not known"),
        (b"a,b\n1,2\n", r"no column for the title.*a, b"),
        (b"PAR1 and no more", "Parquet file is damaged"),
        (b'{"a": 1}\n', "objects have no title"),
        (("title" + ",x" * 6000 + "\n").encode(), "more than 5000 columns"),
        (b'title,plot\nA,"' + b"x" * 1_100_000, "larger than 1 MB"),
        (gzip.compress(TABLE.encode() * 50, mtime=0)[:-20], "cut short"),
    ],
)
def test_what_cannot_be_read_is_told(put, content: bytes, what: str) -> None:
    with pytest.raises(SourceError, match=what) as caught:
        read_catalogue([put(content)])
    assert caught.value.cure


def test_a_gzip_that_grows_without_end(put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "MAX_UNPACKED", 1000)
    with pytest.raises(SourceError, match="unpacks to more than"):
        read_catalogue([put(TABLE * 200, packed=True)])


def test_a_line_without_end(put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "MAX_LINE", 1000)
    with pytest.raises(SourceError, match="a line is longer"):
        read_catalogue([put(TABLE + "x" * 2000, packed=True)])


def test_paths(put, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_catalogue([tmp_path / "absent"])
    with pytest.raises(SourceError, match="nothing to read"):
        read_catalogue([])
    notes = put("Read me.\n", "d/notes")
    with pytest.raises(SourceError, match="no list of titles"):
        read_catalogue([notes.parent])
    put(TABLE, "d/one")
    put("title,year\nQuiet Hills,2000\n", "d/two")
    catalogue = read_catalogue([notes.parent, tmp_path / "d/one"])
    assert catalogue.report.rows == 2
    assert catalogue.report.files[0].warnings == ("not read: no list of titles",)


def test_namespace_and_progress(put) -> None:
    calls: list[int] = []
    path = put("title\n" + "".join(f"Film {i}\n" for i in range(2500)))
    catalogue = read_catalogue([path], namespace="mine", progress=calls.append)
    assert calls == [1000, 2000, 2500]
    assert catalogue.table["id"][0].as_py() == "mine:film-0"
    with pytest.raises(SourceError, match="namespace"):
        read_catalogue([path], namespace="Mine/..")

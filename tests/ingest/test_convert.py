from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from matinee.catalogue.schema import SCHEMA
from matinee.errors import ConflictError, RejectedRowsError, SourceError
from matinee.ingest import (
    convert_folder,
    read_catalogue,
    stream_shares,
    write_catalogue,
    write_years,
)
from matinee.ingest import stream as stream_module
from matinee.ingest import write as write_module
from matinee.ingest.convert import SUMS, convert
from matinee.ingest.rows import Share

if TYPE_CHECKING:
    from pathlib import Path


def films(count: int) -> list[list[object]]:
    rows: list[list[object]] = [["imdb_id", "title", "year", "genre", "votes", "plot"]]
    for i in range(count):
        number = i + 1 if i % 10 else 1 + i // 2
        year = "soon" if i % 50 == 3 else 1950 + i % 60 if i % 7 else ""
        rows.append([f"tt{number:07d}", f"Film {number}", year, "Drama|War", i, f"Fog {number}."])
    return rows


def content(folder: Path) -> dict[str, bytes]:
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def test_it_writes_what_reading_and_writing_would(
    put_csv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put_csv(films(700))
    monkeypatch.setattr(write_module, "GROUP_ROWS", 256)
    monkeypatch.setattr(write_years, "WAITING_ROWS", 300)
    write_catalogue(tmp_path / "whole", read_catalogue([path]), partitioned=True)
    for size in (33, 4_096):
        monkeypatch.setattr(stream_module, "BATCH", size)
        out = tmp_path / f"out{size}"
        done = convert([path], out, partitioned=True)
        found = content(out)
        sums = found.pop(SUMS).decode()
        assert found == content(tmp_path / "whole")
        assert done.files == {n: hashlib.sha256(raw).hexdigest() for n, raw in found.items()}
        assert sums == "".join(f"{digest}  {name}\n" for name, digest in done.files.items())
    assert (done.report.rows, done.report.merged, done.report.left_out) == (700, 35, 14)
    assert pq.ParquetFile(out / "catalogue.parquet").num_row_groups == 3
    table = pq.read_table(out / "catalogue.parquet")
    assert table.schema == SCHEMA
    assert pq.read_table(out / "sample.parquet").num_rows == 200
    parts = ds.dataset(out / "catalogue_by_year", partitioning="hive").to_table()
    assert sorted(parts["id"].to_pylist()) == sorted(table["id"].to_pylist())
    assert json.loads(found["profile.json"])["rows"] == table.num_rows == 665
    assert not list(tmp_path.glob(".*"))


def test_an_earlier_conversion_is_replaced_as_a_whole(put_csv, put, tmp_path: Path) -> None:
    out = tmp_path / "out"
    convert([put_csv(films(60))], out, partitioned=True)
    convert([put("title,year\nLow Tide,1999\n", "small")], out)
    told = {"profile.json", "validation.json", SUMS}
    assert set(content(out)) == {"catalogue.parquet", "sample.parquet", *told}
    # Its own former output may also be what is read.
    done = convert([out / "catalogue.parquet"], out)
    assert done.report.titles == 1
    (tmp_path / "empty").mkdir()
    convert([out / "catalogue.parquet"], tmp_path / "empty")
    assert not list(tmp_path.glob(".*"))


def test_without_exchange_the_old_folder_makes_room(
    put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert_folder, "_exchanged", lambda *_: False)
    path, out = put("title,year\nLow Tide,1999\n"), tmp_path / "out"
    convert([path], out)
    before = content(out)
    convert([path], out)
    assert content(out) == before
    # Killed between the two renames: the next run puts the old folder back, whatever comes of it.
    work = tmp_path / ".out.converting"
    work.mkdir()
    out.rename(work / "old")
    with pytest.raises(SourceError, match="no such file"):
        convert([tmp_path / "absent"], out)
    assert content(out) == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["notes.txt", "catalogue.parquet", "catalogue_by_year/x.csv"])
def test_a_folder_of_something_else_is_left_alone(put, tmp_path: Path, name: str) -> None:
    path = put("title,year\nLow Tide,1999\n")
    put("mine", f"out/{name}")
    with pytest.raises(ConflictError, match="something other") as caught:
        convert([path], tmp_path / "out")
    assert name in str(caught.value)
    assert content(tmp_path / "out") == {name: b"mine"}
    with pytest.raises(ConflictError, match="not a folder"):
        convert([path], path)
    assert not list(tmp_path.glob(".*"))


def test_a_conversion_that_fails_leaves_what_was_there(put, tmp_path: Path) -> None:
    out = tmp_path / "out"
    convert([put("title,year\nLow Tide,1999\n")], out)
    before = content(out)
    with pytest.raises(RejectedRowsError, match="year is not"):
        convert([put("title,year\nA,1\n", "bad")], out, strict=True)
    with pytest.raises(SourceError, match=r"no title could be read.*has no title"):
        convert([put("title,year\n,1999\n", "bad")], out)
    with pytest.raises(SourceError, match="namespace"):
        convert([tmp_path / "bad"], out, namespace="A/B")
    with convert_folder._working(out), pytest.raises(ConflictError, match="another conversion"):
        convert([put("title,year\nA,1999\n", "good")], out)
    assert content(out) == before
    assert not list(tmp_path.glob(".*"))


def test_options_reach_the_reading(put, tmp_path: Path) -> None:
    calls: list[int] = []
    path = put("name,when\n" + "".join(f"Film {i},1999\n" for i in range(1_200)) + "Last,soon\n")
    done = convert(
        [path],
        tmp_path / "out",
        mapping={"title": "name", "year": "when"},
        namespace="mine",
        progress=calls.append,
    )
    assert calls == [1_000, 1_201]
    table = pq.read_table(tmp_path / "out/catalogue.parquet")
    assert table["id"][0].as_py() == "mine:film-0-1999"
    (line,) = (tmp_path / "out/rejects.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["line"] == 1_202
    assert done.report.left_out == 1


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let several processes read small tables, in small blocks."""
    monkeypatch.setattr(stream_shares, "SHARED_FROM", 0)
    monkeypatch.setattr(stream_shares, "Share", partial(Share, rows=16, ahead=2))


@pytest.mark.usefixtures("shared")
def test_the_number_of_processes_changes_nothing(put_csv, tmp_path: Path) -> None:
    rows = films(330)
    rows[40:40] = [
        ["too", "few"],
        [],
        ["", "", "", "", "", ""],
        ["", "", "1999", "", "", "No title."],
    ]
    rows[100:180] = [[""] * 5] * 80  # whole blocks in which there is nothing
    rows += [["", "Low Tide", 1999, "", "", "Fog."]] * 3 + [["", "Low Tide", 1999, "", "", "Rain."]]
    path = put_csv(rows)
    told = []
    for workers in (1, 3):
        calls: list[int] = []
        out = tmp_path / f"out{workers}"
        done = convert([path], out, partitioned=True, progress=calls.append, workers=workers)
        told.append((done.report, done.files, calls))
    assert told[0] == told[1]
    report = told[0][0]
    assert report.rejected > 1
    assert report.left_out > 1
    assert report.rows == report.titles + report.merged + report.rejected


@pytest.mark.usefixtures("shared")
def test_what_goes_wrong_in_another_process_is_told_here(
    put_csv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put_csv(films(200))
    with pytest.raises(RejectedRowsError, match=r"line 5\b"):
        convert([path], tmp_path / "out", strict=True, workers=2)
    raw = path.read_bytes()
    path.write_bytes(raw[:-40] + b"\xff" + raw[-40:])
    with pytest.raises(SourceError, match=r"not UTF-8.*line 20"):
        convert([path], tmp_path / "out", workers=2)
    path.write_bytes(raw)
    monkeypatch.setattr(stream_shares, "_PROGRAM", "raise SystemExit(3)")
    with pytest.raises(SourceError, match="ended before its work was done"):
        convert([path], tmp_path / "out", workers=2)
    assert not list(tmp_path.glob(".*"))
    assert not (tmp_path / "out").exists()

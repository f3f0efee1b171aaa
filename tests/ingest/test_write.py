from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.dataset as ds
import pyarrow.parquet as pq

from matinee.catalogue.schema import SCHEMA
from matinee.ingest import read_catalogue, write_catalogue

if TYPE_CHECKING:
    from pathlib import Path


def films(count: int) -> list[list[str]]:
    rows = [["title", "year", "genre", "votes", "runtime", "language"]]
    for i in range(count):
        rows.append([f"Film {i}", str(1950 + i % 60) if i % 7 else "", "Drama|War", str(i), "95"])
        rows[-1].append("en")
    return rows


def test_the_same_input_gives_the_same_bytes(put_csv, tmp_path: Path) -> None:
    path = put_csv(films(700))
    for name in ("one", "two"):
        write_catalogue(tmp_path / name, read_catalogue([path]), partitioned=True)
    files = [p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file()]
    assert len(files) == 4 + 61
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_sample_and_parts(put_csv, tmp_path: Path) -> None:
    catalogue = read_catalogue([put_csv(films(700))])
    write_catalogue(tmp_path / "out", catalogue, partitioned=True)
    sample = pq.read_table(tmp_path / "out/sample.parquet")
    assert sample.schema == SCHEMA
    assert sample.num_rows == 200
    assert len(set(sample["year"].to_pylist())) > 50
    parts = ds.dataset(tmp_path / "out/catalogue_by_year", partitioning="hive").to_table()
    assert parts.num_rows == 700
    assert parts["year"].null_count == 100


def test_profile_adds_up(put_csv, tmp_path: Path) -> None:
    catalogue = read_catalogue(
        [put_csv([*films(300), ["Film 1", "1951", "Drama|War", "1", "95", "en"]])]
    )
    write_catalogue(tmp_path, catalogue)
    profile = json.loads((tmp_path / "profile.json").read_text(encoding="utf-8"))
    assert profile["rows"] == 300
    assert profile["duplicates_merged"] == 1
    spread = profile["distributions"]
    for name in ("kind", "year", "decade", "runtime", "certification"):
        assert sum(spread[name].values()) == 300, name
    assert spread["year"]["none"] == profile["columns"]["year"]["nulls"] == 43
    assert sum(spread["genre"].values()) == profile["columns"]["genres"]["entries"] == 600
    assert spread["language"] == {"en": 300}
    assert spread["vote_count_quantiles"]["1"] == 299


def test_rejects_are_written_and_a_stale_file_goes(put, tmp_path: Path) -> None:
    bad = read_catalogue([put("title,year\nA,1\n")])
    files = write_catalogue(tmp_path / "out", bad)
    assert files[-1].name == "rejects.jsonl"
    (told,) = [json.loads(line) for line in files[-1].read_text(encoding="utf-8").splitlines()]
    assert set(told) == {"path", "line", "column", "value", "reason", "cure"}
    good = read_catalogue([put("title,year\nA,1999\n", "good")])
    assert "rejects.jsonl" not in [f.name for f in write_catalogue(tmp_path / "out", good)]
    assert not (tmp_path / "out/rejects.jsonl").exists()


def test_an_empty_catalogue_can_be_written(put, tmp_path: Path) -> None:
    catalogue = read_catalogue([put("title,year\n")])
    assert catalogue.table.num_rows == 0
    write_catalogue(tmp_path / "out", catalogue, partitioned=True)
    assert pq.read_table(tmp_path / "out/catalogue.parquet").schema == SCHEMA

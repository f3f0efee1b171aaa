from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from pathlib import Path

# The program as it is installed, with the command under test in any case.
PROGRAM = """
import typer
from matinee.cli import convert, main
groups = {group.name: group.typer_instance for group in main.app.registered_groups}
if "catalogue" not in groups:
    groups["catalogue"] = typer.Typer(no_args_is_help=True)
    groups["catalogue"].callback()(lambda: None)
    main.app.add_typer(groups["catalogue"], name="catalogue")
if convert.convert not in [c.callback for c in groups["catalogue"].registered_commands]:
    groups["catalogue"].command("convert")(convert.convert)
main.run()
"""
TABLE = "Name,When,Votes\nLow Tide,1999,12\nQuiet Hills,soon,3\n,2001,4\n"


@pytest.fixture
def films(tmp_path: Path) -> Path:
    path = tmp_path / "films.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def run(*words: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "catalogue", "convert", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done


def test_a_table_becomes_parquet(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("--map", "title=Name", "--map", "year=When", "--namespace", "mine", "--partitioned")
    said = run(films, "--out", out, *options).stdout
    assert said.startswith(f"2 titles of 3 rows in {out}, checksums in SHA256SUMS\n")
    assert "3 rows read as table, 1 set aside, 1 value left out" in said
    assert str(out / "rejects.jsonl") in said
    assert (out / "catalogue_by_year/year=1999/part-0.parquet").is_file()
    told = json.loads(run(films, "--out", out, *options, "--json").stdout)
    assert told["path"] == str(out)
    assert (told["rows"], told["titles"], told["rejected"], told["left_out"]) == (3, 2, 1, 1)
    assert told["files"][0]["source"] == "table"
    sums = (out / "SHA256SUMS").read_text(encoding="utf-8")
    assert sums == "".join(f"{digest}  {name}\n" for name, digest in told["sha256"].items())
    assert pq.read_table(out / "catalogue.parquet")["id"][0].as_py() == "mine:low-tide-1999"


@pytest.mark.extra
def test_what_goes_wrong_is_one_line_and_a_status(films: Path, tmp_path: Path) -> None:
    done = run(films, "--out", tmp_path, status=2)
    assert done.stderr.splitlines()[-1].startswith("error: the folder holds something other")
    done = run(films, "--out", tmp_path / "out", "--strict", status=2)
    assert "has no title" in done.stderr or "is not a" in done.stderr
    assert "--map takes" in run(films, "--out", tmp_path / "out", "--map", "x", status=2).stderr
    assert not (tmp_path / "out").exists()

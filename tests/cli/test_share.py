from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import matinee

if TYPE_CHECKING:
    from pathlib import Path

# The program as it is installed, with the commands under test in any case.
PROGRAM = """
from matinee.cli import main, share
if share.app not in [group.typer_instance for group in main.app.registered_groups]:
    main.app.add_typer(share.app, name="library")
main.run()
"""


def run(folder: Path, *words: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "library", *words],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env={**os.environ, "MATINEE_LIBRARY": str(folder / "library"), "COLUMNS": "200"},
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    films = folder / "films.csv"
    films.write_text("title,year,plot\nHeat,1995,A thief and a detective.\n")
    matinee.build([films], folder / "library")
    return folder


@pytest.mark.extra
def test_there_and_back(here: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    done = run(here, "push", shared)
    assert done.stdout.startswith("v0001 is there: ")
    assert "0 were there already" in done.stdout
    files = json.loads((shared / "v0001" / "manifest.json").read_text())["files"]
    assert f"{len(files)} files sent" in done.stdout
    begun, ended = done.stderr.splitlines()
    assert begun == "Pushing bytes ..."
    assert ended.startswith("Pushing bytes: done after ")
    there = tmp_path / "there"
    there.mkdir()
    done = run(there, "pull", shared)
    assert done.stdout.startswith(f"v0001 is live in {there / 'library'}: ")
    matinee.open(there / "library").verify()
    assert matinee.open(there / "library").search("thief")[0].title.title == "Heat"
    assert run(there, "pull", shared).stdout == "v0001 is live already; nothing was brought\n"
    told = json.loads(run(there, "pull", f"file://{shared}", "--json").stdout)
    assert (told["version"], told["changed"], told["bytes"]) == ("v0001", False, 0)
    assert told["path"] == str(there / "library")
    # A second version, and another folder.
    matinee.build([here / "films.csv"], here / "library")
    sent = json.loads(run(here, "push", shared, "--check", "--json").stdout)
    assert (sent["version"], sent["files"]) == ("v0002", len(files))
    other = tmp_path / "other"
    assert "v0002 is live" in run(there, "pull", shared, "--library", other).stdout
    assert matinee.open(other).version == "v0002"
    # The way back.
    back = run(here, "push", shared, "--version", "v0001").stdout
    assert back.startswith("v0001 is there: 0 files sent")
    assert "v0001 is live" in run(there, "pull", shared).stdout


@pytest.mark.extra
def test_what_goes_wrong_is_one_line_and_a_status(here: Path, tmp_path: Path) -> None:
    shared, there = tmp_path / "shared", tmp_path / "there"
    there.mkdir()
    done = run(there, "pull", shared, status=3)
    assert done.stderr.startswith("error: There is no library at this address")
    assert len(done.stderr.splitlines()) == 1
    assert "no library here" in run(there, "push", shared, status=3).stderr
    assert "nonsense://" in run(here, "push", "nonsense://x/y", status=2).stderr
    run(here, "push", shared)
    path = next((shared / "v0001").glob("*.parquet"))
    raw = bytearray(path.read_bytes())
    raw[10] ^= 1
    path.write_bytes(raw)
    done = run(there, "pull", shared, status=3)
    error = done.stderr.splitlines()[-1]
    assert error.count("SHA-256") == 1
    assert " instead of " in error
    assert path.name in error
    assert not (there / "library" / "CURRENT").exists()


def test_the_help_names_the_addresses(tmp_path: Path) -> None:
    for command in ("push", "pull"):
        assert "--library" in run(tmp_path, command, "--help").stdout
    assert "hf://datasets/OWNER/NAME" in run(tmp_path, "push", "--help").stdout

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from matinee.store import open_store

pytestmark = pytest.mark.extra

MATINEE = Path(sys.executable).with_name("matinee")


def run(folder: Path, *words: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [MATINEE, *words],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env={
            **os.environ,
            "MATINEE_DATABASE_URL": f"sqlite:///{folder / 'store.db'}",
            "MATINEE_LIBRARY": str(folder / "library"),
        },
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    with closing(open_store(str(folder / "store.db"))) as store:
        store.accounts.create("ann").result()
    return folder


def people(folder: Path) -> list[str]:
    with closing(open_store(str(folder / "store.db"))) as store:
        return [person.name for person in store.accounts.all()]


def test_there_and_back(here: Path, tmp_path: Path) -> None:
    (here / "films.csv").write_text("title,year,plot\nHeat,1995,A thief and a detective.\n")
    run(here, "build", "films.csv")
    said = json.loads(run(here, "backup", tmp_path / "saved.tar", "--json").stdout)
    assert (said["library"], said["rows"]["people"]) == ("v0001", 1)
    assert said["bytes"] == (tmp_path / "saved.tar").stat().st_size
    there = tmp_path / "there"
    there.mkdir()
    done = run(there, "restore", tmp_path / "saved.tar")
    assert done.stdout == "The store has 1 rows\nThe library answers from v0001\n"
    assert people(there) == ["ann"]
    assert json.loads(run(there, "status", "--json").stdout)["titles"] == 1
    run(there, "verify")
    with closing(open_store(str(there / "store.db"))) as store:
        store.accounts.create("ben").result()
    refused = run(there, "restore", tmp_path / "saved.tar", status=2)
    assert "not empty" in refused.stderr
    assert "--yes" in refused.stderr
    done = run(there, "restore", tmp_path / "saved.tar", "--yes", "--store-only", "--json")
    told = json.loads(done.stdout)
    assert told["library"] is None
    assert people(there) == ["ann"]
    assert Path(told["kept"]).is_file()


def test_without_a_library(here: Path, tmp_path: Path) -> None:
    # None is there, so none is saved, unless one is asked for.
    assert "1 rows, no library" in run(here, "backup", tmp_path / "saved.tar").stdout
    asked = run(here, "backup", tmp_path / "asked.tar", "--library", status=3)
    assert "no library here" in asked.stderr
    assert not (tmp_path / "asked.tar").exists()
    both = run(here, "restore", tmp_path / "saved.tar", "--store-only", "--library-only", status=2)
    assert "exclude each other" in both.stderr
    only = run(here, "restore", tmp_path / "saved.tar", "--library-only", status=2)
    assert "holds no library" in only.stderr


def test_a_damaged_file(here: Path, tmp_path: Path) -> None:
    run(here, "backup", tmp_path / "saved.tar")
    raw = bytearray((tmp_path / "saved.tar").read_bytes())
    place = raw.index(b"PAR1")
    raw[place] ^= 1
    (tmp_path / "saved.tar").write_bytes(raw)
    said = run(here, "restore", tmp_path / "saved.tar", "--yes", status=2).stderr
    assert said.count("SHA-256") == 1
    assert "store/" in said
    assert " instead of " in said
    assert people(here) == ["ann"]

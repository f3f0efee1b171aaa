"""``matinee models`` and ``matinee build --encoder`` without a network: what is and is not here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from matinee.models.registry import MODELS


@pytest.fixture
def empty(tmp_path: Path) -> dict[str, str]:
    """A hub cache with nothing in it, and no network."""
    return {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"}


def matinee(*arguments: str | Path, code: int = 0, **environment: str) -> tuple[str, str]:
    done = subprocess.run(
        [Path(sys.executable).with_name("matinee"), *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "COLUMNS": "100", **environment},
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def test_list_names_every_model(empty: dict[str, str]) -> None:
    out, _ = matinee("models", "list", **empty)
    for name, spec in MODELS.items():
        assert name in out
        assert spec.licence in out
        assert spec.used_for in out
        for source in spec.sources:
            assert f"{source.repo} at {source.revision[:12]}" in out
    assert "436 MB" in out  # all-mpnet-base-v2


def test_the_list_fits_a_narrow_window(empty: dict[str, str]) -> None:
    out, _ = matinee("models", "list", **empty, COLUMNS="80")
    assert max(map(len, out.splitlines())) <= 80
    for name, spec in MODELS.items():
        assert f"{name} " in out
        for source in spec.sources:
            assert source.repo in out


def test_list_prints_json(empty: dict[str, str]) -> None:
    rows = json.loads(matinee("models", "list", "--json", **empty)[0])
    assert [row["name"] for row in rows] == list(MODELS)
    present = {row["name"] for row in rows if row["present"]}
    assert present == {"all-MiniLM-L6-v2"}
    bundled = rows[0]
    assert bundled["bytes"] > 2e7
    assert Path(bundled["path"]).is_dir()
    for row in rows:
        assert row["used_by"]
        for source in row["sources"]:
            assert len(source["revision"]) == 40
        files = [file for source in row["sources"] for file in source["files"]]
        assert all(len(file["sha256"]) == 64 for file in files)
        assert sum(file["bytes"] for file in files) == (row["bytes"] if files else 0)
    clip = next(row for row in rows if row["name"] == "clip")
    assert [len(source["files"]) for source in clip["sources"]] == [1, 2]
    assert clip["dimension"] == 512


def test_verify_reads_what_is_here(empty: dict[str, str]) -> None:
    out, _ = matinee("models", "verify", **empty)
    assert out.splitlines() == ["all-MiniLM-L6-v2: 2 files are as they should be"]


@pytest.mark.parametrize("name", ["bge-small-en-v1.5", "clip", "resnet50", "blip"])
def test_verify_of_a_model_that_is_not_here(name: str, empty: dict[str, str]) -> None:
    _, message = matinee("models", "verify", name, code=4, **empty)
    assert f"matinee models pull {name}" in message


@pytest.mark.parametrize("command", ["pull", "verify"])
def test_a_name_that_is_unknown(command: str, empty: dict[str, str]) -> None:
    _, message = matinee("models", command, "word2vec", code=4, **empty)
    assert "word2vec" in message
    assert "all-mpnet-base-v2" in message


def test_the_bundled_model_is_not_pulled(empty: dict[str, str]) -> None:
    _, message = matinee("models", "pull", "all-MiniLM-L6-v2", code=4, **empty)
    assert "ships with Matinee" in message


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("all-mpnet-base-v2", "matinee models pull all-mpnet-base-v2"),
        ("ms-marco-MiniLM-L-6-v2", "not an encoder"),
        ("word2vec", "no model of that name"),
    ],
)
def test_build_with_an_encoder_that_cannot_be_had(
    name: str, said: str, empty: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "films.csv").write_text("title,year\nHeat,1995\n")
    build = ("build", tmp_path / "films.csv", "--library", tmp_path / "library")
    _, message = matinee(*build, "--encoder", name, code=4, **empty)
    assert said in message
    assert not (tmp_path / "library").exists()

"""The real command in a process of its own: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from matinee import Library

FILMS = 'title,year,plot\nHeat,1995,A thief and a detective.\nMoon,2009,Alone on the "moon".\n'


def matinee(*arguments: str | Path, code: int = 0, **environment: str) -> tuple[str, str]:
    done = subprocess.run(
        [Path(sys.executable).with_name("matinee"), *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "COLUMNS": "200", **environment},
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    (folder / "films.csv").write_text(FILMS)
    os.environ.setdefault("MATINEE_CACHE", str(folder / "cache"))
    matinee("build", folder / "films.csv", "--library", folder / "library")
    return folder / "library"


def as_json(*arguments: str | Path) -> Any:
    return json.loads(matinee(*arguments, "--json")[0])


def test_search_prints_json_of_the_promised_form(demo: Library) -> None:
    found = as_json("search", "lonely space survival drama", "-k", "3", "--library", demo.root)
    assert found["library"] == demo.version
    assert found["method"] == "hybrid"
    assert found["degraded"] == []
    assert len(found["results"]) == 3
    assert {"id", "title", "year", "score", "parts", "overview"} <= set(found["results"][0])
    assert found["results"][0]["id"].startswith("tmdb:")


def test_search_without_a_library_uses_the_demo() -> None:
    out, _ = matinee("search", "anime coming-of-age with music and friendship", "-k", "2")
    assert "demo library" in out


def test_search_prints_a_table(built: Path) -> None:
    out, _ = matinee("search", "detective", "--library", built)
    assert "Heat" in out
    assert "1995" in out


def test_similar(built: Path) -> None:
    found = as_json("similar", "heat", "--library", built)
    assert [r["title"] for r in found["results"]] == ["Moon"]


@pytest.mark.extra
def test_build_status_verify(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text(FILMS.replace("year", "released on").replace("plot", "x"))
    folder = tmp_path / "library"
    made = as_json(
        *("build", tmp_path / "films.csv", "--library", folder, "--partitioned"),
        *("--map", "year=released on", "--map", "overview=x", "--namespace", "shelf"),
    )
    assert made["library"] == "v0001"
    assert (made["titles"], made["encoded"], made["rejected"]) == (2, 2, 0)
    status = as_json("status", "--library", folder)
    assert status["titles"] == 2
    assert status["encoder"] == "all-MiniLM-L6-v2"
    assert "titles" in matinee("status", "--library", folder)[0]
    assert "as they were built" in matinee("verify", "--library", folder)[0]
    found = as_json("search", "thief", "--library", folder)["results"][0]
    assert (found["id"], found["year"]) == ("shelf:heat-1995", 1995)
    assert list((folder / "v0001").rglob("*year=1995*"))


def test_evaluate_prints_the_promised_metrics(built: Path, tmp_path: Path) -> None:
    judged = tmp_path / "judged.jsonl"
    judged.write_text('{"id": 1, "query": "thief", "relevance": {"local:heat-1995": 3}}\n')
    report = as_json("evaluate", "search", "--judgments", judged, "--library", built)
    assert set(report["metrics"]) == {
        *("ndcg@10", "mrr", "success@1", "success@10", "success@100", "p50_ms", "p95_ms")
    }
    assert report["queries"] == 1
    assert report["metrics"]["ndcg@10"] == 1.0
    assert "ndcg@10" in matinee("evaluate", "search", "--judgments", judged, "--library", built)[0]


def test_version_and_help() -> None:
    assert matinee("--version")[0].startswith("matinee ")
    out, _ = matinee("--help")
    for command in ("search", "similar", "build", "status", "verify", "serve", "evaluate"):
        assert command in out


BAD_FILES = {
    "absent.csv": None,
    "empty.csv": b"",
    "latin.csv": "title,year\nAmélie,2001\n".encode("latin-1"),
    "binary.dat": bytes(range(256)) * 40,
    "untitled.csv": b"a,b\n1,2\n",
    "broken.jsonl": b'{"title": \n',
    "notes.txt": b"Just some words about films.\n",
    "archive.zip": b"PK\x03\x04" + b"\0" * 40,
    "cut.gz": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "false.parquet": b"PAR1" + b"\0" * 40,
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_files_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if (content := BAD_FILES[name]) is not None:
        path.write_bytes(content)
    _, err = matinee("build", path, "--library", tmp_path / "library", code=2)
    lines = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert name in lines[0]
    assert not (tmp_path / "library" / "CURRENT").exists()


def test_numbers_that_are_none_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "films.csv"
    path.write_text("title,year,vote_average,vote_count\nHeat,1995,nan,inf\nMoon,2009,7.5,10\n")
    made = as_json("build", path, "--library", tmp_path / "library")
    assert made["titles"] == 2
    found = as_json("search", "heat", "--library", tmp_path / "library")["results"][0]
    assert found["vote_average"] is None
    assert found["vote_count"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search", ""], "empty"),
        (["search", "x" * 100_000], "100,000 characters"),
        (["search", "heat", "-k", "0"], "from 1 to 1,000"),
        (["search", "heat", "-k", "-3"], "from 1 to 1,000"),
        (["search", "heat", "-k", "1000000000"], "from 1 to 1,000"),
        (["search", "heat", "-k", "many"], "Error"),
        (["search", "heat", "--method", "magic"], "hybrid"),
        (["search", "heat", "--w-dense", "nan"], "w_dense"),
        (["similar", "tmdb:999999999"], "no such title"),
        (["similar", "Nonesuch Film"], "no such title"),
        (["evaluate", "search", "--judgments", "absent.jsonl"], "no such file"),
        (["build", "x.csv", "--map", "title"], "FIELD=COLUMN"),
        (["serve", "--demo", "--library", "x"], "exclude"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_bad_arguments(arguments: list[str], message: str) -> None:
    _, err = matinee(*arguments, code=2)
    assert message in err


@pytest.mark.parametrize("command", ["search", "status", "verify", "similar"])
def test_no_library(command: str, tmp_path: Path) -> None:
    words = ["x"] if command in {"search", "similar"} else []
    _, err = matinee(command, *words, "--library", tmp_path / "absent", code=3)
    assert "matinee build" in err


def test_a_corrupted_library(built: Path, tmp_path: Path) -> None:
    import shutil

    root = shutil.copytree(built, tmp_path / "library")
    vectors = root / "v0001" / "text.f16.npy"
    vectors.write_bytes(vectors.read_bytes()[:-10])
    _, err = matinee("search", "heat", "--library", root, code=3)
    assert "text.f16.npy" in err


def test_a_library_of_another_encoder(built: Path, tmp_path: Path) -> None:
    import shutil

    root = shutil.copytree(built, tmp_path / "library")
    path = root / "v0001" / "manifest.json"
    made = json.loads(path.read_text())
    made["encoder"]["fingerprint"] = "0" * 16
    path.write_text(json.dumps(made))
    _, err = matinee("search", "heat", "--library", root, code=3)
    assert "another encoder" in err or "was built by encoder" in err


def test_a_bad_setting() -> None:
    _, err = matinee("search", "heat", code=2, MATINEE_THREADS="lots")
    assert "MATINEE_THREADS" in err


def test_a_reader_that_leaves_early_is_no_error(built: Path) -> None:
    command = f"{Path(sys.executable).with_name('matinee')} search heat --json --library {built}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -c 1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "{"
    assert "Traceback" not in done.stderr

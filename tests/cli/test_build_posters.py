"""``matinee build --posters`` in a process of its own: what it says, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.extra

TINY = Path(__file__).parents[1] / "models/fixtures/clip"
FILMS = "tmdb_id,title,year,plot\n1,Heat,1995,A thief.\n2,Moon,2009,Alone.\n3,Up,2009,A balloon.\n"


@pytest.fixture
def films(tmp_path: Path) -> Path:
    from PIL import Image

    (tmp_path / "films.csv").write_text(FILMS)
    (tmp_path / "posters").mkdir()
    rng = np.random.default_rng(3)
    for number in (1, 2):
        coarse = rng.integers(0, 255, (9, 6, 3), np.uint8)
        pixels = np.kron(coarse, np.ones((20, 20, 1), np.uint8))
        Image.fromarray(pixels).save(tmp_path / f"posters/{number}.png")
    return tmp_path


def run(folder: Path, *arguments: str | Path, code: int = 0, **more: str) -> tuple[str, str]:
    return matinee(folder, "build", folder / "films.csv", *arguments, code=code, **more)


def status(folder: Path) -> str:
    return matinee(folder, "status")[0]


def matinee(folder: Path, *arguments: str | Path, code: int = 0, **more: str) -> tuple[str, str]:
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("matinee"), *arguments),
            *("--library", folder / "library"),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        # No model was ever pulled here.
        env={**os.environ, "COLUMNS": "200", "HF_HOME": str(folder / "no-models"), **more},
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def as_json(folder: Path, *arguments: str | Path) -> Any:
    return json.loads(run(folder, *arguments, "--json")[0])["pictures"]


def test_without_the_model_it_says_what_to_do(films: Path) -> None:
    out, err = run(films, "--posters", films / "posters")
    assert "2 of 3 titles have a poster" in out
    assert "matinee models pull clip" in out
    assert "build again" in out
    assert "Posters" in err
    told = status(films)
    assert "2 posters, 2 signatures, 0 vectors, 0 texts" in told
    assert "models pull clip" in told
    # None is wanted: then there is nothing to remark.
    out, _ = run(films, "--posters", films / "posters", "--picture-encoder", "none")
    assert "2 of 3 titles have a poster" in out
    assert "models pull" not in out


def test_a_model_that_was_named_must_be_there(films: Path) -> None:
    where = ("--posters", films / "posters", "--picture-encoder")
    _, err = run(films, *where, "clip", code=4)
    assert "matinee models pull clip" in err
    _, err = run(films, *where, films / "nowhere", code=4)
    assert "nowhere" in err
    assert not (films / "library").exists()


def test_posters_are_encoded_kept_and_left_out(films: Path) -> None:
    (films / "posters/3.png").write_bytes(b"no picture")
    (films / "posters/4.png").write_bytes((films / "posters/1.png").read_bytes())
    out, err = run(films, "--posters", films / "posters", "--picture-encoder", TINY)
    assert "2 of 3 titles have a poster; 1 could not be had or read" in out
    assert "1 of the pictures given fit no title\n" in out
    assert "2 posters and 3 texts have vectors by tiny-clip" in out
    assert "rejects.jsonl" in out
    assert "Pictures" in err
    out, _ = run(films)
    assert "2 of 3 titles have a poster, as before" in out
    made = as_json(films, "--posters", films / "posters", "--picture-encoder", TINY)
    assert (made["encoded"], made["vectors"], made["rejected"], made["unused"]) == (0, 2, 1, 1)
    assert made["encoder"]["name"] == "tiny-clip"
    assert "2 vectors, 3 texts, by tiny-clip" in status(films)
    assert as_json(films, "--posters", "none") is None
    assert as_json(films) is None


def test_numbers_of_another_catalogue_are_told_of(films: Path) -> None:
    for number in (1, 2):
        (films / f"posters/{number}.png").rename(films / f"posters/9{number}.png")
    out, _ = run(films, "--posters", films / "posters")
    assert "0 of 3 titles have a poster" in out
    assert "2 of the pictures given fit no title; a bare number is TMDB's" in out


def test_two_folders_and_the_model_of_the_settings(films: Path) -> None:
    (films / "more").mkdir()
    (films / "posters/2.png").rename(films / "more/3.png")
    both = ("--posters", films / "posters", "--posters", films / "more", "--json")
    out, _ = run(films, *both, MATINEE_PICTURE_ENCODER=str(TINY))
    made = json.loads(out)["pictures"]
    assert (made["posters"], made["vectors"], made["texts"]) == (2, 2, 3)
    assert made["sources"] == ["posters", "more"]


def test_what_is_no_source_of_posters(films: Path) -> None:
    _, err = run(films, "--posters", films / "absent", code=2)
    assert "absent" in err
    _, err = run(films, "--posters", "none", "--posters", films / "posters", code=2)
    assert "none" in err

"""The same sources give the same bytes: wheel, source archive, library, and what is learnt."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
EPOCH = "1700000000"
"""A moment of 2023, at which all of it was made."""

pytestmark = pytest.mark.extra


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what builds the package; pip brings it, as it does for whoever installs."""
    folder = tmp_path_factory.mktemp("backend")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--target", folder, *wanted], capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        message = f"pip cannot bring {', '.join(wanted)}: {done.stderr[-500:]}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


def clean_copy(folder: Path) -> Path:
    """Copy what the package is built from, and nothing that lies about beside it."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    folder.mkdir(parents=True)
    included = told["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    for name in ("pyproject.toml", ".gitignore", *included):
        if (ROOT / name).is_dir():
            leave = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache")
            shutil.copytree(ROOT / name, folder / name, ignore=leave)
        elif (ROOT / name).is_file():
            # Times of files differ between two checkouts.
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def package(source: Path, backend: Path, seed: str) -> dict[str, str]:
    out = source.parent / "dist"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", out],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=300,
        env={
            **os.environ,
            "PYTHONPATH": str(backend),
            "PYTHONHASHSEED": seed,
            "SOURCE_DATE_EPOCH": EPOCH,
        },
    )
    return hashes(out)


def test_wheel_and_source_archive(backend: Path, tmp_path: Path) -> None:
    one = package(clean_copy(tmp_path / "one" / "matinee"), backend, "1")
    other = package(clean_copy(tmp_path / "other" / "place" / "checkout"), backend, "2")
    assert {Path(name).suffix for name in one} == {".whl", ".gz"}
    assert one == other


def test_a_change_of_the_sources_shows(backend: Path, tmp_path: Path) -> None:
    """What is compared above can differ."""
    source = clean_copy(tmp_path / "one" / "matinee")
    one = package(source, backend, "1")
    changed = source / "src" / "matinee" / "types.py"
    changed.write_text(changed.read_text() + "\n")
    other = package(source, backend, "1")
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one)


BUILD = """
import sys
from pathlib import Path
import matinee
from matinee.assembly import train_taste
from matinee.pipeline.train_taste import TrainOptions
folder = Path(sys.argv[1])
matinee.build([folder / "films.jsonl"], folder / "library")
if sys.argv[2] == "taste":
    options = TrainOptions(seed=7, models=("blend", "ease"), rating="bias")
    train_taste([folder / "ratings.csv"], folder / "library", options=options)
"""
FILMS, PEOPLE = 40, 60
KINDS = {"Crime": "heist thief detective", "Romance": "wedding letter garden"}


def write_data(folder: Path) -> None:
    """Write films of two kinds, and ratings of people who each love one of them."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(3)
    with (folder / "films.jsonl").open("w") as stream:
        for n in range(FILMS):
            kind = list(KINDS)[n % 2]
            film = {"title": f"Film {n}", "year": 1980 + n % 30, "genres": [kind]}
            # Three quarters have a number of TMDb; the others are called by name and year.
            number = {"tmdb_id": n + 1} if n % 4 else {}
            film |= {"overview": f"{KINDS[kind]} number{n}", "vote_count": n, **number}
            stream.write(json.dumps(film) + "\n")
    rows = ["user,tmdb_id,rating,timestamp"]
    known = [n for n in range(FILMS) if n % 4]
    rows += [
        f"p{person},{film + 1},{4.5 if film % 2 == person % 2 else 1.5},{film}"
        for person in range(PEOPLE)
        for film in rng.choice(known, 14, replace=False).tolist()
    ]
    (folder / "ratings.csv").write_text("\n".join(rows) + "\n")


def built(folder: Path, seed: str, what: str = "titles") -> dict[str, str]:
    """Build a library in a process of its own, in a folder of its own."""
    write_data(folder)
    subprocess.run(
        [sys.executable, "-c", BUILD, folder, what],
        cwd=folder,
        check=True,
        timeout=500,
        env={**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": EPOCH},
    )
    return hashes(folder / "library")


def test_a_library(tmp_path: Path) -> None:
    one = built(tmp_path / "one", "1")
    other = built(tmp_path / "other" / "place", "2")
    assert "v0001/manifest.json" in one
    assert one == other


SPENT = ("seconds", "peak_mb", "trained")
"""What the card of a training says of the machine and the day, and not of what was learnt."""


def test_what_is_learnt(tmp_path: Path) -> None:
    one = built(tmp_path / "one", "1", "taste")
    other = built(tmp_path / "other" / "place", "2", "taste")
    assert "v0002/taste/taste.json" in one
    differ = {name for name in one if one[name] != other.get(name)}
    assert one.keys() == other.keys()
    assert differ <= {"v0002/manifest.json", "v0002/taste/taste.json"}
    cards = [
        json.loads((tmp_path / place / "library/v0002/taste/taste.json").read_text())
        for place in ("one", "other/place")
    ]
    assert all(name in card for card in cards for name in SPENT), cards[0].keys()
    first, second = (
        {name: value for name, value in card.items() if name not in SPENT} for card in cards
    )
    assert first == second

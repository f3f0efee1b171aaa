"""A small library built by the test encoder."""

from __future__ import annotations

import csv
import json
import random
from typing import TYPE_CHECKING

import pytest

from matinee.assembly import build_library, open_library, train_taste
from matinee.pipeline.train_taste import TrainOptions
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matinee import Library

FILMS = [
    {"id": 1, "title": "Heat", "year": 1995, "plot": "A thief and a detective in Los Angeles."},
    {"id": 2, "title": "Moon", "year": 2009, "plot": "A man alone on the far side of the moon."},
    {"id": 3, "title": "Emma", "year": 1996, "plot": "A matchmaker misjudges every heart."},
    {"id": 4, "title": "Emma", "year": 2020, "plot": "A matchmaker in a candy-coloured county."},
    {"id": 5, "title": "Rififi", "year": 1955, "plot": "A heist in Paris told in silence."},
    {"id": 6, "title": "Topkapi", "year": 1964, "plot": "A heist in Istanbul, with a rope."},
]


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "films.jsonl"
    path.write_text("\n".join(json.dumps(film) for film in FILMS), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small(films: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = tmp_path_factory.mktemp("small")
    encoder = HashingEncoder()
    build_library([films], root, encoder=encoder)
    return open_library(root, encoder=encoder)


KINDS = {"Crime": "heist thief detective", "Romance": "wedding letter garden"}
COUNT, UNRATED, PEOPLE = 40, 3, 60
"""Films of two kinds, how many at the end nobody has rated, and people who each love one kind."""


def write_films(path: Path, order: Sequence[int] = range(COUNT)) -> Path:
    """Write films in some order: even ones are crime, odd ones romance."""
    with path.open("w", encoding="utf-8") as stream:
        for n in order:
            kind = list(KINDS)[n % 2]
            film = {
                "tmdb_id": n + 1,
                "title": f"Film {n}",
                "year": 1980 + n,
                "overview": f"{KINDS[kind]} number{n}",
                "genres": [kind],
                "vote_average": 6.0,
                "vote_count": 10 * (n + 1),
                "certification": "PG" if n % 4 < 2 else "R",
                "directors": [f"Director {kind}"],
            }
            stream.write(json.dumps(film) + "\n")
    return path


def write_ratings(path: Path, *, unknown: bool = False) -> Path:
    """Write ratings: even people love even films, odd people odd ones."""
    rng = random.Random(3)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["user", "tmdb_id", "rating", "timestamp"])
        for person in range(PEOPLE):
            for film in rng.sample(range(COUNT - UNRATED), 14):
                loves = film % 2 == person % 2
                stars = rng.choice([4, 4.5, 5]) if loves else rng.choice([1, 1.5, 2])
                writer.writerow([f"p{person}", film + 1, stars, 1_000_000 + 100 * film])
        if unknown:
            writer.writerows([["p0", 999, 4, 5], ["p1", 999, 4, 5], ["p1", 998, 4, 5]])
    return path


OPTIONS = TrainOptions(models=("ease",), rating="bias", parameters={"ease": {"ridge": 200.0}})


@pytest.fixture(scope="session")
def two_kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with films.jsonl and ratings.csv."""
    folder = tmp_path_factory.mktemp("two-kinds")
    write_films(folder / "films.jsonl")
    write_ratings(folder / "ratings.csv")
    return folder


@pytest.fixture(scope="session")
def trained(two_kinds: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library that has learnt from them; not to be changed."""
    root = tmp_path_factory.mktemp("trained")
    build_library([two_kinds / "films.jsonl"], root, encoder=HashingEncoder())
    train_taste([two_kinds / "ratings.csv"], root, options=OPTIONS)
    return open_library(root, encoder=HashingEncoder())


@pytest.fixture(scope="session")
def writers() -> tuple[Callable[..., Path], Callable[..., Path]]:
    """What writes the films and the ratings, for tests that want others."""
    return write_films, write_ratings

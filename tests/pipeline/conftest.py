"""A small library built by the test encoder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from matinee.assembly import build_library, open_library
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
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

"""A build lays the titles out, and takes the positions along where nothing has changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from matinee.pipeline import build_map
from matinee.pipeline.build import build
from matinee.pipeline.title_map import FOLDER, POSITIONS, open_map
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np


def write(path: Path, count: int, votes: int = 1) -> Path:
    films = (
        {
            "id": f"t:{n}",
            "title": f"Film {n}",
            "overview": f"Story {n % 7}",
            "vote_count": votes,
        }
        for n in range(count)
    )
    path.write_text("\n".join(map(json.dumps, films)))
    return path


def test_positions_are_taken_along_only_where_the_vectors_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films, root = tmp_path / "films.jsonl", tmp_path / "library"
    first = build([write(films, 40)], root, encoder=HashingEncoder())
    assert {"map/positions.u16.npy", "map/clusters.json"} <= set(first.manifest.files)
    found = open_map(first.folder, 40)
    assert found is not None
    assert {one.level for one in found.clusters} == {0, 1}

    def never(_vectors: object) -> np.ndarray:
        raise AssertionError("laid out again")

    with monkeypatch.context() as patched:
        patched.setattr(build_map, "layout", never)
        again = build([write(films, 40, votes=9)], root, encoder=HashingEncoder())
        name = f"{FOLDER}/{POSITIONS}"
        assert again.manifest.files[name] == first.manifest.files[name]
        with pytest.raises(AssertionError, match="laid out again"):
            build([write(films, 41)], root, encoder=HashingEncoder())
    grown = build([write(films, 41)], root, encoder=HashingEncoder())
    fresh = build([films], tmp_path / "other", encoder=HashingEncoder())
    assert grown.manifest.files[name] == fresh.manifest.files[name]


def test_a_damaged_live_map_is_made_anew(tmp_path: Path) -> None:
    films, root = write(tmp_path / "films.jsonl", 20), tmp_path / "library"
    first = build([films], root, encoder=HashingEncoder())
    (first.folder / FOLDER / POSITIONS).write_bytes(b"broken")
    again = build([films], root, encoder=HashingEncoder())
    name = f"{FOLDER}/{POSITIONS}"
    assert again.manifest.files[name] == first.manifest.files[name]

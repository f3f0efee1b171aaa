"""A build killed without warning while it reads and encodes posters: nothing is made twice."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.assembly import build_library, open_library
from matinee.library import versions
from matinee.pictures.signature import SIGNATURE_BYTES
from matinee.testing import ColourEncoder, HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COUNT = 120
SECONDS = 0.04
"""What a batch of four posters or texts takes at least, so that there is time to be killed in."""
VECTOR = 16 + 2 * 49 + 4
"""Bytes of a record: key, vector, checksum."""
CHILD = """
import sys, time
from matinee.assembly import build_library
from matinee.pipeline.build import BuildOptions
from matinee.pipeline.build_pictures import PictureOptions
from matinee.testing import ColourEncoder, HashingEncoder

class Slow(ColourEncoder):
    def encode_pictures(self, pictures):
        time.sleep({seconds})
        return super().encode_pictures(pictures)
    def encode_texts(self, texts):
        time.sleep({seconds})
        return super().encode_texts(texts)

films, root, posters = sys.argv[1:]
build_library(
    [films], root, encoder=HashingEncoder(), posters=[posters], picture_encoder=Slow(),
    options=BuildOptions(pictures=PictureOptions(batch=4)),
)
"""


def posters_in(folder: Path) -> Path:
    from PIL import Image

    folder.mkdir()
    rng = np.random.default_rng(5)
    for number in range(COUNT):
        coarse = rng.integers(0, 255, (9, 6, 3), np.uint8)
        Image.fromarray(np.kron(coarse, np.ones((16, 16, 1), np.uint8))).save(
            folder / f"{number + 1}.png"
        )
    return folder


def films_in(path: Path) -> Path:
    films = [
        {"tmdb_id": n + 1, "title": f"Film {n}", "year": 1980, "overview": f"Number {n} in red."}
        for n in range(COUNT)
    ]
    path.write_text("\n".join(map(json.dumps, films)), encoding="utf-8")
    return path


def made_in(logs: Mapping[str, tuple[Path, int]]) -> dict[str, int]:
    """Return how many records each log has that are whole."""
    return {
        name: path.stat().st_size // size if path.exists() else 0
        for name, (path, size) in logs.items()
    }


@pytest.mark.extra
def test_kill_9_at_ten_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    films, posters = films_in(tmp_path / "films.jsonl"), posters_in(tmp_path / "posters")
    root, whole = tmp_path / "killed", tmp_path / "whole"
    build_library([films], root, encoder=HashingEncoder())
    build_library(
        [films], whole, encoder=HashingEncoder(), posters=[posters], picture_encoder=ColourEncoder()
    )
    logs = {
        name: (root / versions.BUILDING / f"pictures-{name}.log", size)
        for name, size in (
            ("signatures", 16 + SIGNATURE_BYTES + 4),
            ("posters", VECTOR),
            ("texts", VECTOR),
        )
    }
    rng = random.Random(11)
    finished = dict.fromkeys(logs, 0)
    moments = set()
    killed = 0
    while killed < 10:
        before = versions.current(root).name
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD.format(seconds=SECONDS), films, root, posters]
        )
        while process.poll() is None and made_in(logs) == finished:
            time.sleep(0.001)
        try:
            process.wait(rng.uniform(0.0, 0.6))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        if versions.current(root).name == before:
            killed += 1
            now = made_in(logs)
            assert all(now[name] >= finished[name] for name in logs), "work was done again"
            moments.add(tuple(now.values()))
            finished = now
        else:
            # It got through: begin again from a library without posters.
            build_library([films], root, encoder=HashingEncoder(), posters="none")
            finished = dict.fromkeys(logs, 0)
        library = open_library(root, encoder=HashingEncoder())
        library.verify()
        assert library.engine.pictures.signatures is None, "half of the posters are served"
    assert len(moments) >= 3, "it was always killed at the same moment"
    eyes = ColourEncoder()
    report = build_library(
        [films], root, encoder=HashingEncoder(), posters=[posters], picture_encoder=eyes
    )
    assert report.pictures is not None
    assert len(eyes.encoded) == report.pictures.encoded == COUNT - finished["posters"]
    assert report.pictures.texts_encoded == COUNT - finished["texts"]
    made, sound = report.folder / "pictures", whole / "v0001" / "pictures"
    names = {path.relative_to(sound) for path in sound.rglob("*") if path.is_file()}
    assert names == {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    for name in names:
        assert (made / name).read_bytes() == (sound / name).read_bytes(), name
    assert not (root / versions.BUILDING).exists()

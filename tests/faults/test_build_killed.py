"""A build killed without warning at ten moments: nothing half-made is served or made twice."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import matinee
from matinee.library import versions

WORDS = "thief moon lawyer island violin winter garden train ghost summer king letter".split()


def catalogue(path: Path, count: int) -> Path:
    rng = random.Random(5)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "title", "year", "plot"])
        for number in range(count):
            plot = " ".join(rng.choices(WORDS, k=30))
            writer.writerow([number, f"Film {number}", 1950 + number % 70, plot])
    return path


def start(source: Path, root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [Path(sys.executable).with_name("matinee"), "build", source, "--library", root],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "MATINEE_THREADS": "1"},
    )


@pytest.mark.extra
def test_kill_9_at_ten_moments(tmp_path: Path) -> None:
    small, large = catalogue(tmp_path / "a.csv", 50), catalogue(tmp_path / "b.csv", 600)
    root, whole = tmp_path / "killed", tmp_path / "whole"
    matinee.build([small], root)
    matinee.build([large], whole)
    rng = random.Random(11)
    logged = 0
    killed = 0
    while killed < 10:
        process = start(large, root)
        try:
            process.wait(rng.uniform(0.2, 2.5))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        else:
            # It got through: begin again from the small catalogue.
            matinee.build([small], root)
            logged = 0
        library = matinee.open(root)
        library.verify()
        assert len(library) == 50 or killed == 0 or len(library) == 600
        log = root / versions.BUILDING / "vectors.log"
        if log.exists():
            assert log.stat().st_size >= logged, "vectors were made again"
            logged = log.stat().st_size - log.stat().st_size % 788
    report = matinee.build([large], root)
    assert report.encoded <= 550 - logged // 788
    made = root / report.manifest.version
    for name in ("text.f16.npy", "text.keys.npy", "catalogue.parquet", "lexical/weights.npy"):
        assert (made / name).read_bytes() == (whole / "v0001" / name).read_bytes(), name
    left = {path.name for path in root.iterdir()} - set(versions.names(root))
    assert left == {"CURRENT", ".lock"}

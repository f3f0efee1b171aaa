"""A conversion killed without warning: what was there stays, and the next run is as undisturbed."""

from __future__ import annotations

import csv
import hashlib
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 12_000
PROGRAM = """
import sys
from pathlib import Path
from matinee.ingest.convert import convert
print("ready", flush=True)
convert([Path(sys.argv[1])], Path(sys.argv[2]), partitioned=True)
"""


def catalogue(path: Path, rows: int, seed: int) -> Path:
    rng = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["imdb_id", "title", "year", "cast", "plot", "votes"])
        for number in range(rows):
            known = number if rng.random() > 0.05 else rng.randrange(number + 1)
            year = 1950 + known % 70 if rng.random() > 0.01 else "soon"
            cast = ", ".join(f"Name {rng.randrange(500)}, Jr." for _ in range(3))
            plot = " ".join(str(rng.random()) for _ in range(8))
            writer.writerow([f"tt{known + 1:07d}", f"Film {known}", year, cast, plot, number])
    return path


def start(source: Path, out: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, source, out], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as told:
        assert told.readline() == b"ready\n"
    return process


def sums(folder: Path) -> dict[str, str]:
    files = (p for p in folder.rglob("*") if p.is_file())
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


@pytest.mark.extra
def test_kill_9_at_ten_moments(tmp_path: Path) -> None:
    small = catalogue(tmp_path / "small.csv", 300, 1)
    large = catalogue(tmp_path / "large.csv", ROWS, 2)
    whole, out = tmp_path / "whole", tmp_path / "killed" / "out"
    began = time.monotonic()
    assert start(large, whole).wait() == 0
    took = time.monotonic() - began
    assert start(small, out).wait() == 0
    before, after = sums(out), sums(whole)
    rng = random.Random(7)
    killed = stayed = 0
    while killed < 10:
        process = start(large, out)
        try:
            process.wait(rng.uniform(0, 1.1 * took))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        found = sums(out)
        assert found in (before, after), "neither the old output nor the new one"
        stayed += found == before
        if found == after:
            assert start(small, out).wait() == 0
    assert stayed, "no run was stopped before its end"
    assert start(large, out).wait() == 0
    assert sums(out) == after
    checked = subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=out, capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert [p.name for p in out.parent.iterdir()] == ["out"]

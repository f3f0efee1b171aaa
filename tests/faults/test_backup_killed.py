"""A backup or a restore killed without warning, or out of room: nothing half-made is in use."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import matinee
from matinee.assembly.backup import check
from matinee.deeds import Deed
from matinee.interaction import Action
from matinee.library import versions
from matinee.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KILLS = 25
RATINGS = 5_000


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "MATINEE_DATABASE_URL": f"sqlite:///{folder / 'store.db'}",
        "MATINEE_LIBRARY": str(folder / "library"),
        "MATINEE_THREADS": "1",
    }


def start(folder: Path, *words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [Path(sys.executable).with_name("matinee"), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(folder),
    )


def run(folder: Path, *words: str | Path) -> tuple[int, str]:
    """Run a command to its end; return its status and what it complained of."""
    process = start(folder, *words)
    _, said = process.communicate()
    return process.returncode, said


class Moments:
    """Moments to kill a process at, which keep to its last half however busy the machine is."""

    def __init__(self, seed: int, seconds: float) -> None:
        self._rng = random.Random(seed)
        self._seconds = seconds

    def next(self) -> float:
        return self._rng.uniform(0.5, 1.05) * self._seconds

    def learn(self, *, ended: bool) -> None:
        """Take the process for shorter where it ended before it was killed."""
        self._seconds *= 0.93 if ended else 1.04


def killed(process: subprocess.Popen[str], after: float) -> bool:
    """Kill a process after so many seconds; tell whether it was still at work."""
    try:
        process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    assert process.returncode == 0
    return False


def rows_of(file: Path) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    with closing(open_store(str(file))) as store:
        for table, chunk in store.export_rows():
            rows.setdefault(table, []).extend(chunk)
    return rows


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a store and a library that take some tenths of a second to save."""
    folder = tmp_path / "here"
    folder.mkdir()
    films = folder / "films.csv"
    films.write_text("title,year\n" + "".join(f"Film {n},{1950 + n % 70}\n" for n in range(300)))
    matinee.build([films], folder / "library")
    with closing(open_store(str(folder / "store.db"))) as store:
        person = store.accounts.create("ann").result().key
        deeds = [Deed(f"local:{n}", Action.RATING, 0.5 + n % 10 / 2) for n in range(RATINGS)]
        store.history.rate(person, deeds).result()
    return folder


@pytest.mark.extra
def test_a_backup_killed_anywhere(here: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    began = time.monotonic()
    assert run(here, "backup", target / "whole.tar")[0] == 0
    moments = Moments(3, time.monotonic() - began)
    done = 0
    while done < KILLS:
        path = target / f"{done}.tar"
        ended = not killed(start(here, "backup", path), moments.next())
        moments.learn(ended=ended)
        if ended:
            assert check(path).store is not None
            path.unlink()
            continue
        done += 1
        # Either there is nothing, or it was killed after the last step and all is there.
        if path.exists():
            assert check(path).store == check(target / "whole.tar").store
        assert not list(target.glob("matinee*"))
    assert run(here, "backup", target / "last.tar")[0] == 0
    assert not list(target.glob(".matinee*.part"))


@pytest.mark.extra
def test_a_restore_killed_anywhere(here: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.tar"
    assert run(here, "backup", saved)[0] == 0
    old = rows_of(here / "store.db")
    there = tmp_path / "there"
    there.mkdir()
    films = there / "films.csv"
    films.write_text("title,year\nOnly This,1999\n")
    matinee.build([films], there / "library")
    with closing(open_store(str(there / "store.db"))) as store:
        store.accounts.create("later").result()
    later = rows_of(there / "store.db")
    aside = tmp_path / "aside"
    aside.mkdir()
    began = time.monotonic()
    assert run(aside, "restore", saved)[0] == 0
    moments = Moments(4, time.monotonic() - began)
    seen = set()
    for _ in range(KILLS):
        ended = not killed(start(there, "restore", saved, "--yes"), moments.next())
        moments.learn(ended=ended)
        found = rows_of(there / "store.db")
        titles = len(matinee.open(there / "library"))
        assert found in (old, later)
        assert titles in (1, 300)
        if ended:
            assert (found == old, titles) == (True, 300)
        # The pointer moves last.
        assert not (titles == 300 and found == later)
        seen.add((found == old, titles, ended))
        # Begin again from what was there before.
        kept = sorted(there.glob("store.db.before-restore-*"))
        if found == old:
            assert rows_of(kept[-1]) == later
            for path in there.glob("store.db*"):
                if path != kept[-1]:
                    path.unlink()
            kept[-1].rename(there / "store.db")
        versions.point_to(there / "library", "v0001")
        matinee.open(there / "library").verify()
    assert len(seen) >= 2
    assert not killed(start(there, "restore", saved, "--yes"), 60)
    assert not list(there.glob(".matinee-restore"))
    assert rows_of(there / "store.db") == old
    library = matinee.open(there / "library")
    library.verify()
    assert len(library) == 300


@contextmanager
def small_disk(folder: Path, megabytes: float) -> Iterator[Path]:
    folder.mkdir()
    size = f"size={int(megabytes * 2**20)}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.extra
def test_a_disk_too_small(here: Path, tmp_path: Path, skip_or_fail: Callable[[str], None]) -> None:
    if os.geteuid() != 0:
        skip_or_fail("only root may mount a small disk")
    for megabytes in (0.1, 0.5):
        with small_disk(tmp_path / f"small-{megabytes}", megabytes) as disk:
            status, said = run(here, "backup", disk / "saved.tar")
            assert status == 2
            assert "The disk is full, and no backup was made" in said
            assert list(disk.iterdir()) == []
    saved = tmp_path / "saved.tar"
    assert run(here, "backup", saved)[0] == 0
    with small_disk(tmp_path / "there", 0.5) as disk:
        status, said = run(disk, "restore", saved)
        assert status in (1, 2, 3)
        assert "full" in said or "No space left" in said
        assert not versions.exists(disk / "library")
        assert not (disk / "store.db").exists()
        assert versions.names(disk / "library") == []

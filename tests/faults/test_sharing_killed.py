"""A push or a pull killed at each of its steps: nothing half-made is seen, and the next goes on.

The step is an operation on files that Python reports (an audit event) or a piece of a file that
arrived. The process kills itself there, so that every run dies at another step, up to the last.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from matinee.errors import LibraryError
from matinee.library import manifest, versions
from matinee.library.sharing import Patience, pull, push
from matinee.testing.versions import publish_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OLD = {"catalogue.parquet": b"old" * 1000, "text.npy": b"o" * 2000}
NEW = {"catalogue.parquet": b"new" * 1000, "text.npy": b"n" * 3000, "lexical/w.npy": b"w" * 1500}

VICTIM = """
import os, signal, sys
from matinee.library.sharing import Patience, pull, push, storage

what, one, two, watched, left, connections = sys.argv[1:]
left = int(left)
storage._PIECE = 700
storage._PLAIN["block_size"] = 700

def strike(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def hook(event, args):
    if event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"):
        if any(isinstance(a, (str, os.PathLike)) and str(a).startswith(watched) for a in args):
            strike()

patience = Patience(first_wait=0, connections=int(connections))
sys.addaudithook(hook)
if what == "push":
    from pathlib import Path
    push(Path(one), two, patience=patience, progress=strike)
else:
    from pathlib import Path
    pull(one, Path(two), patience=patience, progress=strike)
"""


def live(root: Path) -> dict[str, bytes]:
    folder = versions.current(root)
    made = manifest.read(folder)
    manifest.check(folder, made, full=True)
    return {name: (folder / name).read_bytes() for name in made.files}


def dies(what: str, one: Path, two: Path, watched: Path, left: int, connections: int = 1) -> bool:
    """Run a push or a pull that kills itself at a step; tell whether it came to it."""
    done = subprocess.run(
        [sys.executable, "-c", VICTIM, what, one, two, watched, str(left), str(connections)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A place with the old version, beside a library ``here`` that has both."""
    publish_files(tmp_path / "here", OLD)
    push(tmp_path / "here", str(tmp_path / "shared"))
    publish_files(tmp_path / "here", NEW)
    return tmp_path / "shared"


@pytest.mark.extra
def test_a_pull_killed_at_every_step(shared: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    pull(str(shared), first)
    push(tmp_path / "here", str(shared))
    total = sum(map(len, NEW.values()))
    step, seen = 0, set()
    while True:
        step += 1
        root = tmp_path / f"root-{step}"
        shutil.copytree(first, root)
        died = dies("pull", shared, root, root, step)
        found = live(root)
        assert found in (OLD, NEW)
        seen.add((found == NEW, died))
        if not died:
            break
        there = [p for p in root.glob(".pulling/*/*/**/*") if p.is_file()]
        had = sum(p.stat().st_size for p in there if p.name != manifest.NAME)
        new_is_whole = (root / "v0002").is_dir()
        done = pull(str(shared), root)
        assert live(root) == NEW
        # Nothing that was here is brought again.
        assert done.bytes == (0 if new_is_whole else total - had)
        left = {p.name for p in root.iterdir()} - set(versions.names(root))
        assert left <= {"CURRENT", ".lock", ".pulling"}
        shutil.rmtree(root)
    assert step > 40
    assert seen == {(False, True), (True, True), (True, False)}


@pytest.mark.extra
def test_a_pull_killed_again_and_again_goes_forward(shared: Path, tmp_path: Path) -> None:
    push(tmp_path / "here", str(shared))
    root = tmp_path / "root"
    deaths = 0
    while dies("pull", shared, root, root, 25, connections=4):
        deaths += 1
        assert deaths < 20
        if versions.exists(root):
            assert live(root) == NEW
    assert deaths >= 2
    assert live(root) == NEW


@pytest.mark.extra
def test_a_push_killed_at_every_step(shared: Path, tmp_path: Path) -> None:
    before = tmp_path / "before"
    shutil.copytree(shared, before)
    step, seen = 0, set()
    while True:
        step += 1
        target = tmp_path / f"target-{step}"
        shutil.copytree(before, target)
        died = dies("push", tmp_path / "here", target, target, step)
        reader = tmp_path / f"reader-{step}"
        pull(str(target), reader)
        found = live(reader)
        assert found in (OLD, NEW)
        seen.add((found == NEW, died))
        push(tmp_path / "here", str(target))
        pull(str(target), reader)
        assert live(reader) == NEW
        lying = {p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()}
        whole = {"v0001": [*OLD, "manifest.json"], "v0002": [*NEW, "manifest.json"]}
        assert lying == {"CURRENT"} | {
            f"{v}/{name}" for v, names in whole.items() for name in names
        }
        shutil.rmtree(target)
        shutil.rmtree(reader)
        if not died:
            break
    assert step > 20
    assert seen == {(False, True), (True, True), (True, False)}


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    folder.mkdir()
    size = f"size={kilobytes}k"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.extra
def test_disks_too_small(
    tmp_path: Path, skip_or_fail: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        skip_or_fail("only root may mount a small disk")
    publish_files(tmp_path / "here", {"a": os.urandom(300_000), "b": os.urandom(300_000)})
    at_once = Patience(first_wait=0.0)
    with small_disk(tmp_path / "target", 400) as disk:
        with pytest.raises(LibraryError, match=r"No space left.*See to the cause"):
            push(tmp_path / "here", str(disk / "shared"), patience=at_once)
        assert not (disk / "shared" / "CURRENT").exists()
        assert not (disk / "shared" / "v0001" / "manifest.json").exists()
    shared = tmp_path / "shared"
    push(tmp_path / "here", str(shared))
    with small_disk(tmp_path / "there", 400) as disk:
        with pytest.raises(LibraryError, match="600,000 are needed"):
            pull(str(shared), disk / "library", patience=at_once)
        # Somebody else fills it after it was looked at.
        usage = shutil.disk_usage(tmp_path)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
        with pytest.raises(LibraryError, match=r"No space left.*Make room"):
            pull(str(shared), disk / "library", patience=at_once)
        assert not versions.exists(disk / "library")
        # With more room it goes on.
        subprocess.run(["mount", "-o", "remount,size=2m", disk], check=True)
        done = pull(str(shared), disk / "library", patience=at_once)
        assert 0 < done.bytes < 600_000
        assert live(disk / "library") == live(tmp_path / "here")

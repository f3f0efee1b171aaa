"""Several processes at one store, some of which are killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from matinee.errors import StoreUnavailableError
from matinee.store import open_store
from matinee.store.records import Event, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matinee.store import Store

CHILD = Path(__file__).with_name("child.py")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url, timeout=30)
    opened.ready()
    yield opened
    opened.close()


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(CHILD), *words],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )


def same_key_from_processes(url: str, store: Store, processes: int, threads: int) -> None:
    running = [start("record", url, "the same", str(threads)) for _ in range(processes)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    new = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(new) == 1
    assert store.counts()["events"] == 1


def killed_consumers(url: str, store: Store, ways: list[tuple[str, float]]) -> None:
    events = [Event(kind=Kind.CLICK, title="tmdb:1", key=f"{n}", time=1) for n in range(60)]
    store.events.record(None, events).result()
    with store._database.writing() as connection:
        connection.execute(text("CREATE TABLE child_count (n INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO child_count VALUES (0)"))
    killed = 0
    for when, seconds in ways:
        process = start("consume", url, when, str(seconds))
        process.communicate(timeout=60)
        killed += process.returncode < 0
        with store._database.reading() as connection:
            count = connection.execute(text("SELECT n FROM child_count")).scalar_one()
        # Sequences of a new database go up by one.
        assert count == store.events.offset("counter")
    assert killed
    process = start("consume", url, "never", "0")
    process.communicate(timeout=60)
    assert process.returncode == 0
    with store._database.reading() as connection:
        assert connection.execute(text("SELECT n FROM child_count")).scalar_one() == 60


@contextmanager
def writing(url: str, name: str, threads: int) -> Iterator[Any]:
    """Run a process that writes; give what waits for it to tell of so many, and what kills it."""
    process = start("rate", url, name, str(threads))
    assert process.stdout is not None
    told: list[str] = []

    def wait_for(count: int) -> None:
        while len(told) < count:
            line = process.stdout.readline()
            assert line.endswith("\n")
            told.append(line[:-1])

    def kill() -> list[str]:
        process.kill()
        # The last line may have been cut short.
        told.extend(process.stdout.read().split("\n")[:-1])
        return told

    try:
        yield wait_for, kill
    finally:
        process.kill()
        process.communicate()


def assert_there(store: Store, name: str, told: list[str]) -> None:
    person = store.accounts.get(name)
    assert person is not None
    there = {deed.title for deed, _ in store.history.opinions(person.key)}
    assert set(told) <= there


def killed_writers(url: str, store: Store, counts: Iterable[int]) -> None:
    """Kill a process that writes after it told of so many; see that all of it is there."""
    for number, count in enumerate(counts):
        with writing(url, f"p{number}", 8) as (wait_for, kill):
            wait_for(count)
            told = kill()
        store.verify()
        assert_there(store, f"p{number}", told)


def test_the_same_key_from_processes_is_one_row(url: str, store: Store) -> None:
    same_key_from_processes(url, store, processes=4, threads=5)


def test_a_consumer_killed_before_the_commit_has_done_nothing(url: str, store: Store) -> None:
    killed_consumers(url, store, [("before-commit", 0), ("after-commit", 0)] * 2)


def test_what_was_acknowledged_outlives_a_kill(url: str, store: Store) -> None:
    killed_writers(url, store, (3, 150))


@pytest.mark.extra
def test_consumers_killed_many_times(url: str, store: Store) -> None:
    base = timed(lambda: start("consume", url, "never", "0").communicate(timeout=60))
    ways = [("before-commit", 0.0), ("after-commit", 0.0)] * 10
    ways += [("any", base * (0.6 + 0.4 * n / 20)) for n in range(20)]
    killed_consumers(url, store, ways)


@pytest.mark.extra
def test_writers_killed_many_times(url: str, store: Store) -> None:
    killed_writers(url, store, range(1, 400, 8))


def test_processes_write_to_one_file_at_once(url: str, store: Store) -> None:
    with ExitStack() as stack:
        running = [stack.enter_context(writing(url, f"p{n}", 4)) for n in range(3)]
        for wait_for, _ in running:
            wait_for(100)  # While the others go on.
        told = [kill() for _, kill in running]
    for number, titles in enumerate(told):
        assert_there(store, f"p{number}", titles)
    store.verify()


def test_processes_make_a_new_file_at_once(tmp_path: Path) -> None:
    url = str(tmp_path / "new" / "store.db")
    running = [start("record", url, f"{n}", "1") for n in range(6)]
    for process in running:
        assert process.communicate("go\n", timeout=60)[0].split() == ["ready", "1"]
        assert process.returncode == 0
    opened = open_store(url)
    assert opened.counts()["events"] == 6
    opened.close()


def test_a_file_that_stays_locked_is_told_of(url: str, store: Store) -> None:
    person = store.accounts.ensure().key
    hurried = open_store(url, timeout=0.2)
    process = start("hold", url, "30")
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(StoreUnavailableError, match="locked"):
        hurried.history.hide(person, "tmdb:1").result()
    assert hurried.history.hidden(person) == [], "reading goes on"
    process.kill()
    process.communicate()
    assert hurried.history.hide(person, "tmdb:1").result().changed == 1
    hurried.close()


def timed(run: Any) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began

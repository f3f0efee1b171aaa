"""Group commit."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from matinee.deeds import Deed
from matinee.errors import StoreUnavailableError
from matinee.interaction import Action
from matinee.store import open_store
from matinee.store.writer import MAX_WAITING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "store.db"))
    yield opened
    opened.close()


class Held:
    """The writer, held inside of a write until it is let go."""

    def __init__(self, store: Store) -> None:
        self.go = threading.Event()
        inside = threading.Event()

        def wait(_turn: Any) -> None:
            inside.set()
            self.go.wait(30)

        self.future = store._writer.call(wait)
        assert inside.wait(30)


def commits_of(store: Store) -> list[None]:
    commits: list[None] = []
    event.listen(store._database._writer, "commit", lambda _connection: commits.append(None))
    return commits


def test_all_that_waits_is_one_transaction(store: Store) -> None:
    person = store.accounts.ensure().key
    held = Held(store)
    commits = commits_of(store)
    futures = [
        store.history.rate(person, [Deed(f"tmdb:{n}", Action.RATING, 3.0)]) for n in range(100)
    ]
    futures += [store.history.forget(person, f"tmdb:{n}") for n in range(50)]
    assert not any(future.done() for future in futures)
    held.go.set()
    assert [future.result().changed for future in futures] == [1] * 150
    assert len(commits) == 2, "that of the writer being held, and one"
    assert len(store.history.opinions(person)) == 50


def test_nothing_is_told_before_it_is_committed(store: Store) -> None:
    person = store.accounts.ensure().key
    told: list[bool] = []
    futures: list[Any] = []

    @event.listens_for(store._database._writer, "commit")
    def _commit(_connection: object) -> None:
        told.append(any(future.done() for future in futures))

    held = Held(store)
    futures += [store.history.hide(person, f"tmdb:{n}") for n in range(20)]
    held.go.set()
    for future in futures:
        future.result()
    assert told == [False, False]


def test_the_queue_is_bounded(store: Store) -> None:
    person = store.accounts.ensure().key
    held = Held(store)
    deed = [Deed("tmdb:1", Action.HIDE)]
    futures = [store.history.rate(person, deed) for _ in range(MAX_WAITING)]
    refused = store.history.rate(person, deed)
    assert isinstance(refused.exception(timeout=0), StoreUnavailableError)
    held.go.set()
    assert sum(future.result().changed for future in futures) == 1
    assert store.history.rate(person, deed).result().changed == 0


def test_one_that_fails_halfway_leaves_nothing_and_harms_nobody(store: Store) -> None:
    person = store.accounts.ensure().key
    held = Held(store)

    def halfway(turn: Any) -> None:
        turn.connection.exec_driver_sql("DELETE FROM people")
        raise KeyError("halfway")

    before = store.history.hide(person, "tmdb:1")
    bad = store._writer.call(halfway)
    after = store.history.hide(person, "tmdb:2")
    held.go.set()
    assert isinstance(bad.exception(), KeyError)
    assert before.result().changed == after.result().changed == 1
    assert len(store.history.hidden(person)) == 2


def test_the_thread_ends_with_the_store(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store.db"))
    before = threading.active_count()
    store.accounts.ensure()
    assert threading.active_count() == before + 1
    store.close()
    assert threading.active_count() == before


@pytest.mark.extra
def test_the_disk_confirms_before_anybody_is_told(tmp_path: Path) -> None:
    """As the system sees it: between two lines told there is a sync that succeeded."""
    if subprocess.run(["strace", "-V"], capture_output=True, check=False).returncode:
        pytest.skip("strace is not installed")
    script = (
        "import os, sys; from matinee.store import open_store; from matinee.deeds import Deed\n"
        "from matinee.interaction import Action\n"
        "s = open_store(sys.argv[1]); p = s.accounts.ensure().key\n"
        "for n in range(20):\n"
        "    s.history.rate(p, [Deed(f't{n}', Action.RATING, 3.0)]).result()\n"
        "    os.write(2, b'told\\n')\n"
    )
    trace = tmp_path / "trace"
    subprocess.run(
        [
            *("strace", "-f", "-e", "trace=fdatasync,fsync,write", "-o", str(trace)),
            *(sys.executable, "-c", script, str(tmp_path / "store.db")),
        ],
        check=True,
        capture_output=True,
    )
    synced, told = False, 0
    for line in trace.read_text(errors="replace").splitlines():
        if "sync(" in line and "unfinished" not in line:
            synced = synced or line.rstrip().endswith("= 0")
        elif "sync resumed" in line:
            synced = True
        elif '"told' in line:
            assert synced
            synced, told = False, told + 1
    assert told == 20

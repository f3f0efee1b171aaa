"""The store in PostgreSQL."""

from __future__ import annotations

import importlib.util
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from matinee.deeds import Deed
from matinee.errors import StoreFullError, StoreUnavailableError, StoreVersionError
from matinee.interaction import Action
from matinee.store import open_store
from matinee.store.records import Event, Kind
from matinee.testing.postgres import postgres_server
from matinee.testing.store_contracts import StoreContract

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matinee.store import Store
    from matinee.testing.postgres import PostgresServer

psycopg = pytest.importorskip("psycopg")
pytestmark = pytest.mark.extra


def _processes() -> Any:
    """Return the tests of processes, which run on either database."""
    spec = importlib.util.spec_from_file_location(
        "processes", Path(__file__).with_name("test_processes.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


processes = _processes()


@pytest.fixture
def url(postgresql: PostgresServer) -> Iterator[str]:
    """URL of a database that is deleted after the test."""
    name = f"test_{uuid4().hex}"
    yield postgresql.make_database(name)
    postgresql.drop_database(name)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()


class TestPostgresql(StoreContract):
    pass


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that may be killed."""
    try:
        with postgres_server() as server:
            yield server
    except FileNotFoundError as error:
        pytest.skip(str(error))


def assert_down(store: Store, person: int, limit: float) -> None:
    """Everything says within the time that the database does not answer."""
    for use in (
        store.ready,
        lambda: store.history.read(person),
        lambda: store.history.hide(person, "tmdb:1").result(),
        lambda: store.events.consume("c", lambda _connection, _events: None),
    ):
        began = time.monotonic()
        with pytest.raises(StoreUnavailableError):
            use()
        # A machine under load gets half as much again.
        assert time.monotonic() - began < limit * 1.5


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGINT])
def test_a_server_that_dies_is_told_of_and_found_again(
    own_server: PostgresServer, how: signal.Signals
) -> None:
    store = open_store(own_server.url, timeout=4)
    person = store.accounts.ensure().key
    stop = threading.Event()
    there: list[str] = []
    failed: list[BaseException] = []

    def work(thread: int) -> None:
        number = 0
        while not stop.is_set():
            title = f"{thread}:{number}"
            number += 1
            error = store.history.rate(person, [Deed(title, Action.RATING, 3.0)]).exception()
            if error is None:
                there.append(title)
            else:
                failed.append(error)
                time.sleep(0.01)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)
        own_server.kill(how)
        # What was on its way when the server died may have failed already.
        assert_down(store, person, 4)
        before = len(there)
        own_server.kill(signal.SIGCONT)
        own_server.start()
        deadline = time.monotonic() + 30
        while len(there) < before + 100 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(there) >= before + 100, "it goes on by itself"
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed
    assert all(isinstance(error, StoreUnavailableError) for error in failed)
    assert "only-for-tests" not in "".join(map(str, failed))
    titles = {deed.title for deed, _ in store.history.opinions(person)}
    assert set(there) <= titles
    store.close()


def test_a_full_disk_is_told_of(store: Store, url: str) -> None:
    person = store.accounts.ensure().key
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )
        connection.execute(
            "CREATE TRIGGER no_room BEFORE INSERT ON ratings EXECUTE FUNCTION no_room()"
        )
        futures = [store.history.rate(person, [Deed("a", Action.LIKE)]) for _ in range(5)]
        assert all(isinstance(future.exception(), StoreFullError) for future in futures)
        assert store.history.changes(person) == []
        connection.execute("DROP TRIGGER no_room ON ratings")
    assert store.history.rate(person, [Deed("a", Action.LIKE)]).result().changed == 1


def test_a_lock_held_too_long_is_told_of(url: str) -> None:
    store = open_store(url, timeout=1)
    person = store.accounts.ensure().key
    with psycopg.connect(url) as connection:
        connection.execute("SELECT * FROM people FOR UPDATE")
        with pytest.raises(StoreUnavailableError):
            store.history.hide(person, "tmdb:1").result()
        assert store.history.hidden(person) == []
    assert store.history.hide(person, "tmdb:1").result().changed == 1
    store.close()


def test_a_newer_version_is_refused(store: Store, url: str) -> None:
    store.ready()
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    again = open_store(url)
    with pytest.raises(StoreVersionError):
        again.ready()
    again.close()


def test_the_same_key_from_processes_is_one_row(store: Store, url: str) -> None:
    processes.same_key_from_processes(url, store, processes=4, threads=5)


def test_consumers_killed_many_times(store: Store, url: str) -> None:
    ways = [("before-commit", 0.0), ("after-commit", 0.0)] * 6
    processes.killed_consumers(url, store, [*ways, *(("any", 0.8 + n * 0.1) for n in range(8))])


def test_no_event_is_skipped_though_transactions_end_in_any_order(url: str) -> None:
    """A transaction that is slow to commit holds up the numbers that would overtake it."""
    slow, quick = open_store(url), open_store(url)
    seen: list[str] = []

    def see(_connection: object, events: Sequence[Event]) -> None:
        seen.extend(event.key for event in events)

    inside, go = threading.Event(), threading.Event()
    slow.ready()

    @event.listens_for(slow._database._writer, "commit")
    def _commit(_connection: object) -> None:
        inside.set()
        go.wait(3)

    first = slow.events.record(None, [Event(kind=Kind.CLICK, title="a", key="first", time=1)])
    assert inside.wait(10)
    second = quick.events.record(None, [Event(kind=Kind.CLICK, title="a", key="second", time=1)])
    time.sleep(0.5)
    quick.events.consume("c", see)
    go.set()
    first.result()
    second.result()
    quick.events.consume("c", see)
    assert seen == ["first", "second"]
    slow.close()
    quick.close()


def test_people_are_locked_in_one_order(url: str) -> None:
    """Two servers that write of the same people in opposite orders never fail each other."""
    stores = [open_store(url), open_store(url)]
    people = [stores[0].accounts.create(f"p{n}").result().key for n in range(20)]

    def write(which: int) -> list[object]:
        order = people if which == 0 else people[::-1]
        futures = [
            stores[which].history.rate(person, [Deed(f"{which}:{n}", Action.LIKE)])
            for n in range(20)
            for person in order
        ]
        return [future.exception() for future in futures]

    with ThreadPoolExecutor(2) as pool:
        errors = [error for each in pool.map(write, (0, 1)) for error in each]
    assert errors == [None] * 800
    assert all(stores[0].history.revision(person) == 40 for person in people)
    for store in stores:
        store.close()

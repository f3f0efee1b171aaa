"""The store in an SQLite file."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event, text

from matinee.deeds import Deed
from matinee.errors import (
    StoreCorruptError,
    StoreFullError,
    StoreUnavailableError,
    StoreVersionError,
)
from matinee.interaction import Action
from matinee.store import open_store
from matinee.store.records import Event, Kind
from matinee.testing.store_contracts import StoreContract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "store.db"))
    yield opened
    opened.close()


class TestSqlite(StoreContract):
    pass


def test_the_file_is_its_owners(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "down" / "store.db"
    opened = open_store(f"sqlite:///{file}")
    opened.accounts.ensure()
    for path in (file, file.with_name("store.db-wal")):
        assert path.stat().st_mode & 0o777 == 0o600
    for connecting in (opened._database.writing, opened._database.reading):
        with connecting() as connection:
            pragmas = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
        assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    opened.close()


def test_opening_touches_nothing(tmp_path: Path) -> None:
    opened = open_store(str(tmp_path / "store.db"))
    opened.close()
    assert not list(tmp_path.iterdir())


def test_no_url_is_the_users_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    opened = open_store(None)
    opened.ready()
    assert (tmp_path / "matinee" / "store.db").is_file()
    opened.close()


def test_a_file_of_a_newer_version_is_refused(store: Store) -> None:
    store.ready()
    with store._database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    again = open_store(store.url)
    with pytest.raises(StoreVersionError, match="9999"):
        again.ready()
    again.close()


@pytest.mark.parametrize("at", [0, 24], ids=["header", "pages"])
def test_damage_is_told_of(store: Store, tmp_path: Path, at: int) -> None:
    person = store.accounts.ensure().key
    deeds = [Deed(f"tmdb:{n}", Action.RATING, 3.0) for n in range(2_000)]
    store.history.rate(person, deeds).result()
    store.close()
    file = tmp_path / "store.db"
    data = bytearray(file.read_bytes())
    if at == 0:
        data[:16] = b"no database, sir"
    else:
        for page in range(5, len(data) // 4096):
            data[page * 4096 : page * 4096 + 64] = bytes(64)
    file.write_bytes(data)
    again = open_store(str(file))
    with pytest.raises(StoreCorruptError, match=re.escape(str(file))):
        again.verify()
    if at == 0:
        with pytest.raises(StoreCorruptError):
            again.history.read(person)
        assert isinstance(again.history.hide(person, "a").exception(), StoreCorruptError)
    again.close()


def test_a_full_disk_is_told_of_and_passes(store: Store) -> None:
    person = store.accounts.ensure().key
    limit = "PRAGMA max_page_count = {}"

    def bound(pages: int) -> None:
        store._database._writer.dispose()

        @event.listens_for(store._database._writer, "connect")
        def _connected(connection: Any, _record: object) -> None:
            connection.execute(limit.format(pages))

    with store._database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    bound(pages)
    deeds = [Deed(f"tmdb:{n}", Action.RATING, 3.0) for n in range(5_000)]
    before = list(store.export_rows())
    with pytest.raises(StoreFullError, match="disk"):
        store.history.rate(person, deeds).result()
    assert list(store.export_rows()) == before
    bound(1_000_000)
    assert store.history.rate(person, deeds).result().changed == 5_000


@pytest.mark.extra
def test_a_disk_of_4_mb(tmp_path: Path) -> None:
    mounted = tmp_path / "disk"
    mounted.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mounted]).returncode:
        pytest.skip("a file system can be mounted by root alone")
    try:
        opened = open_store(str(mounted / "store.db"))
        person = opened.accounts.ensure().key
        written = 0
        error = None
        while error is None:
            deeds = [Deed(f"{written}:{n}" * 9, Action.RATING, 3.0) for n in range(50)]
            error = opened.history.rate(person, deeds).exception()
            written += 0 if error else 50
        assert isinstance(error, StoreFullError)
        assert str(mounted) in str(error)
        assert written
        assert len(opened.history.read(person).deeds) == written
        opened.verify()
        subprocess.run(["mount", "-o", "remount,size=16m", mounted], check=True)
        assert opened.history.rate(person, deeds).result().changed == 50
        opened.close()
    finally:
        subprocess.run(["umount", mounted], check=True)


def test_a_folder_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    opened = open_store(str(tmp_path / "file" / "store.db"))
    with pytest.raises(StoreUnavailableError, match="file"):
        opened.ready()
    future = opened.accounts.create("anna")
    assert isinstance(future.exception(), StoreUnavailableError)
    opened.close()


def test_what_is_looked_up_is_not_searched_for(store: Store) -> None:
    """No question but the few for everything reads a table from one end to the other."""
    person = store.accounts.ensure().key
    asked: list[tuple[str, Any]] = []

    @event.listens_for(Engine, "before_cursor_execute")
    def _note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, many: bool) -> None:
        asked.append((statement, values[0] if many else values))

    try:
        deeds = [Deed("a", Action.RATING, 3.0), Deed("a", Action.WATCH), Deed("a", Action.HIDE)]
        store.history.rate(person, deeds).result()
        store.history.forget(person, "a").result()
        store.history.add_to_watchlist(person, "a").result()
        key = store.history.import_batch(person, "f", "d", deeds).result()[0].key
        store.history.rate(person, [Deed("a", Action.RATING, 4.0)]).result()
        store.history.undo_batch(person, key).result()
        store.history.revision(person)
        store.history.read(person)
        store.history.opinions(person, after="a")
        store.history.opinion(person, "a")
        store.history.changes(person, after=1)
        store.history.changes(person, title="a")
        store.history.watches(person)
        store.history.watchlist(person)
        store.history.hidden(person)
        store.history.batches(person)
        one = Event(kind=Kind.CLICK, title="a", key="k", time=1)
        store.events.record(person, [one]).result()
        store.events.record(None, [one]).result()
        for how in ({"kind": Kind.CLICK}, {"experiment": "e"}, {"person": person}, {}):
            store.events.read(**how)
        store.events.consume("c", lambda _connection, _events: None)
        store.accounts.get("anna")
        token, secret = store.tokens.create("default").result()
        store.tokens.find(secret)
        store.tokens.all("default")
        store.tokens.revoke(token.key).result()
        session = store.sessions.create(person, seconds=0).result()
        store.sessions.find(session)
        store.sessions.end(session).result()
        store.sessions.purge().result()
        store.experiments.running("search")
        job = store.jobs.create("x", {}).result().key
        store.jobs.claim(["x"])
        store.jobs.update(job, done=1).result()
        store.accounts.delete("default").result()
    finally:
        event.remove(Engine, "before_cursor_execute", _note)
    with store._database.reading() as connection:
        for statement, values in asked:
            if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
                scans = [row[3] for row in plan if row[3].startswith("SCAN")]
                allowed = ("SCAN pair VIRTUAL", "SCAN CONSTANT ROW")
                assert all(scan.startswith(allowed) for scan in scans), (statement, scans)
    assert len(asked) > 50


def test_connecting_waits_for_who_has_the_file_for_themselves(tmp_path: Path) -> None:
    """As while the log is read in again after a crash: a moment, and no reason to fail."""
    path = tmp_path / "store.db"
    first = open_store(f"sqlite:///{path}")
    first.accounts.create("anna").result()
    first.close()
    held = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    held.execute("PRAGMA locking_mode=EXCLUSIVE")
    held.execute("BEGIN EXCLUSIVE")
    store = open_store(f"sqlite:///{path}")
    store._database._ready = True  # the writer itself is to be the first that connects
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: store.accounts.create("ben").result())
        time.sleep(0.3)
        assert not waiting.done()
        held.execute("ROLLBACK")
        held.close()
        waiting.result(timeout=20)
    assert store.accounts.get("ben").name == "ben"

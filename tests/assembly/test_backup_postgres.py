"""A backup knows no database: out of SQLite into PostgreSQL, and back again."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from matinee.assembly.backup import backup, check
from matinee.assembly.backup_restore import restore
from matinee.errors import ConflictError
from matinee.store import open_store
from matinee.store.records import Event, Kind

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.testing.postgres import PostgresServer


def rows_of(url: str) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    with closing(open_store(url)) as store:
        for table, chunk in store.export_rows():
            rows.setdefault(table, []).extend(chunk)
    # By key: the databases sort texts each in their own way.
    return {table: sorted(found, key=lambda row: str(row)) for table, found in rows.items()}


def save(path: Path, url: str) -> Path:
    with closing(open_store(url)) as store:
        return backup(path, store=store, root=None).path


@pytest.mark.extra
def test_there_and_back(store_url: str, tmp_path: Path, postgresql: PostgresServer) -> None:
    root = tmp_path / "library"
    there = postgresql.make_database("restored")
    done = restore(save(tmp_path / "sqlite.tar", store_url), url=there, root=root)
    assert done.kept is None
    assert rows_of(there) == rows_of(store_url)
    with closing(open_store(there)) as store:
        assert store.accounts.check_password("ann", "correct horse") is not None
    path = save(tmp_path / "postgresql.tar", there)
    # Of the same rows the same file, but for their order where texts decide that.
    tables = check(path).store
    assert tables == check(tmp_path / "sqlite.tar").store
    again = f"sqlite:///{tmp_path / 'again.db'}"
    restore(path, url=again, root=root)
    assert rows_of(again) == rows_of(store_url)
    for url in (there, again):
        with closing(open_store(url)) as store:
            before = store.events.offset("counter")
            store.events.record(
                None, [Event(kind=Kind.CLICK, title="x:1", key="n", time=1)]
            ).result()
            assert [event.key for event in store.events.read(after=before)] == ["n"]
            store.accounts.create("new").result()


@pytest.mark.extra
def test_a_database_in_use_is_never_emptied(
    store_url: str, tmp_path: Path, postgresql: PostgresServer
) -> None:
    path = save(tmp_path / "saved.tar", store_url)
    used = postgresql.make_database("used")
    with closing(open_store(used)) as store:
        store.accounts.create("mine").result()
    for yes in (False, True):
        with pytest.raises(ConflictError, match="Make another database") as caught:
            restore(path, url=used, root=tmp_path / "library", replace_store=yes)
        assert "only-for-tests" not in str(caught.value)
    assert [row["name"] for row in rows_of(used)["people"]] == ["mine"]

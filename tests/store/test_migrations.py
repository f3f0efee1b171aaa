"""The migrations lead to the tables the code knows, on either database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from matinee.store import open_store
from matinee.store.migrate import scripts
from matinee.store.schema import HEAD, METADATA

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.store import Store
    from matinee.testing.postgres import PostgresServer


def assert_migrated(store: Store) -> None:
    store.ready()
    with store._database.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, METADATA) == []
        found = inspect(connection)
        for table in METADATA.sorted_tables:
            # What Alembic does not compare.
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [
                column.name for column in table.primary_key
            ]
            keys = {
                (
                    tuple(key["constrained_columns"]),
                    key["referred_table"],
                    *key["options"].values(),
                )
                for key in found.get_foreign_keys(table.name)
            }
            assert keys == {
                ((key.parent.name,), key.column.table.name, "CASCADE") for key in table.foreign_keys
            }
    store.close()


def test_the_newest_migration_is_the_one_the_code_knows() -> None:
    assert scripts().get_heads() == [HEAD]


def test_a_migrated_file_has_the_tables_of_the_code(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    assert_migrated(open_store(str(file)))


def test_the_ddl_of_a_migrated_file_is_that_of_the_code(tmp_path: Path) -> None:
    """Collations, AUTOINCREMENT and WITHOUT ROWID, which no comparison looks at, included."""
    from sqlalchemy import create_engine

    migrated = open_store(str(tmp_path / "store.db"))
    migrated.ready()
    made = create_engine("sqlite://")
    METADATA.create_all(made)
    ddl = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    with migrated._database.reading() as one, made.connect() as other:
        found, wanted = (
            {name: " ".join(sql.split()) for name, sql in connection.exec_driver_sql(ddl)}
            for connection in (one, other)
        )
    assert found == wanted
    migrated.close()
    made.dispose()


@pytest.mark.extra
def test_a_migrated_server_has_the_tables_of_the_code(postgresql: PostgresServer) -> None:
    url = postgresql.make_database("migrated")
    assert_migrated(open_store(url))
    postgresql.drop_database("migrated")


@pytest.mark.extra
def test_many_who_come_first_migrate_once(postgresql: PostgresServer) -> None:
    url = postgresql.make_database("raced")
    stores = [open_store(url) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda store: store.ready(), stores))
    for store in stores:
        store.close()
    postgresql.drop_database("raced")


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from alembic.operations import Operations

    file = tmp_path / "store.db"
    real = Operations.create_table

    def fail(self: Operations, name: str, *columns: object, **options: object) -> object:
        if name == "events":
            raise RuntimeError("power cut")
        return real(self, name, *columns, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Operations, "create_table", fail)
    store = open_store(str(file))
    with pytest.raises(RuntimeError, match="power cut"):
        store.ready()
    monkeypatch.undo()
    store.ready()
    assert_migrated(store)

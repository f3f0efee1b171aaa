"""The store: one database with all that people do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, select, text, union_all

from matinee.errors import StoreCorruptError
from matinee.store import moving
from matinee.store.accounts import AccountTable
from matinee.store.database import Database
from matinee.store.events import EventTable
from matinee.store.experiments import ExperimentTable
from matinee.store.history import HistoryTable
from matinee.store.jobs import JobTable
from matinee.store.nights import NightTable
from matinee.store.schema import METADATA, ratings
from matinee.store.secrets import SecretTable
from matinee.store.tokens import SessionTable, TokenTable
from matinee.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matinee.store.address import Address

_TOLD = 3
"""Findings of an integrity check that are repeated; a damaged file has hundreds."""


class Store:
    """What people do; may be used from many threads, and the database from many processes.

    Every write returns a :class:`concurrent.futures.Future`, done once the write is on disk. Reads
    block, and raise :class:`matinee.errors.StoreError` where the database fails.

    Open one with :func:`matinee.store.open_store`.

    Attributes:
        url: where it is, without a password.
        dialect: "sqlite" or "postgresql".
        accounts: people.
        tokens: for programs.
        sessions: of browsers.
        history: what people did with titles.
        events: what happened to titles that were shown.
        experiments: comparisons of rankers.
        jobs: work that goes on beyond a request.
        nights: films that several people watch together.
        secrets: shared by all processes.
    """

    def __init__(self, address: Address, timeout: float) -> None:
        self.url = address.shown
        self.dialect = address.dialect
        self._address = address
        self._database = database = Database(address, timeout)
        self._writer = writer = Writer(database)
        self.accounts = AccountTable(database, writer)
        self.tokens = TokenTable(database, writer)
        self.sessions = SessionTable(database, writer)
        self.history = HistoryTable(database, writer)
        self.events = EventTable(database, writer)
        self.experiments = ExperimentTable(database, writer)
        self.jobs = JobTable(database, writer)
        self.nights = NightTable(database, writer)
        self.secrets = SecretTable(database, writer)

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

    def ready(self) -> None:
        """Return if the database answers; makes and migrates it the first time.

        Raises:
            StoreError: it does not, or not in time.
        """
        with self._database.reading() as connection:
            connection.execute(_PING)

    def verify(self) -> None:
        """Read everything and see whether it is sound.

        Raises:
            StoreCorruptError: it is not.
        """
        with self._database.snapshot() as connection:
            if self.dialect == "sqlite":
                said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
                found = [] if said == ["ok"] else list(map(str, said))
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                found += [f"a row of {row[0]} belongs to none of {row[2]}" for row in broken]
                if found:
                    raise StoreCorruptError(
                        f"The file of the database is damaged: {'; '.join(found[:_TOLD])}",
                        where=str(self._address.file),
                        cure="Restore it from a backup",
                    )
            else:
                # The server checks a page when it reads it, and says so where one is damaged.
                for table in METADATA.sorted_tables:
                    everything = (func.count(column) for column in table.columns)
                    connection.execute(select(*everything))

    @property
    def writes_waiting(self) -> int:
        """Writes that were asked for here and not begun."""
        return self._writer.waiting

    def size(self) -> int:
        """Return how large the database is, in bytes."""
        with self._database.reading() as connection:
            if self._address.file is None:
                return int(connection.execute(_SIZE).scalar_one())
        log = self._address.file.with_name(self._address.file.name + "-wal")
        return sum(path.stat().st_size for path in (self._address.file, log) if path.exists())

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        with self._database.reading() as connection:
            return {name: int(count) for name, count in connection.execute(_COUNTS)}

    def stars(self) -> dict[float, int]:
        """Return how many ratings there are of each number of stars."""
        with self._database.reading() as connection:
            return {float(stars): int(count) for stars, count in connection.execute(_STARS)}

    def export_rows(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Yield all rows, table by table in chunks, as they are at one moment.

        Plain values: text, numbers and None. A table comes after those it refers to.
        """
        with self._database.snapshot() as connection:
            yield from moving.export(connection)

    def import_rows(self, tables: Iterable[tuple[str, list[dict[str, Any]]]]) -> dict[str, int]:
        """Write rows as :meth:`export_rows` yields them, all or none.

        Returns:
            How many rows of each table were written.

        Raises:
            ConflictError: the store is not empty.
            InputError: there are rows that no table takes.
        """
        with self._database.writing(patient=True) as connection:
            return moving.take(connection, tables)

    def close(self) -> None:
        """Wait for the writes under way, then take no more."""
        self._writer.close()
        self._database.close()


_PING = text("SELECT 1 FROM alembic_version")
_SIZE = text("SELECT pg_database_size(current_database())")
_COUNTS = union_all(
    *(select(literal(t.name), func.count()).select_from(t) for t in METADATA.sorted_tables)
)
_STARS = (
    select(ratings.c.stars, func.count())
    .where(ratings.c.stars.is_not(None))
    .group_by(ratings.c.stars)
)

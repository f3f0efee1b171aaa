"""Group nights in the store, on either database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from matinee.errors import ConflictError, QueryError, UnknownPersonError
from matinee.store import open_store
from matinee.store.nights import MAX_MEMBERS, MAX_NAME, MAX_VETOES, SECONDS, NightTable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee.store import Store
    from matinee.store.records import Night
    from matinee.testing.postgres import PostgresServer

HEAT, MOON, ALIEN = "tmdb:949", "tmdb:17431", "tmdb:348"
CODE = "abcde-fghjk-mnpqr-stvwx"
SECRET = "of nobody"  # noqa: S105 -- of nobody


class Clock:
    """Tells a time that a test sets."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class NightContract:
    """What holds of nights in any database; subclasses give a fixture ``store``."""

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def table(self, store: Store, clock: Clock) -> NightTable:
        return NightTable(store._database, store._writer, clock)

    @pytest.fixture
    def ann(self, store: Store) -> int:
        return store.accounts.create("ann", max_age=16).result().key

    def test_a_night_is_found_by_its_code(self, store: Store, table: NightTable, ann: int) -> None:
        key = begun(table, ann, name="Friday", minutes=120, max_age=12, strategy="average")
        night = found(table)
        assert (night.key, night.host, night.name, night.minutes) == (key, ann, "Friday", 120)
        assert (night.max_age, night.strategy) == (12, "average")
        assert night.expires - night.created == SECONDS
        (host,) = night.members
        assert host.person is not None
        assert (host.name, host.person.name, host.person.max_age) == ("Ann", "ann", 16)
        for wrong in ("", CODE.upper(), CODE[:-1], "\ud800"):
            assert table.find(wrong) is None
        assert table.of(ann) == [night]
        assert CODE not in repr(list(store.export_rows()))

    def test_guests_join_and_leave(self, store: Store, table: NightTable, ann: int) -> None:
        key = begun(table, ann)
        ben = store.accounts.create("ben").result().key
        assert table.join(key, "ben", secret=SECRET, picks=[HEAT, MOON, HEAT]).result() == "ben"
        # Somebody with an account gets in whoever took their name, and once.
        assert table.join(key, "Ben", person=ben).result() == "Ben 2"
        assert table.join(key, "Ben", person=ben).result() == "Ben 2"
        night = found(table)
        assert [member.name for member in night.members] == ["Ann", "ben", "Ben 2"]
        assert set(night.members[1].picks) == {HEAT, MOON}
        assert night.members[1].digest not in (None, SECRET)
        for name in ("BEN", "ann"):
            assert isinstance(table.join(key, name).exception(), ConflictError)
        assert table.remove(key, night.members[0].key).result() is False
        assert table.remove(key, night.members[1].key).result() is True
        assert table.remove(key, night.members[1].key).result() is False
        assert store.counts()["night_picks"] == 0

    def test_what_cannot_be_is_refused(self, table: NightTable, ann: int) -> None:
        key = begun(table, ann)
        for name in ("", "x" * (MAX_NAME + 1), "\0"):
            with pytest.raises(QueryError):
                table.join(key, name)
            with pytest.raises(QueryError):
                table.create(ann, seed="s", code="c", called=name)
        with pytest.raises(QueryError):
            table.join(key, "Ben", picks=map(str, range(6)))
        wrong: tuple[dict[str, Any], ...] = (
            {"strategy": "loudest"},
            {"max_age": -1},
            {"minutes": 0},
            {"minutes": True},
            {"name": "x" * (MAX_NAME + 1)},
        )
        for change in wrong:
            with pytest.raises(QueryError):
                table.change(key, **change)
        with pytest.raises(TypeError):
            table.change(key, host=1)
        gone = table.create(ann + 99, seed="s", code="c", called="Ann").exception()
        assert isinstance(gone, UnknownPersonError)

    def test_vetoes_are_each_ones_own(self, table: NightTable, ann: int) -> None:
        key = begun(table, ann)
        table.join(key, "Ben").result()
        anns, bens = (member.key for member in found(table).members)
        for member in (anns, anns, bens):
            assert table.veto(key, member, HEAT).result() is True
        assert table.veto(key, bens, MOON).result() is True
        assert found(table).vetoes == {HEAT, MOON}
        assert table.unveto(key, bens, HEAT).result() is True
        assert table.unveto(key, bens, ALIEN).result() is True
        # Ann still does not want it.
        assert found(table).vetoes == {HEAT, MOON}
        assert table.unveto(key, anns, HEAT).result() is True
        assert found(table).vetoes == {MOON}
        other = begun(table, ann, code="other")
        assert table.veto(other, bens, HEAT).result() is False

    def test_what_two_do_at_once_is_both_done(self, table: NightTable, ann: int) -> None:
        """And no bound is passed: of twice as many guests as there is room for, so many come."""
        key = begun(table, ann)
        with ThreadPoolExecutor(8) as pool:
            asked = list(pool.map(lambda n: table.join(key, f"g{n}"), range(2 * MAX_MEMBERS)))
        joined = [future for future in asked if future.exception() is None]
        assert len(joined) == MAX_MEMBERS - 1
        members = found(table).members
        with ThreadPoolExecutor(8) as pool:
            said = pool.map(lambda m: table.veto(key, m.key, f"tmdb:{m.key}").result(), members)
            assert all(said)
        assert found(table).vetoes == {f"tmdb:{member.key}" for member in members}
        mine = members[0].key
        asked_too = [table.veto(key, mine, f"local:{n}") for n in range(MAX_VETOES + 10)]
        errors = [future.exception() for future in asked_too]
        assert sum(error is None for error in errors) == MAX_VETOES - 1
        assert all(isinstance(error, ConflictError) for error in errors if error is not None)

    def test_a_night_ends(self, store: Store, table: NightTable, clock: Clock, ann: int) -> None:
        key = begun(table, ann)
        table.join(key, "Ben", picks=[HEAT]).result()
        me = found(table).members[0].key
        table.veto(key, me, HEAT).result()
        clock.now += SECONDS
        assert table.find(CODE) is None
        assert table.of(ann) == []
        assert table.join(key, "Cleo").result() is None
        assert table.veto(key, me, MOON).result() is False
        assert table.change(key, minutes=90).result() is False
        assert table.any_over()
        assert table.purge().result() == 1
        assert not table.any_over()
        begun(table, ann)
        table.end(found(table).key).result()
        assert table.find(CODE) is None
        assert not any(count for name, count in store.counts().items() if name.startswith("night"))

    def test_who_is_deleted_leaves(self, store: Store, table: NightTable, ann: int) -> None:
        ben = store.accounts.create("ben").result().key
        key = begun(table, ann)
        table.join(key, "ben", person=ben).result()
        bens = found(table).members[1].key
        table.veto(key, bens, HEAT).result()
        store.accounts.delete("ben").result()
        assert found(table).vetoes == frozenset()
        assert len(found(table).members) == 1
        store.accounts.delete("ann").result()
        assert table.find(CODE) is None
        assert not any(count for name, count in store.counts().items() if name.startswith("night"))

    def test_nights_go_out_and_in_again(self, store: Store, table: NightTable, ann: int) -> None:
        key = begun(table, ann)
        table.join(key, "Ben", secret=SECRET, picks=[HEAT]).result()
        table.veto(key, found(table).members[1].key, MOON).result()
        before = found(table)
        rows = [(name, chunk) for name, chunk in store.export_rows() if chunk]
        store.accounts.delete("ann").result()
        store.import_rows(rows)
        assert found(table) == before
        assert begun(table, ann, code="other") > key


def begun(table: NightTable, host: int, code: str = CODE, **wishes: Any) -> int:
    return table.create(host, seed=uuid4().hex, code=code, called="Ann", **wishes).result()


def found(table: NightTable) -> Night:
    night = table.find(CODE)
    assert night is not None
    return night


class TestSqlite(NightContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        opened = open_store(str(tmp_path / "store.db"))
        yield opened
        opened.close()


@pytest.mark.extra
class TestPostgresql(NightContract):
    @pytest.fixture
    def store(self, postgresql: PostgresServer) -> Iterator[Store]:
        name = f"test_{uuid4().hex}"
        opened = open_store(postgresql.make_database(name))
        yield opened
        opened.close()
        postgresql.drop_database(name)


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    """Two writers of one file stand for two workers."""
    first, second = (open_store(str(tmp_path / "store.db")) for _ in range(2))
    ann = first.accounts.create("ann").result().key
    key = begun(first.nights, ann)
    me = found(first.nights).members[0].key
    futures = [
        store.nights.veto(key, me, f"tmdb:{place}-{n}")
        for n in range(10)
        for place, store in enumerate((first, second))
    ]
    assert all(future.result() for future in futures)
    assert len(found(first.nights).vetoes) == 20
    for store in (first, second):
        store.close()

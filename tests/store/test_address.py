from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from matinee.errors import MissingExtraError, SettingsError, StoreUnavailableError
from matinee.store import open_store
from matinee.store.address import address_of


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://anna:hunter2@db/films", "postgresql://anna:***@db/films"),
        ("postgres://anna:hunter2@db:5/films", "postgresql://anna:***@db:5/films"),
        ("postgresql+psycopg://db/films", "postgresql://db/films"),
        ("postgresql://db/films?user=anna&password=hunter2", "postgresql://db/films?user=anna"),
    ],
)
def test_a_password_is_not_shown(url: str, shown: str) -> None:
    address = address_of(url)
    assert (address.shown, address.dialect) == (shown, "postgresql")
    assert "hunter2" not in repr(address) + str(address)
    if "hunter2" in url:
        assert address.scrubbed("no hunter2 for anna") == "no *** for anna"


def test_a_file_is_given_by_path_or_url(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    for url in (str(file), f"sqlite:///{file}", f"sqlite+pysqlite:///{file}"):
        assert address_of(url).file == file
    assert address_of("store.db").file == Path.cwd() / "store.db"
    assert address_of("sqlite:///store.db").file == Path.cwd() / "store.db"
    assert address_of("~/store.db").file == Path.home() / "store.db"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://anna:hunter2@db/films",
        "://anna:hunter2@",
        "a://b:c:d:hunter2@[x",
    ],
)
def test_what_is_no_store_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_store(url)
    assert "hunter2" not in str(caught.value)


def test_a_driver_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"psycopg.*matinee\[postgres\]"):
        open_store("postgresql://anna:hunter2@127.0.0.1/films")


def test_a_server_that_is_not_there_is_told_of_without_the_password() -> None:
    pytest.importorskip("psycopg")
    store = open_store("postgresql://anna:hunter2@127.0.0.1:1/films", timeout=2)
    future = store.accounts.create("anna")
    errors = [future.exception()]
    for read in (store.ready, store.size, store.accounts.all, lambda: store.history.read(1)):
        with pytest.raises(StoreUnavailableError) as caught:
            read()
        errors.append(caught.value)
    for error in errors:
        assert isinstance(error, StoreUnavailableError)
        seen: BaseException | None = error
        while seen is not None:
            assert "hunter2" not in str(seen) + repr(seen)
            seen = seen.__cause__
    store.close()


def test_many_who_ask_a_server_that_hangs_are_told_in_time() -> None:
    """All of them, not one after the other."""
    pytest.importorskip("psycopg")
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(6) as pool:
        port = silent.getsockname()[1]
        store = open_store(f"postgresql://anna:hunter2@127.0.0.1:{port}/films", timeout=2)
        began = time.monotonic()
        errors = [future.exception() for future in [pool.submit(store.ready) for _ in range(6)]]
        assert all(isinstance(error, StoreUnavailableError) for error in errors)
        # One after the other it would be twelve.
        assert time.monotonic() - began < 8
        store.close()

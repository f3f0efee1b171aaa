"""What all tests share: where the evaluation data is, and a library to search."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import matinee

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee import Library
    from matinee.testing.postgres import PostgresServer

ROOT = Path(__file__).parent
_HOMES = itertools.count()


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of the evaluation data; tests that need it skip where it is absent, but not in CI."""
    folder = Path(os.environ.get("MATINEE_DATA") or ROOT / "../shared/data").resolve()
    if not folder.is_dir():
        message = "the evaluation data is absent; set MATINEE_DATA to its folder"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test away from the libraries and caches of whoever runs it."""
    base = tmp_path_factory.getbasetemp()
    monkeypatch.setenv("MATINEE_CACHE", str(base / "cache"))
    monkeypatch.delenv("MATINEE_LIBRARY", raising=False)
    for name in ("MATINEE_DATABASE_URL", "MATINEE_TMDB_KEY", "TMDB_API_KEY", "MATINEE_OMDB_KEY"):
        monkeypatch.delenv(name, raising=False)
    # One for each: an account that a test makes would have the next one sign in.
    monkeypatch.setenv("XDG_DATA_HOME", str(base / "data-homes" / str(next(_HOMES))))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(base / "config-home"))


_BESIDE = ("tests/e2e/", "tests/store/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what waits for a browser or a database more than it computes: two at a time."""
    for item in items:
        if item.nodeid.startswith(_BESIDE) and item.get_closest_marker("alone") is None:
            item.add_marker("beside")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The demo library, built once."""
    from matinee.assembly import demo_library, open_library
    from matinee.settings import Settings

    settings = Settings(cache=tmp_path_factory.getbasetemp() / "cache")
    return open_library(demo_library(settings), settings=settings)


@pytest.fixture(scope="session")
def large(data: Path, pytestconfig: pytest.Config) -> Library:
    """The library of the large catalogue, for tests marked ``extra``.

    The first run encodes 29,876 documents, which takes minutes. It stays in pytest's cache, so that
    later ones take its vectors and build the rest anew, with the code under test, in seconds.
    """
    root = pytestconfig.cache.mkdir("large-library")  # type: ignore[union-attr]
    matinee.build([data / "catalogue/titles_29876.parquet"], root)
    return matinee.open(root)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own, for tests marked ``extra``; absent only outside CI."""
    from matinee.testing.postgres import find_binaries, postgres_server

    if find_binaries() is None:
        message = "there is no PostgreSQL server here; install Debian's package postgresql"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def version() -> str:
    """The version under test."""
    return matinee.__version__

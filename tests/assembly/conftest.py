"""A small library with taste and a store with a bit of everything, to be saved and put back."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

import matinee
from matinee.deeds import Deed
from matinee.interaction import Action
from matinee.store import open_store
from matinee.store.records import Event, Kind, Role
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.store import Store


def fill(store: Store) -> None:
    """Write something into most tables, and delete a person again."""
    ann = store.accounts.create("ann", role=Role.ADMIN, password="correct horse").result()  # noqa: S106
    ben = store.accounts.create("ben", max_age=12).result()
    gone = store.accounts.create("gone").result()
    store.tokens.create("ann", label="téléphone 📱").result()
    store.sessions.create(ann.key, seconds=60).result()
    for number in range(30):
        deed = Deed(f"local:{number}", Action.RATING, 0.5 + number % 10 / 2, 1_000 + number)
        store.history.rate(ann.key, [deed]).result()
    store.history.rate(ann.key, [Deed("local:1", Action.DISLIKE)]).result()
    deeds = [Deed("local:1", Action.RATING, 2.0), Deed("local:40", Action.WATCH, time=77)]
    store.history.import_batch(ann.key, "ratings.csv", "0" * 64, deeds).result()
    store.history.hide(ben.key, "local:3").result()
    store.history.add_to_watchlist(ben.key, "local:4").result()
    events = [
        Event(kind=Kind.CLICK, title="local:1", key=f"k{n}", time=5, value=0.1) for n in range(5)
    ]
    store.events.record(gone.key, events).result()
    store.events.record(None, events).result()
    store.events.consume("counter", lambda _connection, _events: None)
    store.secrets.get_or_make("sessions")
    store.jobs.create("verify", {"full": True}).result()
    store.accounts.delete("gone").result()


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'here' / 'store.db'}"
    with closing(open_store(url)) as store:
        fill(store)
    return url


@pytest.fixture(scope="session")
def _library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    films = folder / "films.jsonl"
    films.write_text(
        "\n".join(json.dumps({"id": n, "title": f"Film {n}", "plot": f"Of {n}."}) for n in range(9))
    )
    matinee.build([films], folder / "library", encoder=HashingEncoder())
    return folder / "library"


@pytest.fixture
def library(_library: Path, tmp_path: Path) -> Path:
    return shutil.copytree(_library, tmp_path / "library")

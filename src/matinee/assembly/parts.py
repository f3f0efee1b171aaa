"""The parts a library is put together from, and the folders it lies in, by the settings."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import platformdirs

from matinee.assembly.people import StoredPeople
from matinee.encode import BUNDLED_NAME
from matinee.encode.cached import CachedEncoder
from matinee.encode.named import load_encoder
from matinee.models.registry import MODELS
from matinee.rank.named import load_reranker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matinee.library.manifest import Manifest
    from matinee.protocols import Reranker
    from matinee.settings import Settings
    from matinee.store import Store


def default_encoder(settings: Settings, name: str = BUNDLED_NAME) -> CachedEncoder:
    """Return an encoder by name, the bundled one if none is given, with a cache of query vectors.

    Raises:
        ModelError: there is none of that name, or it has not been pulled.
    """
    return CachedEncoder(load_encoder(name, threads=settings.threads or None))


def default_reranker(settings: Settings) -> Reranker:
    """Return the cross-encoder of the settings.

    Raises:
        ModelError: there is none of that name, or it has not been pulled.
    """
    return load_reranker(settings.reranker, threads=settings.threads or None)


def lazily(make: Callable[[], Reranker]) -> Callable[[], Reranker]:
    """Return a function that makes a thing at its first call, once, whoever else is waiting."""
    made: list[Reranker] = []
    lock = Lock()

    def get() -> Reranker:
        with lock:
            if not made:
                made.append(make())
            return made[0]

    return get


def default_root(settings: Settings) -> Path:
    """Return the folder a library is built in when none is named."""
    return settings.library or platformdirs.user_data_path("matinee") / "library"


def default_store(settings: Settings) -> Store:
    """Return the store of what people do; nothing is connected before it is used.

    Raises:
        SettingsError: its URL cannot be read.
        MissingExtraError: it is PostgreSQL's, and psycopg is not installed.
    """
    from matinee.store import open_store

    return open_store(settings.database_url)


def default_people(settings: Settings) -> StoredPeople:
    """Return the people of the store."""
    return StoredPeople(settings.database_url)


def known_encoder(made: Manifest) -> str:
    """Return the name of a library's encoder where it is one we know, else of the bundled one.

    An encoder of somebody's own has to be handed over; that the bundled one is not it, the
    comparison of fingerprints says.
    """
    return made.encoder.name if made.encoder.name in MODELS else BUNDLED_NAME

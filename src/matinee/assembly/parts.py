"""The parts a library is put together from, and the folders it lies in, by the settings."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import platformdirs

from matinee.assembly.people import StoredPeople
from matinee.encode import BUNDLED_NAME
from matinee.encode.cached import CachedEncoder
from matinee.encode.named import load_encoder
from matinee.models.registry import MODELS
from matinee.rank.named import load_reranker

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.library.manifest import Manifest
    from matinee.protocols import Captioner, PictureEncoder, Reranker
    from matinee.settings import Settings
    from matinee.store import Store
    from matinee.types import PictureEncoderSpec


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


def default_picture_encoder(
    settings: Settings, made_by: PictureEncoderSpec | None = None
) -> PictureEncoder:
    """Return the picture encoder that made a library's vectors, by its name.

    Where that is none we know, or there are no vectors, it is the one of the settings: somebody's
    own model is a folder, which a library cannot remember.

    Raises:
        ModelError: there is none of that name, or it has not been pulled.
    """
    name = settings.picture_encoder
    if made_by is not None and made_by.name in MODELS:
        name = made_by.name
    return named_picture_encoder(settings, name)


def named_picture_encoder(settings: Settings, name: str) -> PictureEncoder:
    """Return a picture encoder by its name or folder.

    Raises:
        ModelError: there is none of that name, or it has not been pulled.
    """
    # Imported here: most libraries are searched without a picture.
    from matinee.encode.named_pictures import load_picture_encoder

    return load_picture_encoder(name, threads=settings.threads or None)


def default_captioner(settings: Settings) -> Captioner:
    """Return the captioner of the settings.

    Raises:
        ModelError: there is none of that name, or it has not been pulled.
        MissingExtraError: transformers is not installed.
    """
    from matinee.encode.named_pictures import load_captioner

    return load_captioner(settings.captioner, threads=settings.threads or None)


def told_as(name: str) -> str:
    """Return what a model is called in metrics: its name, and of a folder the last part."""
    return name if name in MODELS else PurePath(name).name


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

"""Pictures on their way in: received, decoded, and what is needed for either."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import platformdirs
from anyio import CapacityLimiter, to_thread

from matinee.pictures import PictureLimits, decode
from matinee.service.kept_pictures import SWEEP_SECONDS, KeptPictures
from matinee.service.uploads import read_upload

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from fastapi import FastAPI, Request

    from matinee.service.uploads import Upload
    from matinee.settings import Settings
    from matinee.types import Picture

    T = TypeVar("T")

FOLDER = "pictures"
"""Below the cache: kept copies."""
_DECODED_AT_ONCE = 4
"""Of a worker. What they take of memory together the decoder bounds; those that wait for it must
not hold the threads of the routes."""


async def received(request: Request) -> Upload:
    """Return the form of a request, its picture not looked at yet.

    Raises:
        Refused: it is no form.
        QueryError: the form cannot be read.
    """
    settings: Settings = request.app.state.settings
    return await read_upload(request, settings.max_picture)


async def decoded(request: Request, upload: Upload) -> Picture:
    """Return the picture of a form, decoded in a thread.

    Raises:
        PictureError: there is none, or it is damaged or too large.
    """
    return await _decoding(request.app, decode, upload.picture, limits_of(request.app))


async def copied(request: Request, picture: Picture) -> str:
    """Keep a small copy of a picture and return its name.

    Raises:
        StoreError: it cannot be kept.
    """
    return await _decoding(request.app, kept_of(request.app).keep, picture)


def limits_of(app: FastAPI) -> PictureLimits:
    """Return how large a picture may be."""
    settings: Settings = app.state.settings
    return PictureLimits(bytes=settings.max_picture)


def kept_of(app: FastAPI) -> KeptPictures:
    """Return the copies of pictures of an app, and of all its workers."""
    kept: KeptPictures | None = getattr(app.state, "kept_pictures", None)
    if kept is None:
        settings: Settings = app.state.settings
        cache = settings.cache or platformdirs.user_cache_path("matinee")
        kept = app.state.kept_pictures = KeptPictures(cache / FOLDER)
    return kept


async def sweeping(app: FastAPI) -> None:
    """Delete copies that are too old, again and again, until cancelled."""
    while True:
        await to_thread.run_sync(kept_of(app).sweep)
        await asyncio.sleep(SWEEP_SECONDS)


async def _decoding(app: FastAPI, work: Callable[..., T], *arguments: Any) -> T:
    limiter: CapacityLimiter | None = getattr(app.state, "decoding", None)
    if limiter is None:
        limiter = app.state.decoding = CapacityLimiter(_DECODED_AT_ONCE)
    return await to_thread.run_sync(work, *arguments, limiter=limiter)

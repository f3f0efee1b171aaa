"""Which other sites' pages may ask the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware

from matinee.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ASKED = ("authorization", "content-type", "idempotency-key", "if-match", "if-none-match")
"""Headers that a page of another site may send."""
_TOLD = (
    *("etag", "retry-after", "ratelimit", "ratelimit-policy", "x-request-id"),
    *("x-matinee-library", "x-matinee-degraded", "link", "location"),
)
"""Headers of an answer that it may read."""
_PREFLIGHT_SECONDS = 600
"""Browsers forget sooner if they want to; Chromium keeps no answer longer than two hours."""


def allow(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of other sites ask, with a token and without cookies.

    Args:
        app: the service.
        origins: the sites, as ``https://films.example.org``.

    Raises:
        SettingsError: every site is allowed.
    """
    if "*" in origins:
        raise SettingsError(
            "Not every site may ask",
            where="MATINEE_CORS_ORIGINS",
            cure="Name the sites, as https://films.example.org",
        )
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        # With cookies, a page of one of these sites would act as whoever is signed in here.
        allow_credentials=False,
        allow_methods=METHODS,
        allow_headers=_ASKED,
        expose_headers=_TOLD,
        max_age=_PREFLIGHT_SECONDS,
    )

"""The web service: a JSON API and pages over one open library."""

from __future__ import annotations

from matinee.service.app import create_app

__all__ = ["create_app"]

"""Settings: the only reader of the environment and of files of settings.

Every setting is documented in docs/reference/settings.md and in ``settings.example.toml``; a test
fails on one that is not.
"""

from __future__ import annotations

from matinee.settings.described import Described, describe, example
from matinee.settings.record import Settings, load

__all__ = ["Described", "Settings", "describe", "example", "load"]

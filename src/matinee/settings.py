"""Settings: the only reader of the environment.

Every setting is documented in docs/reference/settings.md; a test fails on one that is not.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matinee.errors import SettingsError
from matinee.models.registry import DEFAULT_RERANKER

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What may be set from outside.

    Attributes:
        library: folder of the library (``MATINEE_LIBRARY``); None means the default folder of the
            user, or the bundled demo library where that does not exist.
        cache: folder for what can be made again (``MATINEE_CACHE``).
        data: folder of the evaluation data (``MATINEE_DATA``), read by ``matinee evaluate`` alone.
        profiles: folder of what the people of this machine rated (``MATINEE_PROFILES``).
        reranker: name or folder of the cross-encoder (``MATINEE_RERANKER``).
        threads: threads the models may use (``MATINEE_THREADS``); 0 means all cores.
        host: address the server listens on (``MATINEE_HOST``).
        port: port the server listens on (``MATINEE_PORT``).
    """

    library: Path | None = None
    cache: Path | None = None
    data: Path | None = None
    profiles: Path | None = None
    reranker: str = DEFAULT_RERANKER
    threads: int = 0
    host: str = "127.0.0.1"
    port: int = 7860

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings.

        Raises:
            SettingsError: a value cannot be used.
        """
        env = os.environ if environment is None else environment
        return cls(
            library=_folder(env, "MATINEE_LIBRARY"),
            cache=_folder(env, "MATINEE_CACHE"),
            data=_folder(env, "MATINEE_DATA"),
            profiles=_folder(env, "MATINEE_PROFILES"),
            reranker=env.get("MATINEE_RERANKER") or DEFAULT_RERANKER,
            threads=_number(env, "MATINEE_THREADS", 0, 0, 1024),
            host=env.get("MATINEE_HOST") or "127.0.0.1",
            port=_number(env, "MATINEE_PORT", 7860, 1, 65_535),
        )


def _folder(env: Mapping[str, str], name: str) -> Path | None:
    text = env.get(name)
    return Path(text).expanduser() if text else None


def _number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name)
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise SettingsError(
            f"{name} is {text!r:.60}", cure=f"Set it to a whole number from {low} to {high}"
        )
    return value

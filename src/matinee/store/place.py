"""Where a person's store is when nobody says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from pathlib import Path

FILE = "store.db"
"""Name of the SQLite file in the user's data folder."""


def default_file() -> Path:
    """Return the SQLite file of the user of this machine."""
    return platformdirs.user_data_path("matinee") / FILE

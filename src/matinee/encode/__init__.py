"""Encoders: texts in, unit vectors out; and the model that comes with the package."""

from __future__ import annotations

from pathlib import Path

__all__ = ["BUNDLED_NAME", "bundled_folder"]

BUNDLED_NAME = "all-MiniLM-L6-v2"
"""The model that the package ships: docs/decisions/0005-bundled-encoder.md."""


def bundled_folder() -> Path:
    """Return the folder of the shipped model, for ``OnnxTextEncoder.from_folder``."""
    return Path(__file__).parent / "models" / BUNDLED_NAME

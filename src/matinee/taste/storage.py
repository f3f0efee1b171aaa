"""Models of taste on disk: what was learnt, as one JSON file and arrays; never a pickle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.arrays import load_array
from matinee.errors import LibraryCorruptError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

MODEL = "model.json"


def save_model(
    folder: Path, name: str, values: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]
) -> None:
    """Write a model into a folder: ``model.json`` with its name and values, ``NAME.npy`` an array.

    Args:
        folder: is made if it is not there.
        name: the model's public name, by which it is opened again.
        values: what JSON can hold.
        arrays: by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for key, array in arrays.items():
        np.save(folder / f"{key}.npy", array, allow_pickle=False)
    text = json.dumps({"model": name, **values}, indent=2, sort_keys=True, allow_nan=False)
    (folder / MODEL).write_text(text + "\n", encoding="utf-8")


def load_values(folder: Path) -> dict[str, Any]:
    """Return the values of a model, its name under ``model``.

    Raises:
        LibraryCorruptError: the file is missing or damaged.
    """
    path = folder / MODEL
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict) or not isinstance(values.get("model"), str):
            raise ValueError("it names no model")
    except (OSError, ValueError) as error:
        raise LibraryCorruptError(
            f"A model of taste cannot be read: {error}",
            where=str(path),
            cure="Train again with: matinee train taste",
        ) from error
    return values


def load_arrays(folder: Path, *names: str) -> dict[str, npt.NDArray[Any]]:
    """Map the arrays of a model into memory, read-only.

    Raises:
        LibraryCorruptError: one is missing or damaged.
    """
    return {name: load_array(folder / f"{name}.npy") for name in names}

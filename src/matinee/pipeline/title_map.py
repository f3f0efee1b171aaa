"""The map of an open library: where its titles lie, and what the regions are called."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.arrays import load_array
from matinee.errors import LibraryCorruptError
from matinee.index.clusters import Cluster

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

FOLDER = "map"
POSITIONS = "positions.u16.npy"
CLUSTERS = "clusters.json"
SCALE = 65_535
"""What the far side is in a position; finer than any screen shows."""


@dataclass(frozen=True, slots=True)
class TitleMap:
    """Where titles lie.

    Attributes:
        positions: uint16 [n, 2], across and down; :data:`SCALE` is the far side.
        clusters: the regions, those of level 0 first.
    """

    positions: npt.NDArray[np.uint16]
    clusters: tuple[Cluster, ...]

    @property
    def places(self) -> npt.NDArray[np.float32]:
        """Positions in [0, 1], float32 [n, 2]."""
        return self.positions.astype(np.float32) / np.float32(SCALE)


def open_map(folder: Path, titles: int) -> TitleMap | None:
    """Return the map of a library version, None where it was built without.

    Args:
        folder: of the version.
        titles: how many it has.

    Raises:
        LibraryCorruptError: a file of the map is damaged, or of another catalogue.
    """
    here = folder / FOLDER
    if not here.is_dir():
        return None
    packed = load_array(here / POSITIONS)
    if packed.dtype != np.uint16 or packed.shape != (titles, 2):
        raise LibraryCorruptError(
            f"The map holds {packed.dtype} {packed.shape} for {titles} titles",
            where=str(here / POSITIONS),
            cure=_REBUILD,
        )
    try:
        raw = json.loads((here / CLUSTERS).read_text(encoding="utf-8"))
        return TitleMap(packed, tuple(Cluster(**one) for one in raw))
    except (OSError, ValueError, TypeError) as error:
        raise LibraryCorruptError(
            f"The regions of the map cannot be read: {error}",
            where=str(here / CLUSTERS),
            cure=_REBUILD,
        ) from error


_REBUILD = "Build the library again, or restore the folder from a copy"

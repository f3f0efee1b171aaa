"""The stage of a build that lays the titles out on a map."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from matinee.arrays import load_array
from matinee.errors import LibraryError
from matinee.index.clusters import clusters
from matinee.index.layout import layout
from matinee.library import versions
from matinee.pipeline.title_map import CLUSTERS, FOLDER, POSITIONS, SCALE, TitleMap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from matinee.catalogue.table import TitleTable


def build_map(
    titles: TitleTable,
    staged: Path,
    root: Path,
    vectors: str,
    report: Callable[[str, int, int], None],
) -> None:
    """Write the map of a version: ``map/positions.u16.npy`` and ``map/clusters.json``.

    Where the live version has the same vectors in the same rows, its positions are taken along;
    they would come out the same. The regions are named anew, since facts may have changed.

    Args:
        titles: the catalogue.
        staged: folder of the new version, which holds the vectors.
        root: folder of the library.
        vectors: name of the file of vectors.
        report: is told how far it has come.
    """
    report("map", 0, 1)
    ours = load_array(staged / vectors)
    packed = _known(root, vectors, ours)
    if packed is None:
        packed = np.rint(layout(ours) * SCALE).astype(np.uint16)
    made = TitleMap(packed, ())
    folder = staged / FOLDER
    folder.mkdir()
    np.save(folder / POSITIONS, packed, allow_pickle=False)
    named = [asdict(one) for one in clusters(made.places, titles)]
    text = json.dumps(named, ensure_ascii=False, indent=1) + "\n"
    (folder / CLUSTERS).write_text(text, encoding="utf-8", newline="\n")
    report("map", 1, 1)


def _known(
    root: Path, vectors: str, ours: npt.NDArray[np.float16]
) -> npt.NDArray[np.uint16] | None:
    """Return the positions of the live version if it has the same vectors."""
    if not versions.exists(root):
        return None
    try:
        live = versions.current(root)
        if not (live / FOLDER).is_dir() or not np.array_equal(load_array(live / vectors), ours):
            return None
        packed = load_array(live / FOLDER / POSITIONS)
    except LibraryError:
        # A damaged live version is no reason not to build a sound one.
        return None
    return packed if packed.shape == (len(ours), 2) and packed.dtype == np.uint16 else None

"""What was learnt, taken along when the catalogue is built anew."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from matinee.library.stages import link_file
from matinee.pipeline import taste

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.catalogue.table import TitleTable


def carry(old: Path, before: TitleTable, folder: Path, after: TitleTable) -> int | None:
    """Take what was learnt along into the next version, whose catalogue has changed.

    The models and interactions stay as they are; only the rows of their titles are found again, by
    any id a title is known by.

    Args:
        old: taste folder of the version before.
        before: its catalogue.
        folder: taste folder of the next version, which is made.
        after: its catalogue.

    Returns:
        How many titles with interactions are no longer there; None where nothing was learnt.
    """
    if not (old / taste.CARD).is_file():
        return None
    shutil.copytree(old, folder, copy_function=link_file)
    known = taste.Taste(old, len(before))
    names = pq.ParquetFile(old / taste.NAMES).read().column("ids").to_pylist()
    rows = np.full(len(names), -1, np.int64)
    taken: set[int] = set()
    for item, ids in enumerate(names):
        found = next((row for each in ids if (row := after.find(each)) is not None), -1)
        # Two titles that were merged since are one row, which the better known of them keeps.
        if found >= 0 and found in taken:
            other = int(np.flatnonzero(rows == found)[0])
            if known.totals.people[other] >= known.totals.people[item]:
                continue
            rows[other] = -1
        rows[item] = found
        taken.add(found)
    (folder / taste.ITEMS).unlink()
    np.save(folder / taste.ITEMS, rows, allow_pickle=False)
    return int(((rows < 0) & (known.totals.people > 0)).sum())

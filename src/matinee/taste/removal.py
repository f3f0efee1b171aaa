"""Explanation of any model by taking entries out of a history, one after another.

For a title, entries are put in order of what the score loses without each alone, the largest
change first. Then they are removed in that order, one after another, and each is given what the
score lost at its step. The parts add up to the score of the history less that of an empty one
(each step starts where the last ended), and the first part is exactly what taking that entry
alone out of the history changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matinee.types import Contributions

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from matinee.interaction import Histories
    from matinee.types import Rows


def explain_by_removal(
    score: Callable[[Histories, Rows], npt.NDArray[np.float32]],
    history: Histories,
    items: Rows,
    signal: str,
) -> Contributions:
    """Return what the scores of ``items`` [m] are made of, by h + 1 + h m scores of histories.

    Args:
        score: of histories [b] and titles [m], float32 [b, m].
        history: of one person, h entries.
        items: titles to explain.
        signal: name of the kind of evidence.
    """
    size, count = len(history.items), len(items)
    empty = np.zeros((1, size), np.bool_)
    alone = ~np.eye(size, dtype=np.bool_)
    whole = ~empty
    scores = score(_subsets(history, np.concatenate((empty, whole, alone))), items)
    base, full, without = scores[:1], scores[1], scores[2:]
    parts = np.zeros((1, size, count), np.float32)
    for column in range(count):
        lost = full[column] - without[:, column]
        order = np.argsort(-np.abs(lost), kind="stable")
        # After step s the first s + 1 of the order are gone; the last step leaves nothing.
        kept = np.ones((size, size), np.bool_)
        for step in range(size):
            kept[step:, order[step]] = False
        left = score(_subsets(history, kept), items[column : column + 1])[:, 0]
        parts[0, order, column] = np.concatenate((full[column : column + 1], left[:-1])) - left
    return Contributions((signal,), base, parts)


def _subsets(history: Histories, kept: npt.NDArray[np.bool_]) -> Histories:
    """Return the history once for each row of ``kept``, bool [b, h], with the marked entries."""
    copies, size = kept.shape
    entries = np.tile(np.arange(size), copies)
    repeated = replace(
        history,
        offsets=np.arange(copies + 1) * size,
        items=history.items[entries],
        actions=history.actions[entries],
        values=history.values[entries],
        times=history.times[entries],
        users=np.repeat(history.users, copies),
    )
    return repeated.keep(kept.ravel())

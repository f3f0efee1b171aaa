"""Explanation of the blend by taking titles out of a history, told by kind of evidence.

As in :mod:`matinee.taste.removal`, but every signal is told apart, and of a long history only the
most telling titles are taken out one after another: what the others give together is shared out by
what the score loses without each alone. The parts always add up to the score less that of an empty
history, and the first is exactly what taking that title out changes.
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

    Parts = npt.NDArray[np.float32]
    """Scores by signal, float32 [s, b, m]."""

STEPS = 20
"""Titles of a history taken out one after another; more are never shown."""
_COPIES = 512
"""Histories scored at a time: of 100 entries each they make 10 MB with their vectors' systems."""


def explain_parts(
    score: Callable[[Histories, Rows], Parts],
    signals: tuple[str, ...],
    history: Histories,
    items: Rows,
) -> Contributions:
    """Return what the scores of ``items`` [m] are made of.

    Args:
        score: of histories [b] and titles [m] by signal, float32 [s, b, m].
        signals: s names.
        history: of one person, h entries.
        items: titles to explain.
    """
    size = len(history.items)
    empty = np.zeros((1, size), np.bool_)
    ends = _scored(score, history, np.concatenate((empty, ~empty)), items)
    base, whole = ends[:, 0], ends[:, 1]
    titles = np.zeros((len(signals), size, len(items)), np.float32)
    if size and len(items):
        alone = _scored(score, history, ~np.eye(size, dtype=np.bool_), items)
        lost = whole[:, None] - alone
        for column in range(len(items)):
            titles[:, :, column] = _one(
                score,
                history,
                items[column : column + 1],
                lost[:, :, column],
                whole[:, column],
                base[:, column],
            )
    return Contributions(signals, base, titles)


def _one(
    score: Callable[[Histories, Rows], Parts],
    history: Histories,
    item: Rows,
    lost: Parts,
    whole: Parts,
    base: Parts,
) -> Parts:
    """Return what each entry gives to one title, float32 [s, h]; ``lost`` [s, h] without it."""
    size = lost.shape[1]
    order = np.argsort(-np.abs(lost.sum(axis=0)), kind="stable")
    steps = min(STEPS, size)
    kept = np.ones((steps, size), np.bool_)
    for step in range(steps):
        kept[step:, order[step]] = False
    left = _scored(score, history, kept, item)[:, :, 0]
    found = np.zeros_like(lost)
    found[:, order[:steps]] = np.concatenate((whole[:, None], left[:, :-1]), axis=1) - left
    if steps < size:
        rest = order[steps:]
        share = np.abs(lost[:, rest])
        sums = share.sum(axis=1, keepdims=True)
        share = np.divide(share, sums, out=np.full_like(share, 1 / len(rest)), where=sums > 0)
        found[:, rest] = share * (left[:, -1] - base)[:, None]
    return found


def _scored(
    score: Callable[[Histories, Rows], Parts],
    history: Histories,
    kept: npt.NDArray[np.bool_],
    items: Rows,
) -> Parts:
    """Return the scores of the history with the entries of each row of ``kept`` alone."""
    blocks = range(0, len(kept), _COPIES)
    return np.concatenate(
        [score(_copies(history, kept[start : start + _COPIES]), items) for start in blocks], axis=1
    )


def _copies(history: Histories, kept: npt.NDArray[np.bool_]) -> Histories:
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

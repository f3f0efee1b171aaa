"""Makes the shares of a model's explanation true: what a title gave is what its removal takes away.

A linear model's explanation has that property. Others split a score in some way that adds up, by
which two titles that say the same get half each although either alone would do, or, where titles
are taken away one after the other, the last one left gets all. So each title that is told apart is
left out of the history once and the model asked again; what titles give only together stands by
itself. For a linear model nothing changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.types import Contributions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.interaction import Histories

TOGETHER = "together"
"""Signal of what titles give only together: above 0 where they say the same and each could be
missed, below 0 where they need each other and the removal of each takes it away."""

_ROUNDING = 1e-4
"""A difference smaller than this part of all that speaks for and against is float32 rounding; it
is a tenth of what a share is rounded to."""


def by_removal(
    contributions: Contributions,
    history: Histories,
    titles: Sequence[int],
    before: float,
    after: Sequence[float],
    column: int = 0,
) -> Contributions:
    """Return contributions to one title in which each of ``titles`` gives what its removal takes.

    The signals of a title are scaled alike; where its removal does the opposite of what the model
    says, all of it goes to :data:`TOGETHER`. Other titles and the base stay as they are.

    Args:
        contributions: of the model, to m titles.
        history: of the person.
        titles: positions of titles of the history, none twice.
        before: score with the whole history.
        after: score without each of ``titles``.
        column: which of the m titles.

    Returns:
        The parts of the score of that one title, summing to ``before``, with a signal more where
        they would not otherwise.

    Two titles say the same; either alone would give 3, both together give 4:

    >>> from matinee.interaction import Histories
    >>> did = Histories(
    ...     offsets=np.array([0, 2]), items=np.array([7, 8]), actions=np.zeros(2, np.int8),
    ...     values=np.full(2, 5, np.float32), times=np.arange(2), users=np.array([-1]))
    >>> said = Contributions(("story",), np.zeros((1, 1)), np.array([[[2.], [2.]]]))
    >>> found = by_removal(said, did, [7, 8], 4, [3, 3])
    >>> found.signals, found.base[:, 0].tolist(), found.titles[:, :, 0].tolist()
    (('story', 'together'), [0.0, 2.0], [[1.0, 1.0], [0.0, 0.0]])
    """
    base = contributions.base[:, column].astype(np.float64)
    cells = contributions.titles[:, :, column].astype(np.float64)
    beside = np.zeros(cells.shape[1])
    slack = _ROUNDING * float(np.abs(base).sum() + np.abs(cells).sum())
    for title, score in zip(titles, after, strict=True):
        entries = history.items == title
        said, gave = float(cells[:, entries].sum()), before - score
        if abs(said - gave) <= slack:
            continue
        if said * gave > 0 and abs(said) > slack:
            cells[:, entries] *= gave / said
        else:
            cells[:, entries] = 0
            beside[np.flatnonzero(entries)[-1]] = gave
    left = before - float(base.sum() + cells.sum() + beside.sum())
    signals = contributions.signals
    if abs(left) > slack or beside.any():
        signals = (*signals, TOGETHER)
        base = np.append(base, left)
        cells = np.vstack((cells, beside))
    return Contributions(
        signals, base[:, None].astype(np.float32), cells[:, :, None].astype(np.float32)
    )

"""Boosted regression trees, as a probability.

A sum of small trees, each of which asks one number of a row after another, is taken for a log odds
(Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 2001).
Trees are grown by ``tools/span_training.py``; here they are only read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]
    Ints = npt.NDArray[np.integer[Any]]


class Trees:
    """Trees whose nodes are numbered through.

    Args:
        roots: [trees], the node every tree begins at.
        columns: [nodes], the number of the row that a node asks for.
        bounds: [nodes], the largest number that goes left.
        children: [nodes, 2], the nodes to the right and to the left; a leaf has itself twice.
        values: [nodes], what a leaf adds to the log odds.
        base: the log odds before any tree.
        depth: most questions on a way from a root to a leaf.
    """

    def __init__(
        self,
        roots: Ints,
        columns: Ints,
        bounds: Floats,
        children: Ints,
        values: Floats,
        base: float,
        depth: int,
    ) -> None:
        self._roots = roots.astype(np.intp)
        self._columns = columns.astype(np.intp)
        self._bounds = bounds
        self._children = children.astype(np.intp).ravel()
        self._values = values
        self._base = base
        self._depth = depth

    def probabilities(self, rows: Floats) -> Floats:
        """Return the probability of each row, [rows].

        Args:
            rows: [rows, columns].

        >>> import numpy as np
        >>> grown = Trees(np.array([0]), np.array([0, 0, 0]), np.array([0.5, 0, 0]),
        ...               np.array([[2, 1], [1, 1], [2, 2]]), np.array([0.0, -3.0, 3.0]), 0.0, 1)
        >>> grown.probabilities(np.array([[0.5], [0.6]])).round(2).tolist()
        [0.05, 0.95]
        """
        flat = rows.ravel()
        begins = np.arange(len(rows))[:, None] * rows.shape[1]
        nodes = np.repeat(self._roots[None, :], len(rows), axis=0)
        for _ in range(self._depth):
            asked = flat.take(begins + self._columns.take(nodes))
            nodes = self._children.take(2 * nodes + (asked <= self._bounds.take(nodes)))
        odds = self._base + self._values.take(nodes).sum(axis=1)
        chances: Floats = 1 / (1 + np.exp(-odds))
        return chances

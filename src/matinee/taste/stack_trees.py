"""Boosted trees as flat arrays: learnt by the package ``lightgbm``, read by numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import MissingExtraError

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """A sum of trees; node n of the flat arrays sends a row left where it is at most a threshold.

    Attributes:
        column: int32 [n], the column a node asks for, -1 for a leaf.
        threshold: float64 [n].
        left: int32 [n], the node to go to; of a leaf the leaf itself.
        right: int32 [n].
        value: float64 [n], what a leaf adds.
        roots: int32 [t], the first node of each tree.
    """

    column: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float64]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    value: npt.NDArray[np.float64]
    roots: npt.NDArray[np.int32]

    def predict(self, rows: Floats) -> Floats:
        """Return the sum over all trees for rows, float64 [p, columns], as float64 [p]."""
        total = np.zeros(len(rows))
        everyone = np.arange(len(rows))
        for root in self.roots:
            node = np.full(len(rows), root)
            inside = self.column[node] >= 0
            while inside.any():
                low = rows[everyone, self.column[node]] <= self.threshold[node]
                node = np.where(low, self.left[node], self.right[node])
                inside = self.column[node] >= 0
            total += self.value[node]
        return total

    @classmethod
    def none(cls) -> Trees:
        """Return no trees, which predict 0."""
        nothing = np.zeros(0, np.int32)
        return cls(
            column=nothing,
            threshold=np.zeros(0),
            left=nothing,
            right=nothing,
            value=np.zeros(0),
            roots=nothing,
        )

    def mixed(self, share: float, other: Trees) -> Trees:
        """Return trees that predict ``(1 - share) * self + share * other``."""
        shift = len(self.column)
        return Trees(
            column=np.concatenate([self.column, other.column]),
            threshold=np.concatenate([self.threshold, other.threshold]),
            left=np.concatenate([self.left, other.left + shift]).astype(np.int32),
            right=np.concatenate([self.right, other.right + shift]).astype(np.int32),
            value=np.concatenate([self.value * (1 - share), other.value * share]),
            roots=np.concatenate([self.roots, other.roots + shift]).astype(np.int32),
        )

    @classmethod
    def learn(
        cls, rows: Floats, target: Floats, *, rounds: int, seed: int, parameters: dict[str, Any]
    ) -> Trees:
        """Boost trees on a target, float64 [p], by squared error unless parameters say otherwise.

        The same rows, parameters and seed give the same trees.

        Raises:
            MissingExtraError: ``lightgbm`` is not installed.
        """
        try:
            import lightgbm
        except ImportError as error:
            raise MissingExtraError("lightgbm", "taste") from error
        settings = {
            "objective": "regression",
            "boost_from_average": False,
            "verbosity": -1,
            "num_threads": 1,
            "deterministic": True,
            "force_col_wise": True,
            "seed": seed,
            **parameters,
        }
        learnt = lightgbm.train(settings, lightgbm.Dataset(rows, target), rounds)
        nodes: list[tuple[int, float, int, int, float]] = []
        roots = [_flatten(t["tree_structure"], nodes) for t in learnt.dump_model()["tree_info"]]
        column, threshold, left, right, value = zip(*nodes, strict=True)
        return cls(
            column=np.array(column, np.int32),
            threshold=np.array(threshold),
            left=np.array(left, np.int32),
            right=np.array(right, np.int32),
            value=np.array(value),
            roots=np.array(roots, np.int32),
        )


def _flatten(tree: dict[str, Any], nodes: list[tuple[int, float, int, int, float]]) -> int:
    """Append a tree to the nodes and return the position of its root."""
    place = len(nodes)
    nodes.append((-1, 0.0, place, place, float(tree.get("leaf_value", 0.0))))
    if "split_feature" in tree:
        left = _flatten(tree["left_child"], nodes)
        right = _flatten(tree["right_child"], nodes)
        nodes[place] = (int(tree["split_feature"]), float(tree["threshold"]), left, right, 0.0)
    return place

"""Training of the trees that judge spans, on spans that the chains named in queries new to them.

What a chain says of a query it has learned from is too sure; trees grown on that would trust it too
far. So the queries are cut into folds, and the spans of each come from chains that learned the
others (Wolpert, "Stacked generalization", Neural Networks 1992).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from matinee.query.slot_features import tokenise
from matinee.query.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from matinee.evaluate.slots import TaggedQuery
    from matinee.query.tagger import Tagger

    Arrays = dict[str, npt.NDArray[Any]]
    Floats = npt.NDArray[np.floating[Any]]

DEPTH = 6
"""Most questions of a tree: as good as any number of them, and the time to judge is bounded."""
GROWTH = {
    "max_iter": 150,
    "learning_rate": 0.06,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 40,
    "l2_regularization": 1.0,
    "early_stopping": True,
}
"""Chosen by cross-validation; with 100 to 200 trees of 8 to 31 leaves F1 falls by .1 to .3."""


def judging(rows: Floats, right: npt.NDArray[np.bool_], seed: int) -> Arrays:
    """Return the arrays of trees grown to tell right spans from wrong ones.

    Args:
        rows: [spans, columns].
        right: [spans], whether a span is exactly right.
        seed: of the share kept aside to stop by.
    """
    grown = HistGradientBoostingClassifier(max_depth=DEPTH, random_state=seed, **GROWTH)
    grown.fit(rows, right)
    # The library offers no public way to its trees; the check below guards against a change.
    trees = [predictors[0].nodes for predictors in grown._predictors]
    sizes = np.array([len(nodes) for nodes in trees])
    roots = np.cumsum(sizes) - sizes
    nodes = np.concatenate(trees)
    leaf = nodes["is_leaf"].astype(bool)
    begins = np.repeat(roots, sizes)
    children = np.stack([nodes["right"], nodes["left"]], axis=1).astype(np.int64) + begins[:, None]
    children[leaf] = np.flatnonzero(leaf)[:, None]
    arrays = {
        "tree_roots": roots.astype(np.int32),
        "tree_columns": np.where(leaf, 0, nodes["feature_idx"]).astype(np.int16),
        "tree_bounds": np.where(leaf, 0.0, nodes["num_threshold"]),
        "tree_children": children.astype(np.int32),
        "tree_values": np.where(leaf, nodes["value"], 0.0),
        "tree_base": np.array(float(np.ravel(grown._baseline_prediction)[0])),
        "tree_depth": np.array(DEPTH),
    }
    some = rows[:1000]
    if not np.allclose(_read(arrays).probabilities(some), grown.predict_proba(some)[:, 1]):
        raise RuntimeError("The trees as written do not judge as the trees that were grown")
    return arrays


def unjudging() -> Arrays:
    """Return the arrays of one tree that says the same of every span: a tagger in the making."""
    return {
        "tree_roots": np.zeros(1, np.int32),
        "tree_columns": np.zeros(1, np.int16),
        "tree_bounds": np.zeros(1),
        "tree_children": np.zeros((1, 2), np.int32),
        "tree_values": np.zeros(1),
        "tree_base": np.array(0.0),
        "tree_depth": np.array(1),
    }


def examples(
    tagger: Tagger, queries: Sequence[TaggedQuery]
) -> tuple[list[Floats], list[npt.NDArray[np.bool_]]]:
    """Return, for every query, the rows of its candidates and whether they are right."""
    rows, right = [], []
    for query in queries:
        tokens = tokenise(query.text)
        found = tagger.candidates([token.word for token in tokens])
        marked = set(query.characters)
        rows.append(found.rows)
        right.append(
            np.array(
                [
                    (span.label, tokens[span.start].start, tokens[span.end - 1].end) in marked
                    for span in found.spans
                ],
                bool,
            )
        )
    return rows, right


def _read(arrays: Mapping[str, npt.NDArray[Any]]) -> Trees:
    return Trees(
        arrays["tree_roots"],
        arrays["tree_columns"],
        arrays["tree_bounds"],
        arrays["tree_children"],
        arrays["tree_values"],
        float(arrays["tree_base"]),
        int(arrays["tree_depth"]),
    )

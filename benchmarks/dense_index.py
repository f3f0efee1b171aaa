"""The vector index: exact scan and graph, free and under a filter.

    python benchmarks/dense_index.py [--vectors 100000] [--write]

Vectors are 384-dimensional, in 2,000 clusters, seed 7; 50 queries are further members of the
clusters. Recall is the share of the true best 100 (float32, among the rows allowed) that is found.
"""

from __future__ import annotations

import argparse
import time
from statistics import median
from typing import Any

import numpy as np

from matinee.index.dense import DenseConfig, DenseIndex
from results import keep

DIMENSION, CLUSTERS, QUERIES, K = 384, 2_000, 50, 100


def data(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return unit vectors [size, d] and queries [50, d]."""
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(CLUSTERS, DIMENSION)).astype(np.float32)
    members = rng.integers(0, CLUSTERS, size + QUERIES)
    noise = rng.normal(size=(size + QUERIES, DIMENSION)).astype(np.float32)
    vectors = centres[members] + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors[:size], vectors[size:]


def measure(
    index: DenseIndex, vectors: np.ndarray, queries: np.ndarray, share: float | None
) -> dict[str, float]:
    """Return recall@100 and the median milliseconds of a query; ``share`` of the rows allowed."""
    allowed = None
    if share is not None:
        allowed = np.random.default_rng(3).random(len(vectors)) < share
    hits, times = 0, []
    for query in queries:
        cosines = vectors @ query
        if allowed is not None:
            cosines[~allowed] = -2.0
        best = set(np.argpartition(-cosines, K)[:K].tolist())
        started = time.perf_counter()
        found = index.search(query, K, allowed=allowed)
        times.append((time.perf_counter() - started) * 1e3)
        hits += len(best & set(found.rows.tolist()))
    return {"recall": hits / (K * len(queries)), "p50_ms": median(times)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    vectors, queries = data(options.vectors)
    found: dict[str, Any] = {"vectors": len(vectors)}
    for name, config in {
        "flat": DenseConfig(),
        "graph": DenseConfig(graph_above=0),
    }.items():
        started = time.perf_counter()
        index = DenseIndex.build(vectors, config)
        row: dict[str, Any] = {"build_s": time.perf_counter() - started}
        for share in (None, 0.1, 0.01):
            label = "free" if share is None else f"{share:.0%} allowed"
            row[label] = measure(index, vectors, queries, share)
        found[name] = row
    keep("dense_index", found, write=options.write)


if __name__ == "__main__":
    main()

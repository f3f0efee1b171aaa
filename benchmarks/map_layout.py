"""The layout of the map: how well it keeps neighbours, what it costs, and how still it stands.

    python benchmarks/map_layout.py LIBRARY [--peers PYTHON] [--write]

LIBRARY is a folder of ``matinee build``. Without more, PCA and ours are measured; with ``--peers``,
the interpreter of an environment that has umap-learn and openTSNE, these too, each with its
defaults, one thread and seed 0. Neighbours are those by cosine in all dimensions, of 1,000 titles
(seed 0). Seconds are of the processor, and those of peers include what they compile. The stillness
of a layout is how far the others moved, in widths of the map, where 1% of the titles (seed 1) went.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

import matinee
from matinee.index import layout as module
from matinee.index.layout import layout
from results import keep

SAMPLE, DEPTHS = 1_000, (10, 30)
PEER = """
import resource, sys, time
import numpy as np
vectors = np.load(sys.argv[2]).astype(np.float32)
began = time.process_time()
if sys.argv[1] == "umap":
    import umap
    made = umap.UMAP(metric="cosine", random_state=0, n_jobs=1).fit_transform(vectors)
else:
    from openTSNE import TSNE
    made = np.asarray(TSNE(n_jobs=1, random_state=0).fit(vectors))
np.save(sys.argv[3], np.asarray(made, np.float32))
print(time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


class Truth:
    """What lies near in all dimensions.

    Args:
        vectors: unit vectors, float32 [n, d].
        genres: the main genre of each title, "" for none.
    """

    def __init__(self, vectors: np.ndarray, genres: np.ndarray) -> None:
        self._genres = genres
        size = min(SAMPLE, len(vectors))
        self._sample = np.random.default_rng(0).choice(len(vectors), size, replace=False)
        cosines = vectors[self._sample] @ vectors.T
        cosines[np.arange(size), self._sample] = np.inf
        self._order = np.argsort(-cosines, axis=1).astype(np.int32)
        self._ranks = np.empty_like(self._order)
        every = np.broadcast_to(np.arange(len(vectors), dtype=np.int32), self._order.shape)
        np.put_along_axis(self._ranks, self._order, every, 1)

    def measure(self, places: np.ndarray) -> dict[str, float]:
        """Return the measures of a layout, each in [0, 1], higher is better."""
        count, deepest = self._order.shape[1], max(DEPTHS)
        found = cKDTree(places).query(places[self._sample], k=deepest + 1)[1]
        rows = zip(found.tolist(), self._sample.tolist(), strict=True)
        near = np.array([[n for n in row if n != one][:deepest] for row, one in rows])
        told: dict[str, float] = {}
        for k in DEPTHS:
            pairs = zip(self._order[:, 1 : k + 1].tolist(), near[:, :k].tolist(), strict=True)
            told[f"kept@{k}"] = float(np.mean([len({*a} & {*b}) / k for a, b in pairs]))
            ranks = np.take_along_axis(self._ranks, near[:, :k], 1)
            # Venna and Kaski 2001.
            worst = len(near) * k * (2 * count - 3 * k - 1) / 2
            told[f"trust@{k}"] = float(1 - np.maximum(ranks - k, 0).sum() / worst)
        own = self._genres[self._sample]
        same = self._genres[near[:, :10]] == own[:, None]
        told["genre@10"] = float(same[own != ""].mean())
        return told


def ours(vectors: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """Return our layout and what it costs."""
    began = time.process_time()
    made = layout(vectors)
    seconds = time.process_time() - began
    kept = np.sort(np.random.default_rng(1).permutation(len(vectors))[: int(len(vectors) * 0.99)])
    moved = np.hypot(*(layout(vectors[kept]) - made[kept]).T)
    return made, {
        "cpu_s": seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "sha256": hashlib.sha256(made.tobytes()).hexdigest()[:16],
        "moved": dict(zip(("50%", "90%"), np.quantile(moved, (0.5, 0.9)).tolist(), strict=True)),
    }


def peer(python: str, name: str, vectors: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """Return the layout of another library, run in its own environment."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "vectors.npy", Path(folder) / "places.npy"
        np.save(given, vectors)
        command = [python, "-W", "ignore", "-c", PEER, name, str(given), str(made)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds, memory = map(float, done.stdout.split()[-2:])
        return np.load(made), {"cpu_s": seconds, "peak_mb": memory}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--peers", metavar="PYTHON")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    engine = matinee.open(options.library).engine
    vectors = np.asarray(engine.vectors)
    genres = engine.catalogue.table.column("genres").to_pylist()
    # Ours comes first, so that its memory is its own and not that of the measuring.
    places, cost = ours(vectors)
    truth = Truth(vectors.astype(np.float32), np.array([one[0] if one else "" for one in genres]))
    found: dict[str, Any] = {"titles": len(vectors), "ours": cost | truth.measure(places)}
    began = time.process_time()
    flat = module._principal(vectors, 2).astype(np.float64)
    cost = {"cpu_s": time.process_time() - began}
    # What is rounded to one place is told apart, or it would have no neighbours of its own.
    found["pca"] = cost | truth.measure(flat + np.random.default_rng(0).normal(size=flat.shape) / 9)
    for name in ("umap", "opentsne") if options.peers else ():
        places, cost = peer(options.peers, name, vectors)
        found[name] = cost | truth.measure(places)
    keep("map_layout", found, write=options.write)


if __name__ == "__main__":
    main()

"""The baseline: hybrid search as the systems before Matinee wrote it.

Runs in an environment of its own (``pip install torch sentence-transformers rank_bm25 faiss-cpu
pyarrow``), so it imports nothing of Matinee::

    python baseline_sources.py --model FOLDER --catalogue PARQUET --queries IN.json --out OUT.json

FOLDER is all-MiniLM-L6-v2 as sentence-transformers keeps it. It encodes "title: overview, genres,
five actors, director" with sentence-transformers, searches FAISS flat (float32) and ``rank_bm25``
(k1 .6, b .4) for 500 each, fuses them by RRF (k 60) in Python, and writes the time of each query
(its vector made anew, then again with the vector at hand), peak memory and the first 100 ids.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import time
from pathlib import Path

import faiss
import numpy as np
import pyarrow.parquet as pq
from rank_bm25 import BM25Okapi
from sentence_transformers import SentenceTransformer


def tokens(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return re.findall(r"\w+", text.lower())


def document(row: dict[str, object]) -> str:
    """Return the text of a title."""
    parts = [f"{row['title']}: {row['overview'] or ''}"]
    parts += [", ".join(row[name] or [])[:400] for name in ("genres",)]
    parts += [", ".join((row["cast"] or [])[:5]), ", ".join(row["director"] or [])]
    return ". ".join(part for part in parts if part)


def main() -> None:
    """Build, search, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "catalogue", "queries", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, help="kept between runs: encoding takes long")
    options = parser.parse_args()
    rows = pq.read_table(
        options.catalogue, columns=["tmdb_id", "title", "overview", "genres", "cast", "director"]
    ).to_pylist()
    texts = [document(row) for row in rows]
    started = time.perf_counter()
    model = SentenceTransformer(str(options.model), device="cpu")
    loaded = time.perf_counter() - started
    if options.vectors and options.vectors.exists():
        vectors = np.load(options.vectors)
    else:
        vectors = model.encode(texts, normalize_embeddings=True, batch_size=64)
        if options.vectors:
            np.save(options.vectors, vectors)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    bm25 = BM25Okapi([tokens(text) for text in texts], k1=0.6, b=0.4)
    ids = [f"tmdb:{row['tmdb_id']}" for row in rows]

    def search(query: str, vector: np.ndarray | None) -> tuple[list[str], np.ndarray]:
        if vector is None:
            vector = model.encode([query], normalize_embeddings=True)
        _, dense = index.search(vector, 500)
        sparse = np.argsort(-bm25.get_scores(tokens(query)))[:500]
        fused: dict[int, float] = {}
        for ranking in (dense[0], sparse):
            for rank, row in enumerate(ranking.tolist()):
                fused[row] = fused.get(row, 0.0) + 1.0 / (60 + rank + 1)
        return [ids[row] for row in sorted(fused, key=lambda r: -fused[r])[:100]], vector

    search("warm up", None)
    out = []
    for query in json.loads(options.queries.read_text()):
        started = time.perf_counter()
        ranking, vector = search(query, None)
        fresh = time.perf_counter() - started
        started = time.perf_counter()
        search(query, vector)
        out.append({"ms": fresh * 1e3, "cached_ms": (time.perf_counter() - started) * 1e3})
        out[-1]["ranking"] = ranking
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    options.out.write_text(
        json.dumps({"load_s": loaded, "peak_mb": peak, "queries": out}, indent=1)
    )


if __name__ == "__main__":
    main()

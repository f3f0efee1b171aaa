"""Speed of understanding queries by rules: every spoken query of the MIT corpus.

    python benchmarks/parse_speed.py [--library FOLDER] [--write]

Times are of one thread's own processor time, so that other work on the machine does not count; the
best of three rounds for each query. The library is of the large catalogue, built if need be.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matinee.evaluate.metrics import percentile
from matinee.evaluate.slots import read_tagged
from results import keep
from search_quality import data, library_of

if TYPE_CHECKING:
    import matinee

QUERIES = "mit_movie_queries/trivia10k13train.bio.gz"
ROUNDS = 3


def measure(library: matinee.Library, texts: list[str]) -> dict[str, Any]:
    """Return milliseconds a query takes, and how many conditions were read."""
    conditions = sum(len(library.parse(text).conditions) for text in texts)
    best = [float("inf")] * len(texts)
    for _ in range(ROUNDS):
        for number, text in enumerate(texts):
            started = time.thread_time()
            library.parse(text)
            best[number] = min(best[number], (time.thread_time() - started) * 1e3)
    return {
        "titles": len(library),
        "queries": len(texts),
        "words_p95": percentile([float(len(text.split())) for text in texts], 0.95),
        "conditions_per_query": round(conditions / len(texts), 2),
        "p50_ms": round(percentile(best, 0.5), 3),
        "p95_ms": round(percentile(best, 0.95), 3),
        "max_ms": round(max(best), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    texts = [query.text for query in read_tagged(data() / QUERIES)]
    keep("parse_speed", measure(library_of(args.library), texts), write=args.write)


if __name__ == "__main__":
    main()

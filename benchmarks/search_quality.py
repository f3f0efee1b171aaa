"""Search quality on the judged sets: meaning alone, words alone, everything fused.

    python benchmarks/search_quality.py [--library FOLDER] [--write]

Builds the library of 29,876 titles in FOLDER if it is not there (some minutes), evaluates each
method on each set, and prints a table. ``--write`` keeps it in ``benchmarks/results``.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matinee
import sets
from matinee.evaluate.search import evaluate_search
from matinee.library import versions
from results import keep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.evaluate.metrics import Gain

METHODS = {"dense": "retrieval", "BM25F": "lexical", "hybrid": "hybrid"}


def library_of(folder: Path | None) -> matinee.Library:
    """Return the library of the large catalogue, built if need be."""
    root = folder or Path(tempfile.mkdtemp(prefix="matinee-"))
    if not versions.exists(root):
        matinee.build([sets.CATALOGUE], root)
    return matinee.open(root)


def measure(
    library: matinee.Library, queries: Sequence[Any], method: str, gain: Gain
) -> dict[str, Any]:
    """Return the metrics of one method on one set."""

    def searcher(query: str, k: int, within: Sequence[str] | None) -> tuple[list[str], float]:
        found = library.search(query, k, method=method, within=within)
        return [result.title.id for result in found], found.took_ms

    report = evaluate_search(searcher, queries, canonical=library.canonical_id, gain=gain)
    return report.to_dict()["metrics"]


def run(library: matinee.Library) -> dict[str, Any]:
    """Return the metrics by set and method."""
    known = {title.id for title in library._engine.catalogue}
    named = {
        "title_judgments": sets.title_judgments(),
        "tip_of_the_tongue 2023-train": sets.tip_of_the_tongue("2023-train"),
        "tip_of_the_tongue 2024-train": sets.tip_of_the_tongue("2024-train"),
        "tag_genome": sets.tag_genome(known),
    }
    return {
        name: {"queries": len(queries)}
        | {
            label: measure(
                # The genome's relevance is a share already.
                *(library, queries, method),
                "linear" if name == "tag_genome" else "exponential",
            )
            for label, method in METHODS.items()
        }
        for name, queries in named.items()
    }


def table(found: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    lines = ["| set | n | measure | dense | BM25F | hybrid |", "|---|---|---|---|---|---|"]
    for name, row in found.items():
        tip = name.startswith("tip")
        for metric in ("mrr", "success@10", "success@100") if tip else ("ndcg@10",):
            cells = " | ".join(f"{row[label][metric]:.3f}" for label in METHODS)
            lines.append(f"| {name} | {row['queries']} | {metric} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found = run(library_of(options.library))
    print(table(found))
    keep("search_quality", found, write=options.write)


if __name__ == "__main__":
    main()

"""Quality bands on judged data: a fall is a fault, and so is a rise nobody can explain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import matinee
from matinee.evaluate.search import evaluate_search

if TYPE_CHECKING:
    from collections.abc import Sequence

BANDS = {"retrieval": (0.40, 0.46), "lexical": (0.28, 0.36), "hybrid": (0.46, 0.53)}


@pytest.fixture(scope="module")
def genome(data: Path, tmp_path_factory: pytest.TempPathFactory) -> matinee.Library:
    """A library of the 168 films whose tags were judged."""
    films = pq.read_table(data / "tag_genome/relevance.parquet", columns=["movieId"])
    titles = pq.read_table(data / "catalogue/titles_29876.parquet")
    wanted = pa.array(films["movieId"].unique().to_pylist(), titles["ml_id"].type)
    folder = tmp_path_factory.mktemp("genome")
    pq.write_table(titles.filter(pc.is_in(titles["ml_id"], wanted)), folder / "films.parquet")
    matinee.build([folder / "films.parquet"], folder / "library")
    return matinee.open(folder / "library")


@pytest.mark.extra
@pytest.mark.parametrize("method", BANDS)
def test_tags_find_their_films(
    genome: matinee.Library, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    sys.modules.pop("sets", None)
    import sets

    # Every title has a place in the list of the nearest.
    known = {result.title.id for result in genome.search("film", 1000, method="retrieval")}
    queries = sets.tag_genome(known)
    assert len(queries) == 194

    def searcher(query: str, k: int, within: Sequence[str] | None) -> tuple[list[str], float]:
        found = genome.search(query, k, method=method, within=within)
        return [result.title.id for result in found], found.took_ms

    report = evaluate_search(searcher, queries, canonical=genome.canonical_id, gain="linear")
    low, high = BANDS[method]
    assert low <= report.metrics["ndcg@10"] <= high

"""Compare BM25 engines on one catalogue: speed, size, and what they find.

Run it where Matinee is installed, with ``bm25s`` and ``tantivy`` beside it (``rank_bm25`` is
measured too where it is installed)::

    python benchmarks/lexical_engines.py --data EVALUATION_DATA

Without ``--data`` the folder is the environment variable ``MATINEE_DATA``. Every engine gets the
terms of ``matinee.index.analyze``, so that only ranking and speed differ. Engines take turns query
by query in one process, in random order, and the median of the rounds counts; times are of one
machine, the ratios to ``ours`` are what may be compared. A time covers everything from the text of
a query to the best 100 rows. A build counts processor time, all threads together, analysis
included.

* title_judgments: nDCG@10, linear gain, the ideal made of the judged titles in the catalogue;
* tip_of_the_tongue: 2023-train, queries whose film has a TMDB id; MRR within 1,000 rows, S@10.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import importlib.metadata
import json
import math
import os
import platform
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bm25s  # type: ignore[import-untyped]
import numpy as np
import pyarrow.parquet as pq
import tantivy

from matinee.catalogue.document import lexical_fields
from matinee.catalogue.title import Title
from matinee.index.analyze import terms
from matinee.index.bm25 import BM25Config, BM25Index, FieldWeight
from matinee.index.postings import top

CONFIG = BM25Config()
FIELDS = tuple(CONFIG.fields)
K1, B = 0.6, 0.4
"""Of the engines that index one text; the values of the plain baseline."""
Search = Callable[[str, int], Sequence[int]]
Document = dict[str, str]


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: how to build it in a folder, and what it can and cannot do."""

    name: str
    build: Callable[[list[Document], Path], Search]
    tunable: str
    fields: str
    mapped: str


def one_text(document: Document) -> list[str]:
    return [term for text in document.values() for term in terms(text)]


def ours(documents: list[Document], folder: Path) -> Search:
    BM25Index.build(documents).save(folder)
    index = BM25Index.open(folder, len(documents))
    return lambda text, k: index.search(text, k).rows.tolist()


def ours_one_text(documents: list[Document], folder: Path) -> Search:
    config = BM25Config(k1=K1, fields={"text": FieldWeight(1.0, B)})
    texts = ({"text": " ".join(document.values())} for document in documents)
    BM25Index.build(texts, config).save(folder)
    index = BM25Index.open(folder, len(documents), config)
    return lambda text, k: index.search(text, k).rows.tolist()


def _bm25s(documents: list[Document], folder: Path) -> Any:
    index = bm25s.BM25(method="lucene", k1=K1, b=B, backend="numpy")
    index.index([one_text(document) for document in documents], show_progress=False)
    index.save(folder, show_progress=False)
    return bm25s.BM25.load(folder, mmap=True, show_progress=False)


def bm25s_retrieve(documents: list[Document], folder: Path) -> Search:
    index = _bm25s(documents, folder)

    def search(text: str, k: int) -> list[int]:
        found = [term for term in terms(text) if term in index.vocab_dict]
        if not found:
            return []
        rows, scores = index.retrieve([found], k=k, show_progress=False)
        return [int(row) for row, score in zip(rows[0], scores[0], strict=True) if score > 0]

    return search


def bm25s_ids(documents: list[Document], folder: Path) -> Search:
    index = _bm25s(documents, folder)
    vocabulary = index.vocab_dict

    def search(text: str, k: int) -> list[int]:
        ids = [vocabulary[term] for term in terms(text) if term in vocabulary]
        if not ids:
            return []
        scores = index.get_scores_from_ids(np.array(ids, np.int32))
        # NumPy's argpartition, which ``retrieve`` uses, is slow where most scores are 0.
        rows: list[int] = top(scores, k).rows.tolist()
        return rows

    return search


def tantivy_fields(documents: list[Document], folder: Path) -> Search:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True)
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name="terms", index_option="freq")
    analyser = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index = tantivy.Index(builder.build(), path=str(folder))
    index.register_tokenizer("terms", analyser)
    writer = index.writer(heap_size=256_000_000, num_threads=1)
    for row, document in enumerate(documents):
        texts = {name: " ".join(terms(text)) for name, text in document.items()}
        writer.add_document(tantivy.Document(row=row, **texts))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    boosts = {name: weight.weight for name, weight in CONFIG.fields.items()}

    def search(text: str, k: int) -> list[int]:
        found = terms(text)
        if not found:
            return []
        query = index.parse_query(" ".join(found), list(FIELDS), field_boosts=boosts)
        return [searcher.doc(place)["row"][0] for _, place in searcher.search(query, k).hits]

    return search


def sqlite_fts5(documents: list[Document], folder: Path) -> Search:
    database = sqlite3.connect(folder / "fts5.db")
    columns = ", ".join(FIELDS)
    database.execute(
        f"CREATE VIRTUAL TABLE titles USING fts5({columns}, content='', "
        "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")"
    )
    marks = ", ".join("?" * (len(FIELDS) + 1))
    database.executemany(
        f"INSERT INTO titles(rowid, {columns}) VALUES ({marks})",  # noqa: S608
        (
            (row, *(" ".join(terms(document.get(name, ""))) for name in FIELDS))
            for row, document in enumerate(documents, 1)
        ),
    )
    database.execute("INSERT INTO titles(titles) VALUES ('optimize')")
    database.commit()
    weights = ", ".join(str(weight.weight) for weight in CONFIG.fields.values())
    statement = (
        "SELECT rowid FROM titles WHERE titles MATCH ? "  # noqa: S608
        f"ORDER BY bm25(titles, {weights}) LIMIT ?"
    )

    def search(text: str, k: int) -> list[int]:
        found = " OR ".join(f'"{term}"' for term in terms(text))
        if not found:
            return []
        return [row - 1 for (row,) in database.execute(statement, (found, k))]

    return search


def rank_bm25(documents: list[Document], folder: Path) -> Search:
    from rank_bm25 import BM25Okapi  # type: ignore[import-not-found]

    del folder  # It has no form on disk.
    index = BM25Okapi([one_text(document) for document in documents], k1=K1, b=B)

    def search(text: str, k: int) -> list[int]:
        scores = index.get_scores(terms(text))
        best = np.argsort(-scores, kind="stable")[:k]
        rows: list[int] = best[scores[best] > 0].tolist()
        return rows

    return search


ENGINES = [
    Engine("ours", ours, "k1, b by field, k3", "7, BM25F", "yes"),
    Engine("ours, one text", ours_one_text, "k1, b, k3", "1", "yes"),
    Engine("bm25s, retrieve", bm25s_retrieve, "k1, b", "none", "yes"),
    Engine("bm25s, token ids", bm25s_ids, "k1, b", "none", "yes"),
    Engine("tantivy", tantivy_fields, "none (1.2, .75)", "7, summed scores", "yes"),
    Engine("SQLite FTS5", sqlite_fts5, "none (1.2, .75)", "7, weighted", "page cache"),
]


def catalogue(data: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(data / "catalogue/titles_29876.parquet").to_pylist()
    return rows


def document(row: dict[str, Any]) -> Document:
    language = row["original_language"]
    title = Title(
        id=f"tmdb:{row['tmdb_id']}",
        title=row["title"],
        overview=row["overview"],
        tagline=row["tagline"],
        genres=tuple(row["genres"] or ()),
        keywords=tuple(row["keywords"] or ()),
        cast=tuple(row["cast"] or ()),
        directors=tuple(row["director"] or ()),
        languages=(language,) if language else (),
    )
    return lexical_fields(title)


def title_judgments(data: Path, known: dict[int, int]) -> list[tuple[str, dict[int, int]]]:
    """Return (query, grade by row) of the judged titles that the catalogue has."""
    queries: dict[str, dict[int, int]] = {}
    for line in (data / "title_judgments/judgments.txt").read_text().splitlines():
        if match := re.match(r"(\d)\s+qid:\d+\s+# (\d+)\s+(.+)", line):
            grades = queries.setdefault(match[3].strip(), {})
            if int(match[2]) in known:
                grades[known[int(match[2])]] = int(match[1])
    return list(queries.items())


def tip_of_the_tongue(data: Path, known: dict[int, int]) -> list[tuple[str, int]]:
    folder = data / "tip_of_the_tongue"
    with (folder / "qrel_titles.csv").open(newline="") as lines:
        answers = {
            row["query_id"]: int(float(row["tmdb_id"]))
            for row in csv.DictReader(lines)
            if row["split"] == "2023-train" and row["tmdb_id"]
        }
    with gzip.open(folder / "2023-train-queries.jsonl.gz", "rt") as lines:
        queries = [json.loads(line) for line in lines]
    return [
        (query["query"], known[answers[query["query_id"]]])
        for query in queries
        if answers.get(query["query_id"]) in known
    ]


def tags(data: Path, count: int) -> list[str]:
    column = pq.read_table(data / "tag_genome/relevance.parquet", columns=["tag"])["tag"]
    names = sorted(set(column.to_pylist()))
    return [names[i] for i in np.random.default_rng(42).choice(len(names), count, replace=False)]


def ndcg(gains: list[int], ideal: list[int], k: int = 10) -> float:
    """Return nDCG@k with linear gain.

    >>> round(ndcg([0, 1], [1]), 3)
    0.631
    """

    def dcg(values: list[int]) -> float:
        return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(values[:k]))

    return dcg(gains) / dcg(sorted(ideal, reverse=True))


def quality(
    search: Search,
    judged: list[tuple[str, dict[int, int]]],
    vague: list[tuple[str, int]],
) -> dict[str, float]:
    scores = [
        ndcg([grades.get(row, 0) for row in search(query, 10)], list(grades.values()))
        for query, grades in judged
    ]
    found = [list(search(query, 1000)) for query, _ in vague]
    ranks = [
        rows.index(row) + 1 if row in rows else math.inf
        for rows, (_, row) in zip(found, vague, strict=True)
    ]
    return {
        "title_ndcg10": round(statistics.fmean(scores), 3),
        "tot_mrr": round(statistics.fmean(1 / rank for rank in ranks), 4),
        "tot_s10": round(statistics.fmean(rank <= 10 for rank in ranks), 3),
    }


def latencies(
    searches: dict[str, Search], queries: list[str], rounds: int
) -> Iterator[tuple[str, list[float]]]:
    """Yield, by engine, the median time of each query in ms; engines take turns."""
    times: dict[str, list[list[float]]] = {name: [] for name in searches}
    order = np.random.default_rng(42)  # Whoever follows a large engine finds the caches cold.
    for search in searches.values():
        search(queries[0], 100)
    for query in queries:
        taken: dict[str, list[float]] = {name: [] for name in searches}
        for _ in range(rounds):
            for name in order.permutation(list(searches)).tolist():
                start = time.perf_counter()
                searches[name](query, 100)
                taken[name].append((time.perf_counter() - start) * 1e3)
        for name, values in taken.items():
            times[name].append(values)
    for name, by_query in times.items():
        yield name, [statistics.median(values) for values in by_query]


def size_of(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def measure(data: Path, rounds: int) -> dict[str, Any]:
    rows = catalogue(data)
    known = {row["tmdb_id"]: number for number, row in enumerate(rows)}
    documents = [document(row) for row in rows]
    judged, vague = title_judgments(data, known), tip_of_the_tongue(data, known)
    sets = {
        "title": [query for query, _ in judged],
        "tag": tags(data, 100),
        "long": [query for query, _ in vague][:60],
    }
    engines = list(ENGINES)
    if version("rank_bm25"):
        engines.append(Engine("rank_bm25", rank_bm25, "k1, b", "none", "no"))
    for text in documents:  # Fills the cache of the stemmer, so that no engine pays for another.
        one_text(text)
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as parent:
        searches: dict[str, Search] = {}
        for number, engine in enumerate(engines):
            seconds = []
            for attempt in range(1 if engine.name == "rank_bm25" else 2):
                folder = Path(parent, f"{number}-{attempt}")
                folder.mkdir()
                start = time.process_time()
                searches[engine.name] = engine.build(documents, folder)
                seconds.append(time.process_time() - start)
            result[engine.name] = {
                "tunable": engine.tunable,
                "fields": engine.fields,
                "memory_mapped": engine.mapped,
                "build_cpu_s": round(min(seconds), 2),
                "disk_mb": round(size_of(folder), 1),
                **quality(searches[engine.name], judged, vague),
            }
        for kind, queries in sets.items():
            for name, times in latencies(searches, queries, rounds):
                result[name][f"{kind}_p50_ms"] = round(float(np.percentile(times, 50)), 3)
                result[name][f"{kind}_p95_ms"] = round(float(np.percentile(times, 95)), 3)
    base = result["ours"]
    for values in result.values():
        for key in ("build_cpu_s", "disk_mb", "title_p50_ms", "tag_p50_ms", "long_p50_ms"):
            values[f"{key.rsplit('_', 1)[0]}_ratio"] = round(values[key] / base[key], 2)
    return {
        "titles": len(rows),
        "rounds": rounds,
        "versions": {
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            **{name: version(name) for name in ("numpy", "bm25s", "tantivy", "rank_bm25")},
        },
        "engines": result,
    }


def table(engines: dict[str, dict[str, Any]]) -> str:
    lines = [
        "| engine | k1, b | fields | mapped | build CPU s | disk MB | titles p50 / p95 ms "
        "| tags p50 / p95 | long p50 / p95 | long, ratio | title nDCG@10 | ToT MRR / S@10 |",
        "|" + "---|" * 12,
    ]
    for name, v in engines.items():
        times = " | ".join(
            f"{v[f'{kind}_p50_ms']:.2f} / {v[f'{kind}_p95_ms']:.2f}"
            for kind in ("title", "tag", "long")
        )
        lines.append(
            f"| {name} | {v['tunable']} | {v['fields']} | {v['memory_mapped']} "
            f"| {v['build_cpu_s']} | {v['disk_mb']} | {times} | {v['long_p50_ratio']} "
            f"| {v['title_ndcg10']:.3f} | {v['tot_mrr']:.3f} / {v['tot_s10']:.3f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=os.environ.get("MATINEE_DATA"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results/lexical_engines.json"
    )
    options = parser.parse_args()
    if options.data is None:
        parser.error("give --data or set MATINEE_DATA")
    result = measure(Path(options.data), options.rounds)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(table(result["engines"]))


if __name__ == "__main__":
    main()

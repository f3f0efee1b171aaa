"""The judged sets of the evaluation data as :class:`JudgedQuery` lists.

The folder is that of the variable ``MATINEE_DATA`` (default ``../shared/data``). Ids are TMDB's.
Nothing of these files goes into any index.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
from collections import defaultdict
from pathlib import Path

import pyarrow.parquet as pq

from matinee.evaluate.judgments import JudgedQuery

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("MATINEE_DATA", ROOT / "../shared/data")).resolve()
CATALOGUE = DATA / "catalogue/titles_29876.parquet"


def title_judgments() -> list[JudgedQuery]:
    """Return 20 short queries, graded 0 to 4."""
    names: dict[str, str] = {}
    grades: dict[str, dict[str, float]] = defaultdict(dict)
    for line in (DATA / "title_judgments/judgments.txt").read_text("utf-8").splitlines():
        if named := re.match(r"# qid:(\d+): (.*?)\*", line):
            names[named[1]] = named[2]
        elif judged := re.match(r"(\d)\tqid:(\d+)\s+# (\d+)", line):
            grades[judged[2]][f"tmdb:{judged[3]}"] = float(judged[1])
    return [JudgedQuery(i, names[i], found) for i, found in grades.items()]


def tip_of_the_tongue(split: str) -> list[JudgedQuery]:
    """Return long vague descriptions with one right film; those without a TMDB id are left out."""
    with (DATA / "tip_of_the_tongue/qrel_titles.csv").open(encoding="utf-8", newline="") as stream:
        films = {
            row["query_id"]: f"tmdb:{int(float(row['tmdb_id']))}"
            for row in csv.DictReader(stream)
            if row["split"] == split and row["tmdb_id"]
        }
    queries = []
    with gzip.open(DATA / f"tip_of_the_tongue/{split}-queries.jsonl.gz", "rt", "utf-8") as stream:
        for line in stream:
            raw = json.loads(line)
            if film := films.get(str(raw["query_id"])):
                queries.append(JudgedQuery(str(raw["query_id"]), raw["query"], {film: 1.0}))
    return queries


def tag_genome(known: set[str]) -> list[JudgedQuery]:
    """Return tags as queries over the genome's films; the gain is the relevance of the tag.

    Tags are those of which five films have a relevance of a half or more; ``known`` are the
    library's TMDB ids. Only the genome's films are ranked.
    """
    catalogue = pq.read_table(CATALOGUE, columns=["tmdb_id", "ml_id"]).to_pylist()
    ids = {row["ml_id"]: f"tmdb:{row['tmdb_id']}" for row in catalogue if row["ml_id"] is not None}
    by_tag: dict[str, dict[str, float]] = defaultdict(dict)
    for row in pq.read_table(DATA / "tag_genome/relevance.parquet").to_pylist():
        film = ids.get(row["movieId"])
        if film in known:
            by_tag[row["tag"]][film] = row["relevance"]
    return [
        JudgedQuery(tag, tag, grades, tuple(grades))
        for tag, grades in sorted(by_tag.items())
        if sum(grade >= 0.5 for grade in grades.values()) >= 5
    ]

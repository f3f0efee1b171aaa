"""A folder of evaluation data in miniature, of the same form as the published files."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = [
    # tmdb_id, title, release_date, ml_id, vote_count
    (603, "The Matrix", "1999-03-30", 1, 900.0),
    (604, "Matrix", "1999-01-01", None, 3.0),
    (11, "Star Wars", "1977-05-25", 2, 800.0),
    (12, "Amélie", "2001-04-25", 3, 700.0),
    (13, "Undated", None, 4, None),
]
JUDGMENTS = "# qid:1: matrix*1\n4\tqid:1\t # 603\tmatrix\n0\tqid:1\t # 11\tmatrix\n"
COLUMNS = ("dialog_id", "speaker", "turn_id", "text", "movies", "expert_label", "coarse_label")
TALK = [
    ("a", "RECOMMENDER", "1", "Hello, have you seen Star Wars?", "Star Wars (1977)", "offer_help"),
    ("a", "SEEKER", "1", "Something QUOTATION_MARKcyberQUOTATION_MARK please", "", ""),
    ("a", "SEEKER", "2", "Not like Amelie", "Amelie (2001)", ""),
    ("a", "RECOMMENDER", "3", "Am I right?", "Undated (2019)", "no_strategy"),
    ("a", "RECOMMENDER", "3", "Then Matrix.", "Matrix (2000)", "encouragement"),
    ("a", "RECOMMENDER", "3", "Or Solaris.", "Solaris (1972)", "encouragement"),
    ("a", "SEEKER", "3", "I accept", "", ""),
    ("a", "RECOMMENDER", "4", "Enjoy Matrix, or Amelie", "Matrix (2000); Amelie (2001)", "x"),
    ("a", "RECOMMENDER", "5", "Stalker", "Stalker (1979)", "encouragement"),
    ("b", "SEEKER", "1", "A film", "", ""),
    ("b", "RECOMMENDER", "1", "The Matrix", "The Matrix (1999)", "encouragement"),
]


@pytest.fixture
def small_data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    names = ("tmdb_id", "title", "release_date", "ml_id", "vote_count")
    columns = dict(zip(names, map(list, zip(*CATALOGUE, strict=True)), strict=True))
    write_table(folder / "catalogue/titles_29876.parquet", columns)
    write(folder / "title_judgments/judgments.txt", JUDGMENTS)
    tips = folder / "tip_of_the_tongue"
    lines = [
        "split,query_id,wikipedia_id,title,year,tmdb_id",
        "2023-train,1,5,The Matrix,1999,603.0",
    ]
    lines += ["2023-train,2,6,Lost,1920,", "2024-train,3,5,The Matrix,1999,603.0"]
    write(tips / "qrel_titles.csv", "\n".join(lines))
    asked = [{"query_id": str(i), "query": f"what was it {i}"} for i in (1, 2, 9)]
    write(tips / "2023-train-queries.jsonl.gz", "\n".join(map(json.dumps, asked)))
    relevance = [(1, "war", 0.5), (2, "war", 0.9), (3, "war", 0.1), (99, "war", 1.0)]
    relevance += [(i, "film", 0.5 + i / 10) for i in (1, 2, 3, 4)] + [(99, "film", 0.9)]
    films, tags, values = map(list, zip(*relevance, strict=True))
    genome = {"movieId": films, "tag": tags, "relevance": values}
    write_table(folder / "tag_genome/relevance.parquet", genome)
    rows = [(*row, "accept_new" if row[0] == "a" else "reject_new") for row in TALK]
    text = "\n".join("\t".join(row) for row in [COLUMNS, *rows])
    write(folder / "conversations/inspired_dev.tsv.gz", text)
    write(
        folder / "mit_movie_queries/trivia10k13train.bio.gz",
        "B-Actor\tsteve\nI-Actor\tmcqueen\nO\tin\n\nB-Year\t1972",
    )
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_table(path: Path, columns: dict[str, list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)

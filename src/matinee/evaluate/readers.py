"""Readers of the published judged sets, from the folder of the evaluation data.

Ids are TMDB's. Nothing of these files goes into any index. Every reader raises
:class:`matinee.errors.JudgmentsError` for a file that is absent or of another form.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from matinee.errors import JudgmentsError
from matinee.evaluate.judgments import JudgedQuery, Questions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CATALOGUE = "catalogue/titles_29876.parquet"
"""The catalogue whose ids the sets are mapped to."""
_NAME = re.compile(r"# qid:(\d+): (.*?)\*")
_GRADE = re.compile(r"(\d)\tqid:(\d+)\s+# (\d+)\t")
_FITS = 0.5
"""Relevance from which a tag is true of a film: the genome grades from 0 to 1."""
_FEWEST = 5
"""Films a tag must be true of; the order of fewer says little."""


def title_judgments(data: Path) -> Questions:
    """Read 20 short queries for titles, graded 0 to 4."""
    names: dict[str, str] = {}
    grades: dict[str, dict[str, float]] = defaultdict(dict)
    path = data / "title_judgments/judgments.txt"
    for number, line in enumerate(lines(path), 1):
        if named := _NAME.match(line):
            names[named[1]] = named[2]
        elif judged := _GRADE.match(line):
            grades[judged[2]][f"tmdb:{judged[3]}"] = float(judged[1])
        elif line.strip():
            raise JudgmentsError(
                f"The line is neither a query nor a grade: {line.strip()!r:.60}",
                where=f"{path}, line {number}",
                cure='A grade has the form "4<tab>qid:1<tab> # 603<tab>words"',
            )
    return Questions(tuple(JudgedQuery(i, names[i], found) for i, found in grades.items()))


def tip_of_the_tongue(data: Path, split: str) -> Questions:
    """Read long vague descriptions with one right film each.

    The track's answers are pages of Wikipedia; ``qrel_titles.csv`` gives the TMDB id of those
    that have one. Queries without are left out, as are those whose page it does not name.

    Source: Arguello and others, "Overview of the TREC 2023 tip-of-the-tongue track", 2024.
    """
    folder = data / "tip_of_the_tongue"
    films = {
        row["query_id"]: row["tmdb_id"]
        for row in csv.DictReader(lines(folder / "qrel_titles.csv"))
        if row["split"] == split
    }
    queries = []
    left_out = {"the answer has no title": 0, "the film has no TMDB id": 0}
    for line in lines(folder / f"{split}-queries.jsonl.gz"):
        raw = json.loads(line)
        identifier = str(raw["query_id"])
        if identifier not in films:
            left_out["the answer has no title"] += 1
        elif not films[identifier]:
            left_out["the film has no TMDB id"] += 1
        else:
            film = f"tmdb:{int(float(films[identifier]))}"
            queries.append(JudgedQuery(identifier, raw["query"], {film: 1.0}))
    return Questions(tuple(queries), left_out)


def tag_genome(data: Path) -> Questions:
    """Read tags as queries over the genome's films; the grade is the relevance of the tag.

    Tags are those of which five films have a relevance of a half or more. The genome names films
    by their MovieLens ids; those the catalogue does not know are left out, and only the others
    are ranked.

    Source: Vig, Sen and Riedl, "The tag genome", 2012.
    """
    catalogue = table(data / CATALOGUE, ["tmdb_id", "ml_id"]).to_pylist()
    ids = {row["ml_id"]: f"tmdb:{row['tmdb_id']}" for row in catalogue if row["ml_id"] is not None}
    by_tag: dict[str, dict[str, float]] = defaultdict(dict)
    unmapped = set()
    for row in table(data / "tag_genome/relevance.parquet").to_pylist():
        if film := ids.get(row["movieId"]):
            by_tag[row["tag"]][film] = row["relevance"]
        else:
            unmapped.add(row["movieId"])
    queries = tuple(
        JudgedQuery(tag, tag, grades, tuple(grades))
        for tag, grades in sorted(by_tag.items())
        if sum(grade >= _FITS for grade in grades.values()) >= _FEWEST
    )
    left_out = {
        f"tags true of fewer than {_FEWEST} films": len(by_tag) - len(queries),
        "films the catalogue does not know": len(unmapped),
    }
    return Questions(queries, left_out)


def lines(path: Path) -> Iterator[str]:
    """Yield the lines of a UTF-8 file, plain or gzip, without their ends."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as stream:
            for line in stream:
                yield line.rstrip("\r\n")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Return a Parquet file as a table."""
    try:
        return pq.read_table(path, columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> JudgmentsError:
    what = "There is no such file" if isinstance(error, FileNotFoundError) else f"{error}"
    return JudgmentsError(
        what, where=str(path), cure="MATINEE_DATA must name the folder of the evaluation data"
    )

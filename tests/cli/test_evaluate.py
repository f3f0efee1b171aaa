"""``matinee evaluate search`` in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from matinee import Library

JUDGED = (
    {"id": "q1", "query": "lonely space survival drama", "relevance": {"tmdb:157336": 3}},
    {"id": "q2", "query": "heist", "relevance": {"tmdb:0": 1}},
    {"id": "q3", "query": "Heat", "relevance": {"tmdb:949": 2}},
)
GRADED = {"ndcg@10", "mrr", "success@1", "success@10", "success@100"}


def evaluate(*arguments: str | Path, code: int = 0, **environment: str) -> tuple[str, str]:
    done = subprocess.run(
        [
            Path(sys.executable).with_name("matinee"),
            *("evaluate", "search", *map(str, arguments)),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "COLUMNS": "200", "MATINEE_DATA": "", **environment},
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    path = tmp_path / "judged.jsonl"
    path.write_text("\n".join(map(json.dumps, JUDGED)), encoding="utf-8")
    return path


def test_one_method_on_a_file_prints_the_form_it_always_had(judged: Path, demo: Library) -> None:
    out, _ = evaluate(
        "--judgments", judged, "--library", demo.root, "--method", "lexical", "--json"
    )
    found: dict[str, Any] = json.loads(out)
    assert set(found["metrics"]) == GRADED | {"p50_ms", "p95_ms"}
    assert (found["method"], found["gain"], found["library"]) == (
        *("lexical", "exponential"),
        demo.version,
    )
    assert set(found["per_query"]) == {"q1", "q2", "q3"}
    assert (found["queries"], found["depth"], found["unknown_ids"]) == (3, 100, 1)
    assert set(found["intervals"]) == GRADED
    for name, interval in found["intervals"].items():
        assert interval["low"] <= found["metrics"][name] <= interval["high"]


def test_methods_are_compared_and_everything_is_written(
    judged: Path, demo: Library, tmp_path: Path
) -> None:
    lines, page = tmp_path / "answers.jsonl", tmp_path / "page.html"
    arguments = (
        *("--judgments", judged, "--methods", "hybrid, lexical", "--gain", "linear"),
        *("--library", demo.root, "--bootstrap", "200", "--seed", "3"),
    )
    out, _ = evaluate(*arguments, "--per-query", lines, "--report", page, "--json")
    found = json.loads(out)
    assert found["methods"] == ["hybrid", "lexical"]
    assert (found["seed"], found["bootstrap"]) == (3, 200)
    (judged_set,) = found["sets"]
    assert judged_set["set"] == "judged.jsonl"
    assert set(judged_set["methods"]) == {"hybrid", "lexical"}
    assert {(c["method"], c["measure"]) for c in judged_set["contrasts"]} == {
        ("lexical", measure) for measure in GRADED
    }
    answers = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    assert [(a["method"], a["id"]) for a in answers] == [
        (method, query["id"]) for method in ("hybrid", "lexical") for query in JUDGED
    ]
    for answer in answers:
        assert set(answer["metrics"]) == GRADED
        assert len(answer["results"]) <= 10
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "judged.jsonl: every method" in text
    assert "matinee evaluate search --judgments" in text
    printed, _ = evaluate(*arguments)
    assert "judged.jsonl: 3 queries" in printed
    assert "less hybrid" in printed


def test_a_place_that_cannot_be_written_is_named(
    judged: Path, demo: Library, tmp_path: Path
) -> None:
    arguments = ("--judgments", judged, "--library", demo.root)
    _, err = evaluate(*arguments, "--per-query", tmp_path, code=2)
    assert "cannot be written" in err
    assert str(tmp_path) in err


def test_a_named_set_is_read_from_the_data_folder(demo: Library, tmp_path: Path) -> None:
    path = tmp_path / "title_judgments/judgments.txt"
    path.parent.mkdir()
    path.write_text("# qid:1: heat*1\n4\tqid:1\t # 949\theat\n", encoding="utf-8")
    out, _ = evaluate(
        *("--set", "title_judgments", "--library", demo.root, "--json"), MATINEE_DATA=str(tmp_path)
    )
    (found,) = json.loads(out)["sets"]
    assert (found["set"], found["queries"]) == ("title_judgments", 1)
    assert found["measures"][0] == "ndcg@10"


def test_a_generated_set_needs_no_data(demo: Library) -> None:
    out, _ = evaluate("--set", "constraints", "--library", demo.root, "--seed", "2", "--json")
    (found,) = json.loads(out)["sets"]
    assert found["measures"] == ["all_satisfied", "films_satisfied", "answered"]
    assert found["queries"] == 200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--set NAME"),
        (["--set", "nonesuch"], "title_judgments"),
        (["--set", "title_judgments"], "MATINEE_DATA"),
        (["--set", "tag_genome", "--methods", "hybrid,magic"], "magic"),
        (["--set", "tag_genome", "--methods", "hybrid,hybrid"], "each once"),
        (["--set", "tag_genome", "--methods", " , "], "none"),
        (["--set", "tag_genome", "--bootstrap", "3"], "from 100"),
        (["--set", "tag_genome", "--seed", "-1"], "seed"),
        (["--set", "tag_genome", "--report", "no/such/page.html"], "no such folder"),
        (["--set", "tag_genome", "--per-query", "no/such/a.jsonl"], "no such folder"),
        (["--set", "tag_genome", "--gain", "linear"], "--judgments"),
        (["--set", "mit_movie_queries"], "how queries are read"),
    ],
)
def test_what_cannot_be_evaluated(arguments: list[str], message: str) -> None:
    _, err = evaluate(*arguments, code=2)
    assert message in err

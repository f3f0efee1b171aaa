from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matinee.catalogue.title import Title
from matinee.errors import JudgmentsError
from matinee.evaluate.judgments import JudgedQuery, read_judgments
from matinee.evaluate.search import evaluate_search

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "judged.jsonl"
    path.write_text(
        '{"id": 1, "query": "heist", "relevance": {"tmdb:1": 3, "tmdb:2": 0}}\n\n'
        '{"id": "b", "query": "é", "relevance": {"tmdb:3": 1.5}, "pool": ["tmdb:3"]}\n',
        encoding="utf-8",
    )
    assert read_judgments(path) == [
        JudgedQuery("1", "heist", {"tmdb:1": 3, "tmdb:2": 0}),
        JudgedQuery("b", "é", {"tmdb:3": 1.5}, ("tmdb:3",)),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no judged query"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"nonsense", "not JSON"),
        (b"[1]", "not an object"),
        (b'{"query": "x", "relevance": {"a": 1}}', "id is missing"),
        (b'{"id": 1, "query": " ", "relevance": {"a": 1}}', "query is missing"),
        (b'{"id": 1, "query": "x"}', "relevance is missing"),
        (b'{"id": 1, "query": "x", "relevance": {"a": "high"}}', "high"),
        (b'{"id": 1, "query": "x", "relevance": {"a": NaN}}', "nan"),
        (b'{"id": 1, "query": "x", "relevance": {"a": -1}}', "-1"),
        (b'{"id": 1, "query": "x", "relevance": {"a": 1}, "pool": 3}', "pool"),
        (b'{"id": 1, "query": "x", "relevance": {"a": 1}}\n' * 2, "line 2"),
    ],
)
def test_bad_files_are_explained(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "judged.jsonl"
    path.write_bytes(content)
    with pytest.raises(JudgmentsError, match=message):
        read_judgments(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(JudgmentsError, match="no such file"):
        read_judgments(tmp_path / "absent.jsonl")


def test_the_report_is_what_the_searcher_earned() -> None:
    answers = {"first": ["a", "b"], "second": ["x", "b"], "never": ["x"]}

    def searcher(query: str, k: int, within: Sequence[str] | None) -> tuple[list[str], float]:
        found = answers[query]
        return [i for i in found if within is None or i in within][:k], 2.0

    queries = [
        JudgedQuery("1", "first", {"A": 2, "b": 1}),
        JudgedQuery("2", "second", {"b": 1}, ("b",)),
        JudgedQuery("3", "never", {"gone": 1}),
    ]
    known = {"A": "a", "a": "a", "b": "b"}
    report = evaluate_search(searcher, queries, canonical=known.get)
    assert report.per_query["1"]["ndcg@10"] == pytest.approx(1.0)
    assert report.per_query["2"]["mrr"] == 1.0  # "x" is outside the pool
    assert report.metrics["success@1"] == pytest.approx(2 / 3)
    assert report.metrics["p95_ms"] == 2.0
    assert report.unknown == ("gone",)
    assert report.to_dict()["queries"] == 3
    assert [answer.place for answer in report.answers] == [1, 1, None]
    assert report.answers[0].ranking == ("a", "b")
    assert report.proxies == {}  # no facts were given


def test_the_set_says_what_is_measured() -> None:
    def searcher(query: str, k: int, within: Sequence[str] | None) -> tuple[list[str], float]:
        return ["x", "a"][:k], 1.0

    report = evaluate_search(
        searcher,
        [JudgedQuery("1", "q", {"a": 1, "b": 1})],
        canonical=lambda identifier: identifier,
        measures=["recall@10", "mrr"],
    )
    assert dict(report.per_query["1"]) == {"recall@10": 0.5, "mrr": 0.5}
    assert list(report.metrics) == ["recall@10", "mrr", "p50_ms", "p95_ms"]


def test_the_proxies_look_at_films_graded_half_as_high_as_the_best() -> None:
    films = {
        "a": Title(id="a", title="A", year=2000),
        "b": Title(id="b", title="B", year=2010),
        "c": Title(id="c", title="C", year=2011),
    }

    def searcher(query: str, k: int, within: Sequence[str] | None) -> tuple[list[str], float]:
        return ["c"], 1.0

    report = evaluate_search(
        searcher,
        [JudgedQuery("1", "q", {"a": 4, "b": 1, "gone": 4}), JudgedQuery("2", "q", {"b": 0})],
        canonical=lambda identifier: identifier if identifier in films else None,
        facts=films.__getitem__,
    )
    assert report.answers[0].proxies["year_gap"].value == 11
    assert report.answers[1].proxies["year_gap"].value is None  # no film is right
    assert report.proxies["year_gap"] == {"mean": 11.0, "queries": 1, "left_out": 1}

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.catalogue.title import Title
from matinee.evaluate.constraints import ConstrainedQuery
from matinee.evaluate.satisfaction import MEASURES, evaluate_constraints
from matinee.query.conditions import Condition

if TYPE_CHECKING:
    from collections.abc import Sequence

TITLES = {
    "a": Title(id="a", title="A", year=1994),
    "b": Title(id="b", title="B", year=2004),
    "unknown": Title(id="unknown", title="C"),
}
NINETIES = (Condition(field="year", low=1990, high=1999),)
ANSWERS = {"good": ["a"], "mixed": ["b", "a", "unknown", "a"], "bad": ["b"], "none": []}


def test_an_answer_keeps_its_constraints_when_every_film_does() -> None:
    def searcher(query: str, k: int, within: Sequence[str] | None) -> tuple[list[str], float]:
        assert (k, within) == (10, None)
        return ANSWERS[query], 3.0

    queries = [ConstrainedQuery(name, name, NINETIES, ("decade",), "a") for name in ANSWERS]
    report = evaluate_constraints(searcher, queries, facts=TITLES.__getitem__)
    found = {
        answer.query: tuple(answer.metrics[name] for name in MEASURES) for answer in report.answers
    }
    assert found == {
        "good": (1.0, 1.0, 1.0),
        "mixed": (0.0, 0.5, 1.0),  # a year that is unknown is not in the nineties
        "bad": (0.0, 0.0, 1.0),
        "none": (0.0, 0.0, 0.0),
    }
    assert [answer.place for answer in report.answers] == [1, 2, None, None]
    assert report.answers[0].id == "good (decade)"
    assert report.metrics["answered"] == 0.75
    assert report.metrics["p50_ms"] == 3.0

from __future__ import annotations

import pytest

from matinee.evaluate.comparison import compare
from matinee.evaluate.search import Answer, SearchReport
from matinee.evaluate.statistics import Estimate


def report(*values: float) -> SearchReport:
    answers = (
        Answer(id=str(i), query="q", ranking=(), place=None, metrics={"mrr": v}, took_ms=1.0)
        for i, v in enumerate(values)
    )
    return SearchReport(tuple(answers), ())


def test_the_first_method_is_what_the_others_are_compared_with() -> None:
    reports = {"a": report(0, 0, 0), "b": report(1, 1, 1), "c": report(0, 0, 0)}
    found = compare("set", reports, measures=["mrr"], seed=1, resamples=100)
    assert found.first is reports["a"]
    assert found.contrast("a", "mrr") is None
    better = found.contrast("b", "mrr")
    assert better is not None
    assert better.difference == Estimate(1.0, 1.0, 1.0)
    assert (better.p, better.p_holm) == (0.25, 0.5)
    assert found.estimates["c"]["mrr"] == Estimate(0.0, 0.0, 0.0)
    assert found.notes == ["the milliseconds of the first method alone include the query's vector"]
    plain = found.to_dict()
    assert plain["methods"]["b"]["metrics"]["mrr"] == 1.0
    assert plain["contrasts"][1] == {
        "measure": "mrr",
        "method": "c",
        "difference": {"mean": 0.0, "low": 0.0, "high": 0.0},
        "p": 1.0,
        "p_holm": 1.0,
    }


def test_methods_of_different_queries_are_not_compared() -> None:
    with pytest.raises(Exception, match="2 and 1 queries"):
        compare(
            "set",
            {"a": report(0, 1), "b": report(1)},
            measures=["mrr"],
            seed=1,
            resamples=100,
        )

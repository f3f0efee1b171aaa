from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from matinee.catalogue.title import Title
from matinee.errors import InputError
from matinee.evaluate.experiment import Experiment
from matinee.evaluate.judgments import JudgedQuery, Questions
from matinee.evaluate.kinds import JudgedSet, Material

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee import Library

QUERIES = (
    JudgedQuery("1", "lonely space survival drama", {"tmdb:157336": 2, "tmdb:286217": 3}),
    JudgedQuery("2", "heist", {"tmdb:0": 1}),
)
SET = JudgedSet(
    name="two",
    about="Two queries.",
    measures=("ndcg@10", "recall@10"),
    read=lambda _: Questions(QUERIES, {"none": 0}),
)


def test_methods_of_a_library_are_compared(demo: Library) -> None:
    found = Experiment(methods=("hybrid", "lexical"), resamples=100).run(demo, SET, Material())
    assert list(found.reports) == ["hybrid", "lexical"]
    assert found.name == "two"
    assert found.first.unknown == ("tmdb:0",)
    answer = found.first.answers[0]
    assert set(answer.metrics) == {"ndcg@10", "recall@10"}
    titles = demo.search(QUERIES[0].query, 100)
    assert list(answer.ranking) == [result.title.id for result in titles]
    # The proxies look at the first page and the films graded at least half as high as the best.
    gaps = [
        min(abs((demo.title(i).year or 0) - (result.title.year or 0)) for i in QUERIES[0].relevance)
        for result in titles[:10]
    ]
    assert answer.proxies["year_gap"].value == pytest.approx(sum(gaps) / len(gaps))
    assert {contrast.method for contrast in found.contrasts} == {"lexical"}


def test_the_same_seed_finds_the_same(demo: Library) -> None:
    experiment = Experiment(methods=("lexical", "retrieval"), resamples=100, seed=3)
    first, second = (experiment.run(demo, SET, Material()) for _ in range(2))
    assert first.contrasts == second.contrasts
    assert first.estimates == second.estimates


def test_answers_that_lack_something_are_told_of() -> None:
    class Poor:
        took_ms = 1.0
        degraded = ("The cross-encoder took too long.",)

        def __iter__(self) -> Iterator[Any]:
            return iter(())

    class Library:
        def search(self, text: str, k: int = 10, **_: object) -> Poor:
            return Poor()

        def canonical_id(self, identifier: str) -> str:
            return identifier

        def title(self, title: str) -> Title:
            return Title(id=title, title=title)

    found = Experiment(methods=("ce",), resamples=100).run(Library(), SET, Material())
    # Each query is asked for twice: for its time, and for its ranking.
    assert found.degraded == {"ce": {"The cross-encoder took too long.": 4}}
    assert "ce, 4 times: The cross-encoder took too long." in found.notes
    assert found.to_dict()["methods"]["ce"]["degraded"] == found.degraded["ce"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"methods": ()}, "none"),
        ({"methods": ("hybrid", "hybrid")}, "hybrid, hybrid"),
        ({"methods": ("hybrid",), "resamples": 99}, "from 100"),
        ({"methods": ("hybrid",), "seed": -1}, "seed"),
    ],
)
def test_what_cannot_be_run(values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Experiment(**values)  # type: ignore[arg-type]

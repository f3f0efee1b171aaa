"""Measuring a search on judged queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Any, Protocol

from matinee.evaluate.metrics import MEASURES, percentile, reciprocal_rank
from matinee.evaluate.proxies import proxies, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matinee.catalogue.title import Title
    from matinee.evaluate.judgments import JudgedQuery
    from matinee.evaluate.metrics import Gain
    from matinee.evaluate.proxies import Proxy

DEPTH = 100
"""Places looked at; a first right answer further down counts as not found."""
PAGE = 10
"""Results asked for when the time is taken, as a person would; the proxies look at these."""
GRADED = ("ndcg@10", "mrr", "success@1", "success@10", "success@100")
"""What is measured on judged queries of which nothing else is known."""
_RIGHT = 0.5
"""Share of the query's highest grade from which a film is a right one to the proxies."""


class Searcher(Protocol):
    """Answers a query with the ids of titles, best first, and the milliseconds it took."""

    def __call__(
        self, query: str, k: int, within: Sequence[str] | None
    ) -> tuple[Sequence[str], float]:
        """Return at most ``k`` ids of titles, and the time spent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one query was answered.

    Attributes:
        id: name of the query.
        query: its words.
        ranking: ids of the titles found, best first, :data:`DEPTH` at most.
        place: of the first relevant title, from 1; None if it is not among them.
        metrics: by name.
        proxies: by name; empty where the titles' facts were not asked for.
        took_ms: milliseconds a first page took with the query seen for the first time.
    """

    id: str
    query: str
    ranking: tuple[str, ...]
    place: int | None
    metrics: Mapping[str, float]
    proxies: Mapping[str, Proxy] = field(default_factory=dict)
    took_ms: float

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain values, with the first page of the ranking."""
        return {
            "id": self.id,
            "query": self.query,
            "metrics": {name: round(value, 6) for name, value in self.metrics.items()},
            "place": self.place,
            "results": list(self.ranking[:PAGE]),
            "proxies": {name: proxy.value for name, proxy in self.proxies.items()},
            "took_ms": round(self.took_ms, 3),
        }


@dataclass(frozen=True, slots=True)
class SearchReport:
    """What was measured.

    Attributes:
        answers: one for each query, in their order.
        unknown: judged ids that the library does not have; they can never be found.
    """

    answers: tuple[Answer, ...]
    unknown: tuple[str, ...]

    @property
    def metrics(self) -> dict[str, float]:
        """Return the means over the queries, and percentiles of the time a first page took."""
        times = [answer.took_ms for answer in self.answers]
        means = {name: fmean(self.values(name)) for name in self.answers[0].metrics}
        return means | {"p50_ms": percentile(times, 0.5), "p95_ms": percentile(times, 0.95)}

    @property
    def per_query(self) -> dict[str, Mapping[str, float]]:
        """Return the metrics of each query by its id."""
        return {answer.id: answer.metrics for answer in self.answers}

    @property
    def proxies(self) -> dict[str, dict[str, Any]]:
        """Return the summary of each proxy; see :func:`matinee.evaluate.proxies.summary`."""
        return summary([answer.proxies for answer in self.answers if answer.proxies])

    def values(self, measure: str) -> list[float]:
        """Return one value a query, in their order."""
        return [answer.metrics[measure] for answer in self.answers]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "metrics": {name: round(value, 6) for name, value in self.metrics.items()},
            "queries": len(self.answers),
            "depth": DEPTH,
            "unknown_ids": len(self.unknown),
            "proxies": self.proxies,
            "per_query": {
                query: {name: round(value, 6) for name, value in values.items()}
                for query, values in self.per_query.items()
            },
        }


def evaluate_search(
    searcher: Searcher,
    queries: Sequence[JudgedQuery],
    *,
    canonical: Callable[[str], str | None],
    gain: Gain = "exponential",
    measures: Sequence[str] = GRADED,
    facts: Callable[[str], Title] | None = None,
) -> SearchReport:
    """Measure a searcher on judged queries.

    Args:
        searcher: what is measured.
        queries: at least one.
        canonical: returns the id the library gives a title that is judged under another of its
            ids, None if it does not have the title.
        gain: what a grade is worth to nDCG; see :func:`matinee.evaluate.metrics.ndcg`.
        measures: names of :data:`matinee.evaluate.metrics.MEASURES`.
        facts: returns the title of one of the library's ids, for the proxies; None leaves them out.
    """
    answers: list[Answer] = []
    unknown: list[str] = []
    for query in queries:
        relevance: dict[str, float] = {}
        known: set[str] = set()
        for judged, grade in query.relevance.items():
            identifier = canonical(judged)
            if identifier is None:
                unknown.append(judged)
            else:
                known.add(identifier)
            # An absent title stays in the ideal ranking: the library is not excused for it.
            name = identifier or judged
            relevance[name] = max(grade, relevance.get(name, 0.0))
        pool = None if query.pool is None else [i for i in query.pool if canonical(i)]
        took = searcher(query.query, PAGE, pool)[1]
        ranking = tuple(searcher(query.query, DEPTH, pool)[0])
        rank = reciprocal_rank(ranking, relevance)
        near: Mapping[str, Proxy] = {}
        if facts is not None:
            least = max(relevance.values()) * _RIGHT
            right = [i for i in sorted(known) if relevance[i] >= least > 0]
            near = proxies([facts(i) for i in ranking[:PAGE]], [facts(i) for i in right])
        answers.append(
            Answer(
                id=query.id,
                query=query.query,
                ranking=ranking,
                place=round(1 / rank) if rank else None,
                metrics={name: MEASURES[name](ranking, relevance, gain) for name in measures},
                proxies=near,
                took_ms=took,
            )
        )
    return SearchReport(tuple(answers), tuple(dict.fromkeys(unknown)))

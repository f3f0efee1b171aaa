"""Measuring a search on judged queries."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any, Protocol

from matinee.evaluate.metrics import ndcg, percentile, reciprocal_rank, success

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matinee.evaluate.judgments import JudgedQuery
    from matinee.evaluate.metrics import Gain

DEPTH = 100
"""Places looked at; a first right answer further down counts as not found."""
PAGE = 10
"""Results asked for when the time is taken, as a person would."""


class Searcher(Protocol):
    """Answers a query with the ids of titles, best first, and the milliseconds it took."""

    def __call__(
        self, query: str, k: int, within: Sequence[str] | None
    ) -> tuple[Sequence[str], float]:
        """Return at most ``k`` ids of titles, and the time spent."""


@dataclass(frozen=True, slots=True)
class SearchReport:
    """What was measured.

    Attributes:
        metrics: means over the queries, and percentiles of the time a first page takes with the
            query seen for the first time.
        per_query: the metrics of each query by its id.
        unknown: judged ids that the library does not have; they can never be found.
    """

    metrics: Mapping[str, float]
    per_query: Mapping[str, Mapping[str, float]]
    unknown: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "metrics": {name: round(value, 6) for name, value in self.metrics.items()},
            "queries": len(self.per_query),
            "depth": DEPTH,
            "unknown_ids": len(self.unknown),
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
) -> SearchReport:
    """Measure a searcher on judged queries.

    Args:
        searcher: what is measured.
        queries: at least one.
        canonical: returns the id the library gives a title that is judged under another of its
            ids, None if it does not have the title.
        gain: what a grade is worth to nDCG; see :func:`matinee.evaluate.metrics.ndcg`.
    """
    per_query: dict[str, dict[str, float]] = {}
    times: list[float] = []
    unknown: list[str] = []
    for query in queries:
        relevance: dict[str, float] = {}
        for judged, grade in query.relevance.items():
            known = canonical(judged)
            if known is None:
                unknown.append(judged)
            # An absent title stays in the ideal ranking: the library is not excused for it.
            relevance[known or judged] = max(grade, relevance.get(known or judged, 0.0))
        pool = None if query.pool is None else [i for i in query.pool if canonical(i)]
        times.append(searcher(query.query, PAGE, pool)[1])
        ranking, _ = searcher(query.query, DEPTH, pool)
        per_query[query.id] = {
            "ndcg@10": ndcg(ranking, relevance, 10, gain=gain),
            "mrr": reciprocal_rank(ranking, relevance),
            **{f"success@{k}": success(ranking, relevance, k) for k in (1, 10, 100)},
        }
    names = next(iter(per_query.values()))
    metrics = {name: fmean(values[name] for values in per_query.values()) for name in names}
    metrics |= {"p50_ms": percentile(times, 0.5), "p95_ms": percentile(times, 0.95)}
    return SearchReport(metrics, per_query, tuple(dict.fromkeys(unknown)))

"""Measuring whether a search keeps to what it was asked: queries with hard constraints."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from matinee.evaluate.oracle import satisfied
from matinee.evaluate.search import PAGE, Answer, SearchReport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matinee.catalogue.title import Title
    from matinee.evaluate.constraints import ConstrainedQuery
    from matinee.evaluate.search import Searcher

MEASURES = ("all_satisfied", "films_satisfied", "answered")


def evaluate_constraints(
    searcher: Searcher, queries: Sequence[ConstrainedQuery], *, facts: Callable[[str], Title]
) -> SearchReport:
    """Measure a searcher on queries with hard constraints, by the first page of its answers.

    Three figures, all in [0, 1], higher is better:

    * ``all_satisfied``: 1 if the answer has films and each of them satisfies every constraint.
    * ``films_satisfied``: the share of its films that do.
    * ``answered``: 1 if the answer has films. As every query is true of at least one title, an
      answer without any is a fault, and the other two figures are 0 for it.

    An answer's ``place`` is that of its first film that satisfies every constraint, and its id
    names the kinds of constraints.

    Args:
        searcher: what is measured.
        queries: at least one.
        facts: returns the title of one of the library's ids.
    """
    answers = []
    for query in queries:
        ranking, took = searcher(query.query, PAGE, None)
        kept = [satisfied(facts(identifier), query.conditions) for identifier in ranking]
        answers.append(
            Answer(
                id=f"{query.id} ({', '.join(query.kinds)})",
                query=query.query,
                ranking=tuple(ranking),
                place=kept.index(True) + 1 if any(kept) else None,
                metrics={
                    "all_satisfied": float(bool(kept) and all(kept)),
                    "films_satisfied": fmean(kept) if kept else 0.0,
                    "answered": float(bool(kept)),
                },
                took_ms=took,
            )
        )
    return SearchReport(tuple(answers), ())

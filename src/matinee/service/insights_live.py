"""What only administrators see of a running server: how quick it is, and what people rated."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from matinee.errors import StoreError
from matinee.insights.chart import Chart
from matinee.interaction import LEAST_STARS, MOST_STARS
from matinee.phrase import Fixed, listed, message, phrase, plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import State

    from matinee.store import Store

ASKED = (
    (message("Searches"), frozenset(("/v1/search", "/search"))),
    (
        message("Recommendations"),
        frozenset(
            (
                "/v1/people/{person}/recommendations",
                "/v1/groups/recommendations",
                "/v1/trained/{user}/recommendations",
            )
        ),
    ),
)
"""Name and routes of what is timed; the page of a search counts, as it is what people wait for."""
SHARES = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
_BUCKET = "matinee_request_seconds_bucket"
_ANSWERED = "200"
"""What was refused or went wrong was often quick, and is not what people waited for."""
_STEP = 0.5
"""Stars are counted by halves, as they are given."""
NOTHING_ASKED = phrase("Nothing was searched for or recommended since this server started.")
NOTHING_RATED = phrase("Nobody has rated anything here yet.")
NO_STORE = phrase("The store does not answer, so that the ratings people gave are not shown.")


@dataclass(frozen=True, slots=True)
class Live:
    """What there is to know of a running server; counts only, nothing of anybody in particular.

    Attributes:
        charts: ``latency`` and ``stars_here``, as far as there is anything to draw.
        people: who the store knows; None where it does not answer.
        ratings: how many of those with stars it keeps; None where it does not answer.
        notes: sentences; why a chart is left out.
    """

    charts: tuple[Chart, ...]
    people: int | None
    ratings: int | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "charts": [chart.to_dict() for chart in self.charts],
            "people": self.people,
            "ratings": self.ratings,
            "notes": list(map(str, self.notes)),
        }


def read_live(state: State) -> Live:
    """Return what there is to know of a server. Blocks: call it from a thread.

    Args:
        state: of the app; its metrics and its store are read.
    """
    notes, charts = [], []
    quick = latency(state.metrics.render(state).decode())
    if quick is None:
        notes.append(NOTHING_ASKED)
    else:
        charts.append(quick)
    try:
        people, given = _given(state.store)
    except StoreError:
        return Live(tuple(charts), None, None, (*notes, NO_STORE))
    if given:
        charts.append(stars(people, given))
    else:
        notes.append(NOTHING_RATED)
    return Live(tuple(charts), people, given.total(), tuple(notes))


def latency(text: str) -> Chart | None:
    """Return how long answers took, None where none was given.

    Args:
        text: the counts of the server in the format of Prometheus; with several processes they
            are those of all of them.
    """
    counts: dict[str, Counter[float]] = {name: Counter() for name, _ in ASKED}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = sample.labels
            if sample.name != _BUCKET or labels["status"] != _ANSWERED:
                continue
            for name, routes in ASKED:
                if labels["route"] in routes:
                    counts[name][float(labels["le"])] += int(sample.value)
    asked = {name: found for name, found in counts.items() if found[float("inf")]}
    if not asked:
        return None
    values = tuple(
        tuple(_rounded(quantile(found, share) * 1e3) for share, _ in SHARES)
        for found in asked.values()
    )
    told = [
        phrase(
            "%(what)s: %(count)s, half of them in %(ms)s ms or less",
            what=phrase(name),
            count=int(found[float("inf")]),
            ms=f"{row[0]:g}",
        )
        for (name, found), row in zip(asked.items(), values, strict=True)
    ]
    return Chart(
        key="latency",
        title=phrase("How quick the answers are"),
        lead=phrase("Since this server started. %(told)s.", told=listed(told, "; ")),
        kind="bars",
        rows=tuple(map(phrase, asked)),
        columns=tuple(name for _, name in SHARES),
        values=values,
        unit="ms",
        note=phrase(
            "p95: 95 of 100 took that or less. Estimated from counts by class of time, of all "
            "processes of this server together."
        ),
    )


def quantile(counts: Mapping[float, float], share: float) -> float:
    """Return the seconds within which a share of the answers was given.

    Within a class they are taken as spread evenly, as ``histogram_quantile`` of Prometheus has it;
    of those above the last bound, that bound is told.

    Args:
        counts: how many took so many seconds or less, by seconds; infinity has all of them.
        share: in (0, 1).

    >>> quantile({0.01: 50, 0.02: 100, float("inf"): 100}, 0.75)
    0.015
    >>> quantile({0.01: 50, 0.02: 50, float("inf"): 100}, 0.75)
    0.02
    """
    bounds = sorted(counts)
    wanted = share * counts[bounds[-1]]
    low, below = 0.0, 0.0
    for bound in bounds[:-1]:
        if counts[bound] >= wanted and counts[bound] > below:
            return low + (bound - low) * (wanted - below) / (counts[bound] - below)
        low, below = bound, counts[bound]
    return low


def stars(people: int, given: Counter[float]) -> Chart:
    """Return how many ratings have how many stars.

    Args:
        people: who the store knows.
        given: ratings by stars; at least one.
    """
    total = given.total()
    mean = sum(value * count for value, count in given.items()) / total
    steps = round((MOST_STARS - LEAST_STARS) / _STEP) + 1
    rows = [LEAST_STARS + _STEP * step for step in range(steps)]
    known = plural("%(number)s person", "%(number)s people", people)
    return Chart(
        key="stars_here",
        title=phrase("Ratings given here"),
        lead=plural(
            "%(number)s rating is kept of %(people)s, %(mean)s stars on average.",
            "%(number)s ratings are kept of %(people)s, %(mean)s stars on average.",
            total,
            people=known,
            mean=Fixed(mean, 1),
        ),
        kind="columns",
        rows=tuple(f"{value:g}" for value in rows),
        columns=(phrase("ratings"),),
        values=tuple((float(given[value]),) for value in rows),
        unit=phrase("ratings"),
    )


def _given(store: Store) -> tuple[int, Counter[float]]:
    """Return how many people there are, and how many ratings by stars, to the nearest half."""
    given: Counter[float] = Counter()
    for value, count in store.stars().items():
        given[round(value / _STEP) * _STEP] += count
    return store.counts()["people"], given


def _rounded(milliseconds: float) -> float:
    return round(milliseconds, 1 if milliseconds < 100 else None)

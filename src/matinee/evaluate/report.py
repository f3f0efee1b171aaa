"""The report of a run as one HTML file that needs no script, no network and no other file."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from matinee.evaluate.html import Markup, element, table
from matinee.evaluate.plots import difference_bars, dot_plot, success_curve, swatch
from matinee.evaluate.report_parts import (
    against,
    conditions,
    figure,
    interval,
    page,
    signed,
    stacked,
)
from matinee.evaluate.search import DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matinee.evaluate.comparison import Comparison
    from matinee.evaluate.search import Answer, SearchReport

_TITLE = "How well the search finds films"
_EXTREMES = 5
"""Queries shown of the best and of the worst differences."""
_LONGEST = 240
"""Characters of a query that are shown; a description of a forgotten film has thousands."""
_CURVE_AT = (1, 2, 5, 10, 20, 50, 100)
_NOTES = (
    "Below a mean or a difference stands its 95% interval, by percentile bootstrap over queries. "
    "p is that of the paired randomisation test, two-sided; Holm adjusts it for the number of "
    "methods compared on the same set and measure. Several sets or measures looked at together "
    "are not adjusted for. Milliseconds are those of a first page: the median, and below it the "
    "95th percentile. Genres in common: Jaccard similarity, 0 to 1. Years apart: lower is nearer. "
    "Same language: share of films."
)
_PROXIES = {
    "genre_jaccard": "Genres in common",
    "year_gap": "Years apart",
    "language_match": "Same language",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Under what conditions the figures were found.

    Attributes:
        facts: shown as they are, by their names: version, library, encoder, seed and the like.
        knobs: how lists are made and fused.
    """

    facts: Mapping[str, object]
    knobs: Mapping[str, object]


def report_page(run: Run, comparisons: Sequence[Comparison]) -> str:
    """Return the page.

    Args:
        run: under what conditions the figures were found.
        comparisons: one for each set, in the order to show.
    """
    ids = (f"s{number}" for number in count(1))
    methods = list(comparisons[0].reports)
    links = (element("li", element("a", c.name, href=f"#{_anchor(c)}")) for c in comparisons)
    body = [
        element(
            "header",
            element("h1", _TITLE),
            element("p", _summary(methods, comparisons)),
            element("nav", element("ul", *links), aria_label="Sets"),
            _legend(methods),
        ),
        *(_section(comparison, ids) for comparison in comparisons),
        conditions(_NOTES, run.facts, {"Knobs of the search": run.knobs}),
    ]
    return page(_TITLE, body)


def _summary(methods: Sequence[str], comparisons: Sequence[Comparison]) -> str:
    queries = sum(len(comparison.first.answers) for comparison in comparisons)
    text = f"{queries:,} judged queries in {len(comparisons)} "
    text += "set. " if len(comparisons) == 1 else "sets. "
    if len(methods) == 1:
        return f"{text}Method: {methods[0]}."
    return f"{text}Every other method is compared with {methods[0]}, query by query."


def _legend(methods: Sequence[str]) -> Markup:
    items = (element("li", swatch(row), method) for row, method in enumerate(methods))
    return element("ul", *items, class_="legend", aria_label="Methods")


def _section(comparison: Comparison, ids: Iterator[str]) -> Markup:
    first, *others = comparison.reports
    decisive = comparison.measures[0]
    facts = [f"{len(comparison.first.answers):,} queries", *comparison.notes]
    plots = [_dots(comparison, decisive, next(ids))]
    if any(measure.startswith("success") for measure in comparison.measures):
        plots.append(_curve(comparison, next(ids)))
    plots += [_bars(comparison, first, other, decisive, next(ids)) for other in others]
    return element(
        "section",
        element("h2", comparison.name, id=_anchor(comparison)),
        element("p", comparison.about),
        element("p", "; ".join(facts).rstrip("."), ".", class_="facts"),
        _figures(comparison),
        element("div", *plots, class_="plots"),
        _proxies(comparison.reports),
        *(_extremes(comparison, first, other, decisive) for other in others),
        None if others else _weakest(comparison.first, decisive),
        aria_labelledby=_anchor(comparison),
    )


def _figures(comparison: Comparison) -> Markup:
    compared = len(comparison.reports) > 1
    heads = ("Method", "Mean", "Difference", "p") if compared else ("Method", "Mean")
    groups: dict[str, list[tuple[str, ...]]] = {}
    for measure in comparison.measures:
        groups[measure] = []
        for method, estimates in comparison.estimates.items():
            mean = estimates[measure]
            gain = against(comparison.contrast(method, measure)) if compared else ()
            shown = stacked(f"{mean.mean:.3f}", interval(mean))
            groups[measure].append((method, shown, *gain))
    groups["milliseconds"] = [
        (method, stacked(f"{m['p50_ms']:.1f}", f"p95 {m['p95_ms']:.1f}"), *["–"] * 2 * compared)
        for method, m in ((name, report.metrics) for name, report in comparison.reports.items())
    ]
    return table(f"{comparison.name}: every method", heads, groups, class_="figures")


def _dots(comparison: Comparison, measure: str, ident: str) -> Markup:
    estimates = {method: found[measure] for method, found in comparison.estimates.items()}
    rows = [(m, f"{e.mean:.3f}", f"{e.low:.3f}", f"{e.high:.3f}") for m, e in estimates.items()]
    values = table(f"{comparison.name}: {measure}", ("Method", "Mean", "Low", "High"), {"": rows})
    return figure(dot_plot(estimates, measure, ident), f"{measure} with 95% intervals", values)


def _bars(comparison: Comparison, first: str, other: str, measure: str, ident: str) -> Markup:
    gains = _differences(comparison, first, other, measure)
    name = f"{measure}: {other} less {first}"
    rows = [(answer.id, signed(gain)) for gain, answer, _ in gains if gain]
    rows.append(("all others", "0"))
    values = table(f"{comparison.name}, {name}", ("Query", "Difference"), {"": rows})
    drawing = difference_bars([gain for gain, _, _ in gains], name, ident)
    return figure(drawing, name, values)


def _curve(comparison: Comparison, ident: str) -> Markup:
    curves = {}
    for method, report in comparison.reports.items():
        places = [answer.place or DEPTH + 1 for answer in report.answers]
        curves[method] = [
            sum(place <= k for place in places) / len(places) for k in range(1, DEPTH + 1)
        ]
    rows = [(k, *(f"{curve[k - 1]:.3f}" for curve in curves.values())) for k in _CURVE_AT]
    caption = f"{comparison.name}: queries with a right film among the first k"
    values = table(caption, ("k", *curves), {"": rows})
    return figure(success_curve(curves, ident), "A right film among the first k", values)


def _proxies(reports: Mapping[str, SearchReport]) -> Markup | None:
    found = {method: report.proxies for method, report in reports.items()}
    if not any(found.values()):
        return None
    rows = [
        (
            method,
            *(
                stacked(
                    "–" if (mean := proxies[name]["mean"]) is None else f"{mean:.2f}",
                    f"{proxies[name]['left_out']:,} unknown",
                )
                for name in _PROXIES
            ),
        )
        for method, proxies in found.items()
    ]
    caption = "Proxies: the first ten films against the nearest right one; they decide nothing"
    return table(caption, ("Method", *_PROXIES.values()), {"": rows}, class_="figures")


def _extremes(comparison: Comparison, first: str, other: str, measure: str) -> Markup | None:
    gains = [entry for entry in _differences(comparison, first, other, measure) if entry[0]]
    if not gains:
        return None
    # Where fewer differ than two lists would hold, every one is shown once.
    shown = gains if len(gains) <= 2 * _EXTREMES else gains[:_EXTREMES] + gains[-_EXTREMES:]
    rows = [
        (_query(answer), signed(gain), stacked(_place(answer), f"{first}: {_place(before)}"))
        for gain, answer, before in shown
    ]
    heads = ("Query", measure, f"Place by {other}")
    caption = f"Where {other} differs most from {first}, its gains first"
    return table(caption, heads, {"": rows}, class_="queries")


def _weakest(report: SearchReport, measure: str) -> Markup:
    def strength(answer: Answer) -> tuple[float, int]:
        return answer.metrics[measure], -(answer.place or DEPTH + 1)

    weakest = sorted(report.answers, key=strength)[: 2 * _EXTREMES]
    rows = [(_query(a), f"{a.metrics[measure]:.3f}", _place(a)) for a in weakest]
    return table("The weakest answers", ("Query", measure, "Place"), {"": rows}, class_="queries")


def _differences(
    comparison: Comparison, first: str, other: str, measure: str
) -> list[tuple[float, Answer, Answer]]:
    """Return (difference, the other's answer, the first's), the greatest gain first."""
    pairs = zip(comparison.reports[other].answers, comparison.reports[first].answers, strict=True)
    gains = [(a.metrics[measure] - b.metrics[measure], a, b) for a, b in pairs]
    return sorted(gains, key=lambda entry: -entry[0])


def _query(answer: Answer) -> Markup:
    text = " ".join(answer.query.split())
    cut = text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0] + " …"
    # An id that is the query itself says nothing more.
    return stacked(cut, None if answer.id == answer.query else answer.id)


def _place(answer: Answer) -> str:
    return f"{answer.place}" if answer.place else f"> {DEPTH}"


def _anchor(comparison: Comparison) -> str:
    return "set-" + "".join(c if c.isalnum() else "-" for c in comparison.name)

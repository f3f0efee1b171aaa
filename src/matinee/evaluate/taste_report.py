"""The report of a comparison of models of taste as one HTML file."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from matinee.evaluate.html import element, table
from matinee.evaluate.plots import dot_plot
from matinee.evaluate.report_parts import against, conditions, figure, page, stacked
from matinee.evaluate.statistics import bootstrap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matinee.evaluate.html import Markup
    from matinee.evaluate.statistics import Estimate
    from matinee.evaluate.taste_comparison import TasteComparison

_TITLES = {
    "ranking": "How well titles are recommended",
    "ratings": "How well stars are predicted",
}
_NOTES = (
    "Means over people and seeds; below a mean stands its standard deviation over the seeds. A "
    "difference stands above its 95% interval, by percentile bootstrap over people; p is that of "
    "the paired randomisation test over people, two-sided, and Holm adjusts it for the number of "
    "models compared. Every allowed title is ranked, none is sampled. Memory is the most the "
    "process of a run held."
)


def taste_page(
    task: str, comparison: TasteComparison, measures: Sequence[str], facts: Mapping[str, object]
) -> str:
    """Return the page.

    Args:
        task: ``ranking`` or ``ratings``.
        comparison: what was measured.
        measures: those that were tested, the one that decides first.
        facts: under what conditions the figures were found, by their names.
    """
    ids = (f"t{number}" for number in count(1))
    title = _TITLES[task]
    notes = dict.fromkeys(
        note for runs in comparison.runs.values() for run in runs for note in run.notes
    )
    body = [
        element(
            "header",
            element("h1", title),
            element(
                "p", f"{comparison.dataset}, protocol {comparison.protocol}. ", comparison.about
            ),
            element("ul", *(element("li", note) for note in notes)) if notes else None,
        ),
        element(
            "section",
            element("h2", "Figures"),
            _differences(comparison, measures) if len(comparison.runs) > 1 else None,
            _figures(comparison),
            element("div", *(_dots(comparison, m, next(ids)) for m in measures), class_="plots"),
        ),
        _by_history(comparison),
        conditions(_NOTES, facts, {}),
    ]
    return page(title, body)


def _figures(comparison: TasteComparison) -> Markup:
    groups: dict[str, list[Sequence[object]]] = {}
    models = list(comparison.runs)
    means = {model: comparison.mean(model) for model in models}
    spread = {model: comparison.spread(model) for model in models}
    for name in means[models[0]]:
        groups.setdefault("", []).append(
            (
                name,
                *(
                    stacked(
                        f"{means[model][name]:.4f}" if name in means[model] else "–",
                        f"± {spread[model][name]:.4f}" if len(comparison.seeds) > 1 else None,
                    )
                    for model in models
                ),
            )
        )
    costs = {
        "seconds to fit": [_mean_of(comparison, model, "fit") for model in models],
        "seconds to score": [_mean_of(comparison, model, "score") for model in models],
        "memory, MB": [
            f"{max(run.peak_mb for run in comparison.runs[model]):.0f}" for model in models
        ],
    }
    groups["cost"] = [(name, *values) for name, values in costs.items()]
    return table("Every metric of every model", ("Metric", *models), groups, class_="figures")


def _differences(comparison: TasteComparison, measures: Sequence[str]) -> Markup:
    first, *others = comparison.runs
    groups = {
        measure: [(model, *against(comparison.contrast(model, measure))) for model in others]
        for measure in measures
    }
    caption = f"Each model less {first}, person by person"
    return table(caption, ("Model", "Difference", "p"), groups, class_="figures")


def _dots(comparison: TasteComparison, measure: str, ident: str) -> Markup:
    estimates: dict[str, Estimate] = {
        model: bootstrap(
            np.concatenate([run.per_person[measure] for run in runs]).tolist(),
            seed=runs[0].seed,
        )
        for model, runs in comparison.runs.items()
    }
    rows = [(m, f"{e.mean:.4f}", f"{e.low:.4f}", f"{e.high:.4f}") for m, e in estimates.items()]
    values = table(f"{measure} over people", ("Model", "Mean", "Low", "High"), {"": rows})
    return figure(dot_plot(estimates, measure, ident), f"{measure} with 95% intervals", values)


def _by_history(comparison: TasteComparison) -> Markup | None:
    runs = {model: each[0].by_history for model, each in comparison.runs.items()}
    if not any(runs.values()):
        return None
    heads = ("Titles known", *runs)
    lengths = sorted({k for found in runs.values() for k in found})
    rows = [
        (k, *(f"{found[k]['ndcg@10']:.4f}" if k in found else "–" for found in runs.values()))
        for k in lengths
    ]
    return element(
        "section",
        element("h2", "New people"),
        table("nDCG@10 by how many of a person's titles are known", heads, {"": rows}),
    )


def _mean_of(comparison: TasteComparison, model: str, what: str) -> str:
    return f"{np.mean([run.seconds[what] for run in comparison.runs[model]]):.1f}"

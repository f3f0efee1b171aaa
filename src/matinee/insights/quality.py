"""Charts of what a training measured of the library's default model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.insights.chart import Chart
from matinee.phrase import Fixed, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.pipeline.taste import Card

_MEASURES: Mapping[str, str] = {
    "ndcg@10": "NDCG@10",
    "recall@20": "recall@20",
    "precision@10": "precision@10",
    "coverage@10": "coverage@10",
}
_UNIT = "of 1"
_NOT_MEASURED = phrase(
    "Nothing was measured of the training. Measure with: matinee train taste --measure"
)


def quality(card: Card) -> Chart | str:
    """Show the measures of the default model, each from 0 to 1."""
    found = {label: card.metrics[name] for name, label in _MEASURES.items() if name in card.metrics}
    if not found:
        return _NOT_MEASURED
    first = next(iter(found))
    return Chart(
        key="quality",
        title=phrase("Quality of recommendations"),
        lead=phrase(
            "%(measure)s of %(model)s is %(value)s, measured on what %(people)s people did and the "
            "model did not learn from.",
            measure=first,
            model=card.default,
            value=Fixed(found[first], 3),
            people=int(card.metrics["people"]),
        ),
        kind="bars",
        rows=tuple(found),
        columns=(card.default,),
        values=tuple((float(value),) for value in found.values()),
        unit=_UNIT,
        note=phrase("Split: %(protocol)s.", protocol=str(card.metrics["protocol"])),
    )


def exploration(card: Card) -> Chart | str:
    """Show what the slider of exploration costs in quality and brings in breadth."""
    steps = card.metrics.get("exploration", ())
    if not steps:
        return _NOT_MEASURED
    last = steps[-1]
    return Chart(
        key="exploration",
        title=phrase("What the slider of exploration does"),
        lead=phrase(
            "From %(first)s to %(last)s NDCG@10 goes from %(before)s to %(after)s, coverage from "
            "%(narrow)s to %(wide)s.",
            first=f"{steps[0]['position']:g}",
            last=f"{last['position']:g}",
            before=Fixed(steps[0]["ndcg@10"], 3),
            after=Fixed(last["ndcg@10"], 3),
            narrow=Fixed(steps[0]["coverage@10"], 3),
            wide=Fixed(last["coverage@10"], 3),
        ),
        kind="line",
        rows=tuple(f"{step['position']:g}" for step in steps),
        columns=("NDCG@10", "coverage@10"),
        values=tuple((float(step["ndcg@10"]), float(step["coverage@10"])) for step in steps),
        unit=_UNIT,
    )

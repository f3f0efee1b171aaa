"""Charts of what a training measured of the library's default model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.insights.chart import Chart

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
_NOT_MEASURED = "Nothing was measured of the training. Measure with: matinee train taste --measure"


def quality(card: Card) -> Chart | str:
    """Show the measures of the default model, each from 0 to 1."""
    found = {label: card.metrics[name] for name, label in _MEASURES.items() if name in card.metrics}
    if not found:
        return _NOT_MEASURED
    first = next(iter(found))
    return Chart(
        key="quality",
        title="Quality of recommendations",
        lead=f"{first} of {card.default} is {found[first]:.3f}, measured on what "
        f"{card.metrics['people']:,} people did and the model did not learn from.",
        kind="bars",
        rows=tuple(found),
        columns=(card.default,),
        values=tuple((float(value),) for value in found.values()),
        unit=_UNIT,
        note=f"Split: {card.metrics['protocol']}.",
    )


def exploration(card: Card) -> Chart | str:
    """Show what the slider of exploration costs in quality and brings in breadth."""
    steps = card.metrics.get("exploration", ())
    if not steps:
        return _NOT_MEASURED
    last = steps[-1]
    return Chart(
        key="exploration",
        title="What the slider of exploration does",
        lead=f"From {steps[0]['position']:g} to {last['position']:g} NDCG@10 goes from "
        f"{steps[0]['ndcg@10']:.3f} to {last['ndcg@10']:.3f}, coverage from "
        f"{steps[0]['coverage@10']:.3f} to {last['coverage@10']:.3f}.",
        kind="line",
        rows=tuple(f"{step['position']:g}" for step in steps),
        columns=("NDCG@10", "coverage@10"),
        values=tuple((float(step["ndcg@10"]), float(step["coverage@10"])) for step in steps),
        unit=_UNIT,
    )

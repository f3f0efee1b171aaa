"""What the training of a library measured, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.assembly import Library
from matinee.phrase import message
from matinee.service.scene import gettext, number

if TYPE_CHECKING:
    from matinee.pipeline.taste import Card
    from matinee.service.holder import Holder

MEASURES = {
    "ndcg@10": "NDCG@10",
    "recall@20": "Recall@20",
    "precision@10": "Precision@10",
    "coverage@10": "Coverage@10",
}
"""Figures of a card by their names, and how they are headed."""
SLIDER = ("ndcg@10", "coverage@10")
"""Those that a card has of each position of the slider."""
MEASURE = "matinee train taste RATINGS --measure"
"""The command that measures."""
PROTOCOLS = {
    "user-temporal": message("learnt from the first four fifths of what each person did, by time"),
    "random": message("learnt from four fifths of what people did, drawn at random"),
}


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model of taste of the library.

    Attributes:
        name: of it.
        job: what it does, in words.
        default: whether it answers where no model is named.
        figures: its measures, in the order of :data:`MEASURES`; none where it was not measured.
    """

    name: str
    job: str
    default: bool
    figures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What there is to know of a training.

    Attributes:
        trained: when, ISO 8601 in UTC.
        people: whom the models learnt from.
        titles: they did something with.
        interactions: what they did.
        models: the models, the default first.
        protocol: how was measured, in words; empty where nothing was.
        measured_people: whose lists were measured.
        slider: position of the exploration slider, and the figures of :data:`SLIDER` there.
        notes: what is less than it could be.
    """

    trained: str
    people: int
    titles: int
    interactions: int
    models: tuple[TrainedModel, ...]
    protocol: str = ""
    measured_people: int = 0
    slider: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


def read_evaluation(holder: Holder) -> Evaluation | None:
    """Return what the library's training measured, None for a library that learnt nothing."""
    library = holder.library
    card = library.taste if isinstance(library, Library) else None
    return None if card is None else evaluation_of(card)


def evaluation_of(card: Card) -> Evaluation:
    """Return what the card of a training tells."""
    metrics = card.metrics
    figures = tuple(number(metrics[name], 3) if name in metrics else "–" for name in MEASURES)
    others = (name for name in card.rankings if name != card.default)
    ranks, rates = gettext("ranks films"), gettext("predicts stars")
    models = [TrainedModel(card.default, ranks, True, figures if metrics else ())]
    models += [TrainedModel(name, ranks, False) for name in others]
    if card.rating is not None:
        models.append(TrainedModel(card.rating, rates, True))
    protocol = str(metrics.get("protocol", ""))
    return Evaluation(
        trained=card.trained,
        people=card.people,
        titles=card.titles,
        interactions=card.interactions,
        models=tuple(models),
        protocol=gettext(PROTOCOLS[protocol]) if protocol in PROTOCOLS else protocol,
        measured_people=metrics.get("people", 0),
        slider=tuple(
            (
                number(step["position"], 1),
                number(step["ndcg@10"], 3),
                number(step["coverage@10"], 3),
            )
            for step in metrics.get("exploration", ())
        ),
        notes=card.notes,
    )

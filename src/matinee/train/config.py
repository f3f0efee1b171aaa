"""What may be chosen about a training, and what it tells afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matinee.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Parameters of a training.

    Attributes:
        epochs: times every pair is seen. Three are the custom for fine-tuning such models; with
            more, a few hundred pairs are learnt by heart.
        rate: highest learning rate, reached after the first tenth and then falling to 0. 2e-5 is
            the custom for models of this family.
        batch: pairs of one step.
        negatives: unjudged titles per query that count as wrong.
        held_out: share of the queries that is only measured on, above 0 and below 1.
        max_tokens: longer pairs are cut there. A title with its overview has some 150 tokens, and
            time grows with length.
        seed: decides what is held out, what is drawn and in which order it is learnt.
    """

    epochs: int = 3
    rate: float = 2e-5
    batch: int = 16
    negatives: int = 8
    held_out: float = 0.2
    max_tokens: int = 256
    seed: int = 0

    def __post_init__(self) -> None:
        bounds = {
            "epochs": 1 <= self.epochs <= 1000,
            "rate": 0.0 < self.rate <= 1.0,
            "batch": 1 <= self.batch <= 1024,
            "negatives": 0 <= self.negatives <= 1000,
            "held_out": 0.0 < self.held_out < 1.0,
            "max_tokens": 8 <= self.max_tokens <= 8192,
            "seed": 0 <= self.seed < 2**32,
        }
        for name, kept in bounds.items():
            if not kept:
                raise InputError(f"{name} is out of its bounds", where=str(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What a training did.

    Attributes:
        folder: the new model.
        queries: queries learnt from.
        held_out: queries only measured on.
        pairs: pairs learnt from.
        unknown: judged titles that the library does not have.
        losses: mean loss of each epoch.
        ndcg: nDCG@10 on the held-out queries, with gain 2^g - 1, of the best results of the
            search: in the order of the ``search`` itself, as the ``base`` model ranks them, and as
            the ``trained`` one does.
    """

    folder: Path
    queries: int
    held_out: int
    pairs: int
    unknown: int
    losses: Sequence[float]
    ndcg: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "folder": str(self.folder),
            "queries": self.queries,
            "held_out": self.held_out,
            "pairs": self.pairs,
            "unknown": self.unknown,
            "losses": [round(loss, 6) for loss in self.losses],
            "ndcg@10": {name: round(value, 6) for name, value in self.ndcg.items()},
        }

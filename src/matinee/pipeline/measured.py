"""What a training measured of the library's default model, and what it says of the slider."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from matinee.interaction import Interactions, ItemFeatures
    from matinee.library.stages import Stages
    from matinee.protocols import RankingModel

_FILE = "metrics.json"
_CHANCE_FROM = 0.5
"""Position of the slider above which a seed brings in chance, as Exploration has it; a test
compares them."""


class Measure(Protocol):
    """Measures a ranking model on what it may not learn from."""

    def __call__(
        self,
        did: Interactions,
        features: ItemFeatures,
        model: RankingModel,
        *,
        seed: int,
        progress: Callable[[str, int, int], None],
    ) -> Mapping[str, Any]:
        """Return what was measured, as plain values for JSON.

        Args:
            did: everything that the library learns from.
            features: of the titles.
            model: before it has learnt anything.
            seed: of everything random.
            progress: is told how far it has come.

        Raises:
            InputError: there is too little to measure on.
        """


def finished(
    make: Callable[[], Mapping[str, Any]], stages: Stages | None, name: str
) -> dict[str, Any]:
    """Return what was measured, by ``make`` unless an earlier run had finished that stage."""
    if stages is None:
        return dict(make())

    def write(into: Path) -> None:
        text = json.dumps(make(), indent=2, sort_keys=True, allow_nan=False)
        (into / _FILE).write_text(text + "\n", encoding="utf-8")

    kept = stages.finished(name, write) / _FILE
    values: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return values


def cost_of_exploring(
    metrics: Mapping[str, Any], position: float, *, seed: int | None = None
) -> str | None:
    """Return what a position of the slider costs, as a sentence; None where it is not known.

    Between the positions measured the gain is taken to be a line, and the sentence names both: of
    EASE on MovieLens small the line from 0.5 to 1 is .117 at 0.75, where .125 is measured.

    Args:
        metrics: of the card of a training.
        position: of the slider, in [-1, 1].
        seed: of the chance that a position above a half brings in, which was left out when the
            cost was measured.

    >>> steps = [{"position": 0.0, "ndcg@10": 0.4}, {"position": 1.0, "ndcg@10": 0.32}]
    >>> print(cost_of_exploring({"exploration": steps}, 0.5))
    At 0.5 lists find 10% less of what people liked (NDCG@10 .360 against .400, between what was \
measured on this library at 0 and 1)
    >>> cost_of_exploring({}, 0.5) is None
    True
    """
    steps = metrics.get("exploration")
    if not steps or position == 0:
        return None
    at, found = ([step[name] for step in steps] for name in ("position", "ndcg@10"))
    own, here = (float(np.interp(each, at, found)) for each in (0.0, position))
    if own <= 0:
        # A model that finds nothing has nothing to lose.
        return None
    percent = round(100 * abs(1 - here / own))
    much = "as much" if not percent else f"{percent}% {'less' if here < own else 'more'}"
    aside = ", chance aside" if seed is not None and position > _CHANCE_FROM else ""
    return (
        f"At {position:g} lists find {much} of what people liked (NDCG@10 {decimals(here)} against "
        f"{decimals(own)}{aside}, {_how(position, at)})"
    )


def _how(position: float, at: Sequence[float]) -> str:
    """Return how the gain at a position is known, from those measured in ascending order."""
    if position in at:
        return "measured on this library"
    place = int(np.searchsorted(at, position))
    low, high = at[max(place - 1, 0)], at[min(place, len(at) - 1)]
    return f"between what was measured on this library at {low:g} and {high:g}"


def decimals(value: float) -> str:
    """Return a measure in [0, 1] to three decimals, as tables have it.

    >>> decimals(0.3525), decimals(1.0), decimals(0.0)
    ('.352', '1.000', '.000')
    """
    return f"{value:.3f}".removeprefix("0")

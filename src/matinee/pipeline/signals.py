"""What can be said of the candidates once they are known: the signals of the learned ranker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.catalogue.words import plain_words
from matinee.half import widen
from matinee.index.analyze import terms
from matinee.pipeline.lexicon import known_words
from matinee.rank.learned import (
    DESCRIPTION,
    NONE,
    REQUEST,
    SHORT,
    nearness,
    share_of_best,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from matinee.pipeline.engine import Engine
    from matinee.pipeline.understanding import Asked
    from matinee.rank.learned import SignalWeights
    from matinee.types import Rows

    Signal = npt.NDArray[np.float32]

_FEW = 3
"""Words of a name or a tag at most, stop words aside; all but a few of the judged ones have no
more, and a wish in words of one's own mostly does."""


def weights_for(engine: Engine, asked: Asked) -> SignalWeights:
    """Return the weights learned for this kind of query.

    Conditions alone describe nothing that the best could have in common but their fame, and a film
    to resemble has said already what results should be near; neither was among the judged queries.
    A word the catalogue has never seen is a misspelt one, and what the best of such a query have in
    common is chance: 1,000 misspelt titles (seeds 61, 62) are first in .938 instead of .928.
    """
    if asked.bare or len(asked.likes):
        return NONE
    if asked.understood.description:
        return DESCRIPTION
    if not all(map(known_words(engine.lexical), plain_words(asked.words))):
        return NONE
    return SHORT if len(set(terms(asked.words))) <= _FEW else REQUEST


def signals(
    engine: Engine, asked: Asked, rows: Rows, scores: Signal, weights: SignalWeights
) -> Mapping[str, Signal]:
    """Return the signals that have a weight, by its name, each float32 [m] in [0, 1].

    Args:
        engine: an open library.
        asked: what is asked.
        rows: int64 [m], the candidates.
        scores: float32 [m], what is known of them so far; the best by it vouch for the others.
        weights: of the signals.
    """
    found: dict[str, Signal] = {}
    if weights.near:
        found["near"] = nearness(widen(engine.vectors[rows]), scores)
    if weights.telling:
        found["telling"] = share_of_best(engine.lexical.strongest(asked.words, rows))
    return found

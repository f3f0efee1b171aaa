"""What a fused score gains by wishes, by the learned signals, and by what is known beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.index.analyze import terms
from matinee.pipeline.constrain import fulfilment
from matinee.pipeline.signals import signals, weights_for
from matinee.query.request import SINGLE_LISTS
from matinee.rank.fusion import Fused
from matinee.rank.learned import NONE, learned

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from matinee.pipeline.engine import Engine
    from matinee.pipeline.understanding import Asked
    from matinee.query.conditions import Condition
    from matinee.query.request import SearchRequest
    from matinee.types import Rows

    Values = npt.NDArray[np.float32]

_WORTH: Mapping[str, float] = {
    # Remembered years are often wrong, yet halve the candidates when they are right.
    "year": 0.2,
    # Said in so many words and known as a fact: a film of another language was not meant.
    "language": 0.3,
    "country": 0.3,
    # A name is seldom mentioned in vain.
    "person": 0.4,
    # The words of a genre are searched for as well; this is for titles that do not use them.
    "genre": 0.15,
    "kind": 0.1,
    "runtime": 0.15,
    "age": 0.2,
    "votes": 0.1,
    "rating": 0.1,
    # Words of the text, which the word index has counted already.
    "theme": 0.1,
    "phrase": 0.3,
    # Exactly the name that was typed, among many that contain it ("Inside", "Inside Out").
    "title": 0.5,
    # The most that "hidden gem" or "classic" may add; a matter of degree.
    "fame": 0.3,
}
"""What a fulfilled wish is worth, as a share of full relevance, if it surely was meant."""
_EVERY_WORD = 0.4
"""What a title is worth that has every word of a short request: "weir simulated" names a director
and a subject of one film, each of which many share. Known items (seeds 61, 62) are first in .974
with .2, .982 with .3, .989 with .4; the judged sets do not mind."""
_SHORT = range(2, 7)
"""Words of such a request, stop words aside; a single word is every word, and of many some are
always missing."""
_DEGREES = frozenset(("language", "country"))
"""Fields fulfilled more or less, so that a hard condition too tells its results apart."""
_IN_PASSING = frozenset(("person", "phrase"))
"""Fields that long descriptions mention only in passing. Of ten people named in the judged ones
("he looked like George Clooney") none was known to be in the film, of 31 quoted phrases none stood
in its text. The words are searched for all the same."""
_BESIDE_A_LIKENESS = 2.5
"""Factor on wishes beside a film to resemble: in "Inception but funnier" the wish is half of it."""


def worth(condition: Condition) -> float:
    """Return what a soft condition is worth to a title that fulfils it, 0 if it is no wish.

    A film to resemble has lists of its own.
    """
    return _WORTH.get(condition.field, 0.0) * condition.weight


def wishes_of(asked: Asked) -> tuple[tuple[Condition, float], ...]:
    """Return what results had better fulfil, and what each wish is worth."""
    factor = _BESIDE_A_LIKENESS if len(asked.likes) else 1.0
    told = asked.understood.description
    wishes = [
        (condition, worth(condition) * factor)
        for condition in asked.soft
        if not (told and condition.field in _IN_PASSING)
    ]
    wishes += [(c, worth(c)) for c in asked.hard if c.field in _DEGREES and not c.negated]
    return tuple((condition, value) for condition, value in wishes if value)


def weigh(engine: Engine, request: SearchRequest, asked: Asked, fused: Fused) -> Fused:
    """Return the scores with wishes, signals and prior, in [0, 1], the parts summing to the score.

    ``relevance = (fused + sum worth * fulfilment) / (1 + sum worth)``; to have every word of a
    short request counts as a wish. The learned ranker adds its signals to relevance
    (:mod:`matinee.rank.learned`), and ``score = learned * (left + prior)``. A method of one list
    is left as it is.
    """
    if request.method in SINGLE_LISTS:
        return fused
    relevance, wished, whole = with_wishes(engine, asked, fused)
    # The weights were learned from queries in words; of pictures there are none that are judged.
    weights = NONE if asked.pictured else weights_for(engine, asked)
    left, added = prior_of(engine, asked, fused.rows, times=weights.prior)
    found = signals(engine, asked, fused.rows, relevance * (left + added), weights)
    relevance, gained = learned(relevance, found, weights)
    share = np.float32(left / (whole * weights.whole))
    parts = {name: part * share for name, part in fused.parts.items()}
    if wished.any():
        parts["wishes"] = wished * share
    parts |= {name: part * np.float32(left) for name, part in gained.items()}
    parts["prior"] = relevance * added
    scores = np.clip(relevance * (left + added), 0.0, 1.0).astype(np.float32)
    return Fused(fused.rows, scores, parts)


def with_wishes(engine: Engine, asked: Asked, fused: Fused) -> tuple[Values, Values, float]:
    """Return relevance, float32 [m] in [0, 1], the worth of fulfilled wishes, and their divisor."""
    wishes = wishes_of(asked)
    wished = np.zeros(len(fused.rows), np.float32)
    for condition, value in wishes:
        wished += value * fulfilment(engine, condition, fused.rows)
    whole = 1.0 + sum(value for _, value in wishes)
    if len(set(terms(asked.words))) in _SHORT:
        complete = np.isin(fused.rows, engine.lexical.containing(asked.words))
        if complete.any():
            worth_it = _EVERY_WORD * asked.words_weight
            wished += np.float32(worth_it) * complete
            whole += worth_it
    return (fused.scores + wished) / np.float32(whole), wished, whole


def prior_of(engine: Engine, asked: Asked, rows: Rows, *, times: float) -> tuple[float, Values]:
    """Return what is left of a relevance, and what the prior of rows [m] adds, as shares of it."""
    left, added = engine.prior.shares(rows, times=times)
    if any(c.field == "fame" and "hidden" in c.values and not c.negated for c in asked.soft):
        # Who asks for a hidden gem does not want the best known film that fits.
        return 1.0, np.zeros_like(added)
    return left, added

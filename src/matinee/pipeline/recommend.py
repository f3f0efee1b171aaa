"""The way a recommendation goes, from a person to films. Read :func:`recommend`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import LibraryError, QueryError
from matinee.half import widen
from matinee.pipeline import taste as kept
from matinee.pipeline.constrain import satisfying
from matinee.pipeline.measured import cost_of_exploring
from matinee.pipeline.reasoned import Reasoned
from matinee.pipeline.recommended import Recommendations, Recommended, Stars
from matinee.rank.mmr import maximal_marginal_relevance
from matinee.taste.calibrate import Calibrate, distribution
from matinee.taste.context import Context
from matinee.taste.exploration import Exploration
from matinee.taste.preference import Preference
from matinee.timing import Clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from matinee.explain.explanation import Explanation
    from matinee.interaction import Histories
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.person import Person
    from matinee.pipeline.taste import Taste
    from matinee.protocols import Recommender
    from matinee.query.wanted import RecommendRequest
    from matinee.types import Rows

    Mask = npt.NDArray[np.bool_]
    Floats = npt.NDArray[np.float32]

_FLAT = 1e-9
"""Difference of scores up to which they are all the same."""
_CONTEXT = 0.5
"""Standard deviations of the scores that one unit of log-odds is worth; shifts are a tenth of a
unit, so that the moment settles near-ties and no more."""
_POOL = 200
"""Titles from which the answer is picked at least, so that there is something to choose from."""
_DIVERSE_TIMES = 3
"""How many times longer than the answer a diverse list is, of which a calibrated one is picked."""
_POOL_TIMES = 5
"""How many times larger than the answer the pool is at least."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The best titles by the model, of which the answer is picked.

    Attributes:
        items: int64 [m], places in the item space, best first.
        relevance: float32 [m] in [0, 1], descending: 1 for the best of all titles allowed, 0 for
            the worst of them.
    """

    items: Rows
    relevance: Floats


def recommend(engine: Engine, request: RecommendRequest, person: Person) -> Recommendations:
    """Recommend titles to a person.

    What is in the history is never among them, unless ``request.include_seen`` asks for it; what
    was hidden, disliked or abandoned never is.

    Raises:
        QueryError: no model of that name was trained.
        LibraryError: the library has learnt nothing of taste.
    """
    clock = Clock("recommend")
    taste = taste_of(engine)
    history = clock.lap("fold", person.history)
    model, scores, notes = clock.lap("ask", ask(taste, request, person, history))
    allowed = clock.lap("constrain", constrain(engine, taste, request, person))
    scores, more = clock.lap("context", in_context(scores, taste, request))
    leant = clock.lap("explore", explore(scores, taste, request, allowed))
    pool = clock.lap("candidates", candidates(leant, allowed, request.k))
    pool = clock.lap("diversify", diversify(engine, taste, request, history, pool))
    stars = clock.lap("stars", predicted(taste, history, pool.items))
    reasons = None
    if request.explain:
        reasons = Reasoned(engine, taste, model, history, pool.items, allowed)
    results = []
    for place, item in enumerate(pool.items.tolist()):
        results.append(
            Recommended(
                title=engine.catalogue.title(int(taste.rows[item])),
                score=float(pool.relevance[place]),
                stars=stars[place] if stars else None,
                why=reasons.explain(item) if reasons else None,
            )
        )
    return Recommendations(
        results=tuple(results),
        method=model.name,
        library=engine.manifest.version,
        history=len(history.items),
        took_ms=clock.milliseconds,
        notes=(*notes, *more, *told_cost(taste, model, request)),
    )


def taste_of(engine: Engine) -> Taste:
    """Return what the library learnt of taste.

    Raises:
        LibraryError: it has learnt nothing.
    """
    if engine.taste is None:
        raise LibraryError(
            "This library has learnt nothing of taste",
            where=engine.manifest.version,
            cure="Train it with: matinee train taste RATINGS",
        )
    return engine.taste


def ask(
    taste: Taste, request: RecommendRequest, person: Person, history: Histories
) -> tuple[Recommender, Floats, tuple[str, ...]]:
    """Return the model that ranks, its scores, float32 [1, m], and notes.

    A model that has nothing to say of a history, because nobody else has seen those titles, gives
    way to the one that reads what titles are, and that one to what most people like.
    """
    notes = (*taste.card.notes, *person.notes)
    model = taste.ranker(request.method)
    scores = model.score(history)
    # Who asks for a model by name gets it, as long as it has anything to say.
    shared = request.method is not None or bool(taste.totals.people[history.items].any())
    if len(history.items) and shared and _tells(scores):
        return model, scores, notes
    if not len(person):
        why = "Nothing is known of this person"
    elif not len(history.items):
        why = "None of the titles of the history is known to the models"
    else:
        why = "Nobody else is known to have chosen what is in the history"
        reads = taste.reader(model)
        if reads is not None and _tells(scores := reads.score(history)):
            return reads, scores, (*notes, f"{why}: these resemble it")
    popular = taste.ranker(kept.POPULAR)
    note = f"{why}: these are what most people like"
    return popular, popular.score(history), (*notes, note)


def _tells(scores: Floats) -> bool:
    """Tell whether scores set any title apart from the others."""
    return bool(np.ptp(scores) > _FLAT)


def constrain(engine: Engine, taste: Taste, request: RecommendRequest, person: Person) -> Mask:
    """Return which titles of the item space, bool [m], may be recommended."""
    rows = ~person.barred(len(engine.catalogue), include_seen=request.include_seen)
    for condition in request.filters:
        rows &= satisfying(engine, condition)
    if request.min_votes:
        rows &= engine.columns.between("vote_count", request.min_votes, None)
    if request.max_age is not None:
        rows &= engine.columns.between("age", None, request.max_age)
    there = taste.rows >= 0
    return np.asarray(there & rows[taste.rows], np.bool_)


def in_context(
    scores: Floats, taste: Taste, request: RecommendRequest
) -> tuple[Floats, tuple[str, ...]]:
    """Return the scores, float32 [1, m], shifted towards the genres of the moment, and notes."""
    if request.context is None:
        return scores, ()
    learnt = taste.context()
    if learnt is None:
        return scores, ("The library learnt from nothing that has a time: the moment is left out",)
    shift = learnt.adjust(Context.at(request.context), np.arange(len(taste)))
    return scores + np.float32(_CONTEXT * float(scores.std())) * shift, ()


def explore(scores: Floats, taste: Taste, request: RecommendRequest, allowed: Mask) -> Floats:
    """Return the scores, float32 [m], leant towards what fewer or more people know."""
    if request.exploration:
        slider = Exploration(position=request.exploration)
        known = taste.totals.people.astype(np.float32)
        scores = slider.adjust(scores, known, allowed=allowed, seed=request.seed)
    leant: Floats = scores[0]
    return leant


def told_cost(taste: Taste, model: Recommender, request: RecommendRequest) -> tuple[str, ...]:
    """Return what the slider costs, as a note, where the training measured it of this model."""
    if not request.exploration or request.method not in (None, taste.card.default):
        return ()
    if model is not taste.ranker():
        return ()
    told = cost_of_exploring(taste.card.metrics, request.exploration, seed=request.seed)
    return () if told is None else (told,)


def candidates(scores: Floats, allowed: Mask, k: int) -> Pool:
    """Return the best of the titles allowed, more of them than are asked for."""
    items = np.flatnonzero(allowed)
    if not len(items):
        return Pool(items, np.empty(0, np.float32))
    found = scores[items]
    low, high = float(found.min()), float(found.max())
    size = min(len(items), max(_POOL, _POOL_TIMES * k))
    best = np.argpartition(-found, size - 1)[:size]
    # Ties are broken by position, so that an answer does not depend on how it was partitioned.
    best = best[np.lexsort((best, -found[best]))]
    span = high - low
    relevance = (found[best] - low) / span if span > 0 else np.ones(size)
    return Pool(items[best], relevance.astype(np.float32))


def diversify(
    engine: Engine, taste: Taste, request: RecommendRequest, history: Histories, pool: Pool
) -> Pool:
    """Return the answer's titles, picked from the pool as the request wants them mixed.

    Where both are asked for, genres are calibrated over a list that has been made diverse.
    """
    value, size = pool.relevance, len(pool.items)
    order = np.arange(size)
    if request.diversity and size:
        vectors = widen(engine.vectors[taste.rows[pool.items]])
        longer = min(size, _DIVERSE_TIMES * request.k if request.calibration else request.k)
        order, value = maximal_marginal_relevance(
            pool.relevance, vectors, longer, trade=1.0 - request.diversity
        )
    if request.calibration and size:
        genres = taste.genres(engine.columns)
        chosen = history.keep(taste.rows[history.items] >= 0)
        weights = Preference().weights(chosen)
        wanted = distribution(genres, taste.rows[chosen.items], weights)
        shares = genres[taste.rows[pool.items[order]]]
        picked = Calibrate(strength=request.calibration).pick(value, shares, wanted, request.k)
        # The set is calibrated; within it the better ones still come first.
        order = order[np.sort(picked.picks)]
    if request.diversity or request.calibration:
        order = order[: request.k]
        return Pool(pool.items[order], pool.relevance[order])
    return Pool(pool.items[: request.k], pool.relevance[: request.k])


def predicted(taste: Taste, history: Histories, items: Rows) -> list[Stars] | None:
    """Return the stars a person is predicted to give, None where the library cannot say."""
    rater = taste.rater()
    if rater is None or not len(items):
        return None
    found = rater.predict(history, np.zeros(len(items), np.int64), items)
    lows: Sequence[float | None] = [None] * len(items)
    highs = lows
    if found.low is not None and found.high is not None:
        lows, highs = found.low.tolist(), found.high.tolist()
    return [Stars(*each) for each in zip(found.stars.tolist(), lows, highs, strict=True)]


def predict(engine: Engine, rows: Rows, person: Person) -> list[Stars]:
    """Predict the stars a person gives to rows of the catalogue.

    Raises:
        LibraryError: no model that predicts stars was trained.
        QueryError: a title is newer than the training.
    """
    taste = taste_of(engine)
    items = _trained(engine, taste, rows)
    found = predicted(taste, person.history, items)
    if found is None and len(rows):
        raise LibraryError(
            "No model that predicts stars was trained for this library",
            where=engine.manifest.version,
            cure="Train again with: matinee train taste RATINGS, of files with stars",
        )
    return found or []


def why(engine: Engine, request: RecommendRequest, person: Person, row: int) -> Explanation:
    """Say why a title of the catalogue suits a person.

    Raises:
        QueryError: no model of that name was trained, or the title is newer than the training.
        LibraryError: the library has learnt nothing of taste.
    """
    taste = taste_of(engine)
    item = int(_trained(engine, taste, np.array([row]))[0])
    history = person.history
    model, _, _ = ask(taste, request, person, history)
    allowed = constrain(engine, taste, request, person)
    # Asked of a title of the history, the answer is its place among those that may be recommended.
    allowed[item] = True
    return Reasoned(engine, taste, model, history, np.array([item]), allowed).explain(item)


def _trained(engine: Engine, taste: Taste, rows: Rows) -> Rows:
    items = taste.items[rows]
    if (items < 0).any():
        row = int(rows[np.flatnonzero(items < 0)[0]])
        raise QueryError(
            "This title is newer than the training",
            where=engine.catalogue.title(row).title,
            cure="Train again with: matinee train taste",
        )
    return items

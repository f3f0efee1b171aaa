"""The order of an answer: by relevance, or as another method or order was asked for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.document import rerank_text
from matinee.half import widen
from matinee.pipeline.sorting import sort_rows
from matinee.rank.mmr import maximal_marginal_relevance

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from matinee.pipeline.engine import Engine
    from matinee.pipeline.understanding import Asked
    from matinee.query.request import SearchRequest
    from matinee.rank.fusion import Fused
    from matinee.types import Rows, Scores

_POOL = 200
"""Candidates that may take the place of one another for the sake of difference."""
_SORTED = 100
"""Candidates that another order than relevance is made of, at least; below them few still fit."""
_HALF_LIFE = 10.0
"""Years in which a film loses half of its recency."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """An answer in rows.

    Attributes:
        rows: int64 [k], in the order of the answer.
        scores: float32 [k] in [0, 1].
        parts: by name, float32 [k], what it gave to each score; the parts sum to the score.
        notes: what was missing from the ranking, as sentences.
    """

    rows: Rows
    scores: Scores
    parts: Mapping[str, npt.NDArray[np.float32]]
    notes: tuple[str, ...] = ()


def rerank(engine: Engine, request: SearchRequest, asked: Asked, found: Fused) -> Ranking:
    """Return the best ``request.k`` of the candidates, in the order asked for.

    Raises:
        ModelError: the method is ``ce`` and there is no cross-encoder.
    """
    depth = request.k if request.sort == "relevance" else max(request.k, _SORTED)
    ranking = _by_score(found)
    if request.method == "blend":
        ranking = _blended(engine, request, ranking)
    elif request.method == "mmr":
        ranking = _diverse(engine, request, ranking, depth)
    elif request.method == "ce":
        ranking = _read(engine, request, asked, ranking)
    ranking = _chosen(ranking, np.arange(min(depth, len(ranking.rows))))
    if request.sort != "relevance":
        ranking = _chosen(ranking, sort_rows(engine, ranking.rows, request.sort))
    return _chosen(ranking, np.arange(min(request.k, len(ranking.rows))))


def _by_score(found: Fused) -> Ranking:
    order = np.lexsort((found.rows, -found.scores))
    return _chosen(Ranking(found.rows, found.scores, found.parts), order)


def _blended(engine: Engine, request: SearchRequest, ranking: Ranking) -> Ranking:
    """Add recency and popularity to relevance.

    ``(relevance + w_recency * .5^(age / 10) + w_popularity * fame) / (1 + w_recency +
    w_popularity)``; all three lie in [0, 1], so that relevance keeps the upper hand.
    """
    knobs, rows = request.knobs, ranking.rows
    years = engine.columns.numbers("year")[rows]
    age = np.maximum(dt.datetime.now(dt.UTC).year - years, 0.0)
    # Of a title without a year nothing is known; it is taken for an old one.
    recency = np.nan_to_num(0.5 ** (age / _HALF_LIFE), nan=0.0).astype(np.float32)
    whole = 1.0 + knobs.w_recency + knobs.w_popularity
    parts = {name: part / np.float32(whole) for name, part in ranking.parts.items()}
    parts["recency"] = recency * np.float32(knobs.w_recency / whole)
    parts["popularity"] = engine.prior.fame[rows] * np.float32(knobs.w_popularity / whole)
    scores = ranking.scores / np.float32(whole) + parts["recency"] + parts["popularity"]
    scores = np.clip(scores, 0.0, 1.0)
    return _chosen(Ranking(rows, scores, parts), np.lexsort((rows, -scores)))


def _diverse(engine: Engine, request: SearchRequest, ranking: Ranking, k: int) -> Ranking:
    trade = request.knobs.mmr_lambda
    pool = _chosen(ranking, np.arange(min(max(k, _POOL), len(ranking.rows))))
    vectors = widen(engine.vectors[pool.rows])
    picks, values = maximal_marginal_relevance(pool.scores, vectors, k, trade=trade)
    picked = _chosen(pool, picks)
    parts = {name: part * np.float32(trade) for name, part in picked.parts.items()}
    parts["difference"] = np.maximum(values - picked.scores * np.float32(trade), 0.0)
    return Ranking(picked.rows, np.clip(values, 0.0, 1.0), parts)


def _read(engine: Engine, request: SearchRequest, asked: Asked, ranking: Ranking) -> Ranking:
    """Let the cross-encoder read the best; what it has read stands before what it has not.

    A score is ``(1 + p) / 2`` for a title that was read with probability p, and half the relevance
    of one that was not.
    """
    knobs = request.knobs
    best = ranking.rows[: knobs.ce_k]
    texts = [rerank_text(title) for title in engine.catalogue.titles(best.tolist())]
    scored = engine.reranker().score(asked.reading, texts, budget_ms=knobs.ce_budget_ms)
    done = len(scored.scores)
    scores = ranking.scores * np.float32(0.5)
    scores[:done] = 0.5 + 0.5 * scored.scores
    parts = {name: part * np.float32(0.5) for name, part in ranking.parts.items()}
    for part in parts.values():
        part[:done] = 0.0
    parts["cross-encoder"] = np.zeros_like(scores)
    parts["cross-encoder"][:done] = scores[:done]
    notes: tuple[str, ...] = ()
    if done < len(texts):
        notes = (
            f"The cross-encoder read {done} of {len(texts)} titles in {knobs.ce_budget_ms:g} ms; "
            "the others keep their places behind them",
        )
    order = np.lexsort((ranking.rows, -scores))
    return _chosen(Ranking(ranking.rows, scores, parts, notes), order)


def _chosen(ranking: Ranking, places: npt.NDArray[np.int64]) -> Ranking:
    """Return the places of a ranking in the order given."""
    return Ranking(
        ranking.rows[places],
        ranking.scores[places],
        {name: part[places] for name, part in ranking.parts.items()},
        ranking.notes,
    )

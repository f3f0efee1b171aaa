"""The way a search goes, from words to films. Read :func:`search` from top to bottom."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import UnknownTitleError
from matinee.pipeline.results import Result, Results
from matinee.rank.fusion import WeightedList, reciprocal_rank_fusion

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy.typing as npt

    from matinee.pipeline.engine import Engine
    from matinee.query.request import SearchRequest
    from matinee.rank.fusion import Fused

_NAMES_K = 50
"""Names the title list holds; a franchise has fewer films, and beyond it names only resemble."""


def search(engine: Engine, request: SearchRequest) -> Results:
    """Answer a request.

    Raises:
        UnknownTitleError: an id of ``request.within`` is not in the library.
    """
    started = time.perf_counter()
    allowed = None if request.within is None else mask(engine, request.within)
    lists = retrieve(engine, request, allowed)
    fused = reciprocal_rank_fusion(lists, rrf_k=request.knobs.rrf_k)
    return answer(
        engine,
        fused,
        k=request.k,
        query=request.text,
        method=request.method,
        started=started,
    )


def retrieve(
    engine: Engine, request: SearchRequest, allowed: npt.NDArray[np.bool_] | None
) -> Mapping[str, WeightedList]:
    """Return the candidate lists of the request's method, by name."""
    knobs, text, k = request.knobs, request.text, request.k
    lists = {}
    if request.method in {"hybrid", "retrieval"}:
        vector = engine.encoder.encode_query(text)
        ranked = engine.dense.search(vector, max(k, knobs.dense_k), allowed=allowed)
        lists["dense"] = WeightedList(ranked, knobs.w_dense)
    if request.method in {"hybrid", "lexical"}:
        ranked = engine.lexical.search(text, max(k, knobs.sparse_k), allowed=allowed)
        lists["lexical"] = WeightedList(ranked, knobs.w_sparse)
    if request.method == "hybrid":
        ranked = engine.names.search(text, _NAMES_K, allowed=allowed)
        lists["title"] = WeightedList(ranked, knobs.w_title, graded=True)
    return lists


def answer(
    engine: Engine, fused: Fused, *, k: int, query: str, method: str, started: float
) -> Results:
    """Weigh the fused rows by the prior, keep the best ``k``, and give them their titles."""
    # A method of one list keeps that list's own order, so that it measures that list alone.
    weighed = len(fused.parts) > 1
    scores = engine.prior.apply(fused.rows, fused.scores) if weighed else fused.scores
    order = np.lexsort((fused.rows, -scores))[:k]
    results = tuple(
        Result(
            title=engine.catalogue.title(fused.rows[i]),
            score=float(scores[i]),
            parts={name: float(part[i]) for name, part in fused.parts.items()},
        )
        for i in order.tolist()
    )
    took = (time.perf_counter() - started) * 1e3
    return Results(results, query, method, engine.manifest.version, took)


def mask(engine: Engine, ids: Collection[str]) -> npt.NDArray[np.bool_]:
    """Return which rows, bool [n], have one of ``ids``.

    Raises:
        UnknownTitleError: naming the first id that is not in the library.
    """
    allowed = np.zeros(len(engine.catalogue), np.bool_)
    for identifier in ids:
        row = engine.catalogue.find(identifier)
        if row is None:
            raise UnknownTitleError("The library has no title with this id", where=identifier)
        allowed[row] = True
    return allowed

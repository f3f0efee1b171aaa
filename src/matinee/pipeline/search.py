"""The way a search goes, from words or a picture to films.

Read :func:`search` from top to bottom.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matinee.pipeline.constrain import constrain, what_is_unknown
from matinee.pipeline.explain import explain
from matinee.pipeline.facets import count_facets
from matinee.pipeline.rerank import rerank
from matinee.pipeline.results import Result, Results
from matinee.pipeline.retrieve import fuse, look_up_names, retrieve
from matinee.pipeline.see import see
from matinee.pipeline.understanding import beside_picture, understand
from matinee.pipeline.weigh import weigh
from matinee.timing import Clock

if TYPE_CHECKING:
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.see import Seen
    from matinee.query.request import SearchRequest


def search(engine: Engine, request: SearchRequest, seen: Seen | None = None) -> Results:
    """Answer a request.

    Args:
        engine: an open library.
        request: the request.
        seen: what its picture says, where that is known already.

    Raises:
        UnknownTitleError: an id of ``request.within``, or a film that results are to resemble, is
            not in the library.
        QueryError: method and route of a picture do not go together.
        ModelError: the method or the picture needs a model that is not at hand.
        MissingExtraError: what runs that model is not installed.
        LibraryError: the library has nothing to compare the picture with.
    """
    clock = Clock("search")
    if request.picture is not None and seen is None:
        seen = clock.lap("see", see(engine, request, request.picture))
    named = clock.lap("names", look_up_names(engine, request))
    asked = clock.lap("understand", understand(engine, request, named))
    heard = seen if seen is not None and seen.counts else None
    if heard is not None:
        asked, named = beside_picture(asked, heard), named if heard.words_weight else None
    allowed, asked, notes = clock.lap("constrain", constrain(engine, request, asked))
    found = clock.lap("retrieve", retrieve(engine, request, asked, allowed, named, heard))
    fused = clock.lap("fuse", fuse(found.lists, request.knobs))
    weighed = clock.lap("weigh", weigh(engine, request, asked, fused))
    ranking = clock.lap("rerank", rerank(engine, request, asked, weighed))
    why = explain(engine, asked, found.lists, ranking, heard) if request.explain else None
    results = tuple(
        Result(
            title=engine.catalogue.title(int(row)),
            score=float(ranking.scores[place]),
            parts={name: float(part[place]) for name, part in ranking.parts.items()},
            why=why[place] if why else None,
        )
        for place, row in enumerate(ranking.rows)
    )
    if len(results) < request.k:
        notes += what_is_unknown(engine, asked.hard)
    answer = Results(
        results=results,
        query=request.text,
        method=request.method,
        library=engine.manifest.version,
        took_ms=clock.milliseconds,
        degraded=(*(seen.notes if seen else ()), *notes, *found.notes, *ranking.notes),
        understood=asked.understood,
        facets=count_facets(engine, fused.rows) if request.facets else None,
        lacking=(*(seen.lacking if seen else ()), *found.lacking),
        picture=seen.told if seen else None,
    )
    return topped_up(engine, request, answer, seen) if request.top_up else answer


def topped_up(
    engine: Engine, request: SearchRequest, answer: Results, seen: Seen | None = None
) -> Results:
    """Return an answer filled up to ``k`` with titles that satisfy less of what the text asked."""
    asked = () if answer.understood is None else answer.understood.conditions
    missing = request.k - len(answer)
    hard = {condition.key for condition in asked if condition.hard}
    if not missing or not hard:
        return answer
    softer = replace(
        request,
        k=min(request.k + len(answer), 1_000),
        hard=(),
        soft={*request.soft, *hard},
        top_up=False,
    )
    found = {result.title.id for result in answer}
    lowest = min((result.score for result in answer), default=1.0)
    more = [
        replace(result, score=min(result.score, lowest))
        for result in search(engine, softer, seen)
        if result.title.id not in found
    ][:missing]
    if not more:
        return answer
    note = (
        f"{len(answer)} titles satisfy all that was asked; the {len(more)} after them satisfy less"
    )
    return replace(
        answer,
        results=(*answer.results, *more),
        took_ms=answer.took_ms,
        degraded=(*answer.degraded, note),
    )

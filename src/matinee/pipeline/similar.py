"""More like this: films near a film in story, subject and people."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.identity import is_id
from matinee.errors import UnknownTitleError
from matinee.pipeline.search import answer
from matinee.query.request import Knobs, check_k
from matinee.rank.fusion import WeightedList, reciprocal_rank_fusion

if TYPE_CHECKING:
    from matinee.catalogue.title import Title
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.results import Results

_BILLED = 3
"""Actors whose other films count as similar; supporting players tie everything to everything."""
_SURE = 0.8
"""A name that matches a title this well is taken for it; see the scores of the title index."""


def similar(engine: Engine, title: str, k: int = 10) -> Results:
    """Return the films most like a film, itself left out.

    Args:
        engine: an open library.
        title: an id ("tmdb:603") or a name, in any case and with small misspellings.
        k: how many, 1 to 1,000.

    Raises:
        QueryError: ``k`` is out of bounds.
        UnknownTitleError: no title has that id or name.
    """
    check_k(k)
    started = time.perf_counter()
    row = resolve(engine, title)
    film = engine.catalogue.title(row)
    others = np.ones(len(engine.catalogue), np.bool_)
    others[row] = False
    knobs = Knobs()
    vector = engine.vectors[row].astype(np.float32)
    lists = {
        "dense": WeightedList(
            engine.dense.search(vector, max(k, knobs.dense_k), allowed=others), knobs.w_dense
        ),
        "lexical": WeightedList(
            engine.lexical.search(subject(film), max(k, knobs.sparse_k), allowed=others),
            knobs.w_sparse,
        ),
    }
    fused = reciprocal_rank_fusion(lists, rrf_k=knobs.rrf_k)
    return answer(engine, fused, k=k, query=film.id, method="similar", started=started)


def resolve(engine: Engine, title: str) -> int:
    """Return the row of the title with that id or, failing that, that name.

    Raises:
        UnknownTitleError: naming the closest titles, if any come near.
    """
    name = title.strip()
    row = engine.catalogue.find(name)
    if row is not None:
        return row
    found = engine.names.search(name, 5) if name and not is_id(name) else None
    if found is not None and len(found) and found.scores[0] >= _SURE:
        return int(found.rows[0])
    near = [] if found is None else engine.catalogue.titles(found.rows)
    raise UnknownTitleError(
        "The library has no such title",
        where=name[:80] or "an empty name",
        cure="Closest: " + "; ".join(f"{t.title} ({t.year}) {t.id}" for t in near)
        if near
        else "Give an id such as tmdb:603, or look for the title with a search",
    )


def subject(film: Title) -> str:
    """Return the words a film's likes would have: subjects, genres, makers and leads."""
    return " ".join(
        (*film.keywords, *film.genres, *film.directors, *film.cast[:_BILLED], film.overview or "")
    )

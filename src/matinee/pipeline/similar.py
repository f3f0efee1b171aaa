"""More like this: films near a film in story, subject and people."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.identity import is_id
from matinee.errors import UnknownTitleError
from matinee.pipeline.results import Result, Results
from matinee.pipeline.retrieve import alike, fuse
from matinee.query.knobs import Knobs
from matinee.query.request import check_k

if TYPE_CHECKING:
    from matinee.pipeline.engine import Engine

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
    others = np.ones(len(engine.catalogue), np.bool_)
    others[row] = False
    knobs = Knobs()
    fused = fuse(alike(engine, np.array([row]), knobs, k, others), knobs)
    left, added = engine.prior.shares(fused.rows)
    scores = fused.scores * (left + added)
    parts = {name: part * left for name, part in fused.parts.items()}
    parts["prior"] = fused.scores * added
    order = np.lexsort((fused.rows, -scores))[:k]
    return Results(
        results=tuple(
            Result(
                title=engine.catalogue.title(int(fused.rows[place])),
                score=min(1.0, float(scores[place])),
                parts={name: float(part[place]) for name, part in parts.items()},
            )
            for place in order.tolist()
        ),
        query=engine.catalogue.title(row).id,
        method="similar",
        library=engine.manifest.version,
        took_ms=(time.perf_counter() - started) * 1e3,
    )


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

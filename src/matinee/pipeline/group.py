"""Titles for several people at once. Read :func:`recommend_group`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import QueryError
from matinee.interaction import Histories
from matinee.pipeline.recommend import ask, constrain, taste_of
from matinee.pipeline.recommended import Recommendations, Recommended, View
from matinee.taste.groups import GroupNight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.pipeline.engine import Engine
    from matinee.pipeline.person import Person
    from matinee.pipeline.taste import Taste
    from matinee.query.wanted import RecommendRequest
    from matinee.taste.groups import Pick, Strategy

MAX_MEMBERS = 50
"""People of a group; a cinema club, and still a tenth of a second."""


def recommend_group(
    engine: Engine,
    request: RecommendRequest,
    members: Mapping[str, Person],
    strategy: Strategy = "fairness",
) -> Recommendations:
    """Recommend titles that several people watch together, with what each makes of each.

    What any of them has in the history is left out. Exploration, diversity and calibration are for
    one person and play no part.

    Args:
        engine: an open library.
        request: what is asked.
        members: by name.
        strategy: how the members' wishes become one, see
            :class:`matinee.taste.groups.GroupNight`.

    Raises:
        QueryError: nobody, or too many; no model of that name was trained.
        InputError: there is no such strategy.
        LibraryError: the library has learnt nothing of taste.
    """
    started = time.perf_counter()
    if not 1 <= len(members) <= MAX_MEMBERS:
        raise QueryError(
            f"The group has {len(members)} members", cure=f"Name 1 to {MAX_MEMBERS} people"
        )
    taste, people = taste_of(engine), list(members.values())
    histories = [person.history for person in people]
    informed = max(range(len(people)), key=lambda i: len(histories[i].items))
    model, _, notes = ask(taste, request, people[informed], histories[informed])
    allowed = np.logical_and.reduce(
        [constrain(engine, taste, request, person) for person in people]
    )
    picks = GroupNight(strategy=strategy).pick(model, joined(histories), request.k, allowed=allowed)
    return Recommendations(
        results=tuple(_result(engine, taste, pick, list(members)) for pick in picks),
        method=model.name,
        library=engine.manifest.version,
        history=sum(len(history.items) for history in histories),
        took_ms=(time.perf_counter() - started) * 1e3,
        notes=tuple(dict.fromkeys([*notes, *(note for p in people for note in p.notes)])),
    )


def joined(histories: list[Histories]) -> Histories:
    """Return several histories as one batch."""
    lengths = np.concatenate([history.lengths for history in histories])
    return Histories(
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        items=np.concatenate([history.items for history in histories]),
        actions=np.concatenate([history.actions for history in histories]),
        values=np.concatenate([history.values for history in histories]),
        times=np.concatenate([history.times for history in histories]),
        users=np.concatenate([history.users for history in histories]),
    )


def _result(engine: Engine, taste: Taste, pick: Pick, names: list[str]) -> Recommended:
    views = []
    for name, view in zip(names, pick.views, strict=True):
        row = -1 if view.because is None else int(taste.rows[view.because])
        because = engine.catalogue.title(row) if row >= 0 else None
        views.append(View(name, view.rank, view.percentile, because))
    title = engine.catalogue.title(int(taste.rows[pick.item]))
    return Recommended(title, pick.value, views=tuple(views))

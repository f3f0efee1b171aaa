"""Which films somebody new is asked about, so that a few clicks say much of their taste."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import QueryError
from matinee.half import widen
from matinee.interaction import Action
from matinee.pipeline.recommend import recommend
from matinee.query.wanted import RecommendRequest
from matinee.rank.mmr import maximal_marginal_relevance
from matinee.service.translations import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from matinee.catalogue.columns import ChoiceColumn
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.person import Person
    from matinee.types import Matrix, Rows

    Mask = npt.NDArray[np.bool_]

SIZE = 30
"""Films of a grid: rows of three, five and six all come out even."""
WANTED = 5
"""Picks after which the recommendations rest on enough to differ from what most people like."""
KEPT = 150
"""Films that were passed over and are remembered, the latest; in an address they take some 700 of
the 2,000 characters that a path to go back to may have."""
_ENOUGH = 2
"""How often a film is shown before it is left out."""
_FAMOUS = 300
"""The first grid is chosen from so many of the best known and liked; beyond them it would name
films that few have seen, with fewer there would be hardly any that is not in English."""
_KNOWN = 3_000
"""What is near to a pick is shown where it is among so many of the best known: nobody can pick a
film they have never heard of."""
_NEAR_POOL = 200
"""Recommendations of which the near ones are chosen."""
_NEAR = (0.4, 0.04, 0.7)
"""Part of a grid that is near to the picks: after the first one, more with each, and at most."""
_SPREAD_TRADE = 0.5
"""Fame against difference, of those spread over all there is."""
_NEAR_TRADE = 0.7
"""Nearness against difference, of those near; lower, they are near to nothing any more."""
_TRAITS: Mapping[ChoiceColumn | str, float] = {
    "story": 0.25,
    "genres": 0.35,
    "decade": 0.2,
    "first_language": 0.2,
}
"""What makes two films different, as parts of one. Genres weigh most because people know their
taste by them; with the stories alone the first grid has a third fewer languages."""
STORIES = message(
    "This library has learnt nothing of taste yet: what is near is told by the stories alone."
)


@dataclass(frozen=True, slots=True)
class Grid:
    """Films to pick from.

    Attributes:
        rows: int64 [m], of the catalogue.
        near: how many of them are there because of what was picked.
        note: what is less than it could be, as a sentence; empty for nothing.
    """

    rows: Rows
    near: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """Films that were shown and not picked.

    Attributes:
        times: how often, by row of the catalogue; oldest first.
    """

    times: tuple[tuple[int, int], ...] = ()

    @property
    def out(self) -> tuple[int, ...]:
        """Rows of those that were shown often enough."""
        return tuple(row for row, times in self.times if times >= _ENOUGH)

    def with_shown(self, rows: Iterable[int], times: int = 1) -> Passed:
        """Return it with films that were shown once more, or as often as is enough.

        >>> once = Passed().with_shown([7, 8])
        >>> once.with_shown([8]).out, once.with_shown([9], 2).out
        ((8,), (9,))
        """
        counted = dict(self.times)
        for row in rows:
            counted[row] = min(_ENOUGH, counted.pop(row, 0) + times)
        return Passed(tuple(counted.items())[-KEPT:])

    def without(self, rows: Iterable[int]) -> Passed:
        """Return it without some films, which were picked after all."""
        gone = set(rows)
        return Passed(tuple(each for each in self.times if each[0] not in gone))

    def to_text(self, version: str) -> str:
        """Return it for an address; rows mean something in one version of the library alone.

        >>> Passed(((255, 1), (7, 2))).to_text("v0001")
        'v0001.ff.~7'
        """
        told = [f"{'~' if times >= _ENOUGH else ''}{row:x}" for row, times in self.times]
        return ".".join((version, *told)) if told else ""


def read_passed(text: str, version: str, size: int) -> Passed:
    """Return what :meth:`Passed.to_text` told; of another version of the library it is nothing.

    Args:
        text: of an address.
        version: of the library.
        size: titles of it.

    Raises:
        QueryError: it is no such text.

    >>> read_passed("v0001.ff.~7", "v0001", 300).times
    ((255, 1), (7, 2))
    """
    first, *told = text.split(".")
    if first != version:
        return Passed()
    times: dict[int, int] = {}
    for each in told[:KEPT]:
        digits = each.removeprefix("~")
        if not (digits.isalnum() and digits.isascii() and len(digits) <= len(f"{size:x}")):
            raise _unreadable(text)
        try:
            row = int(digits, 16)
        except ValueError:
            raise _unreadable(text) from None
        if row < size:
            times[row] = _ENOUGH if each.startswith("~") else 1
    return Passed(tuple(times.items()))


def picks_of(person: Person) -> list[int]:
    """Return the rows of what somebody liked without giving stars, the latest first."""
    liked = person.rows[person.actions == Action.LIKE]
    return list(dict.fromkeys(reversed(liked[liked >= 0].tolist())))


def grid_for(
    engine: Engine,
    person: Person,
    barred: Mask,
    *,
    max_age: int | None = None,
    size: int = SIZE,
) -> Grid:
    """Return the films to pick from next.

    Before the first pick: well known, liked and different from each other by story, genres, decade
    and language (maximal marginal relevance over all four). After it a growing part is what the
    library recommends to the person, made more diverse; the rest is still spread, and lies away
    from both.

    Args:
        engine: an open library.
        person: what they did so far.
        barred: bool [n], rows that are not to be shown.
        max_age: bound of what they may see, which ``barred`` holds to as well.
        size: how many at most.
    """
    picks = np.array(picks_of(person), np.int64)
    if not len(picks):
        return Grid(_spread(engine, barred, size, beside=picks))
    least, more, most = _NEAR
    wanted = round(size * min(most, least + more * (len(picks) - 1)))
    near, note = _near(engine, person, barred, wanted, max_age, picks)
    taken = barred.copy()
    taken[near] = True
    spread = _spread(engine, taken, size - len(near), beside=np.concatenate([picks, near]))
    return Grid(_mixed(near, spread), len(near), note)


def _near(
    engine: Engine, person: Person, barred: Mask, k: int, max_age: int | None, picks: Rows
) -> tuple[Rows, str]:
    """Return rows near to the picks, int64 [m], and what is to be said of that."""
    fame = engine.prior.fame
    known = ~barred
    if len(fame) > _KNOWN:
        known &= fame >= np.partition(fame, -_KNOWN)[-_KNOWN]
    note = ""
    if engine.taste is None:
        note = STORIES
        cosines = (engine.vectors @ widen(engine.vectors[picks]).T).max(axis=1)
        cosines[~known] = -1
        rows = np.argsort(-cosines, kind="stable")[: min(_NEAR_POOL, int(known.sum()))]
        relevance = np.clip(cosines[rows], 0, 1).astype(np.float32)
    else:
        request = RecommendRequest(k=min(1_000, _NEAR_POOL + KEPT), max_age=max_age)
        found = recommend(engine, request, person).results
        scored = [(engine.catalogue.find(each.title.id), each.score) for each in found]
        kept = [(row, score) for row, score in scored if row is not None and known[row]]
        rows = np.array([row for row, _ in kept], np.int64)
        relevance = np.array([score for _, score in kept], np.float32)
    order, _ = maximal_marginal_relevance(relevance, _traits(engine, rows), k, trade=_NEAR_TRADE)
    return rows[order], note


def _spread(engine: Engine, barred: Mask, k: int, *, beside: Rows) -> Rows:
    """Return well-known rows that differ from each other and from those beside them."""
    known = np.where(barred, -1.0, engine.prior.values)
    pool = np.argsort(-known, kind="stable")[: min(_FAMOUS, int((~barred).sum()))]
    if not len(pool):
        return pool
    traits = _traits(engine, np.concatenate([pool, beside]))
    values = known[pool].astype(np.float32)
    span = float(values.max() - values.min())
    relevance = (values - values.min()) / span if span > 0 else np.ones_like(values)
    if len(beside):
        nearest = (traits[: len(pool)] @ traits[len(pool) :].T).max(axis=1)
        relevance = relevance * (1 - np.clip(nearest, 0, 1))
    order, _ = maximal_marginal_relevance(
        relevance.astype(np.float32), traits[: len(pool)], k, trade=_SPREAD_TRADE
    )
    return pool[order]


def _mixed(near: Rows, spread: Rows) -> Rows:
    """Return both in one order, each evenly over the whole of it, one that is near first."""
    places = np.concatenate(
        [
            np.arange(len(near)) / max(1, len(near)),
            (np.arange(len(spread)) + 0.5) / (len(spread) or 1),
        ]
    )
    return np.concatenate([near, spread])[np.argsort(places, kind="stable")]


def _traits(engine: Engine, rows: Rows) -> Matrix:
    """Return what tells titles apart, float32 [m, d]; products of rows are at most 1."""
    parts = []
    for name, weight in _TRAITS.items():
        if name == "story":
            part = widen(engine.vectors[rows])
        elif name == "decade":
            part = _decades(engine, rows)
        else:
            part = _coded(engine, name, rows)  # type: ignore[arg-type]
        parts.append(part * np.float32(np.sqrt(weight)))
    return np.concatenate(parts, axis=1).astype(np.float32)


def _decades(engine: Engine, rows: Rows) -> Matrix:
    decades = engine.columns.numbers("year")[rows] // 10
    known = np.unique(decades[np.isfinite(decades)])
    return np.asarray(decades[:, None] == known[None, :], np.float32)


def _coded(engine: Engine, column: ChoiceColumn, rows: Rows) -> Matrix:
    """Return unit vectors of the names that titles have."""
    coded = engine.columns.coded(column)
    place = np.full(len(engine.columns), -1, np.int64)
    place[rows] = np.arange(len(rows))
    there = place[coded.rows] >= 0
    found = np.zeros((len(rows), len(coded.names) + 1), np.float32)
    found[place[coded.rows[there]], coded.codes[there]] = 1
    # Not to be known is no difference between those of which it is not.
    found[~found.any(axis=1), -1] = 1
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def _unreadable(text: str) -> QueryError:
    return QueryError(
        "What was shown before cannot be read from this address",
        where=f"past={text:.40}",
        cure="Begin again at /start",
    )

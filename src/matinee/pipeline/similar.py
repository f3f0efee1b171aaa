"""More like this: films near a film in story, subject and people, if wanted in their posters."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.identity import is_id
from matinee.catalogue.words import plain_words
from matinee.errors import UnknownTitleError
from matinee.half import widen
from matinee.index.postings import top
from matinee.interaction import NO_TIME, Action, Histories
from matinee.pipeline.alike import series
from matinee.pipeline.results import Result, Results
from matinee.pipeline.retrieve import alike, fuse, subject
from matinee.pipeline.see import no_poster_vectors
from matinee.query.knobs import Knobs
from matinee.query.picture import check_share
from matinee.query.request import check_k
from matinee.rank.fusion import Fused, WeightedList
from matinee.types import Ranked

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from matinee.catalogue.title import Title
    from matinee.index.people import Role
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.taste import Taste
    from matinee.types import Rows

    Mask = npt.NDArray[np.bool_]

_SURE = 0.8
"""A name that matches a title this well is taken for it; see the scores of the title index."""
_W_VIEWERS, _W_MAKERS = 2.0, 0.5
"""Beside 1 each for story and subject: what those who liked a film liked counts as much as both."""
_DEPTH = 500
"""Titles taken by viewers and by makers, as many as by story."""
_DOUBT = 20.0
"""People who did anything with a title at which their word counts half."""
_LEAST_PEOPLE = 5
"""People who must have seen a title before it can be one that viewers of another like too."""
_DOUBT_MEAN, _ENOUGH = 10.0, 5
"""Ratings at the mean of all that a title is given to start with, and how many of its own count."""
_FLOOR = 0.5
"""Stars below the mean of all titles at which one is no longer recommended beside another."""
_FLOOR_RANK = 0.1
"""The same by the votes of a catalogue, as a share of its titles."""
_NEAR = 100
"""Titles looked through for series."""
_BILLED = 3


def similar(
    engine: Engine, title: str, k: int = 10, *, poster_share: float | None = None
) -> Results:
    """Return the films most like a film, itself left out, each series once.

    Story, subject and makers speak for a film, and where the library was trained, foremost what
    those who liked the one made of the other. Of a series the best is listed, the others under it.
    With a share for posters, ``p``, a film scores ``(1 - p) * all that + p * likeness of posters``;
    one without a poster is judged by all that alone.

    Args:
        engine: an open library.
        title: an id ("tmdb:603") or a name, in any case and with small misspellings.
        k: how many, 1 to 1,000.
        poster_share: how much posters count, 0 to 1; None means what the library was opened with.

    Raises:
        QueryError: ``k`` or ``poster_share`` is out of bounds.
        UnknownTitleError: no title has that id or name.
    """
    check_k(k)
    posters = engine.pictures.poster_share if poster_share is None else check_share(poster_share)
    started = time.perf_counter()
    row = resolve(engine, title)
    others = np.ones(len(engine.catalogue), np.bool_)
    others[row] = False
    near, lacking = _by_poster(engine, row, k, others) if posters else (None, {})
    lists = _lists(engine, row, k, others, near)
    fused = fuse(lists, Knobs())
    if near is not None:
        fused = with_posters(fused, near, posters)
    left, added = engine.prior.shares(fused.rows)
    scores = fused.scores * (left + added)
    parts = {name: part * left for name, part in fused.parts.items()}
    parts["prior"] = fused.scores * added
    order = np.lexsort((fused.rows, -scores))
    if engine.taste is not None:
        order = order[_good_enough(engine, engine.taste, fused.rows[order])]
        entries = _series(engine, row, fused.rows, order, k)
    else:
        entries = [(place, ()) for place in order[:k].tolist()]
    return Results(
        results=tuple(
            Result(
                title=engine.catalogue.title(int(fused.rows[place])),
                score=min(1.0, float(scores[place])),
                parts={name: float(part[place]) for name, part in parts.items()},
                also=also,
            )
            for place, also in entries
        ),
        query=engine.catalogue.title(row).id,
        method="similar",
        library=engine.manifest.version,
        took_ms=(time.perf_counter() - started) * 1e3,
        degraded=tuple(lacking.values()),
        lacking=tuple(lacking),
    )


def _lists(
    engine: Engine, row: int, k: int, others: Mask, posters: Posters | None
) -> dict[str, WeightedList]:
    """Return what speaks for titles: story and subject, and with taste, viewers and makers.

    Titles whose posters are alike are judged by it as well.
    """
    knobs = Knobs()
    lists = alike(engine, np.array([row]), knobs, k, others)
    if engine.taste is None and posters is None:
        return lists
    found = [entry.ranked.rows for entry in lists.values()]
    found += [] if posters is None else [posters.near.rows]
    more: dict[str, WeightedList] = {}
    if engine.taste is not None:
        given, sure = _by_viewers(engine.taste, row, len(engine.catalogue))
        viewers, makers = top(given, max(k, _DEPTH)), _of_same_makers(engine, row)
        found += [viewers.rows, makers.rows]
    rows = np.unique(np.concatenate(found))
    if engine.taste is not None:
        more["makers"] = WeightedList(makers, _W_MAKERS)
        more["viewers"] = WeightedList(_ranked(rows, given[rows]), _W_VIEWERS * sure)
    # What one list did not reach has a story and viewers all the same.
    near = widen(engine.vectors[rows]) @ widen(engine.vectors[[row]])[0]
    words = engine.lexical.scores(subject(engine.catalogue.title(row)))[rows]
    return {
        "like": WeightedList(_ranked(rows, near), knobs.w_dense),
        "like words": WeightedList(_ranked(rows, words), knobs.w_sparse),
        **more,
    }


@dataclass(frozen=True, slots=True)
class Posters:
    """How like a film's poster others are.

    Attributes:
        near: the titles whose posters are most like it, with scores above 0.
        of: returns which of rows [m] have a poster, bool [m], and how like it is, float32 [m] in
            [0, 1], 1 being the likest of all.
    """

    near: Ranked
    of: Callable[[Rows], tuple[Mask, npt.NDArray[np.float32]]]


def _by_poster(
    engine: Engine, row: int, k: int, others: Mask
) -> tuple[Posters | None, dict[str, str]]:
    """Return how like a film's poster others are, or else why that cannot be told."""
    index = engine.pictures.index
    if index is None:
        return None, {"pictures": f"Posters did not count: {no_poster_vectors(engine)}"}
    mine, vectors = index.poster_vectors(np.array([row]))
    if not len(mine):
        return None, {"pictures": "Posters did not count: that of the film is not known here"}
    near = index.posters(vectors[0], max(k, _DEPTH), allowed=others)
    near = Ranked(near.rows[near.scores > 0], near.scores[near.scores > 0])
    best = float(near.scores.max(initial=0.0))

    def of(rows: Rows) -> tuple[Mask, npt.NDArray[np.float32]]:
        scores = np.zeros(len(others), np.float32)
        wanted = np.zeros(len(others), np.bool_)
        wanted[rows] = True
        found = index.posters(vectors[0], len(rows), allowed=wanted)
        scores[found.rows] = found.scores / (best or 1.0)
        return np.isin(rows, index.rows), np.minimum(scores[rows], 1.0, dtype=np.float32)

    return Posters(near, of), {}


def with_posters(fused: Fused, posters: Posters, share: float) -> Fused:
    """Return scores of which likeness of posters makes up a share, where there is a poster.

    ``score = (1 - share) * fused + share * likeness``; of a title without a poster, ``fused``: an
    unknown poster speaks neither for it nor against it.
    """
    has, likeness = posters.of(fused.rows)
    left = np.where(has, np.float32(1.0 - share), np.float32(1.0))
    given = np.where(has, likeness * np.float32(share), np.float32(0.0))
    parts = {name: part * left for name, part in fused.parts.items()}
    scores = np.clip(fused.scores * left + given, 0.0, 1.0)
    return Fused(fused.rows, scores.astype(np.float32), parts | {"poster": given})


def _ranked(rows: Rows, scores: npt.NDArray[np.float32]) -> Ranked:
    order = np.lexsort((rows, -scores))
    return Ranked(rows[order], scores[order])


def _by_viewers(taste: Taste, row: int, size: int) -> tuple[npt.NDArray[np.float32], float]:
    """Return what each row gets from a history of one title, float32 [n], and how sure that is.

    What somebody without a history gets is taken off: what everybody likes is like nothing in
    particular. The root brings what is left, which falls off steeply, to the range of cosines.
    """
    found, item = np.zeros(size, np.float32), int(taste.items[row])
    people = 0 if item < 0 else int(taste.totals.people[item])
    if not people:
        return found, 0.0
    # The title liked by one person, and somebody who did nothing.
    history = Histories(
        offsets=np.array([0, 1, 1]),
        items=np.array([item]),
        actions=np.array([Action.LIKE], np.int8),
        values=np.array([np.nan], np.float32),
        times=np.array([NO_TIME]),
        users=np.array([-1, -1]),
    )
    liked, base = taste.ranker().score(history)
    usable = (taste.totals.people >= _LEAST_PEOPLE) & (taste.rows >= 0)
    usable[item] = False
    found[taste.rows[usable]] = np.sqrt(np.maximum(liked - base, 0.0))[usable]
    return found, people / (people + _DOUBT)


def _of_same_makers(engine: Engine, row: int) -> Ranked:
    """Return the titles that share makers with one; a director counts twice a lead or a writer."""
    title = engine.catalogue.title(row)
    found = np.zeros(len(engine.catalogue), np.float32)
    roles: tuple[tuple[Role, tuple[str, ...], float], ...] = (
        ("directors", title.directors, 2.0),
        ("writers", title.writers[:_BILLED], 1.0),
        ("cast", title.cast[:_BILLED], 1.0),
    )
    for role, names, weight in roles:
        for name in names:
            rows = engine.people.rows(" ".join(plain_words(name)), role)
            found[rows.astype(np.int64)] += weight
    found[row] = 0.0
    return top(found, _DEPTH)


def _good_enough(engine: Engine, taste: Taste, rows: Rows) -> Mask:
    """Return which rows [m] are worth a recommendation, by those who rated them.

    Where too few did, the votes of the catalogue speak; where there are none either, nothing is
    known against a title.
    """
    items = taste.items[rows]
    ratings = np.where(items >= 0, taste.totals.ratings[items], 0)
    total = int(taste.totals.ratings.sum())
    means = np.nan_to_num(taste.totals.mean)
    centre = float((means * taste.totals.ratings).sum() / total) if total else 0.0
    mean = (_DOUBT_MEAN * centre + ratings * means[items]) / (_DOUBT_MEAN + ratings)
    by_ratings = (ratings >= _ENOUGH) & (mean >= centre - _FLOOR)
    by_votes = (ratings < _ENOUGH) & (engine.prior.quality_rank[rows] >= _FLOOR_RANK)
    return np.asarray(by_ratings | by_votes, np.bool_)


def _series(
    engine: Engine, row: int, rows: Rows, order: Rows, k: int
) -> list[tuple[int, tuple[Title, ...]]]:
    """Return the places of the best of each series, with the others of it that were found.

    The series of the title asked about is one of them.
    """
    near = order[: max(_NEAR, 2 * k)].tolist()
    titles = engine.catalogue.titles([row, *rows[near].tolist()])
    groups: dict[int, list[int]] = {}
    for number, first in enumerate(series(titles)[1:], 1):
        groups.setdefault(first, []).append(number)
    return [
        (near[numbers[0] - 1], tuple(titles[n] for n in numbers[1:]))
        for numbers in list(groups.values())[:k]
    ]


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

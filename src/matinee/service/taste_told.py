"""What recommendations rest on: which titles of somebody weigh how much, and what recurs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.languages import language_name
from matinee.index.people import person_key
from matinee.pipeline.recommend import recommend
from matinee.query.wanted import RecommendRequest
from matinee.service.ages import suitable_rows
from matinee.service.leanings import RECURS, liked_by, makers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from matinee.catalogue.columns import Columns
    from matinee.catalogue.table import TitleTable
    from matinee.catalogue.title import Title
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.recommended import Recommended
    from matinee.service.leanings import Maker
    from matinee.service.viewer import Viewer
    from matinee.service.views import Card
    from matinee.types import Rows

    Mask = npt.NDArray[np.bool_]

RECOMMENDED = 20
"""Recommendations that are taken apart: more than anybody looks through at once."""
MOST = 12
"""Titles told apart; what is left is gathered."""
LEANINGS = 6
"""Leanings of each kind, and people, that are told."""
_WHOLE = 1_000
"""All that speaks for the recommendations, in tenths of a percent."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What one title gives to the recommendations.

    Attributes:
        card: the title.
        tenths: percent of all that speaks for them, in tenths; below 0 where it speaks against.
    """

    card: Card
    tenths: int


@dataclass(frozen=True, slots=True)
class Recurring:
    """Somebody who recurs among the titles liked.

    Attributes:
        maker: who, and in which of them.
        all: titles of the library they have that part in.
    """

    maker: Maker
    all: int


@dataclass(frozen=True, slots=True)
class Leaning:
    """Something that more of the titles liked have than of the library.

    Attributes:
        name: of a genre or language, or the first year of a decade.
        mine: percent of the titles liked that have it.
        all: percent of the library that has it.
    """

    name: str
    mine: int
    all: int


@dataclass(frozen=True, slots=True)
class Told:
    """What recommendations rest on.

    Attributes:
        weights: titles of the history, the heaviest first.
        others: tenths of a percent of the titles that are not told apart.
        common: tenths of a percent of what holds whatever somebody did.
        recommended: recommendations that were taken apart; 0 where none rests on the history.
        liked: titles liked that the leanings are of.
        genres: leanings, the strongest first.
        decades: likewise.
        languages: likewise.
        people: who recurs among the titles liked.
        notes: what is less than it could be, as sentences.
    """

    weights: tuple[Weight, ...]
    others: int
    common: int
    recommended: int
    liked: int
    genres: tuple[Leaning, ...]
    decades: tuple[Leaning, ...]
    languages: tuple[Leaning, ...]
    people: tuple[Recurring, ...]
    notes: tuple[str, ...] = ()


def taste_told(viewer: Viewer) -> Told:
    """Return what the recommendations of somebody rest on.

    The first :data:`RECOMMENDED` are explained one by one, just as everywhere; what a title weighs
    is the mean of its shares. So all weights sum to 100 percent, like the shares of each.
    """
    engine, age = viewer.whole.engine, viewer.caller.max_age
    liked = liked_by(viewer)
    among = np.ones(len(engine.catalogue), np.bool_)
    if age is not None:
        among = suitable_rows(viewer.whole, age)
    explained: Sequence[Recommended] = ()
    notes: tuple[str, ...] = ()
    if engine.taste is not None and len(viewer.known.person.history.items):
        wish = RecommendRequest(k=RECOMMENDED, explain=True, max_age=age)
        answer = recommend(engine, wish, viewer.known.person)
        explained = [one for one in answer if one.why is not None and not one.why.against]
        notes = answer.notes
    weights, others, common = _weights(viewer, explained)
    genres, decades, languages = _leanings(engine.columns, liked, engine.catalogue, among)
    return Told(
        weights=weights,
        others=others,
        common=common,
        recommended=len(explained) if weights else 0,
        liked=len(liked),
        genres=genres,
        decades=decades,
        languages=languages,
        people=tuple(
            Recurring(one, _parts(engine, one, among)) for one in makers(liked)[:LEANINGS]
        ),
        notes=notes,
    )


def _leanings(
    columns: Columns, liked: Sequence[Title], catalogue: TitleTable, among: Mask
) -> tuple[tuple[Leaning, ...], ...]:
    """Return the leanings to genres, decades and languages."""
    found = (catalogue.find(title.id) for title in liked)
    mine = np.array([row for row in found if row is not None], np.int64)
    everything = np.flatnonzero(among)
    language = columns.count("first_language", mine)
    return (
        _leant(
            columns.count("genres", mine), columns.count("genres", everything), mine, everything
        ),
        _leant(_decades(columns, mine), _decades(columns, everything), mine, everything),
        _leant(
            {language_name(code) or code: count for code, count in language.items()},
            {
                language_name(code) or code: count
                for code, count in columns.count("first_language", everything).items()
            },
            mine,
            everything,
        ),
    )


def _leant(
    mine: Mapping[str, int], all_: Mapping[str, int], liked: Rows, among: Rows
) -> tuple[Leaning, ...]:
    shares = {
        name: (count / len(liked), all_.get(name, 0) / len(among))
        for name, count in mine.items()
        if count >= RECURS
    }
    order = sorted(shares, key=lambda name: (shares[name][1] - shares[name][0], name))
    return tuple(
        Leaning(name, round(100 * part), round(100 * whole))
        for name in order[:LEANINGS]
        for part, whole in [shares[name]]
        if part > whole
    )


def _decades(columns: Columns, rows: Rows) -> dict[str, int]:
    years = columns.numbers("year")[rows]
    decades, counts = np.unique(years[np.isfinite(years)] // 10 * 10, return_counts=True)
    return {f"{decade:.0f}": int(count) for decade, count in zip(decades, counts, strict=True)}


def _weights(
    viewer: Viewer, explained: Sequence[Recommended]
) -> tuple[tuple[Weight, ...], int, int]:
    """Return what titles weigh, then in tenths what all others do, and what is common to all."""
    sums: dict[int | None, int] = {}
    gathered = 0
    for each in explained:
        for share in each.why.shares if each.why else ():
            if share.gathered:
                gathered += share.tenths
            else:
                sums[share.title] = sums.get(share.title, 0) + share.tenths
    common = sums.pop(None, 0)
    if not sums:
        return (), 0, 0
    order = sorted(sums, key=lambda item: (-abs(sums[item]), item))
    told, rest = order[:MOST], order[MOST:]
    parts = [sums[item] for item in told] + [gathered + sum(sums[i] for i in rest), common]
    *tenths, others, common = _of_whole(parts)
    catalogue, taste = viewer.whole.engine.catalogue, viewer.whole.engine.taste
    weights = []
    for item, part in zip(told, tenths, strict=True):
        row = int(taste.rows[item]) if taste is not None and item is not None else -1
        if row < 0:
            others += part
        else:
            weights.append(Weight(viewer.card(catalogue.title(row)), part))
    return tuple(weights), others, common


def _of_whole(parts: Sequence[int]) -> list[int]:
    """Return parts of their sum in tenths of a percent; largest remainders are rounded up.

    >>> _of_whole([1, 1, 1])
    [334, 333, 333]
    """
    exact = np.array(parts, np.float64) * (_WHOLE / sum(parts))
    whole = np.floor(exact).astype(np.int64)
    whole[np.argsort(whole - exact, kind="stable")[: _WHOLE - int(whole.sum())]] += 1
    return [int(part) for part in whole]


def _parts(engine: Engine, maker: Maker, among: Mask) -> int:
    rows = engine.people.rows(person_key(maker.name), maker.part)
    return int(among[rows].sum())

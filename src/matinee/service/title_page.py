"""The page of a title for who looks: why it suits them, what was foretold, more like it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from matinee.explain.wording import Stance, stance
from matinee.pipeline.recommend import predict, why
from matinee.query.request import MAX_K
from matinee.query.wanted import RecommendRequest
from matinee.service import views
from matinee.service.forms import SearchForm
from matinee.service.templating import page
from matinee.service.translations import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import Request
    from starlette.responses import HTMLResponse

    from matinee.catalogue.title import Title
    from matinee.explain.explanation import Explanation
    from matinee.explain.reasons import Reason
    from matinee.explain.wording import Kind
    from matinee.interaction import Histories
    from matinee.pipeline.person import Person
    from matinee.pipeline.results import Results
    from matinee.service.marks import Mark
    from matinee.service.viewer import Viewer

FRAGMENT = "x-matinee-fragment"
PART = "why"
"""What the header asks for: why this film, without the page around it."""
SIMILAR = 12
"""Films under "More like this": full rows in grids of 2, 3, 4 and 6."""
_NEAREST = 3
"""Titles told a film is near to, where nothing can be told of who looks."""
_WIDER = 3
"""How many times more are looked through where some of them are out of sight."""
Lack: TypeAlias = Literal["taste", "newer", "nobody", "strange", "silent"]
"""Why nothing can be said: the library learnt nothing of taste, or not of this title, nothing is
known of the person, none of what they know is known to the models, or none says anything here."""

WHATEVER_THEY_DID = (
    message("Many people like it."),
    message("Few people know it."),
    message("It is new."),
    message("It is not new."),
    message("Its genres are liked by many."),
    message("Its genres are liked by few."),
    message("Its time is liked by many."),
    message("Its time is liked by few."),
    message("It suits the occasion."),
    message("It does not suit the occasion."),
    message("Those who made it are liked by many."),
    message("Those who made it are liked by few."),
    message("Its story is liked by many."),
    message("Its story is liked by few."),
    message("It does well with people of all tastes."),
    message("It does less well with people of all tastes."),
    message("Several of your titles say the same for it, and any one of them could be missed."),
    message("Some of your titles count only together, and are counted more than once above."),
    message("It scores high whoever asks."),
    message("It scores low whoever asks."),
)
"""What reasons say that rest on no title, for translators: :mod:`matinee.explain.wording`."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that speaks for a film, or against it.

    Attributes:
        percent: how much, see :class:`Because`.
        start: where it begins in the bar, 0 to 100.
        kind: what sort of evidence it is.
        film: the title of the history that it rests on; None where it rests on none alone, and
            where that one is hidden, which is named nowhere but on their own page.
        url: page of that title; empty for none.
        mark: what they did with that title.
        claims: whether the kind is what it says; else only that they chose it counts.
        people: those who made both.
        genres: of both.
        gathered: titles of the history it gathers; 0 where it is not of that sort.
        hidden: whether the title it rests on is hidden.
        sentence: what it says where it rests on no title, in English.
    """

    percent: int
    start: int
    kind: Kind
    film: Title | None
    url: str
    mark: Mark | None
    claims: bool
    people: tuple[str, ...]
    genres: tuple[str, ...]
    gathered: int
    hidden: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What would be otherwise without the title that says most.

    Attributes:
        film: that title.
        url: its page.
        rank: place of the film explained among all they may be recommended.
        without: its place if they had never met that title.
    """

    film: Title
    url: str
    rank: int
    without: int


@dataclass(frozen=True, slots=True)
class Because:
    """Why a film suits somebody.

    A score is the sum of what speaks for a film and against it, so that the shares for it can come
    to 108 percent and those against to -8. Here what speaks for it is the whole: its parts total
    100, and what speaks against it is told as what it takes back of those. Where no more speaks for
    a film than against it, both are parts of one whole, and total 100 together.

    Attributes:
        parts: what speaks for it, the largest first, gathered ones last.
        against: what speaks against it, likewise.
        taken: percent of all against it together.
        doubtful: whether no more speaks for it than against it.
        otherwise: what would be otherwise; None where no title is named.
    """

    parts: tuple[Part, ...]
    against: tuple[Part, ...]
    taken: int
    doubtful: bool
    otherwise: Otherwise | None


@dataclass(frozen=True, slots=True)
class Yours:
    """What a film is to who looks.

    Attributes:
        because: why it suits them; None where that cannot be said.
        lack: why it cannot; None where it can.
        near: titles it is nearest to, told instead.
        foretold: stars they would have been said to give, from all they did but for this film; None
            before they rated it, and where that cannot be said.
    """

    because: Because | None
    lack: Lack | None
    near: tuple[views.Card, ...]
    foretold: float | None


def answered(request: Request, viewer: Viewer, film: Title) -> HTMLResponse:
    """Return the page of a title, or its part "why" where the header asks for it. May block."""
    found, cards = more_like(viewer, film)
    values: dict[str, Any] = {"card": viewer.card(film), "yours": yours(viewer, film, cards)}
    if request.headers.get(FRAGMENT) == PART:
        answer = page("_why.html", **values)
    else:
        answer = page(
            "title.html",
            film=film,
            viewer=viewer,
            poster=views.poster_url(film),
            drawn=views.is_drawn(film),
            address=views.title_url(film),
            origins=views.origins(views.provenance(viewer.whole, film)),
            cards=cards,
            degraded=found.degraded,
            form=SearchForm(),
            **values,
        )
    answer.headers["vary"] += f", {FRAGMENT}"
    return answer


def yours(viewer: Viewer, film: Title, alike: Sequence[views.Card]) -> Yours:
    """Return what a film is to who looks at its page.

    It is explained, and its stars are foretold, as if they had never met it: what somebody thinks
    of a film is no evidence of why they should see it.

    Args:
        viewer: who looks.
        film: a title of the library.
        alike: films like it, the nearest first.
    """
    engine = viewer.whole.engine
    row = engine.catalogue.find(film.id)
    taste = engine.taste
    lack: Lack | None = None
    person = viewer.known.person
    if row is not None:
        person = without(person, row)
    if taste is None:
        lack = "taste"
    elif row is None or taste.items[row] < 0:
        lack = "newer"
    elif not len(person):
        lack = "nobody"
    elif not len(person.history.items):
        lack = "strange"
    if lack is not None or row is None or taste is None:
        return Yours(None, lack, tuple(alike[:_NEAREST]), None)
    wish = RecommendRequest(max_age=viewer.caller.max_age)
    explained = why(engine, wish, person, row)
    told = because(viewer, explained, person.history) if explained.reasons else None
    foretold = None
    if viewer.marks.of(film).stars is not None and taste.rater() is not None:
        foretold = predict(engine, np.array([row], np.int64), person)[0].stars
    if told is None:
        return Yours(None, "silent", tuple(alike[:_NEAREST]), foretold)
    return Yours(told, None, (), foretold)


def without(person: Person, row: int) -> Person:
    """Return a person who never met the title of a row."""
    kept = person.rows != row
    return replace(
        person,
        rows=person.rows[kept],
        items=person.items[kept],
        actions=person.actions[kept],
        values=person.values[kept],
        times=person.times[kept],
    )


def because(viewer: Viewer, told: Explanation, history: Histories) -> Because:
    """Return an explanation as the page shows it.

    Args:
        viewer: whose history it is.
        told: the explanation.
        history: the one it rests on.
    """
    speaking = [reason for reason in told.reasons if reason.tenths > 0]
    against = [reason for reason in told.reasons if reason.tenths < 0]
    sizes = [abs(reason.tenths) for reason in (*speaking, *against)]
    if told.against:
        percents = hundred(sizes)
    else:
        # Of those against, each is rounded by itself, so that all of them may differ by one.
        whole = sum(sizes[: len(speaking)])
        percents = hundred(sizes[: len(speaking)])
        percents += [round(100 * size / whole) for size in sizes[len(speaking) :]]
    parts, start = [], 0
    for reason, percent in zip((*speaking, *against), percents, strict=True):
        parts.append(_part(viewer, reason, percent, start, history))
        start = min(100, start + percent)
    otherwise = None
    for each in told.counterfactuals:
        film = viewer.whole.title(told.labels[each.without].id)
        if not viewer.marks.of(film).hidden:
            otherwise = Otherwise(film, views.title_url(film), each.before.rank, each.after.rank)
            break
    return Because(
        parts=tuple(parts[: len(speaking)]),
        against=tuple(parts[len(speaking) :]),
        taken=sum(percents[len(speaking) :]),
        doubtful=told.against,
        otherwise=otherwise,
    )


def hundred(sizes: Sequence[int]) -> list[int]:
    """Return sizes as whole percent of their sum that total 100: the largest remainders go up.

    >>> hundred([1, 1, 1]), hundred([540, 320, 220]), hundred([])
    ([34, 33, 33], [50, 30, 20], [])
    """
    whole = sum(sizes)
    found = [100 * size // whole for size in sizes]
    rest = [100 * size % whole for size in sizes]
    for place in sorted(range(len(sizes)), key=lambda i: -rest[i])[: 100 - sum(found)]:
        found[place] += 1
    return found


def _part(viewer: Viewer, reason: Reason, percent: int, start: int, history: Histories) -> Part:
    film = None if reason.title is None else viewer.whole.title(reason.title.id)
    hidden = film is not None and viewer.marks.of(film).hidden
    film = None if hidden else film
    entries = (
        np.flatnonzero(history.items == reason.item).tolist() if reason.item is not None else []
    )
    # What resembles a film they liked speaks for this one, and what resembles one they did not
    # like against it; where the numbers say the opposite, likeness is no reason.
    agrees = (reason.tenths > 0) == (stance(history, entries) is not Stance.DISLIKED)
    return Part(
        percent=percent,
        start=start,
        kind=reason.kind,
        film=film,
        url="" if film is None else views.title_url(film),
        mark=None if film is None else viewer.marks.of(film),
        claims=agrees and reason.kind != "other",
        people=reason.people,
        genres=reason.genres,
        gathered=reason.gathered,
        hidden=hidden,
        sentence=reason.sentence,
    )


def more_like(viewer: Viewer, film: Title) -> tuple[Results, list[views.Card]]:
    """Return films like a film: all that was found, and cards of those that are to be seen."""
    found = viewer.library.similar(film.id, SIMILAR)
    shown = _in_sight(viewer, found)
    wanted = SIMILAR
    while len(shown) < SIMILAR and len(found) == wanted < MAX_K:
        wanted = min(MAX_K, wanted * _WIDER)
        found = viewer.library.similar(film.id, wanted)
        shown = _in_sight(viewer, found)
    return found, shown[:SIMILAR]


def _in_sight(viewer: Viewer, found: Results) -> list[views.Card]:
    return [
        viewer.card(result.title, views.why(result, {}))
        for result in found
        if not viewer.out_of_sight(result.title)
    ]

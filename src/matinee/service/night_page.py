"""A group night as its page shows it: the films, and in words what each of them is to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import UnknownTitleError
from matinee.service import views
from matinee.service.guests import ROOT
from matinee.service.nights import learnt, lists_of
from matinee.service.scene import gettext
from matinee.service.translations import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastapi import FastAPI

    from matinee.catalogue.title import Title
    from matinee.pipeline.recommended import Recommended, View
    from matinee.service.histories import KnownPeople
    from matinee.service.nights import Visit
    from matinee.store import Store

STRATEGIES: Mapping[str, tuple[str, str]] = {
    "fairness": (
        message("Fair turns"),
        message("Each next film makes up for it to whoever got least so far."),
    ),
    "least-misery": (
        message("Nobody left out"),
        message("Each film is as good as it can be for whoever likes it least."),
    ),
    "average": (
        message("Best on average"),
        message("What pleases most in sum, even if somebody likes it little."),
    ),
}
"""What each strategy is called, and what it does."""
AGES = (0, 6, 9, 12, 14, 16, 18)
"""Age caps to choose from."""
LENGTHS = (90, 105, 120, 150, 180)
"""Minutes to choose from."""
_COLOURS = 6
"""Of badges; names tell people apart, colours only help."""
_LEVELS: tuple[tuple[float, str], ...] = (
    (97, message("at the top of the list")),
    (75, message("high on the list")),
    (35, message("in the middle of the list")),
    (10, message("low on the list")),
    (0, message("near the end of the list")),
)
"""Words for where a title stands among all titles open to the group, by percentiles from which on
they are used."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A member as pages show them.

    Attributes:
        key: number of the member.
        name: as they are called.
        initials: one or two letters of it.
        colour: 0 to 5, by the order in which they came.
        is_host: whether they made the night.
        is_me: whether it is who looks.
    """

    key: int
    name: str
    initials: str
    colour: int
    is_host: bool
    is_me: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What one member makes of a film.

    Attributes:
        badge: of the member.
        because: name of the title that speaks for it most; empty where none does.
        level: where it stands in their list, in words; empty where nothing is known of them.
        rank: its place there.
    """

    badge: Badge
    because: str
    level: str
    rank: int


@dataclass(frozen=True, slots=True)
class Film:
    """A film of the list.

    Attributes:
        card: the film.
        link: its page; None for guests, who cannot open it.
        lines: what each member makes of it.
    """

    card: views.Card
    link: str | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Evening:
    """What the part of the page that changes shows.

    Attributes:
        badges: the members.
        films: best first.
        vetoed: how many titles somebody does not want.
        mine: titles that who looks does not want, by name.
        unknowing: whether nobody's taste is known.
        degraded: what could not be read, as sentences.
    """

    badges: tuple[Badge, ...]
    films: tuple[Film, ...]
    vetoed: int
    mine: tuple[Title, ...]
    unknowing: bool
    degraded: tuple[str, ...]


def evening(app: FastAPI, visit: Visit, store: Store, people: KnownPeople) -> Evening:
    """Return what a night is now. May block.

    Raises:
        LibraryError: the library cannot answer.
        StoreError: the store is damaged.
    """
    badges = badges_of(visit)
    if not learnt(visit.library):
        return Evening(badges, (), len(visit.night.vetoes), mine_of(visit), True, ())
    found, degraded = lists_of(app).get(visit, store, people)
    by_name = {badge.name: badge for badge in badges}
    unknowing = not found.history
    films = tuple(_film(visit, result, by_name) for result in found.results)
    notes = () if unknowing else found.notes
    return Evening(
        badges,
        films,
        len(visit.night.vetoes),
        mine_of(visit),
        unknowing,
        (*degraded, *notes),
    )


def badges_of(visit: Visit) -> tuple[Badge, ...]:
    """Return the members of a night."""
    return tuple(
        Badge(
            member.key,
            member.name,
            initials(member.name),
            place % _COLOURS,
            visit.is_of_host(member),
            visit.me is not None and member.key == visit.me.key,
        )
        for place, member in enumerate(visit.night.members)
    )


def mine_of(visit: Visit) -> tuple[Title, ...]:
    """Return the titles that who looks does not want, as far as they may see them."""
    vetoes = () if visit.me is None else sorted(visit.me.vetoes)
    found = titles_of(visit, vetoes)
    return tuple(sorted(found, key=lambda title: title.title.casefold()))


def titles_of(visit: Visit, ids: Iterable[str]) -> list[Title]:
    """Return the titles with some ids, without those that are not there for this night."""
    found = []
    for each in ids:
        try:
            found.append(visit.seen.title(each))
        except UnknownTitleError:
            continue
    return found


def cards(visit: Visit, titles: Iterable[Title]) -> list[views.Card]:
    """Return the cards of titles, with posters that who looks can open."""
    return [_card(visit, title) for title in titles]


def initials(name: str) -> str:
    """Return the first letters of the first two words of a name.

    >>> initials("Ann"), initials("mary jane watson"), initials("Ølaf")
    ('A', 'MJ', 'Ø')
    """
    return "".join(word[0] for word in name.split()[:2]).upper()


def level(percentile: float) -> str:
    """Return where a title stands in a list, in words."""
    return gettext(next(said for least, said in _LEVELS if percentile >= least))


def _film(visit: Visit, result: Recommended, badges: Mapping[str, Badge]) -> Film:
    lines = tuple(_line(view, badges[view.member]) for view in result.views)
    link = None if visit.caller is None else views.title_url(result.title)
    return Film(_card(visit, result.title), link, lines)


def _line(view: View, badge: Badge) -> Line:
    # Where nothing is known of somebody, all titles are first in their list and none is below.
    blank = view.rank == 1 and view.percentile == 0
    because = "" if view.because is None else view.because.title
    return Line(badge, because, "" if blank else level(view.percentile), view.rank)


def _card(visit: Visit, title: Title) -> views.Card:
    made = views.card(title)
    if visit.caller is not None:
        return made
    # The usual address of a poster is for who has an account.
    poster = made.poster.replace("/poster/", f"{ROOT}{visit.code}/poster/", 1)
    return views.Card(title, "", poster, made.language)

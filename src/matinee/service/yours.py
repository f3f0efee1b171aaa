"""What somebody did, as lists of titles: watchlist, ratings, what was seen, what is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from matinee.errors import QueryError, StoreError, UnknownTitleError
from matinee.service.ages import suitable_rows
from matinee.service.translations import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from matinee.catalogue.title import Title
    from matinee.service.marks import Mark
    from matinee.service.viewer import Viewer
    from matinee.service.views import Card

List: TypeAlias = Literal["watchlist", "ratings", "seen", "hidden"]
Sort: TypeAlias = Literal["latest", "best", "title"]
LISTS: tuple[List, ...] = get_args(List)
SORTS: tuple[Sort, ...] = get_args(Sort)
PAGE = 24
"""Titles of a page: rows of two, three, four, six and eight come out even."""
UNREAD = message("This list cannot be read at the moment. Nothing of it is lost: try again soon.")
_OF_OPINIONS: Mapping[str, float] = {"like": 4.0, "abandon": 1.5, "dislike": 1.0}
"""Stars that an opinion without any stands beside, where the best come first."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list.

    Attributes:
        cards: its titles.
        total: titles of the whole list.
        page: which page, from 1.
        pages: how many there are, at least 1.
        gone: titles of the list that the library does not have any more.
        unread: why it cannot be read, as a sentence; empty where it could.
    """

    cards: tuple[Card, ...] = ()
    total: int = 0
    page: int = 1
    pages: int = 1
    gone: int = 0
    unread: str = ""


def counts(viewer: Viewer) -> dict[List, int]:
    """Return how many titles each list has, of those the library has and they may see."""
    age = viewer.caller.max_age
    marks = list(viewer.marks.rows.values())
    if age is not None:
        fit = suitable_rows(viewer.whole, age)
        marks = [mark for row, mark in viewer.marks.rows.items() if fit[row]]
    return {
        "watchlist": sum(mark.wanted for mark in marks),
        "ratings": sum(map(_IS_IN["ratings"], marks)),
        "seen": sum(mark.seen for mark in marks),
        "hidden": sum(mark.hidden for mark in marks),
    }


def listing(viewer: Viewer, which: List, sort: Sort = "latest", page: int = 1) -> Listing:
    """Return one page of a list. May block.

    The latest come first; ratings also by stars, or by title. A page beyond the last is the last.

    Args:
        viewer: whose list it is.
        which: the list.
        sort: of the ratings.
        page: from 1.

    Raises:
        QueryError: the page is below 1.
    """
    if page < 1:
        raise QueryError("Pages count from 1", where=f"page={page}", cure="Leave it out")
    if which in ("watchlist", "hidden"):
        try:
            titles, gone = _stored(viewer, which)
        except StoreError:
            return Listing(unread=UNREAD)
    else:
        titles, gone = _done(viewer, _IS_IN[which])
    if which == "ratings":
        titles = _sorted(viewer, titles, sort)
    pages = max(1, -(-len(titles) // PAGE))
    page = min(page, pages)
    shown = viewer.cards(titles[(page - 1) * PAGE : page * PAGE])
    return Listing(tuple(shown), len(titles), page, pages, gone)


def _stored(viewer: Viewer, which: List) -> tuple[list[Title], int]:
    """Return the titles of a list of the store, the latest first, and how many are gone."""
    key = viewer.caller.person.key or viewer.store.accounts.ensure(viewer.caller.person.name).key
    history = viewer.store.history
    entries = history.watchlist(key) if which == "watchlist" else history.hidden(key)
    return _there(viewer, (entry.title for entry in entries))


def _there(viewer: Viewer, ids: Iterable[str]) -> tuple[list[Title], int]:
    titles, gone = {}, 0
    for one in ids:
        try:
            title = viewer.library.title(one)
            titles[title.id] = title
        except UnknownTitleError:
            # What is above an age limit is not even counted.
            gone += viewer.caller.max_age is None
    return list(titles.values()), gone


def _done(viewer: Viewer, is_in: Callable[[Mark], bool]) -> tuple[list[Title], int]:
    """Return the titles somebody did something with, the latest first, and how many are gone."""
    rows = list(dict.fromkeys(reversed(viewer.known.person.rows.tolist())))
    marks = viewer.marks.rows
    kept = [row for row in rows if row in marks and is_in(marks[row])]
    return viewer.whole.engine.catalogue.titles(kept), 0


def _sorted(viewer: Viewer, titles: list[Title], sort: Sort) -> list[Title]:
    if sort == "title":
        return sorted(titles, key=lambda title: (title.title.casefold(), title.year or 0))
    if sort == "latest":
        return titles

    def stars(title: Title) -> float:
        mark = viewer.marks.of(title)
        return mark.stars if mark.stars is not None else _OF_OPINIONS[mark.opinion]

    # Sorting keeps the order of equals: of those with as many stars the latest come first.
    return sorted(titles, key=stars, reverse=True)


_IS_IN: Mapping[str, Callable[[Mark], bool]] = {
    "ratings": lambda mark: mark.stars is not None or bool(mark.opinion),
    "seen": lambda mark: mark.seen,
}

"""What the search page shows of an answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from matinee.query.conditions import Understood
from matinee.query.request import MAX_K
from matinee.service import views
from matinee.service.chips import chips, current, label_of, labels
from matinee.service.facets import facets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from matinee.pipeline.results import Results
    from matinee.query.conditions import Condition
    from matinee.query.picture import PictureQuery
    from matinee.service.chips import Chip
    from matinee.service.forms import SearchForm
    from matinee.service.viewer import Viewer

_OFFERS = 6
"""Conditions whose removal is tried where nothing was found; each is a search."""
_NAMES = 5
"""Titles of the name searched for that may be told to be out of sight."""
_SAME = 0.8
"""Likeness of names from which on a text means a title; that of the search itself."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A condition to give up, and what that would bring.

    Attributes:
        label: what the condition says.
        url: address without it.
        count: titles found then, the size of a page at most.
    """

    label: str
    url: str
    count: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Titles that were asked for by name, and are out of sight.

    Attributes:
        hidden: how many are hidden.
        seen: how many others have been seen.
        show: address that shows those.
    """

    hidden: int
    seen: int
    show: str


def found(viewer: Viewer, form: SearchForm, picture: PictureQuery | None = None) -> dict[str, Any]:
    """Search, and return what the template of the results is given.

    Args:
        viewer: who searches; what they have hidden, and by default what they have seen, is as if it
            were not in the library.
        form: what they asked for.
        picture: what the picture of the form shows, and is to do.
    """
    library, hiding = viewer.library, hides_seen(viewer, form)
    away = _away(viewer, hiding)
    # One more than is shown tells whether there is more.
    results = library.answer(form.request(min(form.wanted + 1, MAX_K), picture, away))
    results, named = _unnamed(viewer, results, away)
    counted = results.understood or Understood(form.text, (), form.text)
    read, shown = counted, form
    if form.understand:
        # What was taken away is not among what counted; it is read again to be shown.
        read = library.parse(form.text) if form.without else counted
        shown = current(form, read)
    more = len(results) > form.wanted and shown.but(page=form.page + 1).url()
    asked = chips(shown, counted, read)
    strict = any(condition.hard for condition in counted.conditions)
    fewer = strict and len(results) < form.wanted and not form.top_up
    return {
        "form": shown,
        "results": results,
        "cards": [
            viewer.card(result.title, views.why(result, labels(read.conditions)))
            for result in tuple(results)[: form.wanted]
        ],
        "notes": viewer.degraded,
        "hiding": hiding,
        "left_out": _left_out(viewer, shown, away, named),
        "more": more or None,
        "fewer": shown.but(top_up=True).url() if fewer else None,
        "chips": asked,
        "rest": _rest(counted),
        "like": _likes((*counted.conditions, *shown.likes)),
        "facets": facets(shown, results.facets or {}) if len(results) else (),
        "offers": () if len(results) else _offers(viewer, shown, asked, picture, away),
    }


def hides_seen(viewer: Viewer, form: SearchForm) -> bool:
    """Tell whether what somebody has seen is left out: as the form says, else as they like it."""
    return form.seen == "hide" if form.seen else not viewer.look.show_seen


def _away(viewer: Viewer, hiding: bool) -> frozenset[int]:
    """Return the rows of what is out of sight."""
    marks = viewer.marks.rows.items()
    return frozenset(row for row, mark in marks if mark.hidden or (hiding and mark.seen))


def _unnamed(
    viewer: Viewer, results: Results, away: Collection[int]
) -> tuple[Results, frozenset[int]]:
    """Return an answer that does not say whose poster a picture is, where that is out of sight."""
    seen = results.picture
    if seen is None or seen.recognised is None or not away:
        return results, frozenset()
    row = viewer.whole.engine.catalogue.find(seen.recognised.id)
    if row is None or row not in away:
        return results, frozenset()
    return replace(results, picture=replace(seen, recognised=None)), frozenset((row,))


def _left_out(
    viewer: Viewer, form: SearchForm, away: Collection[int], named: frozenset[int]
) -> LeftOut | None:
    """Return how many titles out of sight are named by the text, or by the picture's poster."""
    if away and form.text.strip():
        names = viewer.whole.engine.names.search(form.text, _NAMES)
        meant = names.rows[names.scores >= _SAME].tolist()
        named |= {row for row in meant if row in away}
    if not named:
        return None
    hidden = sum(viewer.marks.rows[row].hidden for row in named)
    return LeftOut(hidden, len(named) - hidden, form.but(seen="show").url())


def _likes(conditions: Iterable[Condition]) -> str:
    """Return how the films to resemble are shown, empty where there are none."""
    likes = (c for c in conditions if c.field == "like" and not c.negated)
    return ", ".join(map(label_of, likes))


def _rest(understood: Understood) -> str:
    """Return the words that are searched for, empty where those are all words."""
    rest = understood.rest.strip()
    return "" if rest == understood.text.strip() else rest


def _offers(
    viewer: Viewer,
    form: SearchForm,
    asked: tuple[Chip, ...],
    picture: PictureQuery | None,
    away: frozenset[int],
) -> tuple[Offer, ...]:
    """Return which hard conditions may be given up, and how many titles each would bring."""
    offers = []
    for chip in [chip for chip in asked if chip.state == "must"][:_OFFERS]:
        if chip.origin == "filter":
            rest = tuple(other for other in form.filters if other.key != chip.key)
            less = form.but(filters=rest)
        else:
            less = form.but(without=(*form.without, chip.key))
        request = None if less.empty else less.request(form.k, picture, away)
        count = 0 if request is None else len(viewer.library.answer(request))
        if count:
            offers.append(Offer(chip.label, less.url(), count))
    return tuple(offers)

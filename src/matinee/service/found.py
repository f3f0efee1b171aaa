"""What the search page shows of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matinee.query.conditions import Understood
from matinee.query.request import MAX_K
from matinee.service import views
from matinee.service.chips import chips, current, label_of, labels
from matinee.service.facets import facets

if TYPE_CHECKING:
    from matinee.query.picture import PictureQuery
    from matinee.service.ages import Seen
    from matinee.service.chips import Chip
    from matinee.service.forms import SearchForm

_OFFERS = 6
"""Conditions whose removal is tried where nothing was found; each is a search."""


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


def found(library: Seen, form: SearchForm, picture: PictureQuery | None = None) -> dict[str, Any]:
    """Search, and return what the template of the results is given."""
    # One more than is shown tells whether there is more.
    results = library.answer(form.request(min(form.wanted + 1, MAX_K), picture))
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
        "cards": views.cards(tuple(results)[: form.wanted], labels(read.conditions)),
        "more": more or None,
        "fewer": shown.but(top_up=True).url() if fewer else None,
        "chips": asked,
        "rest": _rest(counted),
        "like": _likes(counted),
        "facets": facets(shown, results.facets or {}) if len(results) else (),
        "offers": () if len(results) else _offers(library, shown, asked, picture),
    }


def _likes(understood: Understood) -> str:
    """Return how the films to resemble are shown, empty where there are none."""
    likes = (c for c in understood.conditions if c.field == "like" and not c.negated)
    return ", ".join(map(label_of, likes))


def _rest(understood: Understood) -> str:
    """Return the words that are searched for, empty where those are all words."""
    rest = understood.rest.strip()
    return "" if rest == understood.text.strip() else rest


def _offers(
    library: Seen, form: SearchForm, asked: tuple[Chip, ...], picture: PictureQuery | None
) -> tuple[Offer, ...]:
    """Return which hard conditions may be given up, and how many titles each would bring."""
    offers = []
    for chip in [chip for chip in asked if chip.state == "must"][:_OFFERS]:
        if chip.origin == "filter":
            rest = tuple(other for other in form.filters if other.key != chip.key)
            less = form.but(filters=rest)
        else:
            less = form.but(without=(*form.without, chip.key))
        count = 0 if less.empty else len(library.answer(less.request(form.k, picture)))
        if count:
            offers.append(Offer(chip.label, less.url(), count))
    return tuple(offers)

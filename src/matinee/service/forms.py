"""The search form: read from an address, and written back into one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from matinee.errors import QueryError
from matinee.query.filters import parse_search_filter
from matinee.query.knobs import KNOB_NAMES, WHOLE, Knobs
from matinee.query.picture import MAX_CAPTION, PictureQuery
from matinee.query.request import MAX_K, SearchRequest, check_k
from matinee.service.kept_pictures import gone, is_name
from matinee.service.params import MAX_CONDITION, MAX_CONDITIONS

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.datastructures import QueryParams

    from matinee.query.conditions import Condition
    from matinee.types import Picture

PAGE_SIZE = 24
"""Divides by 2, 3, 4, 6 and 8: full rows in most widths of the grid."""
_KNOBS = Knobs()
_PLAIN = ("seen", "method", "k", "sort", "lang_policy", "min_votes")
_SWITCHES = ("understand", "top_up")
_PICTURED = ("route", "share", "caption", "join")
"""What is said of a picture, and means nothing without one."""
_KEYS = ("without", "hard", "soft")
_TRUTH = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What the search page was asked for.

    Attributes:
        text: the query; may be empty.
        method: how to search.
        k: results of a page.
        page: pages shown, 1 or more; page 3 shows the results of the first three, so that an
            address alone restores what somebody had unfolded.
        knobs: how lists are made and fused.
        understand: whether conditions are read from the text.
        lang_policy: what becomes of languages and countries in the text.
        min_votes: the fewest votes a title may have.
        sort: order of the results.
        seen: whether what they have seen is among them, "show" or "hide"; empty means as the pages
            are for them.
        top_up: whether too few results are filled up.
        filters: conditions besides those of the text, and films that results are to resemble.
        films: such films as they were typed, not looked up yet; the address has them as filters.
        without: keys of conditions of the text that do not count.
        hard: keys of those made hard.
        soft: keys of those made soft.
        picture: name of the kept copy of a picture to search by; empty for none.
        route: what that is searched by; empty means that of the settings.
        share: how much it counts beside the words, 0 to 1; None means that of the settings.
        caption: what it shows, in words, instead of what the captioner would say.
        join: whether caption and words are searched for as one text.
    """

    text: str = ""
    method: str = "hybrid"
    k: int = PAGE_SIZE
    page: int = 1
    knobs: Knobs = _KNOBS
    understand: bool = True
    lang_policy: str = "auto-hard"
    min_votes: int = 0
    sort: str = "relevance"
    seen: str = ""
    top_up: bool = False
    filters: tuple[Condition, ...] = ()
    films: str = ""
    without: tuple[str, ...] = ()
    hard: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()
    picture: str = ""
    route: str = ""
    share: float | None = None
    caption: str = ""
    join: bool = False

    @property
    def wanted(self) -> int:
        """Results to show."""
        return min(self.k * self.page, MAX_K)

    @property
    def tuned(self) -> bool:
        """Whether anything behind "Advanced" differs from the default."""
        return replace(self.plain, text="", sort="relevance", seen="") != SearchForm()

    @property
    def plain(self) -> SearchForm:
        """The form on its first page, without filters, picture, or changes to what is asked."""
        return replace(self.unpictured, page=1, filters=(), without=(), hard=(), soft=())

    @property
    def unpictured(self) -> SearchForm:
        """The form on its first page, without the picture."""
        return self.but(picture="", route="", share=None, caption="", join=False)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to search for."""
        asked = (self.text, self.films, self.picture)
        return not self.filters and not any(each.strip() for each in asked)

    @property
    def likes(self) -> tuple[Condition, ...]:
        """The films that results are to resemble."""
        return tuple(condition for condition in self.filters if condition.field == "like")

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        """What the address says and no field of the form shows, name by value."""
        filters = tuple(("filter", condition.key) for condition in self.filters)
        keys = tuple((name, key) for name in _KEYS for key in getattr(self, name))
        return filters + keys + ((("picture", self.picture),) if self.picture else ())

    def but(self, **changes: Any) -> SearchForm:
        """Return the form changed, on its first page."""
        return replace(self, **({"page": 1} | changes))

    def request(
        self, k: int, picture: PictureQuery | None = None, exclude: Collection[int] = ()
    ) -> SearchRequest:
        """Return the search for ``k`` results.

        Args:
            k: how many.
            picture: what the copy named shows, and is to do.
            exclude: rows of titles that are out of sight.

        Raises:
            QueryError: naming the value and its bounds.
        """
        return SearchRequest(
            self.text,
            k=k,
            method=self.method,
            knobs=self.knobs,
            exclude=exclude,
            understand=self.understand,
            filters=self.filters,
            without=frozenset(self.without),
            hard=frozenset(self.hard),
            soft=frozenset(self.soft),
            lang_policy=self.lang_policy,
            min_votes=self.min_votes,
            sort=self.sort,
            top_up=self.top_up,
            facets=True,
            explain=True,
            picture=picture,
        )

    def query(self, picture: Picture, route: str) -> PictureQuery:
        """Return what a picture is to do.

        Args:
            picture: that of the copy named.
            route: what a picture is searched by where the form does not say.

        Raises:
            QueryError: naming the value and its bounds.
        """
        # Where a picture is not put in words, and where there are no others, there is nothing to
        # join; the switch is not shown then, but an address may still say so.
        joined = self.join and bool(self.text.strip()) and (self.route or route) != "embedding"
        return PictureQuery(
            picture, self.route or None, self.share, self.caption.strip() or None, joined
        )

    def value(self, name: str) -> str:
        """Return a field as the address holds it.

        >>> SearchForm().value("mmr_lambda"), SearchForm().value("understand")
        ('0.7', 'true')
        """
        value = getattr(self.knobs if name in KNOB_NAMES else self, name)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return f"{value:.12g}" if isinstance(value, float) else str(value)

    def url(self) -> str:
        """Return the address that restores the form, defaults left out."""
        default = SearchForm()
        values = [("q", self.text)]
        values += [
            (name, self.value(name))
            for name in (*_PLAIN, *_SWITCHES, *KNOB_NAMES, *(_PICTURED if self.picture else ()))
            if self.value(name) != default.value(name)
        ]
        values += self.carried
        if self.films.strip():
            values.append(("films", self.films))
        if self.page > 1:
            values.append(("page", str(self.page)))
        # Colons and commas are what keys are made of; they are allowed in a query as they are.
        return f"/search?{urlencode(values, safe=':,')}"


def read(values: QueryParams) -> SearchForm:
    """Read the form; an empty field means its default.

    Raises:
        QueryError: naming the field and its bounds.
    """
    k = _whole(values, "k", PAGE_SIZE)
    check_k(k)
    page = _whole(values, "page", 1)
    if not 1 <= page <= MAX_K:
        raise QueryError(f"page is {page!r:.40}", cure=f"Give a whole number from 1 to {MAX_K:,}")
    given: dict[str, Any] = {}
    for name in KNOB_NAMES:
        if text := values.get(name, "").strip():
            if name == "fusion":
                given[name] = text
            else:
                given[name] = _whole(values, name, 0) if name in WHOLE else _number(values, name)
    films = values.get("films", "")
    if len(films) > MAX_CONDITION:
        raise QueryError("films is very long", cure=f"Give {MAX_CONDITION:,} characters at most")
    filters = {c.key: c for c in map(parse_search_filter, _several(values, "filter"))}
    return SearchForm(
        text=values.get("q", ""),
        method=values.get("method") or "hybrid",
        k=k,
        page=page,
        knobs=Knobs(**given),
        understand=_switch(values, "understand", default=True),
        lang_policy=values.get("lang_policy") or "auto-hard",
        min_votes=_whole(values, "min_votes", 0),
        sort=values.get("sort") or "relevance",
        seen=_seen(values),
        top_up=_switch(values, "top_up", default=False),
        filters=tuple(filters.values()),
        films=films,
        without=_several(values, "without"),
        hard=_several(values, "hard"),
        soft=_several(values, "soft"),
        picture=_named(values),
        route=values.get("route", ""),
        share=_number(values, "share") if values.get("share", "").strip() else None,
        caption=values.get("caption", "")[: MAX_CAPTION + 1],
        join=_switch(values, "join", default=False),
    )


def _named(values: QueryParams) -> str:
    """Return the name of a kept picture."""
    name = values.get("picture", "").strip()
    if name and not is_name(name):
        raise gone()
    return name


def _seen(values: QueryParams) -> str:
    text = values.get("seen", "").strip()
    if text not in ("", "show", "hide"):
        raise QueryError(f"seen is {text[:40]!r}", cure="Give show or hide")
    return text


def _several(values: QueryParams, name: str) -> tuple[str, ...]:
    texts = tuple(dict.fromkeys(text for text in values.getlist(name) if text.strip()))
    if len(texts) > MAX_CONDITIONS or any(len(text) > MAX_CONDITION for text in texts):
        raise QueryError(
            f"{name} is given {len(texts):,} times, or is very long",
            cure=f"Give at most {MAX_CONDITIONS}, each of {MAX_CONDITION:,} characters at most",
        )
    return texts


def _switch(values: QueryParams, name: str, *, default: bool) -> bool:
    text = values.get(name, "").strip()
    if not text:
        return default
    if text.casefold() not in _TRUTH:
        raise QueryError(f"{name} is {text[:40]!r}", cure="Give true or false")
    return _TRUTH[text.casefold()]


def _whole(values: QueryParams, name: str, default: int) -> int:
    text = values.get(name, "").strip()
    try:
        # int() refuses more than 4,300 digits and takes underscores; neither is a form's business.
        return int(text[:20]) if text else default
    except ValueError:
        raise QueryError(f"{name} is {text[:40]!r}", cure="Give a whole number") from None


def _number(values: QueryParams, name: str) -> float:
    text = values[name].strip()
    try:
        return float(text)
    except ValueError:
        raise QueryError(f"{name} is {text[:40]!r}", cure="Give a number") from None

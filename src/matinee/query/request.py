"""A search request, checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from matinee.errors import QueryError
from matinee.query.knobs import Knobs
from matinee.types import LangPolicy, Method, Sort

if TYPE_CHECKING:
    from collections.abc import Collection

    from matinee.query.conditions import Condition
    from matinee.query.picture import PictureQuery

MAX_QUERY = 10_000
"""Characters; the longest real description among the judged queries has 3,200."""
MAX_K = 1_000
METHODS: tuple[str, ...] = get_args(Method)
LANG_POLICIES: tuple[str, ...] = get_args(LangPolicy)
SORTS: tuple[str, ...] = get_args(Sort)
SINGLE_LISTS = frozenset(("retrieval", "lexical"))
"""Methods of one list, which keeps its own order, so that they measure that list alone."""
_KNOBS = Knobs()


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search.

    Attributes:
        text: what was typed, at most 10,000 characters.
        k: how many results, 1 to 1,000.
        method: ``hybrid`` (all lists, fused), ``retrieval`` (meaning alone), ``lexical`` (words
            alone); or hybrid, then ``blend`` (fresh and popular films gain a little), ``mmr``
            (results that differ from each other) or ``ce`` (the best read by a cross-encoder).
        knobs: how lists are made, fused and reranked.
        within: ids of the only titles to consider; None means all.
        exclude: ids of titles that are not to be among the results, nor counted; those the library
            does not have are ignored. Who knows their rows in the library may give these instead.
        understand: whether conditions are read from the text; else it is only searched for.
        filters: conditions besides those of the text; one of ``like`` names by id or name a film
            that results are to resemble.
        without: keys of conditions read from the text that are not to count.
        hard: keys of such conditions that are to be hard.
        soft: keys of such conditions that are to be soft.
        lang_policy: what becomes of languages and countries asked for in the text: ``auto-hard``
            (as hard as they were asked), ``auto-soft`` (never hard) or ``off`` (mere words).
        min_votes: the fewest votes a title may have.
        sort: order of the results.
        top_up: where fewer than ``k`` titles satisfy the hard conditions of the text, add others,
            and say so.
        facets: count the candidates by genre, language, country, kind, decade and age rating.
        explain: tell of each result what its score is made of.
        picture: a picture to search by, with words or without; not with ``retrieval`` or
            ``lexical``, which are of words alone.

    Raises:
        QueryError: naming the value and its bounds.
    """

    text: str
    k: int = 10
    method: str = "hybrid"
    knobs: Knobs = _KNOBS
    within: Collection[str] | None = None
    exclude: Collection[str | int] = ()
    understand: bool = True
    filters: tuple[Condition, ...] = ()
    without: Collection[str] = ()
    hard: Collection[str] = ()
    soft: Collection[str] = ()
    lang_policy: str = "auto-hard"
    min_votes: int = 0
    sort: str = "relevance"
    top_up: bool = False
    facets: bool = False
    explain: bool = False
    picture: PictureQuery | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise QueryError(f"The query is a {type(self.text).__name__}", cure="Give a text")
        if len(self.text) > MAX_QUERY:
            raise QueryError(
                f"The query has {len(self.text):,} characters, the most is {MAX_QUERY:,}",
                cure="Describe the film in fewer words",
            )
        if not self.text.strip() and not self.filters and self.picture is None:
            raise QueryError("The query is empty", cure="Say what you feel like watching")
        check_k(self.k)
        _check_one_of("method", self.method, METHODS)
        if self.picture is not None and self.method in SINGLE_LISTS:
            raise QueryError(
                f"The method {self.method} is of words alone, and there is a picture",
                cure="Use hybrid, blend, mmr or ce",
            )
        _check_one_of("lang_policy", self.lang_policy, LANG_POLICIES)
        _check_one_of("sort", self.sort, SORTS)
        if type(self.min_votes) is not int or not 0 <= self.min_votes <= 2**31 - 1:
            raise QueryError(
                f"min_votes is {self.min_votes!r:.40}", cure="Give a whole number from 0 up"
            )


def check_k(k: int) -> None:
    """Check the number of results asked for.

    Raises:
        QueryError: it is not a whole number from 1 to 1,000.
    """
    # bool is an int to Python; callers without a type checker may pass anything at all.
    if type(k) is not int or not 1 <= k <= MAX_K:
        raise QueryError(f"k is {k!r:.40}", cure=f"Give a whole number from 1 to {MAX_K:,}")


def _check_one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise QueryError(
            f"There is no {name} {value!r:.60}", cure=f"Use one of: {', '.join(choices)}"
        )

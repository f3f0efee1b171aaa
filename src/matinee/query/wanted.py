"""What is asked of a recommendation, checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import QueryError
from matinee.query.conditions import Condition
from matinee.query.request import check_k

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_AGE = 99

WANTED: Mapping[str, str] = {
    "method": "Model that ranks, one of those trained. Default: the library's own choice.",
    "explain": "Say of each title why.",
    "exploration": "-1 to 1: above 0 what fewer people know, below it what more do.",
    "diversity": "0 to 1: how far results should differ from each other.",
    "calibration": "0 to 1: how far the genres of the answer should be those of the history.",
    "filter": "A condition every result satisfies, such as year:1990..1999 or -genre:Horror; "
    "repeatable.",
    "min_votes": "The fewest votes a title may have.",
    "max_age": "Only titles known to be suitable for somebody of this age.",
    "include_seen": "Also what was watched and liked before.",
    "context": "The moment it is for: now, or such as 2024-12-24T20:15 (UTC).",
    "seed": "Of the chance that exploration above 0.5 brings in; none leaves it out.",
}
"""What each option of a recommendation does, in one line, for every way of asking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendRequest:
    """A wish for recommendations.

    Attributes:
        k: how many, 1 to 1,000.
        method: model that ranks, by name; None means the library's own choice.
        explain: whether each title comes with its reasons.
        exploration: -1 to 1; 0 leaves the order to the model, above it what fewer people know
            moves up, below it what more know.
        diversity: 0 to 1; 0 leaves the order to the model, 1 picks what differs from the picks
            before (maximal marginal relevance).
        calibration: 0 to 1; how far the genres of the answer follow those of the history.
        filters: conditions every result satisfies.
        min_votes: the fewest votes a title may have.
        max_age: years of the youngest who watches; titles of unknown certification are left out.
        include_seen: whether titles of the history may come again; those hidden, disliked or
            abandoned never do.
        context: the moment it is for, in seconds since 1970 by UTC: genres that people watch more
            at such times of day and week move up a little; None leaves it out.
        seed: of the chance that an exploration above a half brings in; None leaves it out.

    Raises:
        QueryError: naming the value and its bounds.
    """

    k: int = 10
    method: str | None = None
    explain: bool = False
    exploration: float = 0.0
    diversity: float = 0.0
    calibration: float = 0.0
    filters: tuple[Condition, ...] = ()
    min_votes: int = 0
    max_age: int | None = None
    include_seen: bool = False
    context: int | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        check_k(self.k)
        for name, low in (("exploration", -1), ("diversity", 0), ("calibration", 0)):
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not low <= value <= 1:
                raise QueryError(f"{name} is {value!r:.40}", cure=f"Give a number from {low} to 1")
        for name in ("seed", "context"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 0):
                raise QueryError(f"{name} is {value!r:.40}", cure="Give a whole number from 0 up")
        if type(self.min_votes) is not int or not 0 <= self.min_votes <= 2**31 - 1:
            raise QueryError(
                f"min_votes is {self.min_votes!r:.40}", cure="Give a whole number from 0 up"
            )
        if self.max_age is not None and (
            type(self.max_age) is not int or not 0 <= self.max_age <= MAX_AGE
        ):
            raise QueryError(
                f"max_age is {self.max_age!r:.40}", cure=f"Give a whole number from 0 to {MAX_AGE}"
            )
        if self.method is not None and not isinstance(self.method, str):
            raise QueryError(f"method is {self.method!r:.40}", cure="Give the name of a model")
        if not all(isinstance(each, Condition) for each in self.filters):
            raise QueryError(
                "A filter is no condition",
                cure="Make it with matinee.query.filters.parse_filter('year:1990..1999')",
            )

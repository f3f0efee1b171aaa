"""The protocols by which interactions are split, by name, with what each asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from matinee.errors import InputError
from matinee.evaluate import new_people_splits, ranking_splits, rating_splits
from matinee.evaluate.splits import RankingSplit, RatingSplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matinee.interaction import Interactions

_Split = TypeVar("_Split", RatingSplit, RankingSplit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol(Generic[_Split]):
    """One way to split.

    Attributes:
        name: by which it is asked for.
        about: what it asks, in a sentence.
        split: makes the parts of interactions with a seed.
    """

    name: str
    about: str
    split: Callable[[Interactions, int], _Split]


def _table(*protocols: Protocol[_Split]) -> dict[str, Protocol[_Split]]:
    return {protocol.name: protocol for protocol in protocols}


_random = rating_splits.random_split

RATING: Mapping[str, Protocol[RatingSplit]] = _table(
    Protocol(
        name="random",
        about="A fifth of all ratings drawn at random, a tenth from a million on; times are told, "
        "so a model sees what a person did just before and just after.",
        split=_random,
    ),
    Protocol(
        name="random-no-time",
        about="The same ratings as random, without their times.",
        split=partial(_random, name="random-no-time", use_time=False),
    ),
    Protocol(
        name="causal",
        about="The same ratings as random, each predicted only from those not later than itself.",
        split=partial(_random, name="causal", causal=True),
    ),
    Protocol(
        name="user-temporal",
        about="The last fifth of each person's ratings by time.",
        split=rating_splits.user_temporal,
    ),
    Protocol(
        name="global-temporal",
        about="The last fifth of all ratings by time: many of people and titles not seen before.",
        split=rating_splits.global_temporal,
    ),
    Protocol(
        name="cold-items",
        about="All ratings of a tenth of the titles.",
        split=rating_splits.cold_items,
    ),
    Protocol(
        name="cold-users",
        about="The ratings of a tenth of the people, of whom only the first five are told.",
        split=rating_splits.cold_users,
    ),
)
"""Protocols for the prediction of stars."""

RANKING: Mapping[str, Protocol[RankingSplit]] = _table(
    Protocol(
        name="strong",
        about="People nobody has learnt from: four fifths of their titles are told, the others "
        "are to be found among all titles.",
        split=new_people_splits.strong,
    ),
    Protocol(
        name="strong-all",
        about="Asks the same people for the same as strong, but what the people learnt from rated "
        "below four stars is known too: more than published results on strong were given.",
        split=partial(new_people_splits.strong, name="strong-all", lower=True),
    ),
    Protocol(
        name="ml100k-a",
        about="A quarter of each person's ratings at random, every one of them relevant.",
        split=ranking_splits.ml100k_a,
    ),
    Protocol(
        name="ml100k-b",
        about="A tenth of all ratings at random, every one of them relevant; another tenth is for "
        "validation.",
        split=ranking_splits.ml100k_b,
    ),
    Protocol(
        name="random",
        about="A fifth of all ratings at random; relevant are those of four stars or more.",
        split=ranking_splits.random_rows,
    ),
    Protocol(
        name="user-temporal",
        about="The last fifth of what each person did; relevant are four stars or more.",
        split=ranking_splits.user_temporal,
    ),
    Protocol(
        name="global-temporal",
        about="The last fifth of what all did, of people seen before; relevant are four stars or "
        "more.",
        split=ranking_splits.global_temporal,
    ),
    Protocol(
        name="cold-items",
        about="A tenth of the titles that nobody was seen with, ranked among themselves.",
        split=ranking_splits.cold_items,
    ),
    Protocol(
        name="cold-users",
        about="People nobody has learnt from, of whom 1, 2, 3, 5 and 10 titles are told and the "
        "same others asked.",
        split=new_people_splits.cold_users,
    ),
)
"""Protocols for rankings."""


def rating_split(name: str, interactions: Interactions, *, seed: int) -> RatingSplit:
    """Split ratings by a protocol of :data:`RATING`.

    Raises:
        InputError: there is none of that name, or the interactions do not fit it.
    """
    return _named(RATING, name).split(interactions, seed)


def ranking_split(name: str, interactions: Interactions, *, seed: int) -> RankingSplit:
    """Split interactions by a protocol of :data:`RANKING`.

    Raises:
        InputError: there is none of that name, or the interactions do not fit it.
    """
    return _named(RANKING, name).split(interactions, seed)


def _named(table: Mapping[str, Protocol[_Split]], name: str) -> Protocol[_Split]:
    if name not in table:
        raise InputError(
            f"There is no protocol {name!r:.60}", cure=f"Use one of: {', '.join(table)}"
        )
    return table[name]

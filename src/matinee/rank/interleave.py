"""Two rankings mixed into one list, so that clicks on it tell which of them people prefer."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from matinee.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Team: TypeAlias = Literal["a", "b", ""]


@dataclass(frozen=True, slots=True)
class Place:
    """One place of an interleaved list.

    Attributes:
        id: of the title.
        team: the ranking that gave it, "a" or "b"; empty where both agree, or where one of them had
            nothing left to give: a click there says nothing for either.
    """

    id: str
    team: Team


def team_draft(first: Sequence[str], second: Sequence[str], *, seed: int) -> tuple[Place, ...]:
    """Return two rankings as one, place by place with the team that gave it.

    The teams pick in turn: in every round a coin decides who picks first, and each takes its best
    title that is not in the list yet. However people scan the list, a title of either team is as
    likely to stand at any place, so that somebody who clicks without preference credits both alike.

    * The titles at the top that both rankings have in the same order belong to nobody. A coin would
      give them to either, and a click on them would be noise of the coin alone.
    * As many places are drafted as the shorter ranking is long. What is left of the longer one
      follows, and belongs to nobody: the other team had no answer to it.

    Therefore the teams' sizes differ by one at most, and in every prefix both are of the same size
    in expectation over the seeds.

    Source: Radlinski, Kurup and Joachims, "How does clickthrough data reflect retrieval quality?",
    CIKM 2008 (team-draft interleaving); there the common top is drafted like the rest.

    Args:
        first: ids, best first; team "a".
        second: ids, best first; team "b".
        seed: of the coins, at least 0; the same seed is the same list.

    Returns:
        Every id of either ranking, once.

    Raises:
        QueryError: a ranking has an id twice.

    >>> mixed = team_draft(["x", "p", "q"], ["x", "q", "r"], seed=0)
    >>> [(place.id, place.team) for place in mixed]
    [('x', ''), ('q', 'b'), ('p', 'a'), ('r', '')]
    >>> team_draft(["x", "y"], ["x", "y"], seed=1)
    (Place(id='x', team=''), Place(id='y', team=''))
    """
    for ranking in (first, second):
        if len(set(ranking)) != len(ranking):
            raise QueryError("A ranking to interleave has an id twice", where=f"{ranking!r:.60}")
    agreed = _agreed(first, second)
    places = [Place(each, "") for each in first[:agreed]]
    taken = set(first[:agreed])
    drafted = min(len(first), len(second))
    coins = np.random.default_rng(seed).integers(0, 2, drafted // 2 + 1)
    teams: tuple[tuple[Team, Iterator[str]], ...] = (
        ("a", iter(first[agreed:])),
        ("b", iter(second[agreed:])),
    )
    turns = [turn for coin in coins.tolist() for turn in (coin, 1 - coin)]
    for turn in turns[: drafted - agreed]:
        team, rest = teams[turn]
        # There is one: fewer ids are taken than the ranking has.
        pick = next(each for each in rest if each not in taken)
        taken.add(pick)
        places.append(Place(pick, team))
    for pair in zip_longest(first, second):
        for each in pair:
            if each is not None and each not in taken:
                taken.add(each)
                places.append(Place(each, ""))
    return tuple(places)


def _agreed(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many places at the top are the same in both rankings."""
    for place, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return place
    return min(len(first), len(second))

"""People held out of learning, of whom some titles are told and some asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matinee.interaction import Histories
from matinee.taste.matrix import entry_weights

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.interaction import Interactions
    from matinee.taste.preference import Preference

_ASKED = 0.2
"""Share of a person's wanted titles that is asked, as in the protocols a blend is judged by."""


def wanted(of: Interactions | Histories, preference: Preference) -> npt.NDArray[np.bool_]:
    """Return which entries speak for a title, bool [e].

    A rating between both bounds of the preference does not, whatever weight it has as evidence.
    """
    return entry_weights(of, replace(preference, neutral=0.0)) > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One part of the people, held out.

    Attributes:
        train: what the others did.
        told: wanted titles of b people held out, in order of time; no model knows the people.
        offsets: int64 [b + 1], of ``asked``.
        asked: int64, the other wanted titles of each of them, one at least.
    """

    train: Interactions
    told: Histories
    offsets: npt.NDArray[np.int64]
    asked: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.told)

    def shortened(self, length: int, rng: np.random.Generator) -> Histories:
        """Return what is told, cut to ``length`` entries of each person, drawn at random."""
        draws = rng.random(len(self.told.items))
        order = np.lexsort((draws, self.told.owners))
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order)) - self.told.offsets[:-1][self.told.owners]
        return self.told.keep(place < length)


def fold(
    interactions: Interactions,
    preference: Preference,
    people: npt.NDArray[np.int64],
    seed: int,
    *,
    known: bool = False,
) -> Fold:
    """Hold some people out.

    Of each with two wanted titles or more a fifth of them, one at least, is asked. The order of
    the rows plays no part.

    Args:
        interactions: what was done.
        preference: which of it speaks for a title.
        people: positions in ``user_ids``, int64 [p].
        seed: of the draw.
        known: whether what they did stays in what is learnt from.
    """
    held = np.zeros(len(interactions.user_ids), np.bool_)
    held[people] = True
    mine = np.flatnonzero(held[interactions.users] & wanted(interactions, preference))
    # Draws go to the pairs in their own order, not in that of the rows.
    mine = mine[np.lexsort((interactions.items[mine], interactions.users[mine]))]
    draws = np.random.default_rng(seed).random(len(mine))
    mine = mine[np.lexsort((draws, interactions.users[mine]))]
    users = interactions.users[mine]
    counts = np.bincount(users, minlength=len(held))
    place = np.arange(len(mine)) - (np.cumsum(counts) - counts)[users]
    several = counts[users] >= 2
    asked = several & (place < np.maximum(1, np.rint(counts[users] * _ASKED)))
    stay = np.flatnonzero(counts >= 2)
    rows = mine[asked]
    lengths = np.bincount(interactions.users[rows], minlength=len(held))[stay]
    return Fold(
        train=interactions if known else interactions.take(~held[interactions.users]),
        told=Histories.of(interactions.take(np.sort(mine[several & ~asked])), stay, known=False),
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        asked=interactions.items[rows],
    )


def parts(
    interactions: Interactions, preference: Preference, folds: int, enough: int, seed: int
) -> list[Fold]:
    """Cut the people who want two titles or more at random into folds, and hold out some folds.

    Args:
        interactions: what was done.
        preference: which of it speaks for a title.
        folds: number of parts the people are cut into.
        enough: people; no further part is held out once so many are.
        seed: of all draws.
    """
    users = interactions.users[wanted(interactions, preference)]
    counts = np.bincount(users, minlength=len(interactions.user_ids))
    people = np.random.default_rng(seed).permutation(np.flatnonzero(counts >= 2))
    found: list[Fold] = []
    for part in np.array_split(people, folds):
        if len(part) and sum(map(len, found)) < enough:
            found.append(fold(interactions, preference, part, seed))
    return found


def whole(interactions: Interactions, preference: Preference, seed: int) -> Fold:
    """Ask everybody without holding anybody out, for measures that need no honest guess."""
    return fold(interactions, preference, np.unique(interactions.users), seed, known=True)

"""What is learnt from and what is asked: parts of interactions, for ratings and for rankings.

How they come about is told in :mod:`matinee.evaluate.protocols`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matinee.interaction import Histories

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from matinee.interaction import Interactions
    from matinee.types import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingSplit:
    """Ratings to learn from and ratings to predict; rows are those of the interactions split.

    Attributes:
        protocol: its name.
        seed: of everything random.
        train_rows: int64, in the order of the file.
        test_rows: int64, none of them in another part.
        use_time: whether a model may know when the ratings were given.
        causal: whether a test row may be predicted only from rows not later than itself. The
            model is given all of ``train_rows`` and hides what is later.
        folded_rows: int64, ratings of people who are not in train, told when theirs are asked;
            empty where everybody asked is in train.
        dropped: rows in no part: of people who gave too few ratings to tell some and ask others.
    """

    protocol: str
    seed: int
    train_rows: Rows
    test_rows: Rows
    use_time: bool
    causal: bool = False
    folded_rows: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Lists:
    """A list of titles for each of several people; person i has a slice of the flat column.

    Attributes:
        offsets: int64 [b + 1]; person i has ``items[offsets[i]:offsets[i + 1]]``.
        items: int64 [e], positions in the item space, ascending and distinct within a person.
    """

    offsets: npt.NDArray[np.int64]
    items: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, person: int) -> Rows:
        return self.items[self.offsets[person] : self.offsets[person + 1]]

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Number of titles of each person, int64 [b]."""
        return np.diff(self.offsets)

    @property
    def owners(self) -> npt.NDArray[np.int64]:
        """The person of each entry, int64 [e]."""
        return np.repeat(np.arange(len(self)), self.lengths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """People of whom something is told and something is asked.

    Attributes:
        people: int64 [b], positions in the ``user_ids`` of the interactions split.
        folded: what is told of each, in the item space of train; ``users`` are -1 where no model
            may know them, positions in the ``user_ids`` of train otherwise.
        targets: the relevant titles of each, at least one, none of them masked.
        masked: titles left out of each one's ranking: all that is known of them.
    """

    people: Rows
    folded: Histories
    targets: Lists
    masked: Lists

    def __len__(self) -> int:
        return len(self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingSplit:
    """Interactions to learn from and people whose further titles are to be found.

    Attributes:
        protocol: its name.
        seed: of everything random.
        relevant: which interactions make a title relevant, in words.
        positive: the same for :class:`matinee.taste.preference.Preference`.
        train: what is learnt from; people and titles keep their positions.
        candidates: bool [n], the titles that are ranked.
        test: who is asked.
        validation: others who may be asked while parameters are chosen.
        steps: by the number of titles folded in, the same people and targets with fewer told;
            empty but for ``cold-users``.
        dropped: by reason, how many people or titles could not be asked.
    """

    protocol: str
    seed: int
    relevant: str
    positive: float | None
    train: Interactions
    candidates: npt.NDArray[np.bool_]
    test: Held
    validation: Held | None = None
    steps: Mapping[int, Held] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)


def lists_of(interactions: Interactions, rows: Rows, people: Rows) -> Lists:
    """Return the titles that each of some people has in some rows."""
    place = np.full(len(interactions.user_ids), -1, np.int64)
    place[people] = np.arange(len(people))
    owners = place[interactions.users[rows]]
    width = max(len(interactions.item_ids), 1)
    keys = np.sort(owners[owners >= 0] * width + interactions.items[rows][owners >= 0])
    # Sorted, then compared with what is before: numpy's unique takes ten times as long.
    keys = keys[np.concatenate((np.ones(min(len(keys), 1), np.bool_), keys[1:] != keys[:-1]))]
    counts = np.bincount(keys // width, minlength=len(people))
    return Lists(np.concatenate(([0], np.cumsum(counts))).astype(np.int64), keys % width)


def without(lists: Lists, others: Lists, width: int) -> Lists:
    """Return lists without what the same person has in others; ``width`` titles there are."""
    kept = ~np.isin(
        lists.owners * width + lists.items, others.owners * width + others.items, kind="sort"
    )
    counts = np.bincount(lists.owners[kept], minlength=len(lists))
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return Lists(offsets, lists.items[kept])


def hold(
    interactions: Interactions,
    people: Rows,
    *,
    folded: Rows,
    targets: Rows,
    masked: Rows,
    known: bool,
) -> Held:
    """Return people with what is told and asked, given by rows; those with both only.

    Args:
        interactions: what is split.
        people: int64 [b], positions in ``user_ids``; their order is kept.
        folded: rows that are told.
        targets: rows whose titles are asked, as far as they are not masked.
        masked: rows whose titles are left out of the ranking beside those told.
        known: whether a model may know the people.
    """
    width = len(interactions.item_ids)
    hidden = lists_of(interactions, np.concatenate((folded, masked)), people)
    asked = without(lists_of(interactions, targets, people), hidden, width)
    told = lists_of(interactions, folded, people)
    stay = people[(asked.lengths > 0) & (told.lengths > 0)]
    hidden = lists_of(interactions, np.concatenate((folded, masked)), stay)
    asked = without(lists_of(interactions, targets, stay), hidden, width)
    return Held(
        people=stay,
        folded=Histories.of(interactions.take(folded), stay, known=known),
        targets=asked,
        masked=hidden,
    )

"""Splits for ranking that ask people nobody has learnt from; see also ``ranking_splits``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError
from matinee.evaluate.ranking_splits import NOT_ASKED, POSITIVE, RELEVANT
from matinee.evaluate.split_rows import (
    among,
    early_order,
    held_out,
    once,
    place_within,
    positive_rows,
    somebody,
    titles_of,
)
from matinee.evaluate.splits import RankingSplit, hold

if TYPE_CHECKING:
    from matinee.interaction import Interactions
    from matinee.types import Rows

FEWEST = 5
"""Relevant titles a person must have to take part in strong generalisation."""
TEST, VALIDATION, OF = 1_000, 500, 6_034
"""People asked and kept for validation, of those MovieLens 1M has; of others in proportion."""
ONE_IN = 5
"""Of so many titles of a new person one is asked, rounded down as in their code."""
STEPS = (1, 2, 3, 5, 10)
"""Titles told of somebody new."""
_ASKED_UNKNOWN = "titles of people asked that are not in train"


def strong(
    interactions: Interactions, seed: int, *, name: str = "strong", lower: bool = False
) -> RankingSplit:
    """Ask people nobody has learnt from (strong generalisation).

    Of all interactions only the positive ones take part, and of the people those with five titles
    at least. Their positions, ascending, are permuted: the first 1,000 of 6,034 are asked, the
    next 500 are for validation, from the rest is learnt. Then the m titles of each person asked,
    limited to train and in the order of the file, are permuted, in the order of the people,
    validation last: the last ``floor(m / 5)`` are asked, the others told. With ``lower`` the same
    is asked, but what the people learnt from rated below four stars is learnt from too.

    Source: Liang, Krishnan, Hoffman and Jebara, "Variational autoencoders for collaborative
    filtering", 2018, who hold out 10,000 people of larger data.

    Raises:
        InputError: there are too few people to ask any and learn from any.
    """
    rng = np.random.default_rng(seed)
    rows = once(interactions, positive_rows(interactions, POSITIVE))
    many = np.bincount(interactions.users[rows], minlength=len(interactions.user_ids))
    people = rng.permutation(np.flatnonzero(many >= FEWEST))
    tested, validated = (max(1, round(len(people) * part / OF)) for part in (TEST, VALIDATION))
    if len(people) <= tested + validated:
        raise InputError(
            f"Only {len(people):,} people have {FEWEST} relevant titles or more",
            cure="Take a protocol that asks people it has learnt from, such as user-temporal",
        )
    train_rows = rows[among(interactions.users[rows], people[tested + validated :])]
    known = among(interactions.items[rows], interactions.items[train_rows])
    rows_known = rows[known]
    parts = []
    for asked in (people[:tested], people[tested : tested + validated]):
        told, targets = _tell(interactions, rows_known, asked, rng)
        parts.append(
            hold(interactions, asked, folded=told, targets=targets, masked=told[:0], known=False)
        )
    asked_rows = among(interactions.users[rows], people[: tested + validated])
    learnt = train_rows
    if lower:
        seen = among(interactions.items, interactions.items[train_rows])
        learnt = np.flatnonzero(seen & among(interactions.users, people[tested + validated :]))
    return RankingSplit(
        protocol=name,
        seed=seed,
        relevant=RELEVANT,
        positive=POSITIVE,
        train=interactions.take(learnt),
        candidates=titles_of(interactions, train_rows),
        test=parts[0],
        validation=parts[1],
        dropped={
            f"people with fewer than {FEWEST} relevant titles": int(
                ((many > 0) & (many < FEWEST)).sum()
            ),
            _ASKED_UNKNOWN: int((asked_rows & ~known).sum()),
            NOT_ASKED: tested + validated - sum(map(len, parts)),
        },
    )


def cold_users(interactions: Interactions, seed: int) -> RankingSplit:
    """Ask a tenth of the people, of whom 1, 2, 3, 5 and 10 positive titles are told.

    Told are the first by time, or by a drawn order where a time is not known. What is asked is the
    same at every step: the titles after the first ten. All of those ten are left out of the
    ranking at every step, or telling more would leave less to err with.

    Raises:
        InputError: nobody of them has more than ten positive titles.
    """
    cold = held_out(len(interactions.user_ids), seed)[interactions.users]
    train_rows = np.flatnonzero(~cold)
    positive = once(interactions, positive_rows(interactions, POSITIVE))
    asked = positive[cold[positive]]
    known = among(interactions.items[asked], interactions.items[train_rows])
    rows = asked[known]
    rows = rows[early_order(interactions, rows, seed)]
    place = place_within(interactions.users[rows])
    most = max(STEPS)
    people = np.unique(interactions.users[rows[place >= most]])
    steps = {
        step: hold(
            interactions,
            people,
            folded=np.sort(rows[place < step]),
            targets=rows[place >= most],
            masked=rows[place < most],
            known=False,
        )
        for step in STEPS
    }
    return RankingSplit(
        protocol="cold-users",
        seed=seed,
        relevant=RELEVANT,
        positive=POSITIVE,
        train=interactions.take(train_rows),
        candidates=titles_of(interactions, train_rows),
        test=somebody(steps[most]),
        steps=steps,
        dropped={
            _ASKED_UNKNOWN: int((~known).sum()),
            f"people with no more than {most} relevant titles": len(
                np.unique(interactions.users[cold])
            )
            - len(people),
        },
    )


def _tell(
    interactions: Interactions, rows: Rows, people: Rows, rng: np.random.Generator
) -> tuple[Rows, Rows]:
    """Return the rows that are told of each person and those that are asked."""
    mine = rows[among(interactions.users[rows], people)]
    mine = mine[np.argsort(interactions.users[mine], kind="stable")]
    users = interactions.users[mine]
    told, asked = [], []
    for person in people:
        start, stop = np.searchsorted(users, (person, person + 1))
        drawn = mine[start + rng.permutation(stop - start)]
        cut = len(drawn) - len(drawn) // ONE_IN
        told.append(drawn[:cut])
        asked.append(drawn[cut:])
    return np.sort(np.concatenate(told)), np.sort(np.concatenate(asked))

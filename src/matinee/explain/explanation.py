"""Why a title is recommended to a person: score, shares, reasons, what would be otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import InputError
from matinee.explain.counterfactual import Counterfactual, LeftOut, shortened
from matinee.explain.reasons import Reason, reasons
from matinee.explain.removal import by_removal
from matinee.explain.shares import LEAST_PERCENT, MOST_TITLES, Share, evidence, strongest
from matinee.explain.wording import Label, Shared, Stance, listed, stance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from matinee.interaction import Histories
    from matinee.protocols import Recommender
    from matinee.types import Matrix

TRIED = 50
"""Titles of the history, the strongest by what the model says, that are left out one at a time;
with more the answer would take seconds of the slower models."""

COUNTERFACTUALS = 3
"""First reasons of which the explanation says what would be otherwise."""

FAVOURITES = 5
"""Favourites named; as many as a line of posters holds."""

_NAMED = 2
"""Titles that the sentence names beside the first reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a title is recommended.

    Attributes:
        title: the title.
        score: what the model gave it; higher is better.
        rank: place from 1 among the titles allowed.
        against: whether no more speaks for it than against it.
        sentence: the gist, in one sentence.
        reasons: those for it by size, then those against.
        shares: of the score, finer than the reasons: by signal and title.
        counterfactuals: the title without the first reasons' titles.
        similar_to_your_favourites: titles the person liked and the cosine of their stories with
            this one's, the nearest first; empty where there are no vectors.
        labels: of the titles of the history that are named, by position.
    """

    title: Label
    score: float
    rank: int
    against: bool
    sentence: str
    reasons: tuple[Reason, ...]
    shares: tuple[Share, ...]
    counterfactuals: tuple[Counterfactual, ...]
    similar_to_your_favourites: tuple[tuple[Label, float], ...]
    labels: Mapping[int, Label]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON; scores to six decimals."""
        return {
            "title": self.title.to_dict(),
            "score": round(self.score, 6),
            "rank": self.rank,
            "against": self.against,
            "sentence": self.sentence,
            "reasons": [reason.to_dict() for reason in self.reasons],
            "shares": [
                {
                    "signal": share.signal,
                    "title": None if share.title is None else self.labels[share.title].to_dict(),
                    "value": round(share.value, 6),
                    "percent": share.percent,
                    "gathered": share.gathered,
                }
                for share in self.shares
            ],
            "counterfactuals": [
                {
                    "without": self.labels[each.without].to_dict(),
                    "score_before": round(each.before.score, 6),
                    "score_after": round(each.after.score, 6),
                    "rank_before": each.before.rank,
                    "rank_after": each.after.rank,
                    "sentence": _otherwise(each, self.labels[each.without]),
                }
                for each in self.counterfactuals
            ],
            "similar_to_your_favourites": [
                {"title": label.to_dict(), "similarity": round(cosine, 4)}
                for label, cosine in self.similar_to_your_favourites
            ],
        }


def explain_one(
    recommender: Recommender,
    history: Histories,
    item: int,
    *,
    label: Callable[[int], Label],
    facts: Callable[[int, int], Shared],
    vectors: Matrix | None = None,
    allowed: npt.NDArray[np.bool_] | None = None,
    most: int = MOST_TITLES,
    least: float = LEAST_PERCENT,
    counterfactuals: int = COUNTERFACTUALS,
    left_out: LeftOut | None = None,
) -> Explanation:
    """Explain the score of one title for one person.

    Leaving any title that is told apart out of the history changes the score by its share: the
    model says which titles count most, these are left out one at a time, and what is then missing
    from the score is what they gave (:func:`matinee.explain.removal.by_removal`).

    Args:
        recommender: the model; asked once to explain, and twice to score: one title for at most
            :data:`TRIED` + 1 histories, and all titles for ``counterfactuals`` + 1.
        history: of the person, a batch of one.
        item: position of the title.
        label: id and name of the title at a position.
        facts: what the title at the first position, of the history, shares with that at the second.
        vectors: float32 [n, d], unit vectors of the stories, zeros where there is none.
        allowed: bool [n], titles that may be recommended; None for those not in the history.
        most: titles of the history told apart.
        least: percent under which a title is gathered with others.
        counterfactuals: first reasons with a title of which is said what would be otherwise.
        left_out: of the same model and history, where several titles are explained.

    Raises:
        InputError: sizes do not fit each other, or ``item`` is out of range.
    """
    if vectors is not None and len(vectors) != len(recommender):
        raise InputError(
            "The vectors are not of the recommender's titles",
            where=f"{len(vectors)} for {len(recommender)}",
            cure="Give one vector for each title",
        )
    if len(history) != 1 or not 0 <= item < len(recommender):
        raise InputError(
            "One title is explained to one person at a time",
            where=f"position {item} of {len(recommender)}, {len(history)} people",
            cure="Take a title of the recommender, and one person with Histories.one",
        )
    made = recommender.explain(history, np.array([item], np.int64))
    tried = strongest(made, history, most=TRIED)
    if left_out is None:
        left_out = LeftOut(recommender, history)
        # Of one title alone: the scores of all others are needed for its first reasons only.
        scores = recommender.score(shortened(history, tried), np.array([item], np.int64))[:, 0]
    else:
        scores = left_out.scores(tried)[:, item]
    true = by_removal(made, history, tried, float(scores[0]), scores[1:].tolist())
    found = evidence(true, history, among=tried, most=most, least=least)
    why = reasons(found, history, item, label=label, facts=facts)
    labels = {r.item: r.title for r in why if r.item is not None and r.title is not None}
    gone = list(labels)[:counterfactuals]
    whole, *after = left_out.standings(gone, item, allowed)
    return Explanation(
        title=label(item),
        score=whole.score,
        rank=whole.rank,
        against=found.against,
        sentence=_gist(why, against=found.against),
        reasons=why,
        shares=found.shares,
        counterfactuals=tuple(
            Counterfactual(title, whole, standing)
            for title, standing in zip(gone, after, strict=True)
        ),
        similar_to_your_favourites=()
        if vectors is None
        else _favourites(history, item, vectors, label),
        labels=labels,
    )


def _gist(why: tuple[Reason, ...], *, against: bool) -> str:
    """Return the first reason with its share, and who else speaks for the title."""
    if against or not why:
        return "No more speaks for it than against it."
    first, *rest = why
    said = f"{first.sentence.removesuffix('.')} ({first.percent}% of its score)"
    names = [r.title.name for r in rest if r.title is not None and r.tenths > 0][:_NAMED]
    if names:
        said += f"; {listed(names)} {'speak' if len(names) > 1 else 'speaks'} for it too"
    return f"{said}."


def _otherwise(each: Counterfactual, left_out: Label) -> str:
    if each.after.rank == each.before.rank:
        return f"Without {left_out.name} it would still be number {each.after.rank}."
    return (
        f"Without {left_out.name} it would be number {each.after.rank} "
        f"instead of {each.before.rank}."
    )


def _favourites(
    history: Histories, item: int, vectors: Matrix, label: Callable[[int], Label]
) -> tuple[tuple[Label, float], ...]:
    """Return the liked titles whose stories are nearest, with their cosines above 0."""
    liked = np.array(
        [
            title
            for title in np.unique(history.items).tolist()
            if title != item
            and stance(history, np.flatnonzero(history.items == title).tolist()) is Stance.LIKED
        ],
        np.int64,
    )
    cosines = vectors[liked] @ vectors[item]
    near = np.argsort(-cosines, kind="stable")[:FAVOURITES]
    return tuple((label(int(liked[i])), float(cosines[i])) for i in near if cosines[i] > 0)

"""Backtests on one's own history: which model would have found what was liked next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError
from matinee.evaluate.protocols import RANKING, ranking_split
from matinee.evaluate.splits import Held, Lists, RankingSplit
from matinee.evaluate.taste_comparison import compare_models
from matinee.evaluate.taste_run import run_ranking
from matinee.interaction import Histories
from matinee.taste.named import ranking_model
from matinee.taste.preference import Preference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matinee.evaluate.taste_comparison import TasteComparison
    from matinee.interaction import Interactions, ItemFeatures

MEASURES = ("ndcg@10", "recall@20", "precision@10")
"""Compared, the one that decides first."""
CUTS = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Where a single history is cut: told is what came before, asked what came in the next tenth."""
FEWEST = 10
"""Liked titles a single history must have: with fewer, a cut asks for none."""
CERTAIN = 0.05
"""Another model is taken for the default only where p, adjusted by Holm, is below this."""
ABOUT_ONE = (
    "One history, cut at five moments: what came before is told, what was liked in the tenth that "
    "came next is to be found among all other titles. The models have not learnt from it."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a backtest says of the default model.

    Attributes:
        comparison: all models, the present default first.
        model: the one to take.
        why: in a sentence.
    """

    comparison: TasteComparison
    model: str
    why: str


def backtest(
    interactions: Interactions,
    features: ItemFeatures,
    models: Sequence[str],
    *,
    history: Histories | None = None,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> Choice:
    """Measure models on one's own data, and say which to take.

    Args:
        interactions: what is learnt from. Without ``history`` its people are asked too, each for
            the last fifth of what they did (by chance where times are unknown).
        features: of its titles.
        models: names, the present default first.
        history: of one person the interactions do not hold, in the same item space, oldest first.
        seed: of everything random.
        report: told the name of each model before it is measured.

    Raises:
        InputError: there is too little to measure on.
    """
    if history is None:
        protocol = "user-temporal" if interactions.timed else "random"
        split, about = ranking_split(protocol, interactions, seed=seed), RANKING[protocol].about
    else:
        protocol, about = "one-history", ABOUT_ONE
        split = cut(interactions, history, seed=seed)
    runs = {}
    for name in models:
        if report is not None:
            report(name)
        runs[name] = [run_ranking(split, features, ranking_model(name))]
    found = compare_models("mine", protocol, about, runs, measures=MEASURES, seed=seed)
    return Choice(found, *choose(found))


def cut(interactions: Interactions, history: Histories, *, seed: int = 0) -> RankingSplit:
    """Return a split that asks one person five times, see :data:`CUTS`.

    Raises:
        InputError: the history has fewer than ten liked titles, or no cut leaves any to find.
    """
    wants = Preference()
    liked = wants.favours(history)
    length, known = len(history.items), np.isin(history.items, interactions.items)
    if int((liked & known).sum()) < FEWEST:
        raise InputError(
            f"The history has {int((liked & known).sum())} liked titles that others know",
            cure=f"Rate some more: at least {FEWEST} of them four stars or better",
        )
    told, targets, masked = [], [], []
    for share in CUTS:
        stop, end = int(length * share), int(length * (share + 0.1) + 0.5)
        now = np.arange(length) < stop
        soon = ~now & (np.arange(length) < end) & liked & known
        wanted = np.setdiff1d(history.items[soon], history.items[now])
        if len(wanted):
            told.append(now)
            targets.append(wanted)
            masked.append(np.unique(history.items[now]))
    if not targets:
        raise InputError(
            "No stretch of the history has a liked title that is new",
            cure="Rate some more titles, and the backtest has something to find",
        )
    parts = [history.keep(now) for now in told]
    return RankingSplit(
        protocol="one-history",
        seed=seed,
        relevant="ratings of 4 stars or more, likes, watches and rewatches",
        positive=wants.positive,
        train=interactions,
        candidates=np.bincount(interactions.items, minlength=len(interactions.item_ids)) > 0,
        test=Held(
            people=np.arange(len(parts)),
            folded=_joined(parts),
            targets=_lists(targets),
            masked=_lists(masked),
        ),
    )


def choose(comparison: TasteComparison) -> tuple[str, str]:
    """Return the model to take, and why.

    The present default stays unless another is better beyond doubt: a default that changes by
    chance would be worse than either.
    """
    first, *others = comparison.runs
    measure = MEASURES[0]
    better = {}
    for name in others:
        contrast = comparison.contrast(name, measure)
        if contrast and contrast.difference.mean > 0 and contrast.p_holm < CERTAIN:
            better[name] = contrast.difference.mean
    if not better:
        return first, f"No model is better than {first} beyond doubt in {measure}"
    best = max(better, key=better.__getitem__)
    return best, f"{best} has {better[best]:+.4f} {measure} over {first}, p below {CERTAIN:g}"


def _joined(parts: Sequence[Histories]) -> Histories:
    """Return the histories of several batches, one after the other, of people nobody knows."""
    lengths = np.concatenate([part.lengths for part in parts])
    return Histories(
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        items=np.concatenate([part.items for part in parts]),
        actions=np.concatenate([part.actions for part in parts]),
        values=np.concatenate([part.values for part in parts]),
        times=np.concatenate([part.times for part in parts]),
        users=np.full(len(lengths), -1, np.int64),
    )


def _lists(parts: Sequence[np.ndarray]) -> Lists:
    offsets = np.concatenate(([0], np.cumsum([len(part) for part in parts]))).astype(np.int64)
    return Lists(offsets, np.concatenate(parts).astype(np.int64))

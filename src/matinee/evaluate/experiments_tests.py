"""Which of two rankers people prefer, and how sure that is.

The unit is the person: answers of one person are alike, and counting each as if somebody else had
got it would find differences where there are none.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.evaluate.statistics import CONFIDENCE, Estimate, bootstrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from matinee.evaluate.experiments_answers import Answer

    Floats = npt.NDArray[np.float64]

FEWEST_DECIDED = 6
"""People who preferred one: all five of five agree with a chance of 1 in 16, above .05."""
FEWEST_PEOPLE = 10
"""Of each arm: with fewer, the means of click rates are too far from normal for Welch's t."""
POWER = 0.8
"""Chance of finding the smallest difference that counts as detectable; the usual choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """Whom people preferred where two rankers were mixed.

    Attributes:
        answers_a: answers of which more titles of a than of b were chosen.
        answers_b: the other way round.
        answers_tied: answers with as many of both, one at least or of nobody's.
        people_a: people more of whose answers were won by a.
        people_b: people more of whose answers were won by b.
        people_tied: people who chose something and preferred neither.
        delta: mean over people of the part of their answers won by b, ties halved, less a half:
            from -0.5, all for a, to 0.5, all for b; None where nobody chose anything.
        delta_answers: the same over answers (Chapelle and others, 2012), without an interval.
        p: two-sided, of the sign test over the people who preferred one.
        detectable: smallest share of people preferring one ranker, above .5, that so many people
            would show four times in five; None with too few.
    """

    answers_a: int
    answers_b: int
    answers_tied: int
    people_a: int
    people_b: int
    people_tied: int
    delta: Estimate | None
    delta_answers: float | None
    p: float
    detectable: float | None

    @property
    def enough(self) -> bool:
        """Whether so few people can show anything at all."""
        return self.people_a + self.people_b >= FEWEST_DECIDED

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self) | {"enough": self.enough}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What happened in one arm.

    Attributes:
        people: who saw it.
        answers: they were shown.
        impressions: titles in them.
        clicks: titles clicked.
        plays: titles played.
        ratings: titles rated.
    """

    people: int
    answers: int
    impressions: int
    clicks: int
    plays: int
    ratings: int

    @classmethod
    def of(cls, answers: Sequence[Answer]) -> Counted:
        """Count answers."""
        return cls(
            people=len({answer.person for answer in answers}),
            answers=len(answers),
            impressions=sum(answer.impressions for answer in answers),
            clicks=sum(len(answer.clicked) for answer in answers),
            plays=sum(len(answer.played) for answer in answers),
            ratings=sum(len(answer.stars) for answer in answers),
        )

    def to_dict(self) -> dict[str, int]:
        """Return it as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One metric of two arms, over people.

    Attributes:
        people_a: people of the first arm of whom the metric is known.
        people_b: of the second.
        a: mean over people of the first arm with its interval; None without people.
        b: of the second.
        difference: b less a; None where a mean is missing.
        low: lower end of its interval.
        high: upper end.
        p: two-sided, of Welch's t.
        detectable: smallest difference that so many people would show four times in five.
    """

    people_a: int
    people_b: int
    a: float | None
    b: float | None
    difference: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    detectable: float | None = None

    @property
    def enough(self) -> bool:
        """Whether there are people enough for the test."""
        return min(self.people_a, self.people_b) >= FEWEST_PEOPLE

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self) | {"enough": self.enough}


def prefer(answers: Sequence[Answer], *, seed: int) -> Preferred:
    """Return whom people preferred.

    An answer is won by the ranker that gave more of the titles chosen; answers where nothing was
    chosen do not count. A person prefers the ranker that won more of their answers.

    Source: Radlinski, Kurup and Joachims, 2008; Chapelle, Joachims, Radlinski and Yue, "Large-scale
    validation and analysis of interleaved search evaluation", ACM TOIS 2012 (delta).
    """
    won: dict[int, list[float]] = defaultdict(list)
    for answer in answers:
        if answer.chosen:
            a, b = answer.credit()
            won[answer.person].append(float(np.sign(b - a)))
    outcomes = [outcome for each in won.values() for outcome in each]
    sums = [sum(each) for each in won.values()]
    people_a, people_b = sum(s < 0 for s in sums), sum(s > 0 for s in sums)
    decided = people_a + people_b
    return Preferred(
        answers_a=outcomes.count(-1.0),
        answers_b=outcomes.count(1.0),
        answers_tied=outcomes.count(0.0),
        people_a=people_a,
        people_b=people_b,
        people_tied=len(sums) - decided,
        # An outcome of -1, 0 or 1 is a part won of 0, 1/2 or 1, which is half of it and a half.
        delta=bootstrap([float(np.mean(e)) / 2 for e in won.values()], seed=seed) if won else None,
        delta_answers=float(np.mean(outcomes)) / 2 if outcomes else None,
        p=sign_test(people_a, people_b),
        detectable=_detectable_share(decided),
    )


def sign_test(first: int, second: int) -> float:
    """Return the two-sided p of so uneven a number of wins, were each a fair coin's.

    >>> round(sign_test(6, 0), 6)  # 2 of 64
    0.03125
    >>> sign_test(0, 0)
    1.0
    """
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(first, second), first + second, 0.5)))


def _detectable_share(decided: int) -> float | None:
    """Return the share that ``decided`` people show with :data:`POWER`, by the normal law."""
    if decided < FEWEST_DECIDED:
        return None
    return min(1.0, 0.5 + 0.5 * _reach() / math.sqrt(decided))


def _reach() -> float:
    """Return how many standard errors a difference must be to be found: 2.80."""
    from scipy.special import ndtri

    return float(ndtri(0.5 + CONFIDENCE / 2) + ndtri(POWER))


def by_person(answers: Sequence[Answer], metric: str) -> Floats:
    """Return a metric's mean of each person of whom it is known, float64 [people].

    Args:
        answers: of one arm.
        metric: "click_through", "plays" or "mean_rating".
    """
    values: dict[int, list[float]] = defaultdict(list)
    for answer in answers:
        if metric == "click_through":
            values[answer.person].append(float(bool(answer.clicked)))
        elif metric == "plays":
            values[answer.person].append(float(len(answer.played)))
        elif answer.stars:
            values[answer.person].extend(answer.stars.values())
    return np.array([np.mean(each) for each in values.values()], np.float64)


def compare(first: Sequence[Answer], second: Sequence[Answer], metric: str) -> Compared:
    """Return how a metric differs between two arms, by Welch's t over people.

    ``t = (mean_b - mean_a) / sqrt(s_a^2 / n_a + s_b^2 / n_b)`` with the degrees of freedom of
    Welch and Satterthwaite: the arms may vary differently and be of different size.

    Source: Welch, "The generalization of Student's problem when several different population
    variances are involved", Biometrika 1947.
    """
    a, b = by_person(first, metric), by_person(second, metric)
    means = tuple(float(values.mean()) if len(values) else None for values in (a, b))
    found = Compared(people_a=len(a), people_b=len(b), a=means[0], b=means[1], difference=None)
    if means[0] is None or means[1] is None:
        return found
    difference = means[1] - means[0]
    found = replace(found, difference=difference)
    if min(len(a), len(b)) < 2:
        return found
    shares = [float(values.var(ddof=1)) / len(values) for values in (a, b)]
    error = math.sqrt(sum(shares))
    if not error:
        # Nobody differs from anybody of the same arm, and t has no scale. All splits of these
        # people into two arms can be counted instead: none is further apart.
        splits = math.comb(len(a) + len(b), len(a))
        return replace(found, p=min(1.0, 2 / splits) if difference else 1.0)
    from scipy.special import stdtr, stdtrit

    freedom = sum(shares) ** 2 / sum(
        share**2 / (len(values) - 1) for share, values in zip(shares, (a, b), strict=True)
    )
    half = float(stdtrit(freedom, 0.5 + CONFIDENCE / 2)) * error
    return replace(
        found,
        low=difference - half,
        high=difference + half,
        p=float(2 * stdtr(freedom, -abs(difference) / error)),
        detectable=_reach() * error,
    )


def uneven(first: int, second: int) -> float | None:
    """Return p of so uneven a number of people by chance, None where nobody came.

    Chi-square of one degree against halves. Source: Fabijan and others, "Diagnosing sample ratio
    mismatch in online controlled experiments", KDD 2019.
    """
    people = first + second
    if not people:
        return None
    chi = (first - second) ** 2 / people
    return math.erfc(math.sqrt(chi / 2))

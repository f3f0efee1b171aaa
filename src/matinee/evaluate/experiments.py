"""Experiments on the people of a service: who takes part, and what came of it.

Read :func:`report`: what happened is read as answers (:mod:`matinee.evaluate.experiments_answers`),
and those are compared person by person (:mod:`matinee.evaluate.experiments_tests`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from matinee.errors import QueryError
from matinee.evaluate.experiments_answers import answers
from matinee.evaluate.experiments_tests import (
    Compared,
    Counted,
    Preferred,
    compare,
    prefer,
    uneven,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee.evaluate.experiments_answers import Answer
    from matinee.store.records import Event, Experiment

Arm: TypeAlias = Literal["a", "b"]

METRICS: dict[str, str] = {
    "click_through": "part of the answers with a click",
    "plays": "plays an answer",
    "mean_rating": "stars given to what was shown",
}
"""What two arms are compared by, each as a mean over people of the mean of each person."""
_HALF = 8
"""Bytes of the hash for either decision: whether somebody takes part says nothing of the arm."""


def bucket(salt: str, person: str) -> tuple[float, float]:
    """Return two numbers of a person, in [0, 1), that are the same for ever.

    They are the halves of the first 16 bytes of SHA-256 over salt and name. Over people they are
    uniform, and independent of each other and of those of another salt.

    >>> bucket("s", "anna") == bucket("s", "anna"), bucket("s", "anna") == bucket("t", "anna")
    (True, False)
    """
    digest = hashlib.sha256(f"{salt}\0{person}".encode()).digest()
    whole = 256.0**_HALF
    # The largest of 64 bits rounds up to 1 as a float.
    return tuple(  # type: ignore[return-value]
        min(int.from_bytes(digest[at : at + _HALF], "big") / whole, 1 - 2**-53) for at in (0, _HALF)
    )


def takes_part(experiment: Experiment, person: str) -> bool:
    """Tell whether a person is in the share of an experiment."""
    return bucket(experiment.salt, person)[0] < experiment.share


def arm_of(experiment: Experiment, person: str) -> Arm:
    """Return the ranker a person sees in an A/B experiment; each is as likely."""
    return "a" if bucket(experiment.salt, person)[1] < 0.5 else "b"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentReport:
    """What came of an experiment.

    Attributes:
        experiment: its name.
        design: "ab" or "interleave".
        people: people who were shown something.
        answers: answers they were shown.
        impressions: titles in those answers that were recorded.
        clicks: of those titles, how many were clicked.
        arms: of an A/B experiment, people, answers and so on of each arm.
        preferred: of interleaving, whom people preferred.
        compared: of an A/B experiment, each of :data:`METRICS`.
        uneven: of an A/B experiment, p of so uneven a number of people by chance.
        verdict: the outcome as a sentence.
        warnings: why it is to be taken with care.
    """

    experiment: str
    design: str
    people: int
    answers: int
    impressions: int
    clicks: int
    arms: dict[str, Counted] | None = None
    preferred: Preferred | None = None
    compared: dict[str, Compared] | None = None
    uneven: float | None = None
    verdict: str
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, without what the design does not have."""
        values: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("experiment", "design", "people", "answers", "impressions", "clicks")
        }
        if self.preferred is not None:
            values["preferred"] = self.preferred.to_dict()
        if self.arms is not None and self.compared is not None:
            values["arms"] = {arm: each.to_dict() for arm, each in self.arms.items()}
            values["compared"] = {name: each.to_dict() for name, each in self.compared.items()}
            values["uneven_p"] = self.uneven
        return values | {"verdict": self.verdict, "warnings": list(self.warnings)}


UNEVEN = 0.001
"""p below which the arms' numbers of people are no chance (Fabijan and others, KDD 2019)."""
ALPHA = 0.05


def report(
    experiment: Experiment,
    shown: Iterable[Event],
    done: Iterable[Event],
    *,
    seed: int = 0,
    planned: int | None = None,
) -> ExperimentReport:
    """Return what came of an experiment.

    Args:
        experiment: the experiment.
        shown: its impressions, in the order of their sequence.
        done: clicks, plays and ratings since it began; those on other answers are left out.
        seed: of the bootstrap.
        planned: people it was planned for; with fewer the outcome is called preliminary.

    Raises:
        QueryError: ``planned`` is below 1.
    """
    if planned is not None and planned < 1:
        raise QueryError(f"planned is {planned}", cure="Give the number of people, 1 at least")
    found = answers(shown, done)
    if experiment.design == "interleave":
        return _interleaved(experiment, found, seed, planned)
    return _compared(experiment, found, planned)


def _interleaved(
    experiment: Experiment, found: list[Answer], seed: int, planned: int | None
) -> ExperimentReport:
    preferred = prefer(found, seed=seed)
    if not preferred.enough:
        verdict = (
            f"Not enough data: {preferred.people_a + preferred.people_b} people preferred one of "
            "the rankers, and with fewer than 6 no outcome can be told from chance"
        )
    elif preferred.p < ALPHA:
        better = "a" if preferred.people_a > preferred.people_b else "b"
        verdict = f"People prefer {better} (p {_told(preferred.p)})"
    else:
        verdict = f"No difference was found (p {_told(preferred.p)})"
    people, peeking = _peeking(found, planned)
    return ExperimentReport(
        experiment=experiment.name,
        design=experiment.design,
        people=people,
        answers=len(found),
        impressions=sum(answer.impressions for answer in found),
        clicks=sum(len(answer.chosen) for answer in found),
        preferred=preferred,
        verdict=verdict,
        warnings=peeking,
    )


def _compared(experiment: Experiment, found: list[Answer], planned: int | None) -> ExperimentReport:
    sides = {arm: [answer for answer in found if answer.arm == arm] for arm in ("a", "b")}
    counted = {arm: Counted.of(side) for arm, side in sides.items()}
    compared = {name: compare(sides["a"], sides["b"], name) for name in METRICS}
    main = compared["click_through"]
    if not main.enough or main.difference is None:
        verdict = (
            f"Not enough data: {counted['a'].people} people saw a and {counted['b'].people} saw b, "
            "and fewer than 10 of either say nothing"
        )
    elif main.p is not None and main.p < ALPHA:
        better = "a" if main.difference < 0 else "b"
        verdict = f"More of the answers by {better} are clicked (p {_told(main.p)})"
    else:
        verdict = "No difference of click-through was found" + (
            "" if main.p is None else f" (p {_told(main.p)})"
        )
    people, warnings = _peeking(found, planned)
    chance = uneven(counted["a"].people, counted["b"].people)
    if chance is not None and chance < UNEVEN:
        warnings = (
            f"{counted['a'].people} people saw a and {counted['b'].people} saw b, which is no "
            f"chance (p {_told(chance)}): one arm loses people, or their answers, and the figures "
            "cannot be believed until it is known why",
            *warnings,
        )
    return ExperimentReport(
        experiment=experiment.name,
        design=experiment.design,
        people=people,
        answers=len(found),
        impressions=sum(answer.impressions for answer in found),
        clicks=sum(len(answer.chosen) for answer in found),
        arms=counted,
        compared=compared,
        uneven=chance,
        verdict=verdict,
        warnings=warnings,
    )


def _peeking(found: list[Answer], planned: int | None) -> tuple[int, tuple[str, ...]]:
    """Return how many people there are, and a caution where that is not the number planned."""
    people = len({answer.person for answer in found})
    if planned is None:
        return people, (
            "p holds for one look at a number of people fixed before; who looks again and again "
            "and stops at the first p below .05 is wrong far more often. Say how many people you "
            "planned for",
        )
    if people < planned:
        return people, (
            f"Preliminary: {people} of the {planned} people planned for; p holds once they are "
            "there",
        )
    return people, ()


def _told(p: float) -> str:
    return "below .001" if p < 0.001 else f"{p:.3f}".lstrip("0")

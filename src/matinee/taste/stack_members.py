"""The models under a stack, learnt on the same ratings, and what each says of a pair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matinee.taste.bias import Bias, FittedBias
from matinee.taste.rating_knn import FittedRatingKnn, ItemRatingKnn, UserRatingKnn
from matinee.taste.stack_context import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from matinee.interaction import ItemFeatures
    from matinee.taste.fm import FactorisationMachine, FittedFactorisationMachine
    from matinee.taste.rating_data import Ratings
    from matinee.taste.rating_kernel import Nearness
    from matinee.types import Rows

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The models, before anything is learnt.

    Attributes:
        machines: factorisation machines by name.
        nearness: what is said of the rests of each machine.
        neighbours: whether people alike are asked; they cannot be of the past alone.
        timed: whether times are used.
        past: whether what is told of a person at a moment is of the past alone.
    """

    machines: Mapping[str, FactorisationMachine]
    nearness: Nearness
    neighbours: bool
    timed: bool
    past: bool

    def learn(
        self,
        ratings: Ratings,
        features: ItemFeatures | None,
        *,
        seed: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> Members:
        """Learn every model.

        Raises:
            MissingExtraError: ``myfm`` is not installed.
        """
        bias = Bias().learn(ratings)
        learnt = {}
        for place, (name, machine) in enumerate(self.machines.items()):
            steps = machine.burn_in + machine.samples

            def each(done: int, total: int, start: int = place * steps) -> None:
                if progress is not None:
                    progress(start + done, total * len(self.machines))

            learnt[name] = machine.learn(ratings, features, seed=seed + place, progress=each)
        return Members(
            bias=bias,
            items=replace(ItemRatingKnn(past=self.past).learn(ratings), bias=bias),
            people=UserRatingKnn().learn(ratings) if self.neighbours else None,
            machines=learnt,
            nearness=self.nearness,
            context=Context.of(ratings, features, bias, timed=self.timed, past=self.past),
            features=features,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """What the models learnt.

    Attributes:
        bias: habits.
        items: neighbours among titles.
        people: neighbours among people, or None.
        machines: factorisation machines by name.
        nearness: as in :class:`Team`.
        context: what is known beside.
        features: of the titles, or None.
    """

    bias: FittedBias
    items: FittedRatingKnn
    people: FittedRatingKnn | None
    machines: Mapping[str, FittedFactorisationMachine]
    nearness: Nearness
    context: Context
    features: ItemFeatures | None

    def columns(
        self,
        ratings: Ratings,
        known: Rows,
        people: Rows,
        items: Rows,
        times: npt.NDArray[np.int64],
    ) -> dict[str, Floats]:
        """Return what is said of each pair, by name, float64 [p] each.

        Args:
            ratings: of the people of the batch; without times where none are used.
            known: int64 [b], position of each person among those fitted on, or -1.
            people: int64 [p], positions in the batch.
            items: int64 [p].
            times: int64 [p], :data:`~matinee.taste.rating_data.LATER` where unknown.
        """
        until = times if self.nearness.past else None
        habit = self.bias.mean + self.bias.title[items]
        habit = habit + self.bias.habits_at(ratings, people, until)
        rest, support = self.items.rests(ratings, known, people, items, times)
        found = {"bias": habit, "item-knn": habit + rest, "item-knn support": support}
        if self.people is not None:
            rest, support = self.people.rests(ratings, known, people, items, times)
            found |= {"user-knn": habit + rest, "user-knn support": support}
        total, spread = np.zeros(len(people)), np.zeros(len(people))
        for name, machine in self.machines.items():
            own, _ = machine.posterior(ratings, known, ratings.users, ratings.items, ratings.times)
            stars, variance = machine.posterior(ratings, known, people, items, times)
            rest, left = self.nearness.rests(
                ratings, ratings.stars - own, people, items, times, self.features
            )
            found |= {name: stars, f"{name} near": stars + rest, f"{name} variance": variance}
            found["near variance"] = left
            total += stars + rest
            spread += variance
        number = len(self.machines)
        found |= {"machines": total / number, "machines variance": spread / number}
        return found | self.context.columns(ratings, people, items, times)

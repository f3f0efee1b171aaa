"""Stars by many models at once: factorisation machines, neighbours, habits and what is near."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import InputError
from matinee.interaction import NO_TIME, ItemFeatures
from matinee.taste.bias import FittedBias
from matinee.taste.fm import FactorisationMachine, FittedFactorisationMachine
from matinee.taste.rating_data import Ratings, check_pairs, clipped, moments
from matinee.taste.rating_kernel import Nearness
from matinee.taste.rating_knn import FittedRatingKnn
from matinee.taste.stack_combine import Combine, Combined
from matinee.taste.stack_context import Context
from matinee.taste.stack_inner import INNER, inner_splits
from matinee.taste.stack_members import Members, Team
from matinee.taste.stack_trees import Trees
from matinee.taste.storage import load_arrays, load_values, save_model
from matinee.types import Predicted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Histories, Interactions
    from matinee.types import Rows

NAME = "stack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Models learnt side by side, combined by how well they did on ratings held out from them.

    1. The ratings are split as ``inner`` says. For each part two factorisation machines, item and
       user neighbours and habits are learnt on the rest; a Gaussian process tells what each
       machine's rests say of a person's pair near in time or alike; and what is known of person,
       title and moment is added.
    2. A ridge, then boosted trees, learn the held-out stars from that (stacked generalisation,
       Wolpert 1992); where ``inner`` holds out a stretch of time, they are held back. Intervals
       are the 10% and 90% quantiles of what is left, by how sure the models were (split conformal
       in bins).
    3. All models are learnt again, on all ratings.

    With ``causal`` everything computed from a history, for a pair to predict as for the ratings
    it is learnt on, is of ratings not later than the moment: the sets of the machines, the
    neighbours among titles, the rests near in time, the counts, habits and windows of person and
    title. The weights of the machines, the similarities and habits of titles are learnt from all
    ratings given, later ones too, and a person known keeps weights learnt from all their ratings:
    strictly without future are only splits that give no later ratings at all. The past alone
    leaves out user neighbours and the day.

    Attributes:
        use_time: whether times are used where they are known.
        causal: see above; needs times.
        inner: see :func:`~matinee.taste.stack_inner.inner_splits`.
        folds: parts of ``random``; each costs a fit of everything.
        rank: of the machines.
        burn_in: steps of their samplers thrown away.
        samples: steps after these.
        kept: samples that predict.
        nearness: how rests speak of each other; ``past`` is set by ``causal``.
        combine: how what is said becomes stars.
    """

    use_time: bool = True
    causal: bool = False
    inner: str = "random"
    folds: int = 4
    rank: int = 8
    burn_in: int = 25
    samples: int = 50
    kept: int = 25
    nearness: Nearness = field(default_factory=Nearness)
    combine: Combine = field(default_factory=Combine)

    def __post_init__(self) -> None:
        if self.inner not in INNER:
            raise InputError(
                "There is no such inner split",
                where=self.inner,
                cure=f"Take one of {', '.join(INNER)}",
            )
        if self.folds < 2:
            raise InputError("folds must be 2 or more", where=str(self.folds))
        if self.causal and not self.use_time:
            raise InputError("causal needs use_time")

    @property
    def name(self) -> str:
        """The public name of the model."""
        return NAME

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,
        *,
        seed: int = 0,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> FittedStack:
        """Learn the models on parts, how to combine them, and the models on all.

        Raises:
            InputError: there are fewer ratings than folds, the features are of other titles, or
                times are needed and not all known.
            MissingExtraError: ``myfm`` or ``lightgbm`` is not installed.
        """
        ratings = Ratings.of(interactions)
        if not self.use_time:
            ratings = _timeless(ratings)
        if features is not None and len(features) != ratings.titles:
            raise InputError(
                "The features are of other titles than the interactions",
                where=f"{len(features)} and {ratings.titles} titles",
            )
        if self.causal and not ratings.timed:
            raise InputError("causal needs the time of every rating", cure="Leave causal out")
        if len(ratings) < self.folds:
            raise InputError("There are fewer ratings than folds", where=str(len(ratings)))
        team = self._team(timed=ratings.timed)
        splits = inner_splits(ratings, self.inner, self.folds, seed)
        everyone = np.arange(ratings.people)
        rows, stars, sure = [], [], []
        for place, (learnt, held) in enumerate(splits):
            tell = _stage(progress, f"part {place + 1} of {len(splits)}")
            part, test = ratings.take(learnt), ratings.take(held)
            members = team.learn(part, features, seed=seed + 100 * place, progress=tell)
            found = members.columns(part, everyone, test.users, test.items, test.times)
            names = tuple(found)
            rows.append(np.column_stack(list(found.values())))
            sure.append(_sure(found))
            stars.append(test.stars)
        combined = self._combine().learn(
            np.concatenate(rows), np.concatenate(stars), np.concatenate(sure), seed=seed
        )
        whole = team.learn(ratings, features, seed=seed, progress=_stage(progress, "all ratings"))
        return FittedStack(members=whole, combined=combined, columns=names)

    def _combine(self) -> Combine:
        """Return how to combine, held back where what was held out is a stretch of time."""
        if self.inner == "random":
            return self.combine
        penalty = max(self.combine.penalty, _HELD_BACK)
        rounds = min(self.combine.rounds, _FEW) if self.inner == "person" else 0
        return replace(self.combine, penalty=penalty, rounds=rounds, leaves=_SMALL)

    def _team(self, *, timed: bool) -> Team:
        machine = FactorisationMachine(
            rank=self.rank,
            burn_in=self.burn_in,
            samples=self.samples,
            kept=self.kept,
            use_time=False,
            past=self.causal,
        )
        second = replace(machine, ordinal=True)
        if timed and not self.causal:
            second = replace(machine, use_time=True)
        return Team(
            machines={"machine": machine, "second machine": second},
            nearness=replace(self.nearness, past=self.causal),
            neighbours=not self.causal,
            timed=timed,
            past=self.causal,
        )


def _stage(
    progress: Callable[[str, int, int], None] | None, stage: str
) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, total: progress(stage, done, total)


def _timeless(ratings: Ratings) -> Ratings:
    return replace(ratings, times=np.full(len(ratings), NO_TIME))


def _sure(found: Mapping[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Return the variance that the models expect of each pair."""
    return found["machines variance"] + found["near variance"]


# Trees remember what each person, and the age they lived in, did in the stretch that was held out.
# On the last fifth of each person's training ratings of MovieLens small, 300 large trees had .8167
# RMSE, 80 small ones .8130, none .8170. On the last fifth of all training ratings a ridge with this
# penalty had .943, with a penalty of 50 .954.
_HELD_BACK = 2_000.0
_FEW = 80
_SMALL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedStack:
    """What :class:`Stack` learnt; needs neither ``myfm`` nor ``lightgbm``.

    Attributes:
        members: the models, learnt on all ratings.
        combined: how what they say becomes stars.
        columns: the names of what they say, in order.
    """

    members: Members
    combined: Combined
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """The public name of the model."""
        return NAME

    @property
    def inner_rmse(self) -> float:
        """Root of the mean squared error, stars, on ratings held out while learning."""
        return self.combined.rmse

    def predict(
        self,
        histories: Histories,
        people: Rows,
        items: Rows,
        times: npt.NDArray[np.int64] | None = None,
    ) -> Predicted:
        """Return the stars of each pair, with intervals.

        A pair without a time is one after everything in the history.

        Raises:
            InputError: a person or a title is out of range.
        """
        context = self.members.context
        titles = context.titles.people
        check_pairs(histories, people, items, titles)
        ratings = Ratings.of_histories(histories, titles, first=context.past)
        when = moments(times, len(people))
        if not context.timed:
            ratings, when = _timeless(ratings), moments(None, len(people))
        found = self.members.columns(ratings, histories.users, people, items, when)
        table = np.column_stack([found[name] for name in self.columns])
        stars, low, high = self.combined.predict(table, _sure(found))
        return Predicted(clipped(stars), clipped(low), clipped(high))

    def save(self, folder: Path) -> None:
        """Write what was learnt into a folder of its own, each model in one below it."""
        members, context = self.members, self.members.context
        members.bias.save(folder / "bias")
        members.items.save(folder / "item-knn")
        if members.people is not None:
            members.people.save(folder / "user-knn")
        for place, machine in enumerate(members.machines.values()):
            machine.save(folder / f"machine-{place}")
        values: dict[str, Any] = {
            "columns": list(self.columns),
            "machines": list(members.machines),
            "neighbours": members.people is not None,
            "nearness": asdict(members.nearness),
            "features": members.features is not None,
            "people": context.titles.titles,
            "titles": context.titles.people,
            "timed": context.timed,
            "past": context.past,
            "rmse": self.combined.rmse,
        }
        arrays = {f"ratings-{key}": getattr(context.titles, key) for key in _RATINGS}
        arrays |= {f"trees-{key}": getattr(self.combined.trees, key) for key in _TREES}
        arrays |= {key: getattr(self.combined, key) for key in _COMBINED}
        arrays |= {"context-years": context.years, "context-genres": context.genres}
        if members.features is not None:
            arrays |= {"years": members.features.years, "genres": members.features.genres}
        save_model(folder, NAME, values, arrays)

    @classmethod
    def open(cls, folder: Path) -> FittedStack:
        """Open what was saved.

        Raises:
            LibraryCorruptError: a file is missing or damaged.
        """
        values = load_values(folder)
        bias = FittedBias.open(folder / "bias")
        titles = _part(folder, "ratings", _RATINGS)
        context = load_arrays(folder, "context-years", "context-genres")
        features = None
        if values["features"]:
            told = load_arrays(folder, "years", "genres")
            features = ItemFeatures(years=told["years"], genres=told["genres"], genre_names=())
        spans = tuple((float(span), float(weight)) for span, weight in values["nearness"]["spans"])
        members = Members(
            bias=bias,
            items=FittedRatingKnn.open(folder / "item-knn"),
            people=FittedRatingKnn.open(folder / "user-knn") if values["neighbours"] else None,
            machines={
                name: FittedFactorisationMachine.open(folder / f"machine-{place}")
                for place, name in enumerate(values["machines"])
            },
            nearness=Nearness(**values["nearness"] | {"spans": spans}),
            context=Context(
                bias=bias,
                titles=Ratings(**titles, people=values["titles"], titles=values["people"]),
                years=context["context-years"],
                genres=context["context-genres"],
                timed=bool(values["timed"]),
                past=bool(values["past"]),
            ),
            features=features,
        )
        combined = Combined(
            **load_arrays(folder, *_COMBINED),
            trees=Trees(**_part(folder, "trees", _TREES)),
            rmse=float(values["rmse"]),
        )
        return cls(members=members, combined=combined, columns=tuple(values["columns"]))


_RATINGS = ("users", "items", "stars", "times")
_TREES = tuple(each.name for each in fields(Trees))
_COMBINED = ("weights", "edges", "ends")


def _part(folder: Path, name: str, keys: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    found = load_arrays(folder, *(f"{name}-{key}" for key in keys))
    return {key: found[f"{name}-{key}"] for key in keys}

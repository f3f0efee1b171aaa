"""One run of models of taste under a protocol: what ``matinee evaluate ranking|ratings`` does."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, is_dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from matinee.errors import InputError
from matinee.evaluate.dataset import read_dataset
from matinee.evaluate.protocols import RANKING as RANKING_PROTOCOLS
from matinee.evaluate.protocols import RATING as RATING_PROTOCOLS
from matinee.evaluate.protocols import ranking_split, rating_split
from matinee.evaluate.statistics import RESAMPLES
from matinee.evaluate.taste_comparison import TasteComparison, compare_models
from matinee.evaluate.taste_run import TasteRun, run_ranking, run_rating
from matinee.taste.named import RANKING, RATING, ranking_model, rating_model
from matinee.taste.preference import Preference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from matinee.evaluate.splits import RatingSplit

    Report = Callable[[str], None]

Task: TypeAlias = Literal["ranking", "ratings"]

MEASURES: Mapping[Task, tuple[str, ...]] = {
    "ranking": ("ndcg@100", "ndcg@10", "recall@20", "precision@10"),
    "ratings": ("squared_error", "absolute_error", "precision@10"),
}
"""Compared person by person, the one that decides first."""


_FORWARD: Mapping[str, Mapping[str, Any]] = {
    "user-temporal": {"causal": True, "past": True},
    "global-temporal": {"inner": "late"},
}
"""What a rating model is told where all that is asked lies ahead: to learn from the past alone, and
to choose by what came last. Models without such a parameter are as always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TasteExperiment:
    """What is compared, and how.

    Attributes:
        task: ``ranking`` or ``ratings``.
        protocol: name of the split.
        models: names of models, none twice; the others are compared with the first.
        seeds: each split is made, and each model fitted, once for every one of them.
        resamples: of the bootstrap.

    Raises:
        InputError: a name is not known, occurs twice, or there is none.
    """

    task: Task
    protocol: str
    models: tuple[str, ...]
    seeds: tuple[int, ...] = (0,)
    resamples: int = RESAMPLES

    def __post_init__(self) -> None:
        protocols = tuple(RANKING_PROTOCOLS if self.task == "ranking" else RATING_PROTOCOLS)
        known = RANKING if self.task == "ranking" else RATING
        if self.protocol not in protocols:
            raise InputError(
                f"There is no such protocol for {self.task}",
                where=self.protocol,
                cure=f"Take one of {', '.join(protocols)}",
            )
        for what, given in (("models", self.models), ("seeds", self.seeds)):
            if not given or len(set(given)) < len(given):
                raise InputError(
                    f"The {what} are {', '.join(map(str, given)) or 'none'}", cure="Name each once"
                )
        for name in self.models:
            if name not in known:
                raise InputError(
                    "There is no such model", where=name, cure=f"Take one of {', '.join(known)}"
                )
        if min(self.seeds) < 0:
            raise InputError(f"A seed is {min(self.seeds)}", cure="Give 0 or a number above it")

    def run(self, folder: Path, report: Report | None = None) -> TasteComparison:
        """Measure every model under every seed, and compare them.

        A single run takes place in this process; of several, each in a fresh one, so that the
        memory of one is not counted for the next.

        Raises:
            InputError: the data cannot be used, or not for this protocol.
            MissingExtraError: a model needs a package that is not installed.
        """
        wanted = [(model, seed) for model in self.models for seed in self.seeds]
        runs: dict[str, list[TasteRun]] = {model: [] for model in self.models}
        for model, seed in wanted:
            if report is not None:
                report(f"{model}, seed {seed}")
            job = (self.task, folder, self.protocol, model, seed)
            runs[model].append(measure(*job) if len(wanted) == 1 else _apart(*job))
        return compare_models(
            folder.resolve().name,
            self.protocol,
            (
                RANKING_PROTOCOLS[self.protocol].about
                if self.task == "ranking"
                else RATING_PROTOCOLS[self.protocol].about
            ),
            runs,
            measures=MEASURES[self.task],
            seed=self.seeds[0],
            resamples=self.resamples,
        )


def measure(task: Task, folder: Path, protocol: str, model: str, seed: int) -> TasteRun:
    """Measure one model on one split of the data in a folder.

    Raises:
        InputError: the data cannot be used, or not for this protocol.
        MissingExtraError: the model needs a package that is not installed.
    """
    data = read_dataset(folder)
    if task == "ranking":
        ranks = ranking_split(protocol, data.interactions, seed=seed)
        wants = Preference(positive=ranks.positive)
        parameters = _those_of(ranking_model(model), preference=wants)
        return run_ranking(ranks, data.features, ranking_model(model, **parameters))
    stars = rating_split(protocol, data.interactions, seed=seed)
    parameters = rating_parameters(model, stars)
    chosen = rating_model(model, **parameters)
    return run_rating(data.interactions, stars, data.features, chosen)


def rating_parameters(model: str, split: RatingSplit) -> dict[str, Any]:
    """Return those parameters of a rating model that a split decides: what it may look at."""
    offered = {"use_time": split.use_time, "causal": split.causal, "past": split.causal}
    return _those_of(rating_model(model), **{**offered, **_FORWARD.get(split.protocol, {})})


def _those_of(model: Any, **offered: Any) -> dict[str, Any]:
    """Return those of the parameters that a model has."""
    has = {field.name for field in fields(model)} if is_dataclass(model) else set[str]()
    return {name: value for name, value in offered.items() if name in has}


def _apart(*job: Any) -> TasteRun:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, *job).result()

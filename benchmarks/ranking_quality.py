"""Quality of the models that rank, on the published protocols.

    python benchmarks/ranking_quality.py [--protocols A,B] [--models A,B] [--seeds 1,2] [--write]

Protocols are those of decision 12: ``strong`` and ``strong-all`` (MovieLens 1M), ``ml100k-a``,
``ml100k-b``, ``2016`` and ``cold-users`` (MovieLens 1M).
``--validation`` asks the people kept for choices in place of those of the test. ``--write`` keeps
the figures in ``benchmarks/results``.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from matinee.evaluate.dataset import read_dataset
from matinee.evaluate.protocols import ranking_split
from matinee.evaluate.taste_run import run_ranking
from matinee.taste.named import ranking_model
from matinee.taste.preference import Preference
from results import keep
from search_quality import data

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matinee.evaluate.taste_run import TasteRun

MODELS = "popularity,ease,rdlae,ials,blend"
_RELEVANT = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A protocol on a data set, and what is published of it."""

    folder: str
    protocol: str
    seeds: Sequence[int]
    measures: Sequence[str]


TASKS = {
    "strong": Task(
        folder="ml-1m",
        protocol="strong",
        seeds=(98765, 1),
        measures=("recall@20", "recall@50", "ndcg@100", "coverage@10"),
    ),
    "strong-all": Task(
        folder="ml-1m",
        protocol="strong-all",
        seeds=(98765, 1),
        measures=("recall@20", "recall@50", "ndcg@100", "coverage@10"),
    ),
    "ml100k-a": Task(
        folder="ml-100k", protocol="ml100k-a", seeds=(42, 1, 2), measures=("ndcg@10",)
    ),
    "ml100k-b": Task(
        folder="ml-100k", protocol="ml100k-b", seeds=(42, 1, 2), measures=("ndcg@10",)
    ),
    "2016": Task(
        folder="ml-latest-small-2016", protocol="random", seeds=(42,), measures=("precision@10",)
    ),
    "cold-users": Task(
        folder="ml-1m", protocol="cold-users", seeds=(98765,), measures=("ndcg@100",)
    ),
}


def runs(
    name: str, models: Sequence[str], seeds: Sequence[int] | None, validation: bool
) -> Iterator[TasteRun]:
    """Measure models on one task."""
    task = TASKS[name]
    dataset = read_dataset(data() / task.folder)
    for seed in seeds or task.seeds:
        split = ranking_split(task.protocol, dataset.interactions, seed=seed)
        if name == "strong" and float(split.train.values.min()) < _RELEVANT:
            raise SystemExit(
                "The split takes ratings below 4 stars for relevant: its figures would not be "
                "those of the protocol."
            )
        if validation:
            if split.validation is None:
                raise SystemExit(f"{name} keeps nobody for validation.")
            split = replace(split, test=split.validation)
        for model in models:
            made = ranking_model(model, preference=Preference(positive=split.positive))
            yield run_ranking(split, dataset.features, made)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--protocols", default=",".join(TASKS))
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--seeds")
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")] if options.seeds else None
    found: dict[str, Any] = {}
    for name in options.protocols.split(","):
        models = options.models.split(",")
        found[name] = []
        for run in runs(name, models, seeds, options.validation):
            values = {key: run.metrics[key] for key in TASKS[name].measures}
            cells = " | ".join(f"{key} {value:.4f}" for key, value in values.items())
            cost = f"{run.seconds['total']:.0f} s | {run.peak_mb:.0f} MB"
            print(f"| {name} | {run.seed} | {run.model} | {cells} | {cost} |", flush=True)
            if run.by_history:
                steps = {k: round(v["ndcg@100"], 4) for k, v in run.by_history.items()}
                print(f"|   by titles told: {steps}", flush=True)
            found[name].append(run.to_dict())
    keep("ranking_quality", {"validation": options.validation} | found, write=options.write)


if __name__ == "__main__":
    main()

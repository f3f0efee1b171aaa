"""Predicted stars: habits, neighbours, factorisation machines and the stack, by protocol.

    python benchmarks/rating_quality.py [--data NAME] [--protocols A,B] [--models A,B]
                                        [--seeds 42,1,2] [--thorough] [--write]

Protocols are those of :mod:`matinee.evaluate.protocols`. Under ``global-temporal`` the stack learns
how to combine its models on the same kind of stretch of its own training ratings. Under
``user-temporal`` it looks at the past alone, as under ``causal``, and learns on random parts: on an
inner split of the training ratings .811 RMSE, against .813 with each person's last ones held out.
``--thorough`` gives the samplers more steps and the
stack more folds. Nothing is chosen by the ratings asked for. ``--write`` adds the runs to those of
``benchmarks/results/rating_quality.json``, replacing runs of the same protocol, model and seed
where the file is of the same commit.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from matinee.evaluate.dataset import read_dataset
from matinee.evaluate.protocols import rating_split
from matinee.evaluate.taste_experiment import rating_parameters
from matinee.evaluate.taste_run import run_rating
from matinee.taste.named import rating_model
from results import FOLDER, _commit, keep
from search_quality import data

if TYPE_CHECKING:
    from matinee.evaluate.dataset import Dataset
    from matinee.evaluate.splits import RatingSplit
    from matinee.protocols import RatingModel

NAME = "rating_quality"
PROTOCOLS = "random,random-no-time,causal,user-temporal,global-temporal"
MODELS = "bias,item-knn,user-knn,fm,stack"
THOROUGH: dict[str, dict[str, Any]] = {
    "fm": {"burn_in": 100, "samples": 400, "kept": 100},
    "stack": {"folds": 6, "burn_in": 40, "samples": 160, "kept": 40},
}
COLUMNS = ("rmse", "mae", "precision@10", "interval_coverage")


def model_for(name: str, split: RatingSplit, *, thorough: bool) -> RatingModel:
    """Return the model, told what the split lets it know."""
    told = rating_parameters(name, split)
    return rating_model(name, **told, **(THOROUGH.get(name, {}) if thorough else {}))


def run(dataset: Dataset, protocol: str, name: str, seed: int, *, thorough: bool) -> dict[str, Any]:
    """Measure one model under one protocol."""
    split = rating_split(protocol, dataset.interactions, seed=seed)
    model = model_for(name, split, thorough=thorough)
    found = run_rating(dataset.interactions, split, dataset.features, model)
    return {"data": dataset.name, "protocol": protocol, "thorough": thorough} | found.to_dict()


def row(found: dict[str, Any]) -> str:
    """Return a run as a line of Markdown."""
    cells = [f"{found['metrics'][key]:.4f}" if key in found["metrics"] else "" for key in COLUMNS]
    head = f"{found['data']} | {found['protocol']} | {found['model']} | {found['seed']}"
    return f"| {head} | {' | '.join(cells)} | {found['seconds']:.0f} s |"


def earlier(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the runs in the file that are of this commit and not measured again."""
    path = FOLDER / f"{NAME}.json"
    if not path.is_file():
        return []
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept["commit"] != _commit():
        return []
    keys = ("data", "protocol", "model", "seed", "thorough")
    again = {tuple(found[key] for key in keys) for found in runs}
    return [found for found in kept["found"]["runs"] if tuple(found[k] for k in keys) not in again]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="ml-latest-small-2018")
    parser.add_argument("--protocols", default=PROTOCOLS)
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--seeds", default="42,1,2")
    parser.add_argument("--thorough", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    dataset = read_dataset(data() / options.data)
    sys.stdout.write("| data | protocol | model | seed | " + " | ".join(COLUMNS) + " | time |\n")
    sys.stdout.write("|---" * (len(COLUMNS) + 5) + "|\n")
    runs = []
    for protocol in options.protocols.split(","):
        for name in options.models.split(","):
            for seed in map(int, options.seeds.split(",")):
                runs.append(run(dataset, protocol, name, seed, thorough=options.thorough))
                sys.stdout.write(row(runs[-1]) + "\n")
                sys.stdout.flush()
                if options.write:
                    keep(NAME, {"runs": earlier(runs) + runs}, write=True)


if __name__ == "__main__":
    main()

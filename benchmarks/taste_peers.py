"""Models of taste beside those of other libraries, on the same splits, in the same run.

    python benchmarks/taste_peers.py [--models A,B] [--peers A,B] [--tasks A,B] [--write]
    python benchmarks/taste_peers.py --inner --peers implicit-als --parameters '{"factors": 64}'

Every model, ours and theirs, learns in a fresh process from the same file and writes what it
predicts; all metrics are computed here, by the same code. Each library has an environment of its
own in ``.venv-peers``, made at the first run. Times are of learning and predicting alone, memory is
the peak of the process. A star marks what differs from the last of our models by the squared error
or nDCG@100 of each person (paired randomisation, Holm, p < .05).

``--inner`` takes nothing but the part that may be learnt from: there parameters are chosen.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import InputError
from matinee.evaluate.statistics import holm, randomisation_test
from matinee.taste.named import RANKING, RATING
from peers.environments import python_of
from peers.tasks import Ranking, Stars, Task
from results import keep
from search_quality import data

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HERE = Path(__file__).parent
MODELS = "bias,item-knn,stack+times,stack,ease,ials,blend"
TIMED = "+times"
"""Ending of a model that is told when ratings were given; the peers are not."""
SIGNIFICANT = 0.05
SEED = 42
_OWN = HERE / "peers" / "own_models.py"

TASKS: Mapping[str, Callable[..., Task]] = {
    "stars": partial(Stars.read, Path("ml-latest-small-2018"), "random", 42),
    "strong": partial(Ranking.read, Path("ml-1m"), "strong", 98765),
    "small": partial(Ranking.read, Path("ml-latest-small-2016"), "random", 42),
}
SHOWN = {
    "stars": ("rmse", "mae"),
    "ranking": ("ndcg@100", "recall@20", "recall@50", "precision@10"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A model of another library.

    Attributes:
        library: names its requirements, ``peers/<library>.txt``, and its script.
        model: its name in the script.
        parameters: by task it takes part in; chosen with ``--inner``.
        environment: variables the library asks to be set.
    """

    library: str
    model: str
    parameters: Mapping[str, Mapping[str, Any]]
    environment: Mapping[str, str] = field(default_factory=dict)


# The best of two to nine settings each, tried with --inner: fewer than our own models had.
_ALS = {
    "strong": {"factors": 128, "regularization": 40, "alpha": 5},
    "small": {"factors": 32, "regularization": 20, "alpha": 5},
}
_BPR = {"factors": 64, "learning_rate": 0.02, "regularization": 0.02, "iterations": 300}
_SVD = {"n_factors": 400, "n_epochs": 80, "lr_all": 0.01, "reg_all": 0.1}
_KNN = {
    "k": 60,
    "sim_options": {"name": "pearson_baseline", "user_based": False, "min_support": 2},
}
_MF = {"embedding_size": 50, "regularization": 0.2, "epochs": 20}
_LENSKIT_KNN = {"max_nbrs": 50, "min_nbrs": 2, "min_sim": 0.01}
_EASE = {"strong": {"regularization": 1000}, "small": {"regularization": 300}}

# implicit says that threads of OpenBLAS beside its own make it slower.
_implicit = partial(Peer, library="implicit", environment={"OPENBLAS_NUM_THREADS": "1"})
PEERS: Mapping[str, Peer] = {
    "surprise-svd": Peer(library="surprise", model="svd", parameters={"stars": _SVD}),
    "surprise-knn": Peer(library="surprise", model="knn", parameters={"stars": _KNN}),
    "lenskit-mf": Peer(library="lenskit", model="mf", parameters={"stars": _MF}),
    "lenskit-knn": Peer(library="lenskit", model="knn", parameters={"stars": _LENSKIT_KNN}),
    "implicit-als": _implicit(model="als", parameters=_ALS),
    "implicit-bpr": _implicit(model="bpr", parameters={"small": _BPR}),
    "implicit-cosine": _implicit(
        model="cosine", parameters={"strong": {"K": 20}, "small": {"K": 50}}
    ),
    "implicit-bm25": _implicit(
        model="bm25", parameters={"strong": {"K": 200}, "small": {"K": 200}}
    ),
    "rectools-ease": Peer(library="rectools", model="ease", parameters=_EASE),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What one model earned in one task, or why it has nothing."""

    facts: Mapping[str, Any]
    each: np.ndarray


def ask(words: Sequence[str], out: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Run a model in a process of its own; return its facts, or ``failed`` with its last line."""
    done = subprocess.run(
        [*words, "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return {"failed": lines[-1] if lines else f"exit status {done.returncode}"}
    with np.load(out, allow_pickle=False) as file:
        found: dict[str, Any] = json.loads(str(file["facts"]))
    return {name: round(v, 3) if isinstance(v, float) else v for name, v in found.items()}


def measured(task: Task, words: Sequence[str], out: Path, peer: Peer | None, **more: Any) -> Row:
    """Run a model and measure what it predicts."""
    facts = ask(words, out, peer.environment if peer else {}) | more
    if "failed" in facts:
        return Row(facts, np.zeros(0))
    with np.load(out, allow_pickle=False) as file:
        values = file["values"]
    if not np.isfinite(values).all():
        return Row({**facts, "failed": "it predicted what is not a number"}, np.zeros(0))
    metrics, each = task.measure(values)
    return Row({**{name: round(v, 5) for name, v in metrics.items()}, **facts}, each)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Run every task; return its facts and the models' rows."""
    found: dict[str, Any] = {}
    for name in options.tasks:
        read = TASKS[name]
        where, *rest = read.args
        task = read.func(data() / where, *rest, inner=options.inner)
        split, out = folder / f"{name}.npz", folder / "predicted.npz"
        task.write(split)
        common = ["--split", str(split), "--seed", str(SEED)]
        rows: dict[str, Row] = {}
        table = RATING if task.kind == "stars" else RANKING
        for model in options.models:
            plain = model.removesuffix(TIMED)
            if plain not in table or (model != plain and task.kind != "stars"):
                continue
            words = [sys.executable, str(_OWN), *common, "--model", plain]
            rows[model] = measured(task, words + ["--times"] * (model != plain), out, None)
            say(name, model, rows[model], task)
        for key in options.peers:
            peer = PEERS[key]
            if name not in peer.parameters:
                continue
            parameters = {**peer.parameters[name], **options.parameters}
            words = [
                str(python_of(peer.library, options.environments)),
                str(HERE / "peers" / f"{peer.library}_models.py"),
                *(*common, "--model", peer.model, "--parameters", json.dumps(parameters)),
            ]
            rows[key] = measured(task, words, out, peer, parameters=parameters)
            say(name, key, rows[key], task)
        found[name] = {**task.facts, "models": compared(rows)}
    return found


def compared(rows: Mapping[str, Row]) -> dict[str, Any]:
    """Return the rows' facts, with the p of the difference from our last model, Holm-adjusted."""
    ours = [name for name in rows if name not in PEERS and len(rows[name].each)]
    others = [name for name in rows if len(rows[name].each) and name not in ours[-1:]]
    p = {
        name: randomisation_test(rows[ours[-1]].each.tolist(), rows[name].each.tolist(), seed=0)
        for name in (others if ours else ())
    }
    adjusted = holm(p)
    return {
        name: {**row.facts} | ({"p": round(adjusted[name], 4)} if name in adjusted else {})
        for name, row in rows.items()
    }


def say(task: str, model: str, row: Row, of: Task) -> None:
    shown = {name: row.facts.get(name) for name in (*SHOWN[of.kind], "fit_s", "score_s", "peak_mb")}
    print(task, model, row.facts.get("failed") or shown, file=sys.stderr, flush=True)


def markdown(found: Mapping[str, Any]) -> str:
    """Return the figures as Markdown, a table a task."""
    lines = []
    for name, task in found.items():
        measures = SHOWN["stars" if name == "stars" else "ranking"]
        heads = [*measures, "learning, s", "predicting, s", "peak, MB"]
        lines += [f"\n{name}: {task['data']}, {task['protocol']}, seed {task['seed']}\n"]
        lines += [f"| model | {' | '.join(heads)} |", "|---" * (1 + len(heads)) + "|"]
        for model, facts in task["models"].items():
            if "failed" in facts:
                lines.append(f"| {model} | {facts['failed']} |")
                continue
            star = "*" if facts.get("p", 1.0) < SIGNIFICANT else ""
            cells = [f"{facts[m]:.4f}" for m in measures]
            cells[0] += star
            cells += [f"{facts['fit_s']:.1f}", f"{facts['score_s']:.2f}", f"{facts['peak_mb']:.0f}"]
            lines.append(f"| {model} | {' | '.join(cells)} |")
    return "\n".join(lines)


def names(known: Sequence[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        given = [part for part in text.split(",") if part]
        if unknown := [part for part in given if part.removesuffix(TIMED) not in known]:
            raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(known)}")
        return given

    return read


def main() -> None:
    parser = argparse.ArgumentParser()
    own = sorted({*RATING, *RANKING})
    parser.add_argument("--models", type=names(own), default=MODELS)
    parser.add_argument("--peers", type=names(list(PEERS)), default=list(PEERS))
    parser.add_argument("--tasks", type=names(list(TASKS)), default=list(TASKS))
    parser.add_argument("--parameters", type=json.loads, default={}, help="instead, for all peers")
    parser.add_argument("--environments", type=Path, default=HERE.parent / ".venv-peers")
    parser.add_argument("--inner", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.write and (options.inner or options.parameters):
        raise InputError("What was measured to choose parameters is not kept")
    with tempfile.TemporaryDirectory(prefix="matinee-peers-") as folder:
        found = run(options, Path(folder))
    keep("taste_peers", found, write=options.write)
    print(markdown(found))
    if any("failed" in facts for task in found.values() for facts in task["models"].values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()

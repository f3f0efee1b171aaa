"""Learns the weights of the learned ranker, and tells what they gain on queries held out.

    python benchmarks/train_ranker.py [--library FOLDER] [--seeds N] [--write]

Cross-validation by query: the weights are chosen on four folds of five and measured on the fifth,
for N seeds; every query is so measured N times, and the mean of these is its value. What is printed
is the mean before (no signal) and held out, with the 95% interval of the paired difference.

* **plain** is what ships (:mod:`matinee.rank.learned`): three weights from a grid, chosen by the
  measure itself.
* **listwise** is for comparison: a linear model of eight features, fitted by the softmax loss of
  ListNet (Cao and others, "Learning to rank: from pairwise approach to listwise approach", 2007) by
  Newton's method; its regularisation is chosen within the training folds.

Short queries and descriptions learn apart; the sets of a kind count equally. One place more or less
of one film moves an MRR over 60 queries by more than most models differ, so descriptions choose by
``1 - ln(place) / ln(titles) + MRR / 4``, in which every place counts.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.evaluate import readers
from matinee.evaluate.metrics import ndcg, reciprocal_rank, success
from matinee.evaluate.statistics import bootstrap
from matinee.pipeline.constrain import constrain
from matinee.pipeline.retrieve import fuse, look_up_names, retrieve
from matinee.pipeline.signals import signals
from matinee.pipeline.understanding import understand
from matinee.pipeline.weigh import prior_of, with_wishes
from matinee.query.request import SearchRequest
from matinee.rank.learned import DESCRIPTION, NONE, SHORT, SignalWeights, learned
from results import keep
from search_quality import data, library_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    import matinee
    from matinee.evaluate.judgments import JudgedQuery, Questions

    Values = npt.NDArray[np.float64]
    Scorer = Callable[["Candidates"], Values]

KINDS: dict[str, dict[str, Callable[[Path], Questions]]] = {
    "short": {"title_judgments": readers.title_judgments, "tag_genome": readers.tag_genome},
    "description": {
        f"tip_of_the_tongue/{split}": partial(readers.tip_of_the_tongue, split=split)
        for split in ("2023-train", "2024-train")
    },
}
SHIPPED = {"short": SHORT, "description": DESCRIPTION}
PRIORS = (1.0, 2.0, 3.0, 4.0)
GRID = [
    SignalWeights(near, telling, prior)
    for near, telling, prior in itertools.product((0, 0.2, 0.4, 0.6), (0, 0.05, 0.1, 0.15), PRIORS)
]
FOLDS = 5
PENALTIES = (0.1, 0.3, 1.0)
SHARPNESS = 10.0
"""What the score without signals is multiplied by before the softmax; with 5 and 20 as good."""
MEASURES = {"short": ("ndcg@10",), "description": ("mrr", "success@10", "success@100", "place")}
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates of one judged query, before and after the signals.

    Attributes:
        ids: [m].
        relevance: [m], with wishes.
        prior: [m], the factor of the prior, by how many times its own strength it has.
        signals: [m], by name, for each of these strengths: they choose the best.
        features: [m, f], of the listwise model.
        grades: by id, with the judged titles that are not candidates.
        gain: of nDCG.
        titles: number of titles in the library.
    """

    ids: tuple[str, ...]
    relevance: npt.NDArray[np.float32]
    prior: dict[float, Values]
    signals: dict[float, dict[str, npt.NDArray[np.float32]]]
    features: Values
    grades: dict[str, float]
    gain: Any
    titles: int

    def plain(self, weights: SignalWeights) -> Values:
        """Return the scores as shipped, with these weights."""
        found = learned(self.relevance, self.signals[weights.prior], weights)[0]
        return np.asarray(found * self.prior[weights.prior], np.float64)

    def measure(self, scores: Values, kind: str) -> Values:
        """Return the measures of this kind of query."""
        order = np.argsort(-scores, kind="stable")
        ranking = [self.ids[i] for i in order[:_DEPTH]]
        if kind == "short":
            return np.array([ndcg(ranking, self.grades, 10, gain=self.gain)])
        right = (p for p, i in enumerate(order, 1) if self.grades.get(self.ids[i], 0) > 0)
        place = next(right, self.titles)
        mrr = reciprocal_rank(ranking, self.grades)
        found = [success(ranking, self.grades, k) for k in (10, 100)]
        return np.array([mrr, *found, 1 - math.log(place) / math.log(self.titles)])


def candidates(library: matinee.Library, query: JudgedQuery, gain: str) -> Candidates:
    """Run a query up to the point where the learned ranker comes in."""
    engine = library._engine
    within = None
    if query.pool is not None:
        within = [i for i in query.pool if library.canonical_id(i) is not None]
    request = SearchRequest(query.query, k=_DEPTH, within=within)
    named = look_up_names(engine, request)
    asked = understand(engine, request, named)
    allowed, asked, _ = constrain(engine, request, asked)
    fused = fuse(retrieve(engine, request, asked, allowed, named), request.knobs)
    relevance, wished, whole = with_wishes(engine, asked, fused)
    prior, found = {}, {}
    for times in {*PRIORS, *(weights.prior for weights in SHIPPED.values())}:
        left, added = prior_of(engine, asked, fused.rows, times=times)
        prior[times] = np.asarray(left + added, np.float64)
        scores = relevance * (left + added)
        found[times] = dict(signals(engine, asked, fused.rows, scores, SignalWeights(1.0, 1.0)))
    grades: dict[str, float] = {}
    for judged, grade in query.relevance.items():
        name = library.canonical_id(judged) or judged
        grades[name] = max(grade, grades.get(name, 0.0))
    nothing = np.zeros(len(fused.rows))
    lists = [fused.parts.get(name, nothing) for name in ("dense", "lexical", "title")]
    known = [engine.prior.quality[fused.rows], engine.prior.fame[fused.rows]]
    return Candidates(
        ids=tuple(title.id for title in engine.catalogue.titles(fused.rows.tolist())),
        relevance=relevance,
        prior=prior,
        signals=found,
        features=np.stack([*lists, wished / whole, *known, *found[NONE.prior].values()], axis=1),
        grades=grades,
        gain=gain,
        titles=len(engine.catalogue),
    )


def worth(measured: Values) -> Values:
    """Return what a choice is made by, from measures [..., number of measures]."""
    if measured.shape[-1] == 1:
        return measured[..., 0]
    return np.asarray(measured[..., 3] + measured[..., 0] / 4)


def choose(sets: Sequence[Values]) -> int:
    """Return the choice best on average over sets, each [queries, choices, measures]."""
    return int(np.mean([worth(measured).mean(axis=0) for measured in sets], axis=0).argmax())


def fit(sets: Sequence[Sequence[Candidates]], penalty: float) -> Scorer:
    """Fit the listwise model.

    Minimises ``-sum_q u_q sum_d p(d) ln softmax(SHARPNESS * score + z w)(d) + penalty / 2 |w|^2``
    with z the standardised features, p(d) proportional to the gain of d, and u_q the same for every
    set in sum.
    """
    stacked = np.concatenate([query.features for queries in sets for query in queries])
    centre, spread = stacked.mean(axis=0), stacked.std(axis=0) + 1e-9
    rows = []
    for queries in sets:
        for query in queries:
            gains = np.array([2.0 ** (4 * query.grades.get(i, 0.0)) - 1 for i in query.ids])
            if query.gain == "exponential":
                gains = np.array([2.0 ** query.grades.get(i, 0.0) - 1 for i in query.ids])
            if gains.sum():
                z = (query.features - centre) / spread
                offset = SHARPNESS * query.plain(NONE)
                rows.append((z, gains / gains.sum(), offset, 1 / len(queries) / len(sets)))
    w = np.zeros(stacked.shape[1])

    def loss(w: Values) -> float:
        total = penalty / 2 * float(w @ w)
        for z, p, offset, u in rows:
            s = z @ w + offset
            total += u * (math.log(np.exp(s - s.max()).sum()) + s.max() - float(p @ s))
        return total

    for _ in range(12):
        gradient, hessian = penalty * w, penalty * np.eye(len(w))
        for z, p, offset, u in rows:
            s = z @ w + offset
            r = np.exp(s - s.max())
            r /= r.sum()
            mean = r @ z
            gradient = gradient + u * (mean - p @ z)
            hessian = hessian + u * ((z * r[:, None]).T @ z - np.outer(mean, mean))
        step, size, now = np.linalg.solve(hessian, gradient), 1.0, loss(w)
        while size > 1e-3 and loss(w - size * step) > now:
            size /= 2
        w = w - size * step
        if np.abs(size * step).max() < 1e-3:
            break
    return lambda query: SHARPNESS * query.plain(NONE) + (query.features - centre) / spread @ w


def folds(sets: Sequence[Sequence[Candidates]], rng: np.random.Generator) -> list[Values]:
    """Return the fold of every query, set by set."""
    return [rng.permutation(len(queries)) % FOLDS for queries in sets]


def listwise(sets: Sequence[Sequence[Candidates]], rng: np.random.Generator, kind: str) -> Scorer:
    """Fit the listwise model with the penalty that does best in an inner cross-validation."""
    inner = folds(sets, rng)
    values = []
    for penalty in PENALTIES:
        found: list[list[float]] = [[] for _ in sets]
        for fold in range(FOLDS):
            scorer = fit(
                [
                    [q for q, f in zip(s, i, strict=True) if f != fold]
                    for s, i in zip(sets, inner, strict=True)
                ],
                penalty,
            )
            for queries, at, into in zip(sets, inner, found, strict=True):
                held = [q for q, f in zip(queries, at, strict=True) if f == fold]
                into += [float(worth(q.measure(scorer(q), kind))) for q in held]
        values.append(np.mean([np.mean(f) for f in found]))
    return fit(sets, PENALTIES[int(np.argmax(values))])


def cross_validate(
    sets: Sequence[Sequence[Candidates]], kind: str, seeds: int
) -> tuple[dict[str, list[Values]], Counter[SignalWeights]]:
    """Return held-out measures, by model for each set [queries, measures], and what was chosen."""
    grid = [
        np.array([[q.measure(q.plain(weights), kind) for weights in GRID] for q in queries])
        for queries in sets
    ]
    shape = [(len(queries), len(MEASURES[kind])) for queries in sets]
    held = {model: [np.zeros(s) for s in shape] for model in ("plain", "listwise")}
    chosen: Counter[SignalWeights] = Counter()
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        fold_of = folds(sets, rng)
        for fold in range(FOLDS):
            best = choose([g[f != fold] for g, f in zip(grid, fold_of, strict=True)])
            chosen[GRID[best]] += 1
            training = [
                [q for q, f in zip(queries, at, strict=True) if f != fold]
                for queries, at in zip(sets, fold_of, strict=True)
            ]
            scorer = listwise(training, rng, kind)
            for number, at in enumerate(fold_of):
                held["plain"][number][at == fold] += grid[number][at == fold, best] / seeds
                for i in np.flatnonzero(at == fold):
                    query = sets[number][i]
                    held["listwise"][number][i] += query.measure(scorer(query), kind) / seeds
    return held, chosen


def main() -> None:
    """Learn, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    library = library_of(options.library)
    kept: dict[str, Any] = {}
    for kind, named in KINDS.items():
        sets = [
            [
                candidates(library, q, "linear" if name == "tag_genome" else "exponential")
                for q in read(data()).queries
            ]
            for name, read in named.items()
        ]
        held, chosen = cross_validate(sets, kind, options.seeds)
        for number, name in enumerate(named):
            before, shipped = (
                np.array([q.measure(q.plain(weights), kind) for q in sets[number]])
                for weights in (NONE, SHIPPED[kind])
            )
            for m, measure in enumerate(MEASURES[kind]):
                row: dict[str, Any] = {"queries": len(before)}
                row["before"] = round(float(before[:, m].mean()), 4)
                for model, values in held.items():
                    row[model] = round(float(values[number][:, m].mean()), 4)
                    gain = bootstrap((values[number] - before)[:, m].tolist(), seed=0)
                    row[f"{model} gain"] = [round(gain.low, 4), round(gain.high, 4)]
                row["shipped, not held out"] = round(float(shipped[:, m].mean()), 4)
                kept[f"{name} {measure}"] = row
        kept[f"{kind} chosen"] = {
            f"{w.near:g}, {w.telling:g}, {w.prior:g}": n for w, n in chosen.most_common()
        }
    keep("learned_ranker", kept, write=options.write)


if __name__ == "__main__":
    main()

"""Teaches a cross-encoder what its user finds relevant. Read :func:`train_reranker`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.document import rerank_text
from matinee.errors import InputError
from matinee.evaluate.metrics import ndcg
from matinee.models.card import CARD
from matinee.rank.cross_encoder import CrossEncoder
from matinee.train.config import TrainConfig, TrainReport
from matinee.train.examples import ask, examples, split
from matinee.train.torch_model import TorchClassifier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matinee.evaluate.judgments import JudgedQuery
    from matinee.protocols import Reranker
    from matinee.train.examples import Question, Source

_PLACES = 10


def train_reranker(
    source: Source,
    queries: Sequence[JudgedQuery],
    *,
    base: str,
    out: Path,
    config: TrainConfig | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> TrainReport:
    """Fine-tune a cross-encoder on judged queries and write it for serving without torch.

    Part of the queries is held out; on them alone it is measured what the training brought, with
    the very files that will be served. Nothing is chosen by that measurement.

    Args:
        source: the library the judgments are about.
        queries: the judged queries.
        base: the model to begin with: a name of the registry, or a folder as ``transformers``
            saves a model.
        out: folder of the new model; an older model there is replaced once the new one is whole.
        config: what may be chosen.
        progress: called after every epoch with its number, from 1, and its mean loss.

    Raises:
        JudgmentsError: the queries are too few, or no title judged as right is in the library.
        InputError: ``out`` holds something that is not a model.
        MissingExtraError: torch or transformers is not installed.
        ModelError: the base cannot be loaded, or cannot be written as ONNX.
    """
    config = config or TrainConfig()
    _check_free(out)
    model = TorchClassifier(base, config.max_tokens, seed=config.seed)

    rng = np.random.default_rng(config.seed)
    learnt, held = split(ask(source, queries), config.held_out, rng)
    pairs = examples(learnt, config.negatives, rng)

    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
        before, after = Path(scratch) / "base", Path(scratch) / "trained"
        before.mkdir()
        model.export(before, {"name": base})
        measured = {
            "search": _ndcg(held, None),
            "base": _ndcg(held, CrossEncoder.from_folder(before)),
        }

        losses = model.learn(pairs, config, progress)

        after.mkdir()
        facts = {"name": out.name, "base": base, "queries": len(learnt), "seed": config.seed}
        model.export(after, facts)
        measured["trained"] = _ndcg(held, CrossEncoder.from_folder(after))
        if out.exists():
            shutil.rmtree(out)
        after.rename(out)
    return TrainReport(
        folder=out,
        queries=len(learnt),
        held_out=len(held),
        pairs=len(pairs),
        unknown=sum(len(q.grades) - len(q.judged) for q in (*learnt, *held)),
        losses=losses,
        ndcg=measured,
    )


def _ndcg(questions: Sequence[Question], reranker: Reranker | None) -> float:
    """Return the mean nDCG@10 of what the search finds, ranked anew where there is a reranker."""
    values = []
    for question in questions:
        found = list(question.found)
        if reranker is not None:
            scores = reranker.score(question.query, [rerank_text(title) for title in found]).scores
            found = [found[i] for i in np.argsort(-scores, kind="stable").tolist()]
        values.append(ndcg([title.id for title in found], question.grades, _PLACES))
    return fmean(values)


def _check_free(out: Path) -> None:
    """Check that nothing but an older model would be replaced."""
    if (
        out.exists()
        and not (out / CARD).is_file()
        and not (out.is_dir() and not any(out.iterdir()))
    ):
        raise InputError(
            "There is something else than a model", where=str(out), cure="Name another folder"
        )

"""A cross-encoder: reads a query and a document together and says how well they fit.

More exact than comparing two vectors, which never meet before the end, and far more costly: every
document is read anew for every query. So it scores only the best candidates of cheaper lists, and
only as many as the time allows.

Source: Nogueira and Cho, "Passage Re-ranking with BERT", 2019.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import ModelError
from matinee.models.card import CURE, ModelFiles
from matinee.models.runtime import TokenModel, clean
from matinee.types import Scored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt

BATCH_DOCUMENTS = 16
"""Documents of a batch: enough to fill the cores, few enough that the time is looked at often."""

_OUTPUT = "logits"


class CrossEncoder:
    """Scores documents against a query; implements ``Reranker``.

    Safe to share between threads: nothing is changed after loading.

    Args:
        name: the public name of the model.
        model: a sequence classifier with one class, whose output ``logits`` is [b, 1].
        clock: returns seconds; for tests.
    """

    def __init__(
        self, name: str, model: TokenModel, *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._name = name
        self._model = model
        self._clock = clock

    @classmethod
    def from_folder(
        cls, path: Path, *, threads: int | None = None, verify: bool = False
    ) -> CrossEncoder:
        """Load a model folder: ``model.onnx``, ``tokenizer.json``, ``model.json``.

        Args:
            path: the folder.
            threads: threads of one run of the model; all cores when not given.
            verify: check both files against the checksums of the card.

        Raises:
            ModelError: a file is missing, damaged or not a cross-encoder.
        """
        files = ModelFiles.in_folder(path)
        if verify:
            files.check(full=True)
        return cls.from_files(files, threads=threads)

    @classmethod
    def from_files(cls, files: ModelFiles, *, threads: int | None = None) -> CrossEncoder:
        """Load a model whose files lie anywhere.

        Raises:
            ModelError: a file is damaged, or the model is not a cross-encoder.
        """
        model = TokenModel.load(files, threads=threads)
        shape = model.shape(_OUTPUT) if _OUTPUT in model.outputs else ()
        if files.card.kind != "cross-encoder" or shape != (1, 1):
            raise ModelError(
                "The model is not a cross-encoder with one score for a pair of texts",
                where=str(files.model),
                cure=CURE,
            )
        return cls(files.card.name, model)

    @property
    def name(self) -> str:
        """The public name of the model."""
        return self._name

    def score(
        self,
        query: str,
        documents: Sequence[str],
        *,
        budget_ms: float | None = None,
        batch: int = BATCH_DOCUMENTS,
    ) -> Scored:
        """Score documents in the order given, as far as the time reaches.

        A score is ``1 / (1 + exp(-logit))``. A pair longer than the model reads is cut at its
        longer text. Work ends before a batch that would overrun the budget if it took as long as
        the one before it; the first batch is always done.

        Args:
            query: the words of the query.
            documents: the texts, best candidates first.
            budget_ms: milliseconds there are; None means as many as it takes.
            batch: documents read at once, at least 1.

        Returns:
            The scores of the first documents, in the order given; there may be fewer of them than
            documents.
        """
        started = before = self._clock()
        query, took = clean(query), 0.0
        parts: list[npt.NDArray[np.float32]] = []
        for start in range(0, len(documents), batch):
            left = float("inf") if budget_ms is None else budget_ms / 1e3 - (before - started)
            if parts and took > left:
                break
            pairs = [(query, clean(text)) for text in documents[start : start + batch]]
            parts.append(self._logits(pairs))
            now = self._clock()
            took, before = now - before, now
        logits = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return Scored(_sigmoid(logits), (before - started) * 1e3)

    def _logits(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float32]:
        """Return the logits of one batch, float32 [b]."""
        encodings = self._model.tokenizer.encode_batch_fast(pairs)
        tokens = [np.array(encoding.ids, np.int64) for encoding in encodings]
        types = [np.array(encoding.type_ids, np.int64) for encoding in encodings]
        logits, _ = self._model.run(_OUTPUT, tokens, types)
        return np.asarray(logits[:, 0], np.float32)


def _sigmoid(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return ``1 / (1 + exp(-x))``, in [0, 1] without overflow.

    >>> _sigmoid(np.array([-1000.0, 0.0, 1000.0], np.float32)).tolist()
    [0.0, 0.5, 1.0]
    """
    # ln(1 + exp(-x)) without overflow; unlike a form with tanh it keeps apart the very small scores
    # that most candidates have.
    return np.exp(-np.logaddexp(np.float32(0.0), -logits)).astype(np.float32)

"""Small stand-ins that behave like the real thing and cost nothing."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from matinee.types import EncoderSpec, Scored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matinee.types import Matrix, Rows, Vector


class HashingEncoder:
    """An encoder without a model: each word adds a fixed random direction.

    Texts that share words are near each other, which is enough to test everything around an
    encoder. Implements ``TextEncoder``.

    Args:
        dimension: length of a vector.
        batch: texts a batch of ``iter_documents`` holds.
        fingerprint: to stand for different encoders.
    """

    def __init__(
        self, dimension: int = 32, *, batch: int = 8, fingerprint: str = "hashing-test"
    ) -> None:
        self.spec = EncoderSpec("hashing", dimension, 10_000, "", "", fingerprint)
        self.encoded: list[str] = []
        self._batch = batch

    def encode_query(self, text: str) -> Vector:
        """Return the vector of one query."""
        vector = np.zeros(self.spec.dimension)
        for word in text.lower().split() or [""]:
            seed = zlib.crc32(word.encode("utf-8", "replace"))
            vector += np.random.default_rng(seed).normal(size=self.spec.dimension)
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    def encode_documents(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Matrix:
        """Return the vectors of texts, float32 [n, d]."""
        matrix = np.zeros((len(texts), self.spec.dimension), np.float32)
        done = 0
        for positions, vectors in self.iter_documents(texts):
            matrix[positions] = vectors
            done += len(positions)
            if progress is not None:
                progress(done)
        return matrix

    def iter_documents(self, texts: Sequence[str]) -> Iterator[tuple[Rows, Matrix]]:
        """Yield (positions, vectors), longest texts first, and note them in ``encoded``."""
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for start in range(0, len(order), self._batch):
            positions = order[start : start + self._batch]
            batch = [texts[i] for i in positions]
            self.encoded.extend(batch)
            yield (
                np.array(positions, np.int64),
                np.stack([self.encode_query(text) for text in batch]),
            )


class WordReranker:
    """A reranker without a model: the share of the query's words that a document has.

    Implements ``Reranker``.

    Args:
        batch_ms: milliseconds a batch is said to take, above 0.
    """

    name = "words"

    def __init__(self, *, batch_ms: float = 1.0) -> None:
        self.scored: list[str] = []
        self._batch_ms = batch_ms

    def score(
        self,
        query: str,
        documents: Sequence[str],
        *,
        budget_ms: float | None = None,
        batch: int = 16,
    ) -> Scored:
        """Score the documents the budget reaches, and note them in ``scored``."""
        words = set(query.lower().split())
        batches = -(-len(documents) // batch)
        if budget_ms is not None:
            batches = min(batches, max(1, int(budget_ms // self._batch_ms)))
        read = list(documents[: batches * batch])
        self.scored += read
        shares = [len(words & set(text.lower().split())) / max(1, len(words)) for text in read]
        return Scored(np.array(shares, np.float32), batches * self._batch_ms)

"""One contract suite for each protocol, run on every implementation.

The suites use plain ``assert`` and need pytest only to be collected.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from matinee.protocols import Reranker, TextEncoder, TextIndex, VectorIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.types import Matrix, Ranked


def check_ranked(ranked: Ranked, *, size: int, k: int) -> None:
    """Check what holds of every ranked list over ``size`` rows."""
    rows, scores = ranked.rows, ranked.scores
    assert len(rows) == len(scores) <= min(k, size)
    assert rows.dtype == np.int64
    assert scores.dtype == np.float32
    assert len(set(rows.tolist())) == len(rows), "a row occurs twice"
    assert all(0 <= row < size for row in rows.tolist())
    assert np.isfinite(scores).all()
    assert (np.diff(scores) <= 0).all(), "scores must descend"


class VectorIndexContract(ABC):
    """What every vector index must do, against an exact scan."""

    recall: float = 1.0
    """Least share of the true neighbours to be found; 1 for an exact index."""

    @abstractmethod
    def build(self, vectors: Matrix) -> VectorIndex:
        """Return an index over unit vectors [n, d]."""

    def _data(self) -> tuple[Matrix, Matrix]:
        rng = np.random.default_rng(7)
        vectors = rng.normal(size=(300, 24)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        queries = rng.normal(size=(20, 24)).astype(np.float32)
        return vectors, queries / np.linalg.norm(queries, axis=1, keepdims=True)

    def test_meets_the_protocol(self) -> None:
        """It has the methods and the right length."""
        vectors, _ = self._data()
        index = self.build(vectors)
        assert isinstance(index, VectorIndex)
        assert len(index) == len(vectors)

    def test_finds_the_nearest(self) -> None:
        """It agrees with a scan of all vectors, in rows and in cosines."""
        vectors, queries = self._data()
        index = self.build(vectors)
        hits = 0
        for query in queries:
            ranked = index.search(query, 10)
            check_ranked(ranked, size=len(vectors), k=10)
            cosines = vectors @ query
            hits += len(set(ranked.rows.tolist()) & set(np.argsort(-cosines)[:10].tolist()))
            assert np.abs(ranked.scores - cosines[ranked.rows]).max() < 2e-3
        # float16 may exchange neighbours whose cosines differ in the fourth place.
        assert hits >= self.recall * 10 * len(queries) - 2

    def test_returns_only_what_is_allowed(self) -> None:
        """A restriction is kept, and as many are found as there are."""
        vectors, queries = self._data()
        index = self.build(vectors)
        allowed = np.random.default_rng(1).random(len(vectors)) < 0.1
        for query in queries:
            ranked = index.search(query, 1000, allowed=allowed)
            check_ranked(ranked, size=len(vectors), k=1000)
            assert allowed[ranked.rows].all()
            assert len(ranked) >= self.recall * allowed.sum()
        assert len(index.search(queries[0], 5, allowed=np.zeros(len(vectors), np.bool_))) == 0

    def test_more_than_there_are(self) -> None:
        """A k beyond the size returns every row once."""
        vectors, queries = self._data()
        assert len(self.build(vectors).search(queries[0], 10_000)) == len(vectors)


class TextIndexContract(ABC):
    """What every text index must do."""

    @abstractmethod
    def build(self, texts: Sequence[str]) -> TextIndex:
        """Return an index over short texts such as titles, row i for text i."""

    _TEXTS = ("Heat", "Cold Heat", "The Matrix", "Amélie", "Rocky", "Rocky II", "千と千尋の神隠し")

    def test_meets_the_protocol(self) -> None:
        """It has the methods and the right length."""
        index = self.build(self._TEXTS)
        assert isinstance(index, TextIndex)
        assert len(index) == len(self._TEXTS)

    def test_finds_each_by_its_own_text(self) -> None:
        """Every text is the first answer to itself."""
        index = self.build(self._TEXTS)
        for row, text in enumerate(self._TEXTS):
            ranked = index.search(text, 10)
            check_ranked(ranked, size=len(self._TEXTS), k=10)
            assert ranked.rows[0] == row, text
            assert (ranked.scores > 0).all()

    def test_ignores_case_and_diacritics(self) -> None:
        """Letters count, not how they are dressed."""
        index = self.build(self._TEXTS)
        assert index.search("AMELIE", 1).rows.tolist() == [3]

    def test_returns_only_what_is_allowed(self) -> None:
        """A restriction leaves the order of what remains."""
        index = self.build(self._TEXTS)
        allowed = np.ones(len(self._TEXTS), np.bool_)
        allowed[4] = False
        every = [row for row in index.search("rocky", 10).rows.tolist() if row != 4]
        assert index.search("rocky", 10, allowed=allowed).rows.tolist() == every

    def test_smaller_k_is_the_beginning(self) -> None:
        """A shorter list is the beginning of a longer one."""
        index = self.build(self._TEXTS * 5)
        longer = index.search("rocky heat", 30).rows.tolist()
        for k in (1, 3, 7):
            assert index.search("rocky heat", k).rows.tolist() == longer[:k]

    def test_strange_queries(self) -> None:
        """Nothing to look for finds nothing, and nothing breaks."""
        index = self.build(self._TEXTS)
        for text in ("", "   ", "?!", "\ud800", "\0", "zzzzqqqq", "a" * 5000):
            check_ranked(index.search(text, 10), size=len(self._TEXTS), k=10)
        assert len(index.search("zzzzqqqq", 10)) == 0


class TextEncoderContract(ABC):
    """What every text encoder must do."""

    @abstractmethod
    def encoder(self) -> TextEncoder:
        """Return the encoder."""

    _TEXTS = ("a heist in Paris", "", "lonely in space", "x " * 2000, "映画", "a heist in Paris")

    def test_meets_the_protocol(self) -> None:
        """It has the methods, and says what it is."""
        encoder = self.encoder()
        assert isinstance(encoder, TextEncoder)
        assert encoder.spec.dimension > 0
        assert encoder.spec.fingerprint

    def test_vectors_are_unit_length(self) -> None:
        """Vectors are float32, finite and of length 1, whatever the text."""
        encoder = self.encoder()
        vectors = encoder.encode_documents(self._TEXTS)
        assert vectors.shape == (len(self._TEXTS), encoder.spec.dimension)
        assert vectors.dtype == np.float32
        assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-3
        assert abs(float(np.linalg.norm(encoder.encode_query("x"))) - 1) < 1e-3

    def test_batches_cover_everything_once(self) -> None:
        """Batches name every position once, and agree with the whole."""
        encoder = self.encoder()
        whole = encoder.encode_documents(self._TEXTS)
        seen: list[int] = []
        for positions, vectors in encoder.iter_documents(self._TEXTS):
            seen += positions.tolist()
            assert np.einsum("nd,nd->n", vectors, whole[positions]).min() > 0.999
        assert sorted(seen) == list(range(len(self._TEXTS)))

    def test_equal_texts_have_equal_vectors(self) -> None:
        """Neither place nor neighbours in a batch change a vector."""
        vectors = self.encoder().encode_documents(self._TEXTS)
        assert float(vectors[0] @ vectors[5]) > 0.9999

    def test_progress_reaches_the_end(self) -> None:
        """Progress rises to the number of texts."""
        steps: list[int] = []
        self.encoder().encode_documents(self._TEXTS, progress=steps.append)
        assert steps == sorted(steps)
        assert steps[-1] == len(self._TEXTS)


class RerankerContract(ABC):
    """What every reranker must do."""

    tolerance: float = 1e-4
    """Most that a score may change with the batch it is computed in."""

    @abstractmethod
    def reranker(self) -> Reranker:
        """Return the reranker."""

    _TEXTS = ("a heist in Paris", "", "lonely in space", "word " * 2000, "映画", "\ud800 \0 ?!")

    def test_meets_the_protocol(self) -> None:
        """It has the methods and a name."""
        reranker = self.reranker()
        assert isinstance(reranker, Reranker)
        assert reranker.name

    def test_scores_lie_between_0_and_1(self) -> None:
        """Every document has a finite score, whatever the texts."""
        reranker = self.reranker()
        for query in ("a heist", "", "lonely " * 3000, "\ud800"):
            scored = reranker.score(query, self._TEXTS)
            assert len(scored) == len(self._TEXTS)
            assert scored.scores.dtype == np.float32
            assert np.isfinite(scored.scores).all()
            assert ((scored.scores >= 0) & (scored.scores <= 1)).all()
            assert scored.took_ms >= 0

    def test_a_score_belongs_to_its_document(self) -> None:
        """Neither order nor batch changes what a document is worth."""
        reranker = self.reranker()
        together = reranker.score("a heist in space", self._TEXTS).scores
        backwards = reranker.score("a heist in space", self._TEXTS[::-1], batch=4).scores[::-1]
        alone = [reranker.score("a heist in space", [text]).scores[0] for text in self._TEXTS]
        assert np.abs(together - backwards).max() <= self.tolerance
        assert np.abs(together - np.array(alone)).max() <= self.tolerance

    def test_documents_are_told_apart(self) -> None:
        """Different documents have different scores."""
        scores = self.reranker().score("a heist in Paris", self._TEXTS[:3]).scores
        assert len(set(scores.tolist())) > 1

    def test_without_time_one_batch_is_scored(self) -> None:
        """A budget of nothing yields the first batch, as the whole would have it."""
        reranker = self.reranker()
        whole = reranker.score("a heist", self._TEXTS, batch=2).scores
        first = reranker.score("a heist", self._TEXTS, budget_ms=0.0, batch=2).scores
        assert len(first) == 2
        assert np.abs(first - whole[:2]).max() <= self.tolerance

    def test_with_time_enough_all_are_scored(self) -> None:
        """A budget that is not used up leaves nothing out."""
        assert len(self.reranker().score("x", self._TEXTS, budget_ms=1e9, batch=1)) == 6

    def test_no_documents(self) -> None:
        """Nothing to score is no error."""
        assert len(self.reranker().score("a heist", [])) == 0

"""Every implementation of every protocol, through the suites that ship for plug-in authors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.encode import bundled_folder
from matinee.encode.cached import CachedEncoder
from matinee.encode.onnx_text import OnnxTextEncoder
from matinee.index.bm25 import BM25Index
from matinee.index.dense import DenseConfig, DenseIndex
from matinee.index.titles import TitleIndex, TitleNames
from matinee.rank.cross_encoder import CrossEncoder
from matinee.testing import (
    HashingEncoder,
    RerankerContract,
    TextEncoderContract,
    TextIndexContract,
    VectorIndexContract,
    WordReranker,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.protocols import Reranker, TextEncoder, TextIndex, VectorIndex
    from matinee.types import Matrix

FIXTURES = Path(__file__).parents[1] / "models/fixtures"


class TestFlatIndex(VectorIndexContract):
    def build(self, vectors: Matrix) -> VectorIndex:
        return DenseIndex.build(vectors)


class TestGraphIndex(VectorIndexContract):
    recall = 0.95

    def build(self, vectors: Matrix) -> VectorIndex:
        return DenseIndex.build(vectors, DenseConfig(graph_above=100, scan_below=0))


class TestGraphIndexThatScansWhatAFilterLeaves(VectorIndexContract):
    recall = 0.95

    def build(self, vectors: Matrix) -> VectorIndex:
        return DenseIndex.build(vectors, DenseConfig(graph_above=100, scan_below=200))

    def test_what_a_filter_leaves_is_ranked_exactly(self) -> None:
        vectors, queries = self._data()
        index = self.build(vectors)
        allowed = np.random.default_rng(2).random(len(vectors)) < 0.5
        for query in queries:
            cosines = np.where(allowed, vectors.astype(np.float16).astype(np.float32) @ query, -2)
            assert index.search(query, 1, allowed=allowed).rows[0] == cosines.argmax()


class TestSavedGraphIndex(VectorIndexContract):
    recall = 0.95

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def build(self, vectors: Matrix) -> VectorIndex:
        config = DenseConfig(graph_above=100, scan_below=200)
        DenseIndex.build(vectors, config).save(self.folder)
        return DenseIndex.open(self.folder, config)


class TestSavedDenseIndex(VectorIndexContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def build(self, vectors: Matrix) -> VectorIndex:
        DenseIndex.build(vectors).save(self.folder)
        return DenseIndex.open(self.folder)


class TestBM25Index(TextIndexContract):
    def build(self, texts: Sequence[str]) -> TextIndex:
        return BM25Index.build({"title": text} for text in texts)


class TestTitleIndex(TextIndexContract):
    def build(self, texts: Sequence[str]) -> TextIndex:
        return TitleIndex.build(TitleNames([text], None, 0) for text in texts)


class TestHashingEncoder(TextEncoderContract):
    def encoder(self) -> TextEncoder:
        return HashingEncoder()


class TestBundledEncoder(TextEncoderContract):
    def encoder(self) -> TextEncoder:
        return OnnxTextEncoder.from_folder(bundled_folder())


class TestCachedEncoder(TextEncoderContract):
    def encoder(self) -> TextEncoder:
        return CachedEncoder(HashingEncoder(), size=2)

    def test_a_query_is_encoded_once_and_cannot_be_spoilt(self) -> None:
        encoder = self.encoder()
        first = encoder.encode_query("heist")
        assert encoder.encode_query("heist") is first
        with pytest.raises(ValueError, match="read-only"):
            first[0] = 1.0


class TestWordReranker(RerankerContract):
    def reranker(self) -> Reranker:
        return WordReranker()


class TestCrossEncoder(RerankerContract):
    def reranker(self) -> Reranker:
        return CrossEncoder.from_folder(FIXTURES / "cross", threads=1)

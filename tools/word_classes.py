"""Classes of words by their use, for the slot tagger.

Words used alike get one class, so that what was learned of "starring tom hanks" holds for an actor
the tagged queries never name. Vectors come from counts of neighbouring words (positive pointwise
mutual information, reduced by a singular value decomposition: Levy and Goldberg, "Neural word
embedding as implicit matrix factorization", NIPS 2014), classes from spherical k-means.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from matinee.query.slot_features import tokenise

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]

PARTITIONS = (64, 256, 1024)
"""Numbers of classes: coarse ones generalise, fine ones tell more."""
MIN_COUNT = 4
"""Texts a word must be in; the neighbours of rarer ones say little."""
MAX_WORDS = 25_000
MAX_NEIGHBOURS = 6_000
"""Neighbours counted; rarer ones are rarely seen twice."""
WINDOW = 2
"""Words to each side: a narrow window groups words by role rather than by topic."""
DIMENSIONS = 100
SMOOTHING = 0.75
"""Power of the neighbours' counts; keeps rare neighbours from dominating (Levy and Goldberg)."""
ROUNDS = 25
"""Rounds of k-means; hardly a word moves after twenty."""
QUERY_COPIES = 2
"""Times a tagged query counts beside an overview: it is the language that will be read."""

CAPITALS = (0.1, 0.5, 0.9)
"""Bounds of the share of capitals: common words, mixed, mostly names, names."""
MIN_SEEN = 3
"""Occurrences within sentences before the share of capitals means anything."""
CAPITALS_UNKNOWN = len(CAPITALS) + 1
_SENTENCE = re.compile(r"[.!?]\s+|[\"“”:]")


def word_classes(
    texts: Sequence[str], queries: Sequence[Sequence[str]], seed: int
) -> dict[str, tuple[int, ...]]:
    """Return the classes of every word frequent enough.

    Args:
        texts: running text with capitals.
        queries: words of queries.
        seed: of the decomposition and of k-means.
    """
    documents = [[token.word for token in tokenise(text)] for text in texts]
    frequency: Counter[str] = Counter()
    for document in (*documents, *queries):
        frequency.update(document)
    vocabulary = [
        word
        for word, count in sorted(frequency.items(), key=lambda item: (-item[1], item[0]))
        if count >= MIN_COUNT
    ][:MAX_WORDS]
    rng = np.random.default_rng(seed)
    vectors = _vectors(documents + list(queries) * QUERY_COPIES, vocabulary, rng)
    partitions = [_k_means(vectors, size, rng).tolist() for size in PARTITIONS]
    capitals = _capitals(texts, vocabulary)
    return dict(zip(vocabulary, zip(*partitions, capitals, strict=True), strict=True))


def _vectors(
    documents: Sequence[Sequence[str]], vocabulary: Sequence[str], rng: np.random.Generator
) -> Floats:
    """Return unit vectors of words, [words, DIMENSIONS]."""
    index = {word: i for i, word in enumerate(vocabulary)}
    rows, columns = [], []
    width = min(MAX_NEIGHBOURS, len(vocabulary))
    for document in documents:
        known = np.array([index.get(word, -1) for word in document], np.int32)
        for distance in range(1, WINDOW + 1):
            left, right = known[:-distance], known[distance:]
            after = (left >= 0) & (right >= 0) & (right < width)
            before = (left >= 0) & (right >= 0) & (left < width)
            rows += (left[after], right[before])
            columns += (right[after] + width, left[before])
    row, column = np.concatenate(rows), np.concatenate(columns)
    counts = sp.coo_matrix(
        (np.ones(len(row)), (row, column)), shape=(len(vocabulary), 2 * width)
    ).tocsr()
    counts.sum_duplicates()
    by_word = np.asarray(counts.sum(axis=1)).ravel()
    by_neighbour = np.asarray(counts.sum(axis=0)).ravel() ** SMOOTHING
    by_neighbour /= by_neighbour.sum()
    pairs = counts.tocoo()
    information = np.log(pairs.data / (by_word[pairs.row] * by_neighbour[pairs.col]))
    kept = information > 0
    matrix = sp.csr_matrix(
        (information[kept], (pairs.row[kept], pairs.col[kept])), shape=counts.shape
    )
    return _unit(_decomposed(matrix, rng))


def _decomposed(matrix: sp.csr_matrix, rng: np.random.Generator) -> Floats:
    """Return U sqrt(S) of a truncated singular value decomposition.

    By random projection with power iterations (Halko, Martinsson and Tropp, SIAM Review 2011).
    """
    basis = rng.standard_normal((matrix.shape[1], DIMENSIONS + 10))
    for _ in range(5):
        basis, _ = np.linalg.qr(matrix.T @ np.linalg.qr(matrix @ basis)[0])
    left, values, _ = np.linalg.svd(matrix @ basis, full_matrices=False)
    return left[:, :DIMENSIONS] * np.sqrt(values[:DIMENSIONS])


def _unit(vectors: Floats) -> Floats:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def _k_means(vectors: Floats, size: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the class of every unit vector, by cosine to the means."""
    size = min(size, len(vectors))
    means = vectors[rng.choice(len(vectors), size, replace=False)]
    for _ in range(ROUNDS):
        nearest = (vectors @ means.T).argmax(axis=1)
        sums = np.zeros_like(means)
        np.add.at(sums, nearest, vectors)
        empty = np.bincount(nearest, minlength=size) == 0
        sums[empty] = vectors[rng.choice(len(vectors), int(empty.sum()), replace=False)]
        means = _unit(sums)
    return (vectors @ means.T).argmax(axis=1)


def _capitals(texts: Sequence[str], vocabulary: Sequence[str]) -> list[int]:
    """Return how often each word has a capital where no sentence begins."""
    seen: Counter[str] = Counter()
    raised: Counter[str] = Counter()
    for text in texts:
        for sentence in _SENTENCE.split(text):
            for token in tokenise(sentence)[1:]:
                seen[token.word] += 1
                raised[token.word] += sentence[token.start].isupper()
    return [
        sum(raised[word] / seen[word] >= bound for bound in CAPITALS)
        if seen[word] >= MIN_SEEN
        else CAPITALS_UNKNOWN
        for word in vocabulary
    ]

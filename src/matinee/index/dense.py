"""Nearest vectors by FAISS: exact to a few hundred thousand titles, a graph above.

Vectors are unit length, so the inner product is the cosine. They are stored as float16, which
halves memory and hardly changes a list (recall@100 .9996 over 100,000 vectors). Every figure here
is from ``benchmarks/dense_index.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np

from matinee.errors import IndexUnavailableError, LibraryCorruptError
from matinee.types import Ranked

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from matinee.types import Vector

NAME = "dense.faiss"
_BATCH = 16_384


@dataclass(frozen=True, slots=True)
class DenseConfig:
    """Parameters of the index.

    Attributes:
        graph_above: number of rows above which an HNSW graph replaces the exact scan; 100,000 rows
            of 384 numbers take 8 to 10 ms to scan on one core, so twice as many about 20.
        scan_below: where a filter leaves fewer rows than this, they are scanned even if there is a
            graph. A graph passes through rows that are not allowed: with 1,000 of 100,000 left it
            took 170 ms to find what a scan finds in 1 to 8; with 10,000 left they are about even.
        links: neighbours a node keeps (M of the HNSW paper, Malkov and Yashunin 2016).
        build_breadth: candidates examined when a node is added (efConstruction).
        search_breadth: candidates examined by a query (efSearch), at least k.
    """

    graph_above: int = 200_000
    scan_below: int = 10_000
    links: int = 32
    build_breadth: int = 200
    search_breadth: int = 256


class DenseIndex:
    """A vector index; implements ``VectorIndex``."""

    def __init__(self, index: Any, config: DenseConfig | None = None) -> None:
        self._index = index
        self._config = config or DenseConfig()
        self._graph = isinstance(index, faiss.IndexHNSW)

    @classmethod
    def build(
        cls, vectors: npt.NDArray[np.floating], config: DenseConfig | None = None
    ) -> DenseIndex:
        """Index unit vectors [n, d], row i for vector i."""
        config = config or DenseConfig()
        size, dimension = vectors.shape
        half = faiss.ScalarQuantizer.QT_fp16
        if size > config.graph_above:
            index = faiss.IndexHNSWSQ(dimension, half, config.links, faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction = config.build_breadth
        else:
            index = faiss.IndexScalarQuantizer(dimension, half, faiss.METRIC_INNER_PRODUCT)
        # float16 needs no training; FAISS wants to be told so once.
        index.train(np.zeros((1, dimension), np.float32))
        for start in range(0, size, _BATCH):
            index.add(np.ascontiguousarray(vectors[start : start + _BATCH], np.float32))
        return cls(index, config)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, vector: Vector, k: int, *, allowed: npt.NDArray[np.bool_] | None = None
    ) -> Ranked:
        """Return at most ``k`` rows by descending cosine in [-1, 1].

        Args:
            vector: unit vector, float32 [d].
            k: at most so many.
            allowed: bool [n]; restricts the answer to these rows.

        Raises:
            IndexUnavailableError: FAISS failed.
        """
        left = len(self) if allowed is None else int(allowed.sum())
        k = min(k, left)
        if k == 0:
            return Ranked(np.empty(0, np.int64), np.empty(0, np.float32))
        index, graph = self._index, self._graph
        if graph and left < self._config.scan_below:
            index, graph = index.storage, False
        selector = None
        if allowed is not None:
            selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        parameters = faiss.SearchParameters(sel=selector) if selector is not None else None
        if graph:
            # The more rows are passed through in vain, the further the search must look.
            breadth = max(self._config.search_breadth, k) * len(self) // left
            parameters = faiss.SearchParametersHNSW(sel=selector, efSearch=min(len(self), breadth))
        try:
            scores, rows = index.search(vector[None, :], k, params=parameters)
        except RuntimeError as error:
            raise IndexUnavailableError(
                f"The index of vectors does not answer: {error}",
                cure="Run matinee verify; if all is well, start the program again",
            ) from error
        found = rows[0] >= 0
        return Ranked(rows[0][found].astype(np.int64), scores[0][found])

    def save(self, folder: Path) -> list[Path]:
        """Write the index into ``folder`` and return the files written."""
        path = folder / NAME
        faiss.write_index(self._index, str(path))
        return [path]

    @classmethod
    def open(cls, folder: Path, config: DenseConfig | None = None) -> DenseIndex:
        """Map the index of ``folder`` into memory.

        Raises:
            LibraryCorruptError: the file is missing or is not a FAISS index.
        """
        path = folder / NAME
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC), config)
        except RuntimeError as error:
            detail = str(error).splitlines()[-1][-200:]
            raise LibraryCorruptError(
                f"The vector index cannot be read: {detail}",
                where=str(path),
                cure="Build the library again, or restore the folder from a copy",
            ) from error

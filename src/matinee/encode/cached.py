"""A cache of query vectors in front of an encoder."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from matinee.timing import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matinee.protocols import TextEncoder
    from matinee.types import EncoderSpec, Matrix, Rows, Vector

_QUERIES = 8_192
"""A query vector takes 1.5 kB, so a full cache takes 13 MB."""


class CachedEncoder:
    """Keeps the vectors of the latest queries; implements ``TextEncoder``.

    Encoding is most of the time of a search, and people page, sort and reload.

    Args:
        encoder: makes the vectors.
        size: queries kept.
    """

    def __init__(self, encoder: TextEncoder, size: int = _QUERIES) -> None:
        self._encoder = encoder
        self._query = lru_cache(size)(self._encode)

    @property
    def spec(self) -> EncoderSpec:
        """What a library must remember of the encoder."""
        return self._encoder.spec

    @property
    def counts(self) -> tuple[int, int]:
        """How many queries were found in the cache so far, and how many were not."""
        info = self._query.cache_info()
        return info.hits, info.misses

    def encode_query(self, text: str) -> Vector:
        """Return the vector of one query, float32 [d], read-only."""
        return self._query(text)

    def encode_documents(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Matrix:
        """Return the vectors of texts, float32 [n, d]; these are not kept."""
        return self._encoder.encode_documents(texts, progress=progress)

    def iter_documents(self, texts: Sequence[str]) -> Iterator[tuple[Rows, Matrix]]:
        """Yield (positions, vectors) batch by batch; these are not kept."""
        return self._encoder.iter_documents(texts)

    def _encode(self, text: str) -> Vector:
        clock = Clock("search")
        vector = clock.lap("encode", self._encoder.encode_query(text))
        vector.flags.writeable = False
        return vector

"""Small stand-ins that behave like the real thing and cost nothing."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from matinee.errors import ModelError
from matinee.types import EncoderSpec, PictureEncoderSpec, Scored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from matinee.types import Matrix, Picture, Rows, Vector


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


class ColourEncoder:
    """A picture encoder without a model: the mean colours of a 4 x 4 raster.

    Pictures of like colours in like places are near each other. A text is near the pictures of the
    colours it names, as "red" is near a red picture. Implements ``PictureEncoder``.

    Args:
        fingerprint: to stand for different encoders.
        reads_text: whether it also encodes texts.
    """

    _COLOURS: ClassVar[Mapping[str, tuple[float, float, float]]] = {
        "red": (1.0, 0.0, 0.0),
        "green": (0.0, 1.0, 0.0),
        "blue": (0.0, 0.0, 1.0),
        "white": (1.0, 1.0, 1.0),
        "black": (0.0, 0.0, 0.0),
    }

    def __init__(self, *, fingerprint: str = "colours-test", reads_text: bool = True) -> None:
        self.spec = PictureEncoderSpec("colours", 49, reads_text, fingerprint)
        self.encoded: list[str] = []

    def encode_pictures(self, pictures: Sequence[Picture]) -> Matrix:
        """Return the vectors of pictures, float32 [n, 49], and note their digests."""
        self.encoded += [picture.digest for picture in pictures]
        vectors = [self._of(_raster(picture)) for picture in pictures]
        return np.array(vectors, np.float32).reshape(-1, self.spec.dimension)

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors of texts, float32 [n, 49]."""
        if not self.spec.reads_text:
            raise ModelError("The model reads no text", where=self.spec.name)
        vectors = [self._of(self._named(text)) for text in texts]
        return np.array(vectors, np.float32).reshape(-1, self.spec.dimension)

    def _named(self, text: str) -> Matrix:
        words = text.lower().split()
        found = [colour for name, colour in self._COLOURS.items() if name in words]
        mean = np.mean(found or [(0.5, 0.5, 0.5)], axis=0)
        return np.tile(mean, (16, 1)).astype(np.float32)

    def _of(self, raster: Matrix) -> Vector:
        # One number more, so that grey, which lies in the middle, has a direction too.
        vector = np.append(raster.ravel() - 0.5, 0.1)
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


class FixedCaptioner:
    """A captioner without a model: says the same of every picture. Implements ``Captioner``.

    Args:
        text: what it says.
    """

    name = "fixed"

    def __init__(self, text: str = "a man with a red balloon") -> None:
        self.seen: list[str] = []
        self._text = text

    def caption(self, picture: Picture) -> str:
        """Return the sentence, and note the picture's digest in ``seen``."""
        self.seen.append(picture.digest)
        return self._text


def _raster(picture: Picture) -> Matrix:
    """Return the mean colours of 4 x 4 fields, float32 [16, 3] in [0, 1]."""
    # A picture of fewer pixels is repeated, so that no field is empty.
    pixels = picture.pixels
    for axis in (0, 1):
        pixels = np.repeat(pixels, -(-4 // pixels.shape[axis]), axis=axis)
    fields = [
        part.reshape(-1, 3).mean(axis=0) / 255.0
        for band in np.array_split(pixels, 4, axis=0)
        for part in np.array_split(band, 4, axis=1)
    ]
    return np.array(fields, np.float32)

"""Plain values shared by every layer; no heavy imports.

Scores are higher-is-better everywhere; a component whose own scale runs the other way converts at
its edge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Rows: TypeAlias = npt.NDArray[np.int64]
    """Row numbers of the catalogue, shape [k]; row i is title i in every artifact."""
    Scores: TypeAlias = npt.NDArray[np.float32]
    """Scores, shape [k], descending."""
    Vector: TypeAlias = npt.NDArray[np.float32]
    """One L2-normalised embedding, shape [d]."""
    Matrix: TypeAlias = npt.NDArray[np.float32]
    """Embeddings, shape [n, d], rows L2-normalised."""

Kind: TypeAlias = Literal["film", "series"]
Method: TypeAlias = Literal["hybrid", "retrieval", "lexical", "blend", "mmr", "ce"]
Fusion: TypeAlias = Literal["convex", "rrf"]
LangPolicy: TypeAlias = Literal["auto-hard", "auto-soft", "off"]
Route: TypeAlias = Literal["embedding", "caption", "both"]
Sort: TypeAlias = Literal[
    "relevance", "newest", "oldest", "rating", "votes", "shortest", "longest", "title"
]


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """What a library must remember of the encoder that made its vectors.

    Attributes:
        name: the public name, for example ``all-MiniLM-L6-v2``.
        dimension: length of a vector.
        max_tokens: longer texts are cut there.
        query_prefix: text put before a query, empty for most models.
        document_prefix: text put before a document.
        fingerprint: 16 hexadecimal digits over the model and tokenizer files; two encoders agree
            only when these agree.
    """

    name: str
    dimension: int
    max_tokens: int
    query_prefix: str
    document_prefix: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """A ranked list of catalogue rows.

    Attributes:
        rows: int64 [k], best first, no row twice.
        scores: float32 [k], descending.
    """

    rows: Rows
    scores: Scores

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Scored:
    """What a reranker made of the first documents it was given.

    Attributes:
        scores: float32 [m] in [0, 1], score i of document i as given; fewer than the documents
            where the time did not reach further.
        took_ms: milliseconds spent.
    """

    scores: npt.NDArray[np.float32]
    took_ms: float

    def __len__(self) -> int:
        return len(self.scores)


@dataclass(frozen=True, slots=True)
class Reject:
    """One row of a source that could not be used.

    Attributes:
        path: the file, as the caller named it.
        line: 1-based line (or record) number.
        column: the column or field, empty where the whole row is meant.
        value: the offending value, cut to 200 characters.
        reason: what is wrong with it.
        cure: what to change.
    """

    path: str
    line: int
    column: str
    value: str
    reason: str
    cure: str


@dataclass(frozen=True, slots=True)
class Contributions:
    """What a score is made of: ``score[m] = base[:, m].sum() + titles[:, :, m].sum()``.

    Attributes:
        signals: name of each kind of evidence, for example ``collaborative`` or ``story``.
        base: float32 [s, m], what a signal gives whatever the person did.
        titles: float32 [s, h, m], what each entry of the history gives through a signal; below 0
            where it speaks against the title.
    """

    signals: tuple[str, ...]
    base: npt.NDArray[np.float32]
    titles: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Predicted:
    """Predicted ratings.

    Attributes:
        stars: float32 [p], within the scale.
        low: float32 [p], lower end of the 80% interval; None where the model has none.
        high: float32 [p], its upper end.
    """

    stars: npt.NDArray[np.float32]
    low: npt.NDArray[np.float32] | None = None
    high: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: upright, opaque, in RGB. Two are equal when their bytes were.

    Attributes:
        digest: SHA-256, hexadecimal, of the bytes it was decoded from.
        format: what these were, ``JPEG`` for example.
        width: pixels of the original from left to right, as it is looked at.
        height: pixels of the original from top to bottom.
        pixels: uint8 [h, w, 3], read-only; a large picture is decoded smaller than it is.
    """

    digest: str
    format: str
    width: int
    height: int
    pixels: npt.NDArray[np.uint8] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class PictureEncoderSpec:
    """What a library must remember of the encoder that made the vectors of its posters.

    Attributes:
        name: the public name, for example ``clip``.
        dimension: length of a vector.
        reads_text: whether it turns texts into vectors of the same space.
        fingerprint: 16 hexadecimal digits over the files of the model; two encoders agree only when
            these agree.
    """

    name: str
    dimension: int
    reads_text: bool
    fingerprint: str

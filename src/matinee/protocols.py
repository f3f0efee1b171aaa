"""The seams: what a part must offer to take its place in the product.

Every protocol has one contract suite in :mod:`matinee.testing`, run on every implementation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from matinee.interaction import Histories, Interactions, ItemFeatures
    from matinee.types import (
        Contributions,
        EncoderSpec,
        Matrix,
        Picture,
        PictureEncoderSpec,
        Predicted,
        Ranked,
        Rows,
        Scored,
        Vector,
    )


@runtime_checkable
class TextEncoder(Protocol):
    """Turns texts into unit vectors whose dot product is their similarity."""

    @property
    def spec(self) -> EncoderSpec:
        """What a library must remember of this encoder."""

    def encode_query(self, text: str) -> Vector:
        """Return the vector of one query, float32 [d]."""

    def encode_documents(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Matrix:
        """Return the vectors of texts, float32 [n, d], row i for text i.

        ``progress`` is called with the number of texts done so far.
        """

    def iter_documents(self, texts: Sequence[str]) -> Iterator[tuple[Rows, Matrix]]:
        """Yield (positions, vectors) batch by batch, in whatever order is fastest."""


@runtime_checkable
class PictureEncoder(Protocol):
    """Turns pictures into unit vectors whose dot product is their similarity."""

    @property
    def spec(self) -> PictureEncoderSpec:
        """What a library must remember of this encoder."""

    def encode_pictures(self, pictures: Sequence[Picture]) -> Matrix:
        """Return the vectors of pictures, float32 [n, d], row i for picture i."""

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors of texts in the space of the pictures, float32 [n, d].

        Raises:
            ModelError: the model reads no text; ``spec.reads_text`` says so beforehand.
        """


@runtime_checkable
class Captioner(Protocol):
    """Says in words what a picture shows."""

    @property
    def name(self) -> str:
        """The public name of the model."""

    def caption(self, picture: Picture) -> str:
        """Return one sentence, without a full stop; never empty.

        Raises:
            ModelError: the model failed, or had nothing to say.
        """


@runtime_checkable
class VectorIndex(Protocol):
    """Finds the rows whose vectors lie nearest to a query vector."""

    def search(
        self, vector: Vector, k: int, *, allowed: npt.NDArray[np.bool_] | None = None
    ) -> Ranked:
        """Return at most ``k`` rows by descending cosine in [-1, 1].

        ``allowed``, bool [n], restricts the answer to some rows.
        """

    def __len__(self) -> int:
        """Return the number of rows."""


@runtime_checkable
class TextIndex(Protocol):
    """Finds rows by the words or characters of a query."""

    def search(self, text: str, k: int, *, allowed: npt.NDArray[np.bool_] | None = None) -> Ranked:
        """Return at most ``k`` rows with a positive score, best first.

        ``allowed``, bool [n], restricts the answer to some rows.
        """

    def __len__(self) -> int:
        """Return the number of rows."""


@runtime_checkable
class WordIndex(TextIndex, Protocol):
    """Finds rows by words, and tells which words a row was found by."""

    def scores(self, text: str) -> npt.NDArray[np.float32]:
        """Return the score of every row, float32 [n], at least 0."""

    def containing(self, text: str) -> Rows:
        """Return the rows, ascending, that have every word of ``text``; none without a word."""

    def contributions(self, text: str, rows: Rows) -> list[dict[str, float]]:
        """Return what each word of ``text`` gives to the scores of rows [m], most telling first."""

    def strongest(self, text: str, rows: Rows) -> npt.NDArray[np.float32]:
        """Return the most that any one word of ``text`` gives to each of rows [m], float32 [m].

        A word repeated in the text counts as if it stood there once.
        """


@runtime_checkable
class Reranker(Protocol):
    """Reads the query together with each document and says how well they fit."""

    @property
    def name(self) -> str:
        """The public name of the model."""

    def score(
        self,
        query: str,
        documents: Sequence[str],
        *,
        budget_ms: float | None = None,
        batch: int = 16,
    ) -> Scored:
        """Return a score in [0, 1] for each of the first documents, in the order given.

        Documents are read ``batch`` at a time until they or ``budget_ms`` milliseconds are used up;
        the first batch is always read.
        """


@runtime_checkable
class RankingModel(Protocol):
    """A way to learn what people will want next; its parameters, before anything is learnt."""

    @property
    def name(self) -> str:
        """The public name of the model."""

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,
        *,
        seed: int = 0,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Recommender:
        """Learn from interactions; ``features`` describe the n titles of ``item_ids``.

        ``progress`` is called with a stage, the steps done and their total.

        Raises:
            InputError: there is nothing to learn from, or the memory needed is above the cap.
        """


@runtime_checkable
class Recommender(Protocol):
    """Scores titles for people by what they did; a person is folded in at the moment of asking."""

    @property
    def name(self) -> str:
        """The public name of the model."""

    def __len__(self) -> int:
        """Return the number of titles, n."""

    def score(self, histories: Histories, items: Rows | None = None) -> npt.NDArray[np.float32]:
        """Return the scores of titles for each person, float32 [b, n] or [b, m] of ``items`` [m].

        Higher is better, within a row; an empty history has scores as well. Titles of the history
        are scored like all others: leaving them out is the caller's.
        """

    def explain(self, history: Histories, items: Rows) -> Contributions:
        """Return what the scores of ``items`` [m] for one person are made of; they add up to them.

        Where the model is additive, taking an entry out of the history takes what it gives out of
        the score.
        """

    def save(self, folder: Path) -> None:
        """Write what was learnt into a folder of its own, as JSON and ``.npy``."""


@runtime_checkable
class RatingModel(Protocol):
    """A way to learn which stars people will give; its parameters, before anything is learnt."""

    @property
    def name(self) -> str:
        """The public name of the model."""

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,
        *,
        seed: int = 0,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> RatingPredictor:
        """Learn from the ratings among interactions.

        Raises:
            InputError: there is nothing to learn from.
            MissingExtraError: the model needs a package that is not installed.
        """


@runtime_checkable
class RatingPredictor(Protocol):
    """Predicts the stars that people will give to titles."""

    @property
    def name(self) -> str:
        """The public name of the model."""

    def predict(
        self,
        histories: Histories,
        people: Rows,
        items: Rows,
        times: npt.NDArray[np.int64] | None = None,
    ) -> Predicted:
        """Return the stars person ``people[i]`` of the batch gives to title ``items[i]``, p pairs.

        Somebody the model was not fitted on is folded in by their history. ``times`` [p] says
        when, where that is known.
        """

    def save(self, folder: Path) -> None:
        """Write what was learnt into a folder of its own, as JSON and ``.npy``."""

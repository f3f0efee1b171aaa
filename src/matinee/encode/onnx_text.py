"""A text encoder that runs an ONNX model on the CPU.

What is left to do beside running the model is to turn texts into token numbers. Each text runs by
itself: a batch is no faster on a CPU, and its shape would show in the last bits of its vectors, so
that a text would have another vector beside other texts. The bundled model pools and normalises by
itself; for the models of the hub, whose graphs end with the vectors of the tokens, that is done
here.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import ModelError
from matinee.models.card import CURE, MODEL, TOKENIZER, ModelFiles
from matinee.models.runtime import TokenModel, clean
from matinee.types import EncoderSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from matinee.models.card import ModelCard
    from matinee.models.runtime import Tokens
    from matinee.types import Matrix, Rows, Vector

REPORTED_TEXTS = 8
"""Vectors handed over at once: some tenths of a second of work, lost at most if it is killed."""
TOKENISE_TEXTS = 1024
"""Texts tokenised at once: enough for all cores, few enough that their objects stay small."""

_POOLED = "embedding"
"""Output of a graph that pools and normalises, [b, d]."""
_TOKENS = ("last_hidden_state", "token_embeddings")
"""Output of a graph that does not, [b, t, d], by the names the exporters of the hub give it."""


class OnnxTextEncoder:
    """Encodes texts with a model and its tokenizer; implements ``TextEncoder``.

    Safe to share between threads: nothing is changed after loading.
    """

    def __init__(self, card: ModelCard, model: TokenModel, output: str) -> None:
        self._spec = spec_of(card)
        self._pooling = None if output == _POOLED else card.pooling
        self._model = model
        self._output = output

    @classmethod
    def from_folder(
        cls, path: Path, *, threads: int | None = None, verify: bool = False
    ) -> OnnxTextEncoder:
        """Load a model folder: ``model.onnx``, ``tokenizer.json``, ``model.json``.

        Args:
            path: the folder.
            threads: threads of one run of the model; all cores when not given.
            verify: check both files against the checksums of the card.

        Raises:
            ModelError: a file is missing, damaged or not a text encoder.
        """
        files = ModelFiles.in_folder(path)
        if verify:
            files.check(full=True)
        return cls.from_files(files, threads=threads)

    @classmethod
    def from_files(cls, files: ModelFiles, *, threads: int | None = None) -> OnnxTextEncoder:
        """Load a model whose files lie anywhere.

        Raises:
            ModelError: a file is damaged, or the model is not a text encoder.
        """
        model = TokenModel.load(files, threads=threads)
        output = next((name for name in (_POOLED, *_TOKENS) if name in model.outputs), None)
        # Of one token, as graphs do not always state the sizes of their outputs.
        shape = model.shape(output) if output else ()
        rank = 2 if output == _POOLED else 3
        if files.card.kind != "encoder" or len(shape) != rank or shape[-1] != files.card.dimension:
            raise ModelError(
                "The model is not a text encoder of that kind",
                where=str(files.model),
                cure=CURE,
            )
        return cls(files.card, model, str(output))

    @property
    def spec(self) -> EncoderSpec:
        """What a library must remember of this encoder."""
        return self._spec

    def encode_query(self, text: str) -> Vector:
        """Return the unit vector of one query, float32 [d]."""
        encoding = self._model.tokenizer.encode(clean(self._spec.query_prefix + text))
        return self._run(np.array(encoding.ids, dtype=np.int64))

    def encode_documents(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Matrix:
        """Return the unit vectors of texts, float32 [n, d], row i for text i.

        Args:
            texts: the documents.
            progress: called after every batch with the number of texts done so far.
        """
        vectors = np.empty((len(texts), self._spec.dimension), dtype=np.float32)
        done = 0
        for positions, batch in self.iter_documents(texts):
            vectors[positions] = batch
            done += len(positions)
            if progress is not None:
                progress(done)
        return vectors

    def iter_documents(self, texts: Sequence[str]) -> Iterator[tuple[Rows, Matrix]]:
        """Yield the vectors some at a time, longest texts first.

        The longest come first so that memory reaches its peak, and an estimate of the time left
        errs on the safe side, at the start.

        Yields:
            Positions in ``texts``, int64 [b], and their unit vectors, float32 [b, d]. Every
            position comes exactly once.
        """
        tokens = self._tokenise(texts)
        lengths = np.array([len(ids) for ids in tokens], dtype=np.int64)
        order: Rows = np.argsort(-lengths, kind="stable")
        for start in range(0, len(order), REPORTED_TEXTS):
            positions = order[start : start + REPORTED_TEXTS]
            yield positions, np.stack([self._run(tokens[position]) for position in positions])

    def _tokenise(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the token numbers of every text, truncated, special tokens included."""
        prefix, tokenizer = self._spec.document_prefix, self._model.tokenizer
        # What is kept of a whole catalogue is two bytes a token where the vocabulary allows it.
        small = tokenizer.get_vocab_size() <= 2**16
        tokens: list[Tokens] = []
        for start in range(0, len(texts), TOKENISE_TEXTS):
            part = [clean(prefix + text) for text in texts[start : start + TOKENISE_TEXTS]]
            tokens.extend(
                np.array(encoding.ids, dtype=np.uint16 if small else np.int64)
                for encoding in tokenizer.encode_batch_fast(part)
            )
        return tokens

    def _run(self, tokens: Tokens) -> Vector:
        """Return the unit vector of one text, float32 [d]."""
        states, mask = self._model.run(self._output, [tokens])
        if self._pooling is not None:
            states = pool(states, mask, first=self._pooling == "cls")
        vector: Vector = states[0]
        return vector


def pool(states: npt.NDArray[np.float32], mask: npt.NDArray[np.int64], *, first: bool) -> Matrix:
    """Return one unit vector a text from the vectors of its tokens.

    Args:
        states: float32 [b, t, d].
        mask: int64 [b, t], 1 for a token and 0 for padding.
        first: take the vector of the first token instead of the mean over all.

    >>> states = np.array([[[3, 0], [3, 8], [9, 9]]], np.float32)
    >>> pool(states, np.array([[1, 1, 0]]), first=False).tolist()  # (3, 4) over its length 5
    [[0.6000000238418579, 0.800000011920929]]
    >>> pool(states, np.array([[1, 1, 0]]), first=True).tolist()
    [[1.0, 0.0]]
    """
    if first:
        pooled = states[:, 0]
    else:
        kept = mask[:, :, None].astype(np.float32)
        pooled = (states * kept).sum(axis=1) / kept.sum(axis=1)
    # A vector of nothing but zeros has no direction; it stays what it is.
    lengths = np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)
    return np.asarray(pooled / lengths, np.float32)


def spec_of(card: ModelCard) -> EncoderSpec:
    """Return what a library must remember of the encoder that a card describes.

    The fingerprint covers both files. It leaves out pooling and prefixes: a model is published with
    one way to use it, and the prefix of documents is in the key of every stored vector.
    """
    hashes = card.sha256[MODEL] + card.sha256[TOKENIZER]
    return EncoderSpec(
        name=card.name,
        dimension=card.dimension,
        max_tokens=card.max_tokens,
        query_prefix=card.query_prefix,
        document_prefix=card.document_prefix,
        fingerprint=hashlib.sha256(hashes.encode("ascii")).hexdigest()[:16],
    )

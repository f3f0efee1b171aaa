"""A text encoder that runs an ONNX model on the CPU.

The model pools and normalises by itself, so what is left to do here is to turn texts into token
numbers, to group texts of like length so that little padding is computed, and to keep track of
which row is whose.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import ModelError
from matinee.types import EncoderSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from matinee.types import Matrix, Rows, Vector

BATCH_TEXTS = 8
"""Texts of a batch at most: a larger batch falls out of the cache and is slower, not faster."""
BATCH_TOKENS = 1024
"""Tokens of a batch at most, padding included; bounds the memory of the activations."""
TOKENISE_TEXTS = 1024
"""Texts tokenised at once: enough for all cores, few enough that their objects stay small."""

_FILES = ("model.onnx", "tokenizer.json")
_INPUTS = ("input_ids", "attention_mask")
_OUTPUT = "embedding"
_CURE = "Install the package again, or export the model again"


class OnnxTextEncoder:
    """Encodes texts with a model folder: ``model.onnx``, ``tokenizer.json``, ``model.json``.

    Safe to share between threads: neither the session nor the tokenizer is changed after loading.
    """

    def __init__(self, spec: EncoderSpec, tokenizer: Any, session: Any) -> None:
        self._spec = spec
        self._tokenizer = tokenizer
        self._session = session

    @classmethod
    def from_folder(
        cls, path: Path, *, threads: int | None = None, verify: bool = False
    ) -> OnnxTextEncoder:
        """Load a model folder.

        Args:
            path: the folder.
            threads: threads of one run of the model; all cores when not given.
            verify: check both files against the checksums of the card.

        Raises:
            ModelError: a file is missing, damaged or not a model.
        """
        card = _read_card(path)
        for name in _FILES:
            if not (path / name).is_file():
                raise ModelError(
                    "A file of the model is missing", where=str(path / name), cure=_CURE
                )
            if verify and _sha256(path / name) != card["sha256"][name]:
                raise ModelError(
                    "A file of the model is not the one its card describes",
                    where=str(path / name),
                    cure=_CURE,
                )
        tokenizer = _load_tokenizer(path / "tokenizer.json", card["max_tokens"])
        session = _load_session(path / "model.onnx", threads, card["dimension"])
        return cls(_spec(card), tokenizer, session)

    @property
    def spec(self) -> EncoderSpec:
        """What a library must remember of this encoder."""
        return self._spec

    def encode_query(self, text: str) -> Vector:
        """Return the unit vector of one query, float32 [d]."""
        encoding = self._tokenizer.encode(_clean(self._spec.query_prefix + text))
        vector: Vector = self._run([np.array(encoding.ids, dtype=np.int64)])[0]
        return vector

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
        """Yield the vectors batch by batch, longest texts first.

        The longest come first so that memory reaches its peak, and an estimate of the time left
        errs on the safe side, at the start.

        Yields:
            Positions in ``texts``, int64 [b], and their unit vectors, float32 [b, d]. Every
            position comes exactly once.
        """
        tokens = self._tokenise(texts)
        lengths = np.array([len(ids) for ids in tokens], dtype=np.int64)
        order: Rows = np.argsort(-lengths, kind="stable")
        start = 0
        while start < len(order):
            longest = int(lengths[order[start]])
            size = max(1, min(BATCH_TEXTS, BATCH_TOKENS // longest))
            positions = order[start : start + size]
            yield positions, self._run([tokens[position] for position in positions])
            start += size

    def _tokenise(self, texts: Sequence[str]) -> list[npt.NDArray[np.uint16 | np.int64]]:
        """Return the token numbers of every text, truncated, special tokens included."""
        prefix = self._spec.document_prefix
        # What is kept of a whole catalogue is two bytes a token where the vocabulary allows it.
        small = self._tokenizer.get_vocab_size() <= 2**16
        tokens: list[npt.NDArray[np.uint16 | np.int64]] = []
        for start in range(0, len(texts), TOKENISE_TEXTS):
            part = [_clean(prefix + text) for text in texts[start : start + TOKENISE_TEXTS]]
            tokens.extend(
                np.array(encoding.ids, dtype=np.uint16 if small else np.int64)
                for encoding in self._tokenizer.encode_batch_fast(part)
            )
        return tokens

    def _run(self, tokens: Sequence[npt.NDArray[np.uint16 | np.int64]]) -> Matrix:
        """Run the model on one batch, padded to its longest text; float32 [b, d]."""
        ids = np.zeros((len(tokens), max(len(row) for row in tokens)), dtype=np.int64)
        mask = np.zeros_like(ids)
        for number, row in enumerate(tokens):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        feeds = dict(zip(_INPUTS, (ids, mask), strict=True))
        vectors: Matrix = self._session.run([_OUTPUT], feeds)[0]
        return vectors


def _clean(text: str) -> str:
    """Replace lone surrogates, which no UTF-8 text can hold and the tokenizer refuses."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # Through UTF-16, two surrogates that form a character become that character.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_card(folder: Path) -> dict[str, Any]:
    """Read ``model.json`` and check the fields that are used.

    Raises:
        ModelError: it is missing or is not the card of a model.
    """
    path = folder / "model.json"
    kinds = {"name": str, "dimension": int, "max_tokens": int, "sha256": dict}
    kinds |= {"query_prefix": str, "document_prefix": str}
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError("There is no model card", where=str(path), cure=_CURE) from error
    except ValueError as error:
        raise ModelError("The model card is not JSON", where=str(path), cure=_CURE) from error
    bad = not isinstance(card, dict) or any(
        not isinstance(card.get(field), kind) for field, kind in kinds.items()
    )
    if bad or any(not isinstance(card["sha256"].get(name), str) for name in _FILES):
        raise ModelError("The model card lacks a field", where=str(path), cure=_CURE)
    checked: dict[str, Any] = card
    return checked


def _spec(card: dict[str, Any]) -> EncoderSpec:
    hashes = "".join(card["sha256"][name] for name in _FILES)
    return EncoderSpec(
        name=card["name"],
        dimension=card["dimension"],
        max_tokens=card["max_tokens"],
        query_prefix=card["query_prefix"],
        document_prefix=card["document_prefix"],
        fingerprint=hashlib.sha256(hashes.encode("ascii")).hexdigest()[:16],
    )


def _load_tokenizer(path: Path, max_tokens: int) -> Any:
    """Load the tokenizer; imported here, as loading the library takes longer than a query."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise ModelError("The tokenizer cannot be read", where=str(path), cure=_CURE) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def _load_session(path: Path, threads: int | None, dimension: int) -> Any:
    """Load the model into a session that is modest in memory and idle when it has nothing to do."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    # Waiting threads would otherwise keep a core each busy after every run: on a small machine
    # that takes more from everything else than it saves here.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Fatal only: a damaged file is reported by the ModelError below, not a second time on stderr.
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the runtime has a dozen classes without a common base
        raise ModelError(
            "The file is not a model that can run", where=str(path), cure=_CURE
        ) from error
    inputs = {one.name for one in session.get_inputs()}
    outputs = {one.name: one.shape for one in session.get_outputs()}
    if inputs != set(_INPUTS) or outputs.get(_OUTPUT, [None])[-1] != dimension:
        raise ModelError(
            "The model is not a text encoder of that kind", where=str(path), cure=_CURE
        )
    return session

"""Runs graphs, and models that read tokens: what encoders and cross-encoders share.

Everything is on the CPU, through onnxruntime; the libraries are imported where they are used, as
loading them takes longer than a query.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import ModelError
from matinee.models.card import CURE, MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from matinee.models.card import ModelFiles

    Tokens = npt.NDArray[np.uint16 | np.int64]
    """Token numbers of one text, shape [t]."""

_IDS = "input_ids"
_MASK = "attention_mask"
_TYPES = "token_type_ids"
_PADDING = ("[PAD]", "<pad>", "<|endoftext|>")
"""The last is that of CLIP, which ends texts and pads them with the same token."""


class TokenModel:
    """An ONNX graph over tokens, and the tokenizer that belongs to it.

    Safe to share between threads: neither is changed after loading.

    Attributes:
        tokenizer: cuts at the card's ``max_tokens`` and never pads.
        outputs: names of what the graph computes.
    """

    def __init__(self, tokenizer: Any, session: Any, pad: int) -> None:
        self.tokenizer = tokenizer
        self.outputs = frozenset(one.name for one in session.get_outputs())
        self._session = session
        self._pad = pad
        self._inputs = frozenset(one.name for one in session.get_inputs())

    @classmethod
    def load(
        cls,
        files: ModelFiles,
        *,
        graph: str = MODEL,
        causal: bool = False,
        threads: int | None = None,
    ) -> TokenModel:
        """Load a model.

        Args:
            files: where it lies.
            graph: which of the files is the graph.
            causal: a token sees only those before it, so that padding at the end changes nothing,
                and the graph may do without being told what is padding.
            threads: threads of one run; all cores when not given.

        Raises:
            ModelError: a file is damaged, or the graph does not read tokens.
        """
        path = files.path(graph)
        tokenizer, pad = _load_tokenizer(files.tokenizer, files.card.max_tokens)
        session = load_session(path, threads)
        inputs = {one.name for one in session.get_inputs()}
        needed = {_IDS} if causal else {_IDS, _MASK}
        if not inputs >= needed or inputs - {_IDS, _MASK, _TYPES}:
            raise ModelError(
                f"The model is not of the kind that reads tokens: its inputs are {sorted(inputs)}",
                where=str(path),
                cure=CURE,
            )
        return cls(tokenizer, session, pad)

    def run(
        self, output: str, tokens: Sequence[Tokens], types: Sequence[Tokens] | None = None
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Run the graph on one batch, padded to its longest text.

        Args:
            output: the output to return.
            tokens: token numbers, one array a text.
            types: which text of a pair each token is of, 0 or 1; 0 throughout when not given. A
                graph that does not ask for types, such as that of MPNet, is not told.

        Returns:
            The output, [b, ...], and which tokens are not padding, int64 [b, t].

        Raises:
            ModelError: the model failed, as where there is no memory left for it.
        """
        shape = (len(tokens), max(len(row) for row in tokens))
        # The padding token and not just any: some models number positions by where it is not.
        ids = np.full(shape, self._pad, np.int64)
        mask, kinds = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for number, row in enumerate(tokens):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
            if types is not None:
                kinds[number, : len(row)] = types[number]
        known = {_IDS: ids, _MASK: mask, _TYPES: kinds}
        feeds = {name: known[name] for name in self._inputs}
        return run_graph(self._session, [output], feeds)[0], mask

    def shape(self, output: str) -> tuple[int, ...]:
        """Return the shape of an output for one text of one token."""
        return self.run(output, [np.array([self._pad], np.int64)])[0].shape


def run_graph(
    session: Any, outputs: Sequence[str], feeds: Mapping[str, npt.NDArray[Any]]
) -> list[npt.NDArray[np.float32]]:
    """Return the named outputs of a graph, in that order.

    Raises:
        ModelError: the model failed, as where there is no memory left for it.
    """
    try:
        found: list[npt.NDArray[np.float32]] = session.run(list(outputs), dict(feeds))
    except Exception as error:  # the runtime has a dozen classes without a common base
        raise ModelError(
            f"The model failed: {error}", cure="Give it more memory, or start the program again"
        ) from error
    return found


def clean(text: str) -> str:
    """Replace lone surrogates, which no UTF-8 text can hold and the tokenizer refuses."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # Through UTF-16, two surrogates that form a character become that character.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _load_tokenizer(path: Path, max_tokens: int) -> tuple[Any, int]:
    """Load the tokenizer; return it and the number of its padding token."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise ModelError("The tokenizer cannot be read", where=str(path), cure=CURE) from error
    pads = [(tokenizer.padding or {}).get("pad_id"), *map(tokenizer.token_to_id, _PADDING)]
    pad = next((number for number in pads if number is not None), None)
    if pad is None:
        raise ModelError("The tokenizer has no padding token", where=str(path), cure=CURE)
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer, pad


def load_session(path: Path, threads: int | None) -> Any:
    """Load a graph into a session that is modest in memory and idle when it has nothing to do.

    Args:
        path: the graph, ONNX.
        threads: threads of one run; all cores when not given.

    Raises:
        ModelError: it is not one that can run.
    """
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
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime has a dozen classes without a common base
        raise ModelError(
            "The file is not a model that can run", where=str(path), cure=CURE
        ) from error

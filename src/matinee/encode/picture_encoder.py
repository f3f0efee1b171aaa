"""Picture encoders that run ONNX models on the CPU: CLIP, and ResNet-50, which reads no text.

CLIP is two models that end in the same space: one sees pictures, the other reads texts, and a
picture lies near a text that describes it. Pictures and texts each keep to a region of their own,
so a cosine of the one kind is not to be compared with one of the other.

Tested with small random models of the real classes, against torch. No published weights were at
hand: that these are read as published rests on the names and shapes their repositories state, which
are checked when a model is loaded.

Sources: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision",
2021; He et al., "Deep Residual Learning for Image Recognition", 2015.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.encode.picture_input import picture_input
from matinee.errors import ModelError
from matinee.models.card import CURE, TEXT, TOKENIZER, VISION, ModelFiles, sha256_of
from matinee.models.runtime import TokenModel, clean, load_session, run_graph
from matinee.types import PictureEncoderSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from matinee.models.card import Preprocess
    from matinee.types import Matrix, Picture

BATCH_PICTURES = 4
"""Pictures of a batch. Their activations take up to 8 MB each, and on a CPU more are not faster."""
BATCH_TEXTS = 16
"""Texts of a batch, of at most 77 tokens each."""
TOKENISE_TEXTS = 1024
"""Texts tokenised at once: enough for all cores, few enough that their objects stay small."""

_PICTURE_OUTPUTS = ("image_embeds", "image_embedding", "pooler_output")
_TEXT_OUTPUTS = ("text_embeds", "text_embedding", "pooler_output")
"""What the exporters of the hub call a vector of a picture, or of a text."""


class OnnxPictureEncoder:
    """Encodes pictures, and with some models texts; implements ``PictureEncoder``.

    Safe to share between threads: nothing is changed after loading.

    Args:
        spec: what a library must remember of it.
        how: how pictures are brought to the model.
        vision: its graph, loaded: one input, float32 [b, 3, size, size].
        output: which of the outputs of that is the vector.
        text: the model that reads texts, None where there is none.
        text_output: which of the outputs of that is the vector.
    """

    def __init__(
        self,
        spec: PictureEncoderSpec,
        how: Preprocess,
        vision: Any,
        output: str,
        text: TokenModel | None = None,
        text_output: str = "",
    ) -> None:
        self._spec = spec
        self._how = how
        self._vision = vision
        self._input = vision.get_inputs()[0].name
        self._output = output
        self._text = text
        self._text_output = text_output

    @classmethod
    def from_folder(
        cls, path: Path, *, threads: int | None = None, verify: bool = False
    ) -> OnnxPictureEncoder:
        """Load a model folder: ``vision.onnx``, ``model.json``, and what reads text if it has that.

        Args:
            path: the folder.
            threads: threads of one run of a model; all cores when not given.
            verify: check the files against the checksums of the card.

        Raises:
            ModelError: a file is missing, damaged or not of a picture encoder.
        """
        files = ModelFiles.in_folder(path)
        if verify:
            files.check(full=True)
        return cls.from_files(files, threads=threads)

    @classmethod
    def from_files(cls, files: ModelFiles, *, threads: int | None = None) -> OnnxPictureEncoder:
        """Load a model whose files lie anywhere.

        Raises:
            ModelError: a file is damaged, or the model is not a picture encoder.
        """
        how = files.card.preprocess
        if files.card.kind != "picture-encoder" or how is None:
            raise ModelError("The model is not a picture encoder", where=files.card.name, cure=CURE)
        vision = load_session(files.path(VISION), threads)
        output = _picture_output(vision, files, how)
        text, text_output = None, ""
        if files.reads_text:
            # A token of CLIP sees only those before it.
            text = TokenModel.load(files, graph=TEXT, causal=True, threads=threads)
            # What somebody writes is text, also where it looks like the sign that ends one.
            text.tokenizer.encode_special_tokens = True
            text_output = _text_output(text, files)
        return cls(spec_of(files), how, vision, output, text, text_output)

    @property
    def spec(self) -> PictureEncoderSpec:
        """What a library must remember of this encoder."""
        return self._spec

    def encode_pictures(self, pictures: Sequence[Picture]) -> Matrix:
        """Return the unit vectors of pictures, float32 [n, d], row i for picture i.

        Raises:
            ModelError: the model failed, as where there is no memory left for it.
        """
        vectors = np.empty((len(pictures), self._spec.dimension), np.float32)
        for start in range(0, len(pictures), BATCH_PICTURES):
            part = pictures[start : start + BATCH_PICTURES]
            pixels = np.stack([picture_input(picture, self._how) for picture in part])
            (found,) = run_graph(self._vision, [self._output], {self._input: pixels})
            vectors[start : start + len(part)] = self._unit(found)
        return vectors

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        """Return the unit vectors of texts, float32 [n, d], row i for text i.

        A text of more tokens than the model reads, 77 with CLIP, is cut there; its end sign stays.

        Raises:
            ModelError: the model reads no text, or failed.
        """
        if self._text is None:
            raise ModelError(
                "The model reads no text",
                where=self._spec.name,
                cure="Use a picture encoder that does, such as clip",
            )
        tokens: list[npt.NDArray[np.int64]] = []
        for start in range(0, len(texts), TOKENISE_TEXTS):
            part = [clean(text) for text in texts[start : start + TOKENISE_TEXTS]]
            tokens += [
                np.array(encoding.ids, np.int64)
                for encoding in self._text.tokenizer.encode_batch_fast(part)
            ]
        vectors = np.empty((len(texts), self._spec.dimension), np.float32)
        # Texts of like length go together, so that little padding is computed.
        order = np.argsort([-len(ids) for ids in tokens], kind="stable")
        for start in range(0, len(order), BATCH_TEXTS):
            positions = order[start : start + BATCH_TEXTS]
            batch = [tokens[position] for position in positions.tolist()]
            vectors[positions] = self._unit(self._text.run(self._text_output, batch)[0])
        return vectors

    def _unit(self, vectors: npt.NDArray[np.float32]) -> Matrix:
        """Return vectors [b, d] or [b, d, 1, 1] at length 1, float32 [b, d]."""
        flat = vectors.reshape(len(vectors), self._spec.dimension).astype(np.float32, copy=False)
        lengths = np.linalg.norm(flat, axis=1, keepdims=True)
        # A picture without a direction would be as like to one picture as to any other.
        if not np.isfinite(lengths).all() or not lengths.all():
            raise ModelError(
                "The model computed a vector that has no direction",
                where=self._spec.name,
                cure=CURE,
            )
        unit: Matrix = flat / lengths
        return unit


def spec_of(files: ModelFiles) -> PictureEncoderSpec:
    """Return what a library must remember of the encoder that files make.

    The fingerprint covers the files and how pictures are brought to the model: a picture cut or
    scaled otherwise has another vector.
    """
    card = files.card
    names = (VISION, TEXT, TOKENIZER) if files.reads_text else (VISION,)
    parts = [card.sha256.get(name) or sha256_of(files.path(name)) for name in names]
    parts.append(repr(card.preprocess))
    return PictureEncoderSpec(
        name=card.name,
        dimension=card.dimension,
        reads_text=files.reads_text,
        fingerprint=hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16],
    )


def _picture_output(vision: Any, files: ModelFiles, how: Preprocess) -> str:
    """Return which output is the vector of a picture.

    Raises:
        ModelError: none is.
    """
    outputs = [one.name for one in vision.get_outputs()]
    # Two grey pictures, as graphs do not always state the sizes of their outputs; and so one that
    # takes no more than one picture at a time is found out.
    grey = np.zeros((2, 3, how.size, how.size), np.float32)
    try:
        (name,) = (one.name for one in vision.get_inputs())
        found = run_graph(vision, outputs, {name: grey})
    except (ModelError, ValueError) as error:
        raise _unfit(files, VISION) from error
    shapes = {name: array.shape for name, array in zip(outputs, found, strict=True)}
    fitting = [name for name in outputs if _is_vector(shapes[name], 2, files.card.dimension)]
    return _preferred(fitting, _PICTURE_OUTPUTS, files, VISION)


def _text_output(text: TokenModel, files: ModelFiles) -> str:
    """Return which output is the vector of a text.

    Raises:
        ModelError: none is.
    """
    outputs = sorted(text.outputs)
    try:
        shapes = {name: text.shape(name) for name in outputs}
    except ModelError as error:
        raise _unfit(files, TEXT) from error
    fitting = [name for name in outputs if _is_vector(shapes[name], 1, files.card.dimension)]
    return _preferred(fitting, _TEXT_OUTPUTS, files, TEXT)


def _is_vector(shape: tuple[int, ...], batch: int, dimension: int) -> bool:
    # ResNet's mean over a picture keeps the sides of what it is a mean of, 1 x 1.
    return shape in ((batch, dimension), (batch, dimension, 1, 1))


def _preferred(fitting: list[str], names: Iterable[str], files: ModelFiles, graph: str) -> str:
    """Return the first of the names that is among those that fit, else the first that fits."""
    if not fitting:
        raise _unfit(files, graph)
    return next(name for name in (*names, *fitting) if name in fitting)


def _unfit(files: ModelFiles, graph: str) -> ModelError:
    what = "pictures" if graph == VISION else "texts"
    return ModelError(
        f"The model does not turn {what} into vectors of length {files.card.dimension}",
        where=str(files.path(graph)),
        cure=CURE,
    )

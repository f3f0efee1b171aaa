"""What is known of a model beside its weights, and where its files lie."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from matinee.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Kind: TypeAlias = Literal["encoder", "cross-encoder", "picture-encoder", "captioner"]
Pooling: TypeAlias = Literal["mean", "cls"]
Resample: TypeAlias = Literal["bicubic", "bilinear"]

CARD = "model.json"
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
VISION = "vision.onnx"
TEXT = "text.onnx"
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
CURE = "Install, pull or export the model again"

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "encoder": (MODEL, TOKENIZER),
    "cross-encoder": (MODEL, TOKENIZER),
    "picture-encoder": (VISION,),
    "captioner": (CONFIG, WEIGHTS, TOKENIZER),
}
"""The files without which a model of a kind cannot run."""
_READING = (TEXT, TOKENIZER)
"""The files more that a picture encoder has when it reads text: both or neither."""

_COMMON: Mapping[str, type] = {"name": str, "kind": str, "max_tokens": int, "sha256": dict}
_MORE: Mapping[str, Mapping[str, type]] = {
    "encoder": {"dimension": int, "pooling": str, "query_prefix": str, "document_prefix": str},
    "cross-encoder": {},
    "picture-encoder": {"dimension": int, "preprocess": dict},
    "captioner": {"preprocess": dict},
}
"""The fields of a card: those of every model, and those of one kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocess:
    """How pixels become what a model sees: scaled, cut, and brought to the model's range.

    The sides are scaled first, then channel c of a pixel p becomes (p / 255 - mean[c]) / std[c].

    Attributes:
        size: pixels of a side of the square that the model sees.
        resize: with ``crop``, the shorter side is scaled to that many pixels, the longer one in
            proportion; without, it is ``size``.
        crop: cut the square out of the middle; False scales both sides to ``size``, whatever
            becomes of the proportions.
        mean: of red, green and blue, in 0 to 1.
        std: likewise.
        resample: how pixels are interpolated, by Pillow's name.
    """

    size: int
    resize: int
    crop: bool
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    resample: Resample


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What the code that runs a model must know of it.

    Attributes:
        name: the public name, for example ``all-mpnet-base-v2``.
        kind: ``encoder`` (a text to a vector), ``cross-encoder`` (two texts to a score),
            ``picture-encoder`` (a picture, and with some a text, to a vector) or ``captioner`` (a
            picture to a text).
        max_tokens: longer texts, or pairs of texts, are cut there, and captions end; 0 for a model
            without text.
        sha256: hexadecimal SHA-256 of each file, by the file's name in a model folder.
        dimension: length of a vector; 0 where there is none.
        pooling: how the vectors of the tokens become one, where the graph does not do it itself:
            their mean, or that of the first token; None where there is nothing to pool.
        query_prefix: text put before a query.
        document_prefix: text put before a document.
        preprocess: how pictures are brought to the model; None where it sees none.
    """

    name: str
    kind: Kind
    max_tokens: int
    sha256: Mapping[str, str]
    dimension: int = 0
    pooling: Pooling | None = None
    query_prefix: str = ""
    document_prefix: str = ""
    preprocess: Preprocess | None = None


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on this machine.

    Attributes:
        card: what is known of it.
        paths: where each file lies, by its name in a model folder: :data:`MODEL`,
            :data:`TOKENIZER`, :data:`VISION`, ...
    """

    card: ModelCard
    paths: Mapping[str, Path]

    @classmethod
    def in_folder(cls, folder: Path) -> ModelFiles:
        """Return the model of a folder that holds ``model.json`` beside the files it names.

        Raises:
            ModelError: a file is missing, or the card is not one.
        """
        card = read_card(folder / CARD)
        files = cls(card, {name: folder / name for name in card.sha256})
        files.check(full=False)
        return files

    @property
    def model(self) -> Path:
        """The graph of a model that is in one piece."""
        return self.path(MODEL)

    @property
    def tokenizer(self) -> Path:
        """The tokenizer, as the ``tokenizers`` library writes it."""
        return self.path(TOKENIZER)

    @property
    def reads_text(self) -> bool:
        """Whether a picture encoder also encodes texts."""
        return TEXT in self.paths

    @property
    def folder(self) -> Path:
        """The folder the files lie in."""
        return next(iter(self.paths.values())).parent

    def path(self, name: str) -> Path:
        """Return where a file lies.

        Args:
            name: its name in a model folder.

        Raises:
            ModelError: the model has no such file.
        """
        try:
            return self.paths[name]
        except KeyError:
            raise ModelError(
                f"The model has no {name}: it is a {self.card.kind} of {', '.join(self.paths)}",
                where=self.card.name,
                cure="Choose a model of the kind that is needed: matinee models list",
            ) from None

    def check(self, *, full: bool) -> None:
        """Check that all files are there, and with ``full`` that they are what the card says.

        Raises:
            ModelError: naming the file.
        """
        for name, path in self.paths.items():
            if not path.is_file():
                raise ModelError("A file of the model is missing", where=str(path), cure=CURE)
            if full and sha256_of(path) != self.card.sha256[name]:
                raise ModelError(
                    "A file of the model is not the one its card describes",
                    where=str(path),
                    cure=CURE,
                )


def read_card(path: Path) -> ModelCard:
    """Read the card of a model folder.

    Raises:
        ModelError: it is missing or is not the card of a model.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError("There is no model card", where=str(path), cure=CURE) from error
    except ValueError as error:
        raise ModelError("The model card is not JSON", where=str(path), cure=CURE) from error
    card = _checked(raw, _COMMON, path)
    _one_of(card, "kind", get_args(Kind), path)
    card |= _checked(raw, _MORE[card["kind"]], path)
    if "pooling" in card:
        _one_of(card, "pooling", get_args(Pooling), path)
    if "preprocess" in card:
        card["preprocess"] = _preprocess(card["preprocess"], path)
    return ModelCard(**card | {"sha256": _sha256(card, path)})


def needed_files(kind: Kind, *, reads_text: bool = True) -> tuple[str, ...]:
    """Return the files of a model by their names in a model folder.

    Args:
        kind: of the model.
        reads_text: of a picture encoder, whether it also encodes texts.
    """
    more = _READING if kind == "picture-encoder" and reads_text else ()
    return (*_NEEDED[kind], *more)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked(raw: Any, wanted: Mapping[str, type], path: Path) -> dict[str, Any]:
    """Return the wanted fields of an object, each of its type."""
    for field, kind in wanted.items():
        if not isinstance(raw, dict) or not isinstance(raw.get(field), kind):
            raise ModelError(f"The model card lacks the field {field}", where=str(path), cure=CURE)
    return {field: raw[field] for field in wanted}


def _one_of(card: Mapping[str, Any], field: str, allowed: tuple[str, ...], path: Path) -> None:
    if card[field] not in allowed:
        raise ModelError(
            f"The model card has {field} {card[field]!r:.40}, not one of {list(allowed)}",
            where=str(path),
            cure=CURE,
        )


def _sha256(card: Mapping[str, Any], path: Path) -> dict[str, str]:
    """Return the checksums of a card: those of the files the model needs, and of no others."""
    reads_text = any(name in card["sha256"] for name in _READING)
    names = needed_files(card["kind"], reads_text=reads_text)
    # Others may be told of in the card and are none of ours: a name in it is not made a path.
    return _checked(card["sha256"], dict.fromkeys(names, str), path)


def _preprocess(raw: Mapping[str, Any], path: Path) -> Preprocess:
    wanted = {"size": int, "resize": int, "crop": bool, "mean": list, "std": list, "resample": str}
    found = _checked(raw, wanted, path)
    _one_of(found, "resample", get_args(Resample), path)
    for field in ("mean", "std"):
        values = found[field]
        if len(values) != 3 or not all(isinstance(value, int | float) for value in values):
            raise ModelError(
                f"The model card has no three numbers as {field}", where=str(path), cure=CURE
            )
        found[field] = tuple(float(value) for value in values)
    if not 0 < found["size"] <= found["resize"] or min(found["std"]) <= 0.0:
        raise ModelError(
            "The model card tells of pictures no model can see", where=str(path), cure=CURE
        )
    return Preprocess(**found)

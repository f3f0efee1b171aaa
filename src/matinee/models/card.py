"""What is known of a model beside its weights, and where its files lie."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from matinee.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Kind: TypeAlias = Literal["encoder", "cross-encoder"]
Pooling: TypeAlias = Literal["mean", "cls"]

MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
CARD = "model.json"
CURE = "Install, pull or export the model again"

_COMMON: Mapping[str, type] = {"name": str, "kind": str, "max_tokens": int, "sha256": dict}
_ENCODER: Mapping[str, type] = {
    "dimension": int,
    "pooling": str,
    "query_prefix": str,
    "document_prefix": str,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What the code that runs a model must know of it.

    Attributes:
        name: the public name, for example ``all-mpnet-base-v2``.
        kind: ``encoder`` (a text to a vector) or ``cross-encoder`` (two texts to a score).
        max_tokens: longer texts, or pairs of texts, are cut there.
        sha256: hexadecimal SHA-256 of ``model.onnx`` and ``tokenizer.json``.
        dimension: length of a vector; 0 for a cross-encoder.
        pooling: how the vectors of the tokens become one, where the graph does not do it itself:
            their mean, or that of the first token; None for a cross-encoder.
        query_prefix: text put before a query.
        document_prefix: text put before a document.
    """

    name: str
    kind: Kind
    max_tokens: int
    sha256: Mapping[str, str]
    dimension: int = 0
    pooling: Pooling | None = None
    query_prefix: str = ""
    document_prefix: str = ""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on this machine.

    Attributes:
        card: what is known of it.
        model: its graph, ONNX.
        tokenizer: its tokenizer, as the ``tokenizers`` library writes it.
    """

    card: ModelCard
    model: Path
    tokenizer: Path

    @classmethod
    def in_folder(cls, folder: Path) -> ModelFiles:
        """Return the model of a folder that holds ``model.json`` beside both files.

        Raises:
            ModelError: a file is missing, or the card is not one.
        """
        files = cls(read_card(folder / CARD), folder / MODEL, folder / TOKENIZER)
        files.check(full=False)
        return files

    def check(self, *, full: bool) -> None:
        """Check that both files are there, and with ``full`` that they are what the card says.

        Raises:
            ModelError: naming the file.
        """
        for name, path in ((MODEL, self.model), (TOKENIZER, self.tokenizer)):
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
    wanted = dict(_COMMON)
    if isinstance(raw, dict) and raw.get("kind") == "encoder":
        wanted |= _ENCODER
    checked = _checked(raw, wanted, path)
    sha256 = _checked(checked["sha256"], {MODEL: str, TOKENIZER: str}, path)
    for field, allowed in (("kind", ("encoder", "cross-encoder")), ("pooling", ("mean", "cls"))):
        if field in checked and checked[field] not in allowed:
            raise ModelError(
                f"The model card has {field} {checked[field]!r:.40}, not one of {list(allowed)}",
                where=str(path),
                cure=CURE,
            )
    return ModelCard(**(checked | {"sha256": sha256}))


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

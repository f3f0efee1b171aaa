"""The models Matinee knows by name.

Every model of the hub is pinned: to the commit of its repository, and each file to its size and its
SHA-256, so that a name means the same bytes on every machine and on every day. How the pins were
found and checked: docs/decisions/0007-models-from-the-hub.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import ModelError
from matinee.models.card import MODEL, TOKENIZER, ModelCard

if TYPE_CHECKING:
    from matinee.models.card import Kind, Pooling


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a repository of the hub.

    Attributes:
        path: its path in the repository.
        bytes: its size.
        sha256: its SHA-256, hexadecimal.
    """

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HubSource:
    """Where a model is downloaded from.

    Attributes:
        repo: the repository, ``owner/name``.
        revision: the commit, 40 hexadecimal digits.
        model: the graph, ONNX.
        tokenizer: the tokenizer.
    """

    repo: str
    revision: str
    model: HubFile
    tokenizer: HubFile

    @property
    def bytes(self) -> int:
        """Size of the download."""
        return self.model.bytes + self.tokenizer.bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """A model by its name.

    Attributes:
        name: the name that commands, settings and libraries use.
        kind: ``encoder`` or ``cross-encoder``.
        source: where it comes from; None for the model that ships with Matinee.
        max_tokens: longer texts, or pairs of texts, are cut there.
        licence: SPDX identifier.
        languages: what it was trained to read, in words.
        used_for: when to choose it, in words.
        dimension: length of a vector; 0 for a cross-encoder.
        pooling: how the vectors of the tokens become one; None for a cross-encoder.
        query_prefix: text put before a query.
        document_prefix: text put before a document.
    """

    name: str
    kind: Kind
    source: HubSource | None
    max_tokens: int
    licence: str
    languages: str
    used_for: str
    dimension: int = 0
    pooling: Pooling | None = None
    query_prefix: str = ""
    document_prefix: str = ""

    def card(self, source: HubSource) -> ModelCard:
        """Return the card of the model as it comes from a source."""
        return ModelCard(
            name=self.name,
            kind=self.kind,
            max_tokens=self.max_tokens,
            sha256={MODEL: source.model.sha256, TOKENIZER: source.tokenizer.sha256},
            dimension=self.dimension,
            pooling=self.pooling,
            query_prefix=self.query_prefix,
            document_prefix=self.document_prefix,
        )


# BERT's English vocabulary: the same file in the repositories of BAAI and of cross-encoder.
_BERT_TOKENIZER = HubFile(
    "tokenizer.json", 711_396, "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66"
)
_MS_MARCO = ("cross-encoder/ms-marco-MiniLM-L6-v2", "c5ee24cb16019beea0893ab7796b1df96625c6b8")

_SPECS = (
    ModelSpec(
        name="all-MiniLM-L6-v2",
        kind="encoder",
        source=None,
        max_tokens=256,
        licence="Apache-2.0",
        languages="English",
        used_for="the default; ships with Matinee",
        dimension=384,
        pooling="mean",
    ),
    ModelSpec(
        name="all-mpnet-base-v2",
        kind="encoder",
        source=HubSource(
            "sentence-transformers/all-mpnet-base-v2",
            "e8c3b32edf5434bc2275fc9bab85f82640a19130",
            HubFile(
                "onnx/model.onnx",
                435_826_548,
                "74187b16d9c946fea252e120cfd7a12c5779d8b8b86838a2e4c56573c47941bd",
            ),
            HubFile(
                "tokenizer.json",
                466_021,
                "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
            ),
        ),
        max_tokens=384,
        licence="Apache-2.0",
        languages="English",
        used_for="the larger sibling of the default: twice the vector, eight times the work",
        dimension=768,
        pooling="mean",
    ),
    ModelSpec(
        name="bge-small-en-v1.5",
        kind="encoder",
        source=HubSource(
            "BAAI/bge-small-en-v1.5",
            "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a",
            HubFile(
                "onnx/model.onnx",
                133_093_490,
                "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35",
            ),
            _BERT_TOKENIZER,
        ),
        max_tokens=512,
        licence="MIT",
        languages="English",
        used_for="short questions about longer texts; twice the work of the default",
        dimension=384,
        pooling="cls",
        query_prefix="Represent this sentence for searching relevant passages: ",
    ),
    ModelSpec(
        name="multilingual-e5-small",
        kind="encoder",
        source=HubSource(
            "intfloat/multilingual-e5-small",
            "614241f622f53c4eeff9890bdc4f31cfecc418b3",
            HubFile(
                "onnx/model.onnx",
                470_268_510,
                "ca456c06b3a9505ddfd9131408916dd79290368331e7d76bb621f1cba6bc8665",
            ),
            HubFile(
                "onnx/tokenizer.json",
                17_082_730,
                "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
            ),
        ),
        max_tokens=512,
        licence="MIT",
        languages="about a hundred",
        used_for="queries or overviews that are not in English",
        dimension=384,
        pooling="mean",
        query_prefix="query: ",
        document_prefix="passage: ",
    ),
    ModelSpec(
        name="ms-marco-MiniLM-L-6-v2",
        kind="cross-encoder",
        source=HubSource(
            *_MS_MARCO,
            HubFile(
                "onnx/model.onnx",
                91_011_230,
                "5d3e70fd0c9ff14b9b5169a51e957b7a9c74897afd0a35ce4bd318150c1d4d4a",
            ),
            _BERT_TOKENIZER,
        ),
        max_tokens=512,
        licence="Apache-2.0",
        languages="English",
        used_for="reading the best candidates again, float32; the base to train a reranker from",
    ),
    ModelSpec(
        name="ms-marco-MiniLM-L-6-v2-int8",
        kind="cross-encoder",
        source=HubSource(
            *_MS_MARCO,
            # Eight bits for every x86 processor with AVX2; the files for AVX-512 overflow there.
            HubFile(
                "onnx/model_quint8_avx2.onnx",
                23_200_716,
                "c80a8b34256ea453093d612e3ac48d3d965a0c0a48c7906709af8b8e28461bf9",
            ),
            _BERT_TOKENIZER,
        ),
        max_tokens=512,
        licence="Apache-2.0",
        languages="English",
        used_for="the same in 8 bits: a quarter of the size, and less work for a little accuracy",
    ),
)

MODELS: dict[str, ModelSpec] = {spec.name: spec for spec in _SPECS}
"""The models by name, encoders first."""

DEFAULT_RERANKER = "ms-marco-MiniLM-L-6-v2"


def find(name: str) -> ModelSpec:
    """Return a model by its name.

    Raises:
        ModelError: there is none of that name.
    """
    try:
        return MODELS[name]
    except KeyError:
        raise ModelError(
            "There is no model of that name", where=name, cure=f"Known are {', '.join(MODELS)}"
        ) from None

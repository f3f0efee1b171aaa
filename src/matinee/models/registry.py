"""The models Matinee knows by name.

Every model of the hub is pinned: to the commits of its repositories, and each file to its size and
its SHA-256, so that a name means the same bytes on every machine and on every day. How the pins
were found and checked: docs/decisions/0007-models-from-the-hub.md, and for the models that see
0021-models-that-see.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import ModelError
from matinee.models.card import (
    CONFIG,
    MODEL,
    TEXT,
    TOKENIZER,
    VISION,
    WEIGHTS,
    ModelCard,
    Preprocess,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.models.card import Kind, Pooling

USED_BY: Mapping[Kind, str] = {
    "encoder": "build --encoder NAME, and every search of what it built",
    "cross-encoder": "search --method ce (MATINEE_RERANKER)",
    "picture-encoder": "build --posters, search --image (MATINEE_PICTURE_ENCODER)",
    "captioner": "search --image --route caption (MATINEE_CAPTIONER)",
}
"""Which commands need a model of a kind, and the setting that names one."""


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
    """Files of one repository that a model, or a part of it, is downloaded from.

    Attributes:
        repo: the repository, ``owner/name``.
        revision: the commit, 40 hexadecimal digits.
        files: by the name that each has in a model folder.
    """

    repo: str
    revision: str
    files: Mapping[str, HubFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """A model by its name.

    Attributes:
        name: the name that commands, settings and libraries use.
        kind: what it does; see :class:`ModelCard`.
        sources: where it comes from; none for the model that ships with Matinee.
        max_tokens: longer texts, or pairs of texts, are cut there, and captions end; 0 for a model
            without text.
        licence: SPDX identifier.
        languages: what it was trained to read or to write, in words.
        used_for: when to choose it, in words.
        dimension: length of a vector; 0 where there is none.
        pooling: how the vectors of the tokens become one; None where there is nothing to pool.
        query_prefix: text put before a query.
        document_prefix: text put before a document.
        preprocess: how pictures are brought to the model; None where it sees none.
    """

    name: str
    kind: Kind
    sources: tuple[HubSource, ...]
    max_tokens: int
    licence: str
    languages: str
    used_for: str
    dimension: int = 0
    pooling: Pooling | None = None
    query_prefix: str = ""
    document_prefix: str = ""
    preprocess: Preprocess | None = None

    @property
    def bytes(self) -> int:
        """Size of the download."""
        return sum(file.bytes for source in self.sources for file in source.files.values())

    @property
    def card(self) -> ModelCard:
        """The card of the model."""
        return ModelCard(
            name=self.name,
            kind=self.kind,
            max_tokens=self.max_tokens,
            sha256={
                name: file.sha256 for source in self.sources for name, file in source.files.items()
            },
            dimension=self.dimension,
            pooling=self.pooling,
            query_prefix=self.query_prefix,
            document_prefix=self.document_prefix,
            preprocess=self.preprocess,
        )


def _reading(repo: str, revision: str, model: HubFile, tokenizer: HubFile) -> tuple[HubSource]:
    """Return the source of a model that reads tokens and is in one piece."""
    return (HubSource(repo, revision, {MODEL: model, TOKENIZER: tokenizer}),)


# BERT's English vocabulary: one file, in the repositories of BAAI, cross-encoder and Salesforce.
_BERT_TOKENIZER = HubFile(
    "tokenizer.json", 711_396, "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66"
)
_MS_MARCO = ("cross-encoder/ms-marco-MiniLM-L6-v2", "c5ee24cb16019beea0893ab7796b1df96625c6b8")

# Mean and spread of the colours of the pictures a model was trained on.
_CLIP_MEAN, _CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

_SPECS = (
    ModelSpec(
        name="all-MiniLM-L6-v2",
        kind="encoder",
        sources=(),
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
        sources=_reading(
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
        sources=_reading(
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
        sources=_reading(
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
        sources=_reading(
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
        used_for="reads the best candidates again; the base that rerankers are trained from",
    ),
    ModelSpec(
        name="ms-marco-MiniLM-L-6-v2-int8",
        kind="cross-encoder",
        sources=_reading(
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
        used_for="the same in 8 bits: a quarter of the size, less work, a little less exact",
    ),
    ModelSpec(
        name="clip",
        kind="picture-encoder",
        sources=(
            HubSource(
                "Qdrant/clip-ViT-B-32-vision",
                "e0c24ed0fa57fa3e4f97f30de74c51d944036ace",
                {
                    VISION: HubFile(
                        "model.onnx",
                        351_686_194,
                        "c68d3d9a200ddd2a8c8a5510b576d4c94d1ae383bf8b36dd8c084f94e1fb4d63",
                    )
                },
            ),
            HubSource(
                "Qdrant/clip-ViT-B-32-text",
                "48ca1db27cb4063eb311ec2aa7f087a808112876",
                {
                    TEXT: HubFile(
                        "model.onnx",
                        254_102_519,
                        "4dbe762b11e36488304471e439cde89da053ad7acaddbf9e096745d142ec8d8b",
                    ),
                    TOKENIZER: HubFile(
                        "tokenizer.json",
                        2_224_147,
                        "b68d571997a1f81bf521fb73806740ddb91e4ed6666cb6e996c066bb289cf55b",
                    ),
                },
            ),
        ),
        max_tokens=77,
        licence="MIT",
        languages="English",
        used_for="the default for pictures: puts pictures and texts into one space (ViT-B/32)",
        dimension=512,
        preprocess=Preprocess(
            size=224, resize=224, crop=True, mean=_CLIP_MEAN, std=_CLIP_STD, resample="bicubic"
        ),
    ),
    ModelSpec(
        name="resnet50",
        kind="picture-encoder",
        sources=(
            HubSource(
                "Qdrant/resnet50-onnx",
                "43b3ed7997b4b0fc59cf2402b12f31a4ec769743",
                {
                    VISION: HubFile(
                        "model.onnx",
                        93_961_728,
                        "4f0558b775c85b568012f7174cadda33fb4b4e5a253ce17e5d839f123e0bc7e6",
                    )
                },
            ),
        ),
        max_tokens=0,
        licence="Apache-2.0",
        languages="none",
        used_for="posters that look alike, to compare with; it knows pictures and no texts",
        dimension=2048,
        preprocess=Preprocess(
            size=224,
            # 224 / 0.875, as the repository's own configuration has it.
            resize=256,
            crop=True,
            mean=_IMAGENET_MEAN,
            std=_IMAGENET_STD,
            resample="bicubic",
        ),
    ),
    ModelSpec(
        name="blip",
        kind="captioner",
        sources=(
            HubSource(
                "Salesforce/blip-image-captioning-base",
                "82a37760796d32b1411fe092ab5d4e227313294b",
                {
                    CONFIG: HubFile(
                        "config.json",
                        4_563,
                        "f7846f82f4e2c4a2ccbab9ae8b0e44873540a271a76a1288effd078180c13a82",
                    ),
                    TOKENIZER: _BERT_TOKENIZER,
                    # The repository has no safetensors. A pickle, read by torch as tensors alone.
                    WEIGHTS: HubFile(
                        "pytorch_model.bin",
                        989_820_849,
                        "d6638651a5526cc2ede56f2b5104d6851b0755816d220e5e046870430180c767",
                    ),
                },
            ),
        ),
        # What its configuration says; captions it was trained on are rarely half as long.
        max_tokens=20,
        licence="BSD-3-Clause",
        languages="English",
        used_for="says in a sentence what a picture shows; needs the extra caption",
        preprocess=Preprocess(
            size=384, resize=384, crop=False, mean=_CLIP_MEAN, std=_CLIP_STD, resample="bicubic"
        ),
    ),
)

MODELS: dict[str, ModelSpec] = {spec.name: spec for spec in _SPECS}
"""The models by name: encoders first, then rerankers, then those that see."""

DEFAULT_RERANKER = "ms-marco-MiniLM-L-6-v2"
DEFAULT_PICTURE_ENCODER = "clip"
DEFAULT_CAPTIONER = "blip"


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

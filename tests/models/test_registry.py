from __future__ import annotations

import re

import pytest

from matinee.encode import BUNDLED_NAME, bundled_folder
from matinee.encode.onnx_text import spec_of
from matinee.errors import ModelError
from matinee.models import hub
from matinee.models.card import MODEL, TOKENIZER, ModelFiles
from matinee.models.registry import DEFAULT_RERANKER, MODELS, find

SPECS = list(MODELS.values())


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_model_is_pinned_to_its_bytes(spec) -> None:
    if spec.source is None:
        assert spec.name == BUNDLED_NAME
        return
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", spec.source.repo)
    assert re.fullmatch(r"[0-9a-f]{40}", spec.source.revision)
    for file in (spec.source.model, spec.source.tokenizer):
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert file.bytes > 1000
    assert spec.source.model.path.endswith(".onnx")
    assert spec.source.tokenizer.path.endswith(TOKENIZER)
    assert spec.source.bytes == spec.source.model.bytes + spec.source.tokenizer.bytes


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_model_is_described(spec) -> None:
    assert spec.licence in {"Apache-2.0", "MIT"}
    assert spec.languages
    assert spec.used_for
    encodes = spec.kind == "encoder"
    assert (spec.dimension > 0, spec.pooling is not None) == (encodes, encodes)
    assert spec.max_tokens >= 256


def test_no_two_encoders_have_one_fingerprint() -> None:
    cards = [spec.card(spec.source) for spec in SPECS if spec.source and spec.kind == "encoder"]
    prints = {spec_of(card).fingerprint for card in cards}
    assert len(prints) == len(cards)


def test_the_bundled_model_is_as_described() -> None:
    spec, card = find(BUNDLED_NAME), ModelFiles.in_folder(bundled_folder()).card
    for field in ("name", "kind", "max_tokens", "dimension", "pooling", "query_prefix"):
        assert getattr(spec, field) == getattr(card, field), field
    assert set(card.sha256) == {MODEL, TOKENIZER}
    with pytest.raises(ModelError, match="ships with Matinee"):
        hub.pull(spec)


def test_a_name_that_is_unknown() -> None:
    with pytest.raises(ModelError, match="all-mpnet-base-v2"):
        find("gpt")


def test_the_default_reranker_is_one() -> None:
    assert find(DEFAULT_RERANKER).kind == "cross-encoder"

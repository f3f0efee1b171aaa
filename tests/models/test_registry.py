from __future__ import annotations

import re
from pathlib import Path

import pytest

from matinee.encode import BUNDLED_NAME, bundled_folder
from matinee.encode.onnx_text import spec_of
from matinee.errors import ModelError
from matinee.models import hub
from matinee.models.card import MODEL, TOKENIZER, WEIGHTS, ModelFiles, needed_files
from matinee.models.registry import (
    DEFAULT_CAPTIONER,
    DEFAULT_PICTURE_ENCODER,
    DEFAULT_RERANKER,
    MODELS,
    USED_BY,
    find,
)

SPECS = list(MODELS.values())


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_model_is_pinned_to_its_bytes(spec) -> None:
    if not spec.sources:
        assert spec.name == BUNDLED_NAME
        return
    names = [name for source in spec.sources for name in source.files]
    reads_text = spec.max_tokens > 0
    assert sorted(names) == sorted(needed_files(spec.kind, reads_text=reads_text))
    sizes = []
    for source in spec.sources:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", source.repo)
        assert re.fullmatch(r"[0-9a-f]{40}", source.revision)
        for name, file in source.files.items():
            assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
            assert file.bytes > 1000
            sizes.append(file.bytes)
            suffixes = {Path(name).suffix, ".bin"} if name == WEIGHTS else {Path(name).suffix}
            assert Path(file.path).suffix in suffixes
    assert spec.bytes == sum(sizes)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_model_is_described(spec) -> None:
    assert spec.licence in {"Apache-2.0", "BSD-3-Clause", "MIT"}
    assert spec.languages
    assert spec.used_for
    assert USED_BY[spec.kind]
    assert (spec.dimension > 0) == (spec.kind in {"encoder", "picture-encoder"})
    assert (spec.pooling is not None) == (spec.kind == "encoder")
    assert (spec.preprocess is not None) == (spec.kind in {"picture-encoder", "captioner"})


def test_one_checksum_is_of_one_file() -> None:
    files = [file for spec in SPECS for source in spec.sources for file in source.files.values()]
    known: dict[str, tuple[str, int]] = {}
    for file in files:
        # The vocabulary of BERT is that of several models.
        assert known.setdefault(file.sha256, (file.path, file.bytes)) == (file.path, file.bytes)


def test_models_that_see_see_what_their_authors_say() -> None:
    clip, resnet, blip = (find(name).preprocess for name in ("clip", "resnet50", "blip"))
    assert (clip.size, clip.resize, clip.crop) == (224, 224, True)
    assert (resnet.size, resnet.resize, resnet.crop) == (224, int(224 / 0.875), True)
    assert (blip.size, blip.resize, blip.crop) == (384, 384, False)
    assert clip.mean == blip.mean != resnet.mean
    assert clip.std == blip.std != resnet.std


def test_no_two_encoders_have_one_fingerprint() -> None:
    cards = [spec.card for spec in SPECS if spec.kind == "encoder" and spec.sources]
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


def test_the_defaults_are_of_their_kinds() -> None:
    assert find(DEFAULT_RERANKER).kind == "cross-encoder"
    assert find(DEFAULT_PICTURE_ENCODER).kind == "picture-encoder"
    assert find(DEFAULT_CAPTIONER).kind == "captioner"


def test_the_bundled_model_is_found_like_any_other() -> None:
    assert hub.files_of(find(BUNDLED_NAME)).folder == bundled_folder()

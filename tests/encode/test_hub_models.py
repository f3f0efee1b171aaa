"""Encoders as the hub has them: graphs that do not pool, other inputs, prefixes, other tokenizers.

The models are tiny and random but of the real classes; ``tools/make_test_models.py`` made them, and
the vectors that torch computes with them.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from matinee.encode.onnx_text import OnnxTextEncoder, pool
from matinee.errors import ModelError
from matinee.testing import TextEncoderContract

FIXTURES = Path(__file__).parents[1] / "models/fixtures"
GOLDEN = json.loads((FIXTURES / "golden.json").read_text(encoding="utf-8"))
NAMES = ("bert", "mpnet", "xlmr")


def load(name: str) -> OnnxTextEncoder:
    return OnnxTextEncoder.from_folder(FIXTURES / name, threads=1, verify=True)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURES / "bert", tmp_path / "model"))


def change_card(folder: Path, **fields: object) -> None:
    path = folder / "model.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(card | fields), encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_vectors_are_those_of_torch(name: str) -> None:
    """In one batch and alone: padding, positions, types, pooling and prefixes are right."""
    encoder, expected = load(name), np.array(GOLDEN["vectors"][name], np.float32)
    together = encoder.encode_documents(GOLDEN["texts"])
    alone = np.concatenate([encoder.encode_documents([text]) for text in GOLDEN["texts"]])
    np.testing.assert_allclose(together, expected[:-1], atol=1e-5)
    np.testing.assert_allclose(alone, expected[:-1], atol=1e-5)
    np.testing.assert_allclose(encoder.encode_query(GOLDEN["query"]), expected[-1], atol=1e-5)


def test_queries_and_documents_have_prefixes_of_their_own() -> None:
    encoder = load("xlmr")
    assert (encoder.spec.query_prefix, encoder.spec.document_prefix) == ("query: ", "passage: ")
    query, document = encoder.encode_query("alone"), encoder.encode_documents(["alone"])[0]
    assert float(query @ document) < 0.999


def test_a_truncation_baked_into_the_tokenizer_does_not_count() -> None:
    """The file cuts at 16 tokens, the card says 32: a word between makes a difference."""
    encoder = load("xlmr")
    short, long = encoder.encode_documents(["a " * 8, "a " * 8 + "heist"])
    assert float(short @ long) < 0.9999


def test_pooling_is_what_the_card_says(copied: Path) -> None:
    first = OnnxTextEncoder.from_folder(copied).encode_query("a heist in Paris")
    change_card(copied, pooling="mean")
    mean = OnnxTextEncoder.from_folder(copied).encode_query("a heist in Paris")
    assert float(first @ mean) < 0.99


def test_pooling_leaves_padding_out() -> None:
    states = np.random.default_rng(3).normal(size=(2, 4, 5)).astype(np.float32)
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 1]])
    mean = pool(states, mask, first=False)
    expected = states[0, :2].mean(axis=0)
    np.testing.assert_allclose(mean[0], expected / np.linalg.norm(expected), atol=1e-6)
    assert np.isfinite(pool(np.zeros((1, 2, 3), np.float32), mask[:1, :2], first=False)).all()


@pytest.mark.parametrize(
    "fields",
    [{"pooling": "max"}, {"kind": "cross-encoder"}, {"dimension": 17}, {"max_tokens": "many"}],
)
def test_a_card_that_does_not_fit_is_refused(copied: Path, fields: dict[str, object]) -> None:
    change_card(copied, **fields)
    with pytest.raises(ModelError):
        OnnxTextEncoder.from_folder(copied)


def test_a_tokenizer_without_padding_is_refused(copied: Path) -> None:
    path = copied / "tokenizer.json"
    path.write_text(path.read_text(encoding="utf-8").replace("[PAD]", "[NOT]"), encoding="utf-8")
    with pytest.raises(ModelError, match="padding"):
        OnnxTextEncoder.from_folder(copied)


def test_a_cross_encoder_is_no_encoder() -> None:
    with pytest.raises(ModelError, match="not a text encoder"):
        load("cross")


class TestBert(TextEncoderContract):
    def encoder(self) -> OnnxTextEncoder:
        return load("bert")


class TestMpnet(TextEncoderContract):
    def encoder(self) -> OnnxTextEncoder:
        return load("mpnet")


class TestXlmRoberta(TextEncoderContract):
    def encoder(self) -> OnnxTextEncoder:
        return load("xlmr")

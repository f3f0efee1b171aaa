"""The bundled text encoder: golden vectors, order, odd texts and damaged folders."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.encode import BUNDLED_NAME, bundled_folder
from matinee.encode.onnx_text import REPORTED_TEXTS, OnnxTextEncoder
from matinee.errors import ModelError

GOLDEN = json.loads(Path(__file__).with_name("golden_minilm.json").read_text(encoding="utf-8"))
# The int8 kernels of two CPUs round differently; batches and padding change only the rounding.
LOWEST_COSINE = 0.999


@pytest.fixture(scope="module")
def encoder() -> OnnxTextEncoder:
    return OnnxTextEncoder.from_folder(bundled_folder(), verify=True)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundled_folder(), tmp_path / "model"))


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.asarray((left * right).sum(axis=-1))


def test_spec(encoder: OnnxTextEncoder) -> None:
    spec = encoder.spec
    assert (spec.name, spec.dimension, spec.max_tokens) == (BUNDLED_NAME, 384, 256)
    assert (spec.query_prefix, spec.document_prefix) == ("", "")
    assert len(spec.fingerprint) == 16
    int(spec.fingerprint, 16)


def test_golden_vectors(encoder: OnnxTextEncoder) -> None:
    expected = np.array(GOLDEN["vectors"], dtype=np.float32)
    assert cosines(encoder.encode_documents(GOLDEN["texts"]), expected).min() > LOWEST_COSINE


def test_agrees_with_the_published_similarities(encoder: OnnxTextEncoder) -> None:
    """The example of the sentence-transformers documentation for this model."""
    texts = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    vectors = encoder.encode_documents(texts)
    published = [[1, 0.6660, 0.1046], [0.6660, 1, 0.1411], [0.1046, 0.1411, 1]]
    np.testing.assert_allclose(vectors @ vectors.T, published, atol=0.02)


def test_a_query_is_encoded_like_a_document(encoder: OnnxTextEncoder) -> None:
    text = "a heist that goes wrong"
    query = encoder.encode_query(text)
    assert query.shape == (384,)
    assert query.dtype == np.float32
    assert cosines(query, encoder.encode_documents([text])[0]) > LOWEST_COSINE


def test_meaning_beats_words(encoder: OnnxTextEncoder) -> None:
    documents = [
        "A retired thief plans one last bank robbery.",
        "A baker falls in love in Paris.",
        "Astronauts are stranded in space.",
    ]
    scores = encoder.encode_documents(documents) @ encoder.encode_query("bank robbery movie")
    assert int(np.argmax(scores)) == 0


def test_a_text_has_the_same_vector_whatever_stands_beside_it(encoder: OnnxTextEncoder) -> None:
    count = 3 * REPORTED_TEXTS + 1
    texts = ["film " * (1 + 7 * number % 40) + str(number) for number in range(count)]
    together = encoder.encode_documents(texts)
    alone = np.stack([encoder.encode_query(text) for text in texts])
    assert np.array_equal(together, alone)
    assert np.array_equal(together[::-2], encoder.encode_documents(texts[::-2]))


def test_vectors_keep_the_order_of_the_texts(encoder: OnnxTextEncoder) -> None:
    # Not only close to its own vector, but closer than to any other: a swap of two rows would show.
    distinct = ["space war", "a sad clown", "cooking in Rome", "chess prodigy " * 30, "zombies"]
    mixed = (
        encoder.encode_documents(distinct)
        @ np.stack([encoder.encode_query(text) for text in distinct]).T
    )
    assert mixed.argmax(axis=1).tolist() == list(range(len(distinct)))


def test_iter_documents_gives_every_position_once(encoder: OnnxTextEncoder) -> None:
    texts = ["word " * (number % 300) for number in range(2 * REPORTED_TEXTS + 3)]
    seen = []
    for positions, vectors in encoder.iter_documents(texts):
        assert positions.dtype == np.int64
        assert vectors.shape == (len(positions), 384)
        assert len(positions) <= REPORTED_TEXTS
        seen.extend(positions.tolist())
    assert sorted(seen) == list(range(len(texts)))


def test_progress_counts_up_to_all(encoder: OnnxTextEncoder) -> None:
    counts: list[int] = []
    encoder.encode_documents(["a film"] * (REPORTED_TEXTS + 1), progress=counts.append)
    assert counts == [REPORTED_TEXTS, REPORTED_TEXTS + 1]


def test_no_texts(encoder: OnnxTextEncoder) -> None:
    assert encoder.encode_documents([]).shape == (0, 384)
    assert list(encoder.iter_documents([])) == []


@pytest.mark.parametrize("text", ["", " \n", "\0", "\ufffd"])
def test_empty_text_has_a_unit_vector(encoder: OnnxTextEncoder, text: str) -> None:
    assert np.linalg.norm(encoder.encode_query(text)) == pytest.approx(1, abs=1e-4)


def test_text_is_cut_at_max_tokens(encoder: OnnxTextEncoder) -> None:
    long = "robot " * 254  # 254 words and the two special tokens
    assert (
        cosines(encoder.encode_query(long), encoder.encode_query(long + "opera " * 500)) > 0.99999
    )


def test_surrogates(encoder: OnnxTextEncoder) -> None:
    """A lone surrogate is dropped; a pair is the character it stands for."""
    plain = encoder.encode_query("alien invasion")
    assert cosines(encoder.encode_query("alien \ud800 invasion"), plain) > LOWEST_COSINE
    paired = encoder.encode_documents(["party \ud83d\ude00", "party \U0001f600"])
    assert cosines(paired[0], paired[1]) > LOWEST_COSINE


@given(st.lists(st.text(st.characters(codec=None), max_size=80), max_size=5))
@settings(max_examples=30, deadline=None)
def test_every_vector_is_finite_and_of_unit_length(
    encoder: OnnxTextEncoder, texts: list[str]
) -> None:
    vectors = encoder.encode_documents(texts)
    assert vectors.shape == (len(texts), 384)
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "model.json"])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(ModelError, match=name):
        OnnxTextEncoder.from_folder(copied)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "model.json"])
@pytest.mark.parametrize("content", [b"", b"not a model", b"\xff\xfe{", b"[]"])
def test_a_damaged_file_is_named(copied: Path, name: str, content: bytes) -> None:
    (copied / name).write_bytes(content)
    with pytest.raises(ModelError, match=name):
        OnnxTextEncoder.from_folder(copied)


def test_a_truncated_model_is_refused(copied: Path) -> None:
    path = copied / "model.onnx"
    path.write_bytes(path.read_bytes()[: 2**20])
    with pytest.raises(ModelError, match=r"model\.onnx"):
        OnnxTextEncoder.from_folder(copied)


def test_a_changed_file_is_found_when_verifying(copied: Path) -> None:
    path = copied / "tokenizer.json"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    OnnxTextEncoder.from_folder(copied)
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        OnnxTextEncoder.from_folder(copied, verify=True)


@pytest.mark.parametrize(
    "field", ["name", "kind", "dimension", "max_tokens", "sha256", "pooling", "query_prefix"]
)
def test_a_card_without_a_field_is_refused(copied: Path, field: str) -> None:
    path = copied / "model.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    del card[field]
    path.write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match=r"model\.json"):
        OnnxTextEncoder.from_folder(copied)


def test_a_model_of_another_dimension_is_refused(copied: Path) -> None:
    path = copied / "model.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(card | {"dimension": 768}), encoding="utf-8")
    with pytest.raises(ModelError, match="kind"):
        OnnxTextEncoder.from_folder(copied)

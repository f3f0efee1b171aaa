"""CLIP and ResNet against torch: pixels, tokens, padding, outputs, and what is refused.

The models are tiny and random but of the real classes; ``tools/make_picture_models.py`` made them,
and the vectors that torch computes with them. The published weights are not run here.
"""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matinee.encode.picture_encoder import BATCH_PICTURES, BATCH_TEXTS, OnnxPictureEncoder
from matinee.errors import ModelError
from matinee.models.card import ModelFiles
from matinee.testing import ColourEncoder, PictureEncoderContract, pattern_picture

FIXTURES = Path(__file__).parents[1] / "models/fixtures"
GOLDEN = json.loads((FIXTURES / "golden_pictures.json").read_text(encoding="utf-8"))
PICTURES = [pattern_picture(*size, number) for number, size in enumerate(GOLDEN["sizes"])]
CLOSE = 2e-5
"""Most that a number of a vector differs from torch's: float32, added up in another order."""


def load(name: str) -> OnnxPictureEncoder:
    return OnnxPictureEncoder.from_folder(FIXTURES / name, threads=1, verify=True)


@pytest.fixture(scope="module")
def clip() -> OnnxPictureEncoder:
    return load("clip")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURES / "clip", tmp_path / "model"))


def change_card(folder: Path, **fields: object) -> None:
    path = folder / "model.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(card | fields), encoding="utf-8")


@pytest.mark.parametrize("name", ["clip", "resnet"])
def test_vectors_of_pictures_are_those_of_torch(name: str) -> None:
    """In one batch and alone, from the pixels on: the pictures are of four sizes."""
    encoder, expected = load(name), np.array(GOLDEN[name], np.float32)
    together = encoder.encode_pictures(PICTURES)
    alone = np.concatenate([encoder.encode_pictures([picture]) for picture in PICTURES])
    np.testing.assert_allclose(together, expected, atol=CLOSE)
    np.testing.assert_allclose(alone, expected, atol=CLOSE)


def test_vectors_of_texts_are_those_of_torch(clip: OnnxPictureEncoder) -> None:
    """In one batch and alone: case, padding, the cut at 77 tokens with the end kept."""
    expected = np.array(GOLDEN["clip_texts"], np.float32)
    together = clip.encode_texts(GOLDEN["texts"])
    alone = np.concatenate([clip.encode_texts([text]) for text in GOLDEN["texts"]])
    np.testing.assert_allclose(together, expected, atol=CLOSE)
    np.testing.assert_allclose(alone, expected, atol=CLOSE)


def test_the_golden_texts_are_not_all_alike() -> None:
    """Or agreement with them would say little."""
    vectors = np.array(GOLDEN["clip_texts"], np.float32)
    different = np.delete(vectors, 2, axis=0)  # that one is the first in capitals
    cosines = different @ different.T - np.eye(len(different))
    assert cosines.max() < 0.99


def test_case_and_spaces_do_not_count(clip: OnnxPictureEncoder) -> None:
    one, two = clip.encode_texts(["a red balloon!", " A  RED\n balloon!"])
    np.testing.assert_allclose(one, two, atol=CLOSE)


def test_what_is_beyond_77_tokens_does_not_count(clip: OnnxPictureEncoder) -> None:
    # 75 words of one token each and the two signs fill the model.
    full = "moon " * 75
    whole, longer, other = clip.encode_texts([full, full + "heist " * 500, "heist " + full])
    np.testing.assert_allclose(whole, longer, atol=CLOSE)
    assert float(whole @ other) < 0.9999


def test_the_sign_for_the_end_is_text_when_somebody_writes_it(clip: OnnxPictureEncoder) -> None:
    """The model looks for the first end sign: what follows it would be cut off."""
    begun, written = clip.encode_texts(["a red", "a red <|endoftext|> moon"])
    assert float(begun @ written) < 0.9999


def test_many_texts_keep_their_order(clip: OnnxPictureEncoder) -> None:
    texts = ["moon " * (number * 7 % 40) + str(number) for number in range(2 * BATCH_TEXTS + 3)]
    together = clip.encode_texts(texts)
    alone = np.concatenate([clip.encode_texts([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=CLOSE)


def test_nothing_to_encode(clip: OnnxPictureEncoder) -> None:
    assert clip.encode_pictures([]).shape == (0, 16)
    assert clip.encode_texts([]).shape == (0, 16)


def test_spec_of_clip(clip: OnnxPictureEncoder) -> None:
    spec = clip.spec
    assert (spec.name, spec.dimension, spec.reads_text) == ("tiny-clip", 16, True)
    assert len(spec.fingerprint) == 16
    int(spec.fingerprint, 16)


def test_resnet_reads_no_text() -> None:
    encoder = load("resnet")
    assert (encoder.spec.dimension, encoder.spec.reads_text) == (32, False)
    with pytest.raises(ModelError, match="reads no text"):
        encoder.encode_texts(["a red balloon"])


def test_the_fingerprint_covers_files_and_preprocessing(copied: Path) -> None:
    card = json.loads((copied / "model.json").read_text(encoding="utf-8"))
    prints = {load("clip").spec.fingerprint}
    for name in card["sha256"]:
        change_card(copied, sha256=card["sha256"] | {name: "0" * 64})
        prints.add(OnnxPictureEncoder.from_folder(copied).spec.fingerprint)
    change_card(copied, sha256=card["sha256"], preprocess=card["preprocess"] | {"resize": 40})
    prints.add(OnnxPictureEncoder.from_folder(copied).spec.fingerprint)
    assert len(prints) == 5
    change_card(copied, preprocess=card["preprocess"], name="another")
    assert OnnxPictureEncoder.from_folder(copied).spec.fingerprint in prints


def test_where_a_card_has_no_checksums_the_files_are_read() -> None:
    files = ModelFiles.in_folder(FIXTURES / "clip")
    bare = ModelFiles(replace(files.card, sha256={}), files.paths)
    assert OnnxPictureEncoder.from_files(bare).spec == load("clip").spec


@pytest.mark.parametrize("name", ["vision.onnx", "text.onnx", "tokenizer.json"])
def test_a_damaged_file_is_refused(copied: Path, name: str) -> None:
    path = copied / name
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=name.replace(".", r"\.")):
        OnnxPictureEncoder.from_folder(copied)
    path.write_bytes(b"")
    with pytest.raises(ModelError):
        OnnxPictureEncoder.from_folder(copied)
    path.unlink()
    with pytest.raises(ModelError, match="missing"):
        OnnxPictureEncoder.from_folder(copied)


def test_a_changed_file_is_refused_when_checksums_are_asked_for(copied: Path) -> None:
    path = copied / "vision.onnx"
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1  # one bit of a weight: it still runs
    path.write_bytes(changed)
    OnnxPictureEncoder.from_folder(copied)
    with pytest.raises(ModelError, match="not the one its card describes"):
        OnnxPictureEncoder.from_folder(copied, verify=True)


@pytest.mark.parametrize(("graph", "other"), [("vision.onnx", "text"), ("text.onnx", "vision")])
def test_a_graph_of_another_kind_is_refused(copied: Path, graph: str, other: str) -> None:
    shutil.copy(FIXTURES / f"clip/{other}.onnx", copied / graph)
    with pytest.raises(ModelError):
        OnnxPictureEncoder.from_folder(copied)


def test_a_text_encoder_is_no_picture_encoder() -> None:
    with pytest.raises(ModelError, match="not a picture encoder"):
        OnnxPictureEncoder.from_folder(FIXTURES / "bert")


def test_a_vector_of_another_length_is_refused(copied: Path) -> None:
    change_card(copied, dimension=17)
    with pytest.raises(ModelError, match="pictures into vectors of length 17"):
        OnnxPictureEncoder.from_folder(copied)


def test_another_size_than_the_model_sees_is_refused(copied: Path) -> None:
    card = json.loads((copied / "model.json").read_text(encoding="utf-8"))
    change_card(copied, preprocess=card["preprocess"] | {"size": 40, "resize": 40})
    with pytest.raises(ModelError, match=r"vision\.onnx"):
        OnnxPictureEncoder.from_folder(copied)


def test_a_vector_without_a_direction_is_found_out(copied: Path) -> None:
    """Such as one whose numbers overflowed on the way: it must not get into a library."""
    card = json.loads((copied / "model.json").read_text(encoding="utf-8"))
    change_card(copied, preprocess=card["preprocess"] | {"mean": [3e38] * 3, "std": [1.0] * 3})
    encoder = OnnxPictureEncoder.from_folder(copied)
    with pytest.raises(ModelError, match="no direction"):
        encoder.encode_pictures(PICTURES[:1])


def test_threads_share_one_model(clip: OnnxPictureEncoder) -> None:
    texts = GOLDEN["texts"]
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(clip.encode_texts, [texts] * 8):
            np.testing.assert_allclose(found, GOLDEN["clip_texts"], atol=CLOSE)


class TestClip(PictureEncoderContract):
    def encoder(self) -> OnnxPictureEncoder:
        return load("clip")

    def test_batches_follow_each_other(self) -> None:
        vectors = self.encoder().encode_pictures(PICTURES * BATCH_PICTURES)
        assert vectors.shape == (4 * BATCH_PICTURES, 16)
        np.testing.assert_allclose(vectors, np.tile(vectors[:4], (BATCH_PICTURES, 1)), atol=CLOSE)


class TestResnet(PictureEncoderContract):
    def encoder(self) -> OnnxPictureEncoder:
        return load("resnet")


class TestColours(PictureEncoderContract):
    def encoder(self) -> ColourEncoder:
        return ColourEncoder()


class TestColoursWithoutTexts(PictureEncoderContract):
    def encoder(self) -> ColourEncoder:
        return ColourEncoder(reads_text=False)

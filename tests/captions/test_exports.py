"""CLIP and ResNet, exported here and now, against torch: the ways in which exports differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers as hf
from PIL import Image

from matinee.encode.picture_encoder import OnnxPictureEncoder
from matinee.testing import PictureEncoderContract, pattern_picture

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = [pattern_picture(*size, n) for n, size in enumerate([(60, 40), (33, 90), (5, 5)] * 3)]
TEXTS = ["a red balloon", "", "the heist " * 60, "映画 🎬", "Moon", "x", "two friends, 1969"]
CLOSE = 2e-5


@pytest.fixture(scope="module")
def tokenizer(tools: Any) -> Any:
    return tools.clip_tokenizer()


def expected_texts(model: Any, tokenizer: Any) -> np.ndarray:
    batch = tokenizer(TEXTS, padding=True, truncation=True, max_length=77, return_tensors="pt")
    with torch.inference_mode():
        found = model.get_text_features(**batch).pooler_output
    return torch.nn.functional.normalize(found, dim=1).numpy()


def expected_pictures(features: Any, processor: Any) -> np.ndarray:
    images = [Image.fromarray(picture.pixels) for picture in PICTURES]
    with torch.inference_mode():
        found = features(**processor(images, return_tensors="pt")).pooler_output
    return torch.nn.functional.normalize(found.flatten(1), dim=1).numpy()


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("end", ["highest", "named"])
def test_clip(tmp_path: Path, tools: Any, tokenizer: Any, masked: bool, end: str) -> None:
    """With and without a mask; the end found as the highest number, or by its own."""
    model = tools.clip_model(tokenizer)
    if end == "named":
        model.config.text_config.eos_token_id = tokenizer.eos_token_id
        model.text_model.eos_token_id = tokenizer.eos_token_id
    tools.export_clip(tmp_path, model, tokenizer, masked=masked)
    encoder = OnnxPictureEncoder.from_folder(tmp_path, threads=1, verify=True)
    expected = expected_texts(model, tokenizer)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), expected, atol=CLOSE)
    alone = np.concatenate([encoder.encode_texts([text]) for text in TEXTS])
    np.testing.assert_allclose(alone, expected, atol=CLOSE)
    pictures = expected_pictures(model.get_image_features, tools.clip_processor(tools.SIDE))
    np.testing.assert_allclose(encoder.encode_pictures(PICTURES), pictures, atol=CLOSE)


@pytest.mark.parametrize("pad", ["<|endoftext|>", "a"])
def test_what_clip_is_padded_with_does_not_matter(
    tmp_path: Path, tools: Any, tokenizer: Any, pad: str
) -> None:
    """The first of the highest numbers ends a text, so the end sign itself may follow it.

    Some tokenizers pad with number 0, which is a word like any other.
    """
    model = tools.clip_model(tokenizer)
    expected = expected_texts(model, tokenizer)
    tokenizer.backend_tokenizer.enable_padding(
        pad_id=tokenizer.convert_tokens_to_ids(pad), pad_token=pad
    )
    try:
        tools.export_clip(tmp_path, model, tokenizer)
    finally:
        tokenizer.backend_tokenizer.no_padding()
    encoder = OnnxPictureEncoder.from_folder(tmp_path, threads=1)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), expected, atol=CLOSE)


def test_resnet(tmp_path: Path, tools: Any) -> None:
    model = tools.resnet_model()
    pixels = (torch.zeros(2, 3, tools.SIDE, tools.SIDE),)
    # The name that the hub's export has for it, and its flat shape.
    flat = torch.nn.Sequential(tools.Features(model), torch.nn.Flatten())
    inputs = {"pixel_values": {0: "batch"}}
    tools.export(tmp_path / "vision.onnx", flat, pixels, inputs, ["image_embedding"])
    processor = tools.resnet_processor(tools.SIDE)
    card = {"name": "tiny-resnet", "dimension": 32, "max_tokens": 0}
    tools.write_card(tmp_path, card, processor, tools.SIDE)
    encoder = OnnxPictureEncoder.from_folder(tmp_path, threads=1, verify=True)
    expected = expected_pictures(model, processor)
    np.testing.assert_allclose(encoder.encode_pictures(PICTURES), expected, atol=CLOSE)


def test_a_graph_for_one_picture_at_a_time_is_refused(tmp_path: Path, tools: Any) -> None:
    from matinee.errors import ModelError

    model = tools.resnet_model()
    pixels = (torch.zeros(1, 3, tools.SIDE, tools.SIDE),)
    tools.export(tmp_path / "vision.onnx", tools.Features(model), pixels, {"pixel_values": {}}, [])
    card = {"name": "tiny-resnet", "dimension": 32, "max_tokens": 0}
    tools.write_card(tmp_path, card, tools.resnet_processor(tools.SIDE), tools.SIDE)
    with pytest.raises(ModelError, match=r"vision\.onnx"):
        OnnxPictureEncoder.from_folder(tmp_path)


def test_the_tokenizer_is_the_one_transformers_makes(tokenizer: Any) -> None:
    assert isinstance(tokenizer, hf.CLIPTokenizer)
    ids = tokenizer("A  Red balloon")["input_ids"]
    assert [tokenizer.convert_ids_to_tokens(number) for number in ids] == [
        "<|startoftext|>",
        "a</w>",
        "red</w>",
        "balloon</w>",
        "<|endoftext|>",
    ]


class TestMasked(PictureEncoderContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, tools: Any, tokenizer: Any) -> None:
        tools.export_clip(tmp_path, tools.clip_model(tokenizer), tokenizer, masked=True)
        self.folder = tmp_path

    def encoder(self) -> OnnxPictureEncoder:
        return OnnxPictureEncoder.from_folder(self.folder, threads=1)

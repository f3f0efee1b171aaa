"""Make the tiny random CLIP and ResNet of tests/models/fixtures, and what torch computes with them.

Run it from the repository root, where ``tools/make_test_models.py`` runs (see there), with Matinee
installed as well::

    python tools/make_picture_models.py

The models are of the real classes of ``transformers`` and exported with the inputs and outputs that
the graphs of the hub have; the tokenizer is CLIP's own class over a vocabulary of single bytes and
a few words. ``golden_pictures.json`` holds the vectors that torch computes, its pictures prepared
by the processors of ``transformers``; ``golden_pixels.npz`` what these processors make of pictures
at the sizes of the published models, of which every 16th row and column is kept.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import torch
import transformers as hf
from PIL import Image
from tokenizers import pre_tokenizers

from make_test_models import OUT, random
from matinee.testing import pattern_picture

if TYPE_CHECKING:
    from pathlib import Path

CLIP_TOKENS = 77
SIDE = 32
SIZES = [(48, 40), (30, 75), (9, 5), (97, 33)]
TEXTS = [
    "a red balloon",
    "",
    "A  Red\nBalloon!",
    "two friends at the far side of the moon, 1969",
    "the heist " * 60,
    "映画 é 🎬",
    "<|startoftext|>",
]
WORDS = ["a", "the", "red", "balloon", "moon", "heist", "friends", "of", "at", "side"]
FULL_SIZES = [(771, 513), (300, 451), (11, 7), (640, 91)]
STEP = 16


def clip_tokenizer() -> Any:
    """Make a tokenizer of CLIP's class: bytes, bytes that end a word, and some whole words."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = [*letters, *(letter + "</w>" for letter in letters)]
    merges: dict[tuple[str, str], None] = {}
    for word in WORDS:
        left = word[0] if len(word) > 1 else word + "</w>"
        for number, letter in enumerate(word[1:], start=2):
            right = letter + "</w>" * (number == len(word))
            merges[left, right] = None
            left += right
            vocabulary.append(left)
    # The end sign must have the highest number: the published graphs look for that.
    vocabulary += ["<|startoftext|>", "<|endoftext|>"]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(vocabulary))}
    return hf.CLIPTokenizer(numbers, list(merges), model_max_length=CLIP_TOKENS)


def clip_model(tokenizer: Any) -> Any:
    """Make a CLIP whose text model finds the end of a text as the published one does."""
    size = {"num_hidden_layers": 2, "num_attention_heads": 2, "projection_dim": 16}
    text = size | {
        "vocab_size": len(tokenizer),
        "hidden_size": 16,
        "intermediate_size": 24,
        "max_position_embeddings": CLIP_TOKENS,
        # The number that is in the published configuration; it stands for "the highest there is".
        "eos_token_id": 2,
        "bos_token_id": 0,
    }
    vision = size | {
        "hidden_size": 24,
        "intermediate_size": 24,
        "image_size": SIDE,
        "patch_size": 8,
    }
    torch.manual_seed(20)  # for what is left as initialised, such as the vector of the class token
    config = hf.CLIPConfig(
        text_config=text, vision_config=vision, projection_dim=16, attn_implementation="eager"
    )
    return random(hf.CLIPModel(config), seed=21)


def resnet_model() -> Any:
    """Make a ResNet of bottleneck blocks, as ResNet-50 has them."""
    torch.manual_seed(20)
    config = hf.ResNetConfig(
        embedding_size=8, hidden_sizes=[16, 32], depths=[1, 2], layer_type="bottleneck"
    )
    model = random(hf.ResNetModel(config), seed=22)
    torch.manual_seed(23)
    for name, values in sorted(model.named_buffers()):
        # Statistics as training leaves them: with those of a new model, batch norm does nothing.
        if name.endswith("running_mean"):
            values.copy_(torch.randn(values.shape) * 0.1)
        elif name.endswith("running_var"):
            values.copy_(torch.rand(values.shape) + 0.5)
    return model


class Vision(torch.nn.Module):
    """The half of CLIP that sees, with the outputs of the hub's graph."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the vectors and the last hidden state."""
        found = self.model.vision_model(pixel_values=pixels)
        return self.model.visual_projection(found.pooler_output), found.last_hidden_state


class Text(torch.nn.Module):
    """The half of CLIP that reads, with the inputs and outputs of the hub's graph."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, tokens: torch.Tensor, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the vectors and the last hidden state."""
        found = self.model.text_model(input_ids=tokens, attention_mask=mask)
        return self.model.text_projection(found.pooler_output), found.last_hidden_state


class Features(torch.nn.Module):
    """ResNet without its classes."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return the means over the last map, [b, d, 1, 1]."""
        means: torch.Tensor = self.model(pixel_values=pixels).pooler_output
        return means


def export(
    path: Path, module: Any, example: tuple[Any, ...], inputs: dict[str, Any], outputs: list[str]
) -> None:
    """Write a graph, without what depends on where it was made."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The exporter that traces: the newer one needs a further package.
        torch.onnx.export(
            module.eval(),
            example,
            str(path),
            input_names=list(inputs),
            output_names=outputs,
            dynamic_axes=inputs | {name: {0: "batch"} for name in outputs},
            opset_version=17,
            dynamo=False,
        )
    proto = onnx.load(path)
    for node in proto.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    path.write_bytes(proto.SerializeToString(deterministic=True))


def export_clip(folder: Path, model: Any, tokenizer: Any, *, masked: bool = False) -> None:
    """Write the files of a CLIP; ``masked`` lets its text graph ask what is padding."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = torch.zeros(2, 3, SIDE, SIDE)
    batch = {"pixel_values": {0: "batch"}}
    export(
        folder / "vision.onnx",
        Vision(model),
        (pixels,),
        batch,
        ["image_embeds", "last_hidden_state"],
    )
    names = ["input_ids", "attention_mask"] if masked else ["input_ids"]
    texts = {name: {0: "batch", 1: "sequence"} for name in names}
    example = tuple(torch.ones(2, 5, dtype=torch.int64) for _ in names)
    export(folder / "text.onnx", Text(model), example, texts, ["text_embeds", "last_hidden_state"])
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    card = {"name": "tiny-clip", "dimension": 16, "max_tokens": CLIP_TOKENS}
    write_card(folder, card, clip_processor(SIDE), SIDE)


def clip_processor(side: int) -> Any:
    return hf.CLIPImageProcessorPil(
        size={"shortest_edge": side}, crop_size={"height": side, "width": side}
    )


def blip_processor(side: int) -> Any:
    return hf.BlipImageProcessorPil(size={"height": side, "width": side})


def resnet_processor(side: int) -> Any:
    """Make a processor as microsoft/resnet-50 has it."""
    return hf.ConvNextImageProcessorPil(
        size={"shortest_edge": side},
        crop_pct=0.875,
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
    )


def write_card(folder: Path, card: dict[str, Any], processor: Any, side: int) -> None:
    """Write the card of a picture encoder beside its files."""
    resize = int(side / 0.875) if hasattr(processor, "crop_pct") else side
    preprocess = {"size": side, "resize": resize, "crop": True, "resample": "bicubic"}
    preprocess |= {"mean": list(processor.image_mean), "std": list(processor.image_std)}
    card = {"format": 1, "kind": "picture-encoder", **card, "preprocess": preprocess}
    card["sha256"] = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != "model.json"
    }
    (folder / "model.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def seen(processor: Any, size: tuple[int, int], number: int) -> Any:
    """Return what a processor makes of a pattern, float32 [3, side, side]."""
    image = Image.fromarray(pattern_picture(*size, number).pixels)
    return processor(image, return_tensors="np")["pixel_values"][0]


def unit(vectors: torch.Tensor) -> list[list[float]]:
    flat = torch.nn.functional.normalize(vectors.flatten(1), dim=1)
    return [[round(value, 6) for value in row] for row in flat.tolist()]


def clip_texts(model: Any, tokenizer: Any) -> list[list[float]]:
    """Encode texts as ``transformers`` does, the special tokens in them taken for text."""
    batch = tokenizer(
        TEXTS,
        padding=True,
        truncation=True,
        max_length=CLIP_TOKENS,
        return_tensors="pt",
        split_special_tokens=True,
    )
    with torch.inference_mode():
        return unit(model.get_text_features(**batch).pooler_output)


def main() -> None:
    tokenizer = clip_tokenizer()
    clip, resnet = clip_model(tokenizer), resnet_model()
    export_clip(OUT / "clip", clip, tokenizer)
    (OUT / "resnet").mkdir(exist_ok=True)
    pixels = (torch.zeros(2, 3, SIDE, SIDE),)
    path = OUT / "resnet/vision.onnx"
    export(path, Features(resnet), pixels, {"pixel_values": {0: "batch"}}, ["pooler_output"])
    card = {"name": "tiny-resnet", "dimension": 32, "max_tokens": 0}
    write_card(OUT / "resnet", card, resnet_processor(SIDE), SIDE)

    golden: dict[str, Any] = {"sizes": SIZES, "texts": TEXTS}
    with torch.inference_mode():
        for name, model, processor in (
            ("clip", Vision(clip), clip_processor(SIDE)),
            ("resnet", Features(resnet), resnet_processor(SIDE)),
        ):
            given = np.stack([seen(processor, size, n) for n, size in enumerate(SIZES)])
            found = model(torch.from_numpy(given))
            golden[name] = unit(found[0] if isinstance(found, tuple) else found)
    golden["clip_texts"] = clip_texts(clip, tokenizer)
    text = json.dumps(golden, ensure_ascii=False) + "\n"
    (OUT / "golden_pictures.json").write_text(text, encoding="utf-8")

    arrays = {"sizes": np.array(FULL_SIZES)}
    for name, processor in (
        ("clip", clip_processor(224)),
        ("blip", blip_processor(384)),
        ("resnet50", resnet_processor(224)),
    ):
        whole = np.stack([seen(processor, size, n) for n, size in enumerate(FULL_SIZES)])
        arrays[name] = whole[:, :, ::STEP, ::STEP]
        arrays[name + "_mean"] = whole.mean(axis=(2, 3), dtype=np.float64)
    np.savez_compressed(OUT / "golden_pixels.npz", **arrays)
    for path in sorted(OUT.rglob("*.*")):
        print(f"{path.stat().st_size:>8,}  {path.relative_to(OUT)}")


if __name__ == "__main__":
    main()

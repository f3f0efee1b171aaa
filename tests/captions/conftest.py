"""What needs torch is tested where torch is: ``tools/test-torch``, which ``make test-extras`` runs.

The models are tiny and random, but of the real classes, and saved as the published ones are.
"""

from __future__ import annotations

import hashlib
import json
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

collect_ignore_glob = [] if find_spec("torch") else ["test_*.py"]

TOOLS = Path(__file__).parents[2] / "tools"
SIDE = 32
CARD = {
    "format": 1,
    "name": "tiny-blip",
    "kind": "captioner",
    "max_tokens": 12,
    "preprocess": {
        "size": SIDE,
        "resize": SIDE,
        "crop": False,
        "mean": [0.48145466, 0.4578275, 0.40821073],
        "std": [0.26862954, 0.26130258, 0.27577711],
        "resample": "bicubic",
    },
}


@pytest.fixture(scope="session")
def tools() -> Any:
    """The tool that makes the tiny models of CLIP and ResNet."""
    sys.path.append(str(TOOLS))
    try:
        return import_module("make_picture_models")
    finally:
        sys.path.remove(str(TOOLS))


@pytest.fixture(scope="session")
def blip(tmp_path_factory: pytest.TempPathFactory, tools: Any) -> Path:
    """A folder with a tiny BLIP, not to be changed."""
    import torch
    import transformers as hf

    folder = tmp_path_factory.mktemp("blip")
    texts = import_module("make_test_models")
    tokenizer = texts.wordpiece("[CLS]", "[SEP]", "[PAD]", "[UNK]")
    tokenizer.add_special_tokens(["[CLS]", "[SEP]", "[PAD]", "[UNK]"])
    words = tokenizer.get_vocab_size()
    size = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = hf.BlipConfig(
        text_config=size
        | {
            "hidden_size": 16,
            "encoder_hidden_size": 24,
            "max_position_embeddings": 64,
            # As published: captions begin with a token that is not in the tokenizer's vocabulary.
            "vocab_size": words + 2,
            "bos_token_id": words,
            "eos_token_id": 2,
            "sep_token_id": tokenizer.token_to_id("[SEP]"),
            "pad_token_id": tokenizer.token_to_id("[PAD]"),
        },
        vision_config=size | {"hidden_size": 24, "image_size": SIDE, "patch_size": 8},
    )
    torch.manual_seed(31)
    model = texts.random(hf.BlipForConditionalGeneration(config), seed=32)
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    write_card(folder)
    return folder


def write_card(folder: Path) -> None:
    """Write the card of a captioner beside its files."""
    names = ("config.json", "model.safetensors", "tokenizer.json")
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    (folder / "model.json").write_text(json.dumps(CARD | {"sha256": hashes}), encoding="utf-8")

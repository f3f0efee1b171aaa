"""A tiny BLIP, saved as the published one is and loaded through the real code."""

from __future__ import annotations

import json
import pickle
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Semaphore
from typing import Any

import pytest
import torch
import transformers as hf
from PIL import Image
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from matinee.encode.blip import BlipCaptioner, CaptionConfig
from matinee.encode.named_pictures import load_captioner
from matinee.errors import ModelError
from matinee.models.card import WEIGHTS, ModelFiles, sha256_of
from matinee.testing import CaptionerContract, pattern_picture

PICTURES = [pattern_picture(*size, n) for n, size in enumerate([(60, 40), (33, 90), (5, 5)])]
OLD_FIELDS = {
    "max_length": 3,
    "min_length": 0,
    "num_beams": 1,
    "do_sample": True,
    "temperature": 1.0,
    "top_k": 50,
    "early_stopping": False,
    "no_repeat_ngram_size": 0,
    "torch_dtype": "float32",
    "use_bfloat16": False,
    "transformers_version": "4.26.0.dev0",
}
"""What configurations said when BLIP was published, of which some decided how it writes."""


@pytest.fixture
def copied(blip: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(blip, tmp_path / "model"))


@pytest.fixture(scope="module")
def captioner(blip: Path) -> BlipCaptioner:
    return BlipCaptioner.from_folder(blip, verify=True, threads=1)


def change(path: Path, **fields: object) -> None:
    raw = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(raw | fields), encoding="utf-8")


def change_weights(folder: Path, **tensors: torch.Tensor | None) -> None:
    path = folder / "model.safetensors"
    weights = {name: tensor.clone() for name, tensor in load_file(path).items()}
    for name, tensor in tensors.items():
        if tensor is None:
            del weights[name]
        else:
            weights[name] = tensor
    save_file(weights, path, metadata={"format": "pt"})


def reference(folder: Path, beams: int = 3) -> list[str]:
    """Return what transformers alone says of the pictures."""
    model = hf.BlipForConditionalGeneration.from_pretrained(folder).eval()
    processor = hf.BlipImageProcessorPil(size={"height": 32, "width": 32})
    tokenizer = hf.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    captions = []
    for picture in PICTURES:
        inputs = processor(Image.fromarray(picture.pixels), return_tensors="pt")
        (ids,) = model.generate(**inputs, num_beams=beams, do_sample=False, max_new_tokens=12)
        captions.append(tokenizer.decode(ids, skip_special_tokens=True).strip())
    return captions


@pytest.mark.parametrize("beams", [1, 3])
def test_says_what_transformers_says(blip: Path, beams: int) -> None:
    """Pixels, beginning, search, end and decoding are those of the reference."""
    captioner = BlipCaptioner.from_folder(blip, config=CaptionConfig(beams=beams), threads=1)
    captions = [captioner.caption(picture) for picture in PICTURES]
    expected = [" ".join(text.split()).rstrip(" .") for text in reference(blip, beams)]
    assert captions == expected
    assert len(set(captions)) == len(PICTURES), "the model must tell the pictures apart"
    assert not any("[" in caption for caption in captions)


def test_configurations_of_old_do_not_change_how_it_writes(
    captioner: BlipCaptioner, copied: Path
) -> None:
    raw = json.loads((copied / "config.json").read_text(encoding="utf-8"))
    change(
        copied / "config.json",
        text_config=raw["text_config"] | OLD_FIELDS,
        vision_config=raw["vision_config"] | OLD_FIELDS,
        **OLD_FIELDS,
    )
    old = BlipCaptioner.from_folder(copied, threads=1)
    for picture in PICTURES:
        assert old.caption(picture) == captioner.caption(picture)


def test_weights_of_old_that_are_no_longer_used_do_no_harm(
    captioner: BlipCaptioner, copied: Path
) -> None:
    """Published ones hold the numbers of the positions, and tied weights twice."""
    name = "text_decoder.bert.embeddings.word_embeddings.weight"
    words = load_file(copied / "model.safetensors")[name].clone()
    old: dict[str, Any] = {
        "text_decoder.bert.embeddings.position_ids": torch.arange(64)[None],
        "vision_model.embeddings.position_ids": torch.arange(17)[None],
        "text_decoder.cls.predictions.decoder.weight": words,
    }
    change_weights(copied, **old)
    assert BlipCaptioner.from_folder(copied, threads=1).caption(PICTURES[0]) == captioner.caption(
        PICTURES[0]
    )


def test_nothing_is_printed_or_fetched(
    blip: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("No network may be used")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert BlipCaptioner.from_folder(blip, threads=1).caption(PICTURES[0])
    assert capfd.readouterr() == ("", "")


def test_the_threads_of_torch_are_as_before(blip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as asked for while it looks, one while it writes, and then what they were."""
    captioner = BlipCaptioner.from_folder(blip, threads=3)
    looking: list[int] = []
    writing: list[int] = []

    def watch(part: Any, name: str, seen: list[int]) -> None:
        real = getattr(part, name)

        def watched(**inputs: Any) -> Any:
            seen.append(torch.get_num_threads())
            return real(**inputs)

        monkeypatch.setattr(part, name, watched)

    def fail(**_: Any) -> None:
        raise RuntimeError("not enough memory")

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        watch(captioner._model.vision_model, "forward", looking)
        watch(captioner._model.text_decoder, "generate", writing)
        captioner.caption(PICTURES[0])
        assert (looking, writing, torch.get_num_threads()) == ([3], [1], 2)
        monkeypatch.setattr(captioner._model.text_decoder, "generate", fail)
        with pytest.raises(ModelError, match="not enough memory"):
            captioner.caption(PICTURES[0])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_one_picture_is_described_at_a_time(blip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of threads is the whole process's: two at a time would undo each other's."""
    captioner = BlipCaptioner.from_folder(blip, threads=1)
    inside = Semaphore(1)
    decoder = captioner._model.text_decoder
    real = decoder.generate

    def generate(**inputs: Any) -> Any:
        assert inside.acquire(blocking=False)
        try:
            return real(**inputs)
        finally:
            inside.release()

    monkeypatch.setattr(decoder, "generate", generate)
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(captioner.caption, [PICTURES[0]] * 12))) == 1


def test_a_model_that_has_nothing_to_say(copied: Path) -> None:
    tokenizer = Tokenizer.from_file(str(copied / "tokenizer.json"))
    name = "text_decoder.cls.predictions.bias"
    bias = load_file(copied / "model.safetensors")[name].clone()
    bias[tokenizer.token_to_id("[SEP]")] = 1e4  # the end, at once
    change_weights(copied, **{name: bias})
    with pytest.raises(ModelError, match="nothing to say"):
        BlipCaptioner.from_folder(copied, threads=1).caption(PICTURES[0])


def test_lacking_weights_are_not_left_random(copied: Path) -> None:
    change_weights(copied, **{"vision_model.post_layernorm.weight": None})
    with pytest.raises(ModelError, match=r"lacks 1 of .*vision_model\.post_layernorm\.weight"):
        BlipCaptioner.from_folder(copied)


def test_weights_of_another_shape_are_refused(copied: Path) -> None:
    change_weights(copied, **{"vision_model.post_layernorm.weight": torch.ones(25)})
    with pytest.raises(ModelError):
        BlipCaptioner.from_folder(copied)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_damaged_file_is_refused(copied: Path, name: str) -> None:
    path = copied / name
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"\x80"):
        path.write_bytes(damaged)
        with pytest.raises(ModelError):
            BlipCaptioner.from_folder(copied)
    path.unlink()
    with pytest.raises(ModelError, match="missing"):
        BlipCaptioner.from_folder(copied)


class _Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("trap-was-sprung"),)


def test_no_pickle_is_read(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, captioner: BlipCaptioner
) -> None:
    monkeypatch.chdir(tmp_path)
    trap = pickle.dumps({"weights": _Trap()})
    (copied / "pytorch_model.bin").write_bytes(trap)
    assert BlipCaptioner.from_folder(copied, threads=1).caption(PICTURES[0])
    (copied / "model.safetensors").write_bytes(trap)
    with pytest.raises(ModelError):
        BlipCaptioner.from_folder(copied)
    (copied / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="missing"):
        BlipCaptioner.from_folder(copied)
    assert not Path("trap-was-sprung").exists()
    # The trap works where pickles are read.
    pickle.loads(trap)  # noqa: S301
    assert Path("trap-was-sprung").exists()


def published(blip: Path, path: Path) -> ModelFiles:
    """Return the files of a model whose weights are a pickle, pinned as the registry does it."""
    files = ModelFiles.in_folder(blip)
    sha256 = {**files.card.sha256, WEIGHTS: sha256_of(path)}
    return ModelFiles(replace(files.card, sha256=sha256), {**files.paths, WEIGHTS: path})


def test_weights_that_were_published_as_a_pickle(
    captioner: BlipCaptioner, blip: Path, tmp_path: Path
) -> None:
    """They are read if they are those that are pinned, and as tensors alone."""
    path = tmp_path / "pytorch_model.bin"
    torch.save(load_file(blip / "model.safetensors"), path)
    files = published(blip, path)
    found = BlipCaptioner.from_files(files, threads=1)
    assert [found.caption(one) for one in PICTURES] == [captioner.caption(one) for one in PICTURES]
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ModelError, match="not the one that is pinned"):
        BlipCaptioner.from_files(files)


def test_a_program_is_not_run_even_if_it_is_pinned(
    blip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "pytorch_model.bin"
    torch.save({"vision_model.post_layernorm.weight": _Trap()}, path)
    with pytest.raises(ModelError):
        BlipCaptioner.from_files(published(blip, path))
    assert not Path("trap-was-sprung").exists()


def test_files_of_different_models_are_refused(copied: Path) -> None:
    raw = json.loads((copied / "config.json").read_text(encoding="utf-8"))
    change(copied / "config.json", text_config=raw["text_config"] | {"sep_token_id": 9})
    with pytest.raises(ModelError, match="do not belong together"):
        BlipCaptioner.from_folder(copied)


def test_a_card_of_another_size_is_refused(copied: Path) -> None:
    raw = json.loads((copied / "model.json").read_text(encoding="utf-8"))
    change(copied / "model.json", preprocess=raw["preprocess"] | {"size": 40, "resize": 40})
    with pytest.raises(ModelError, match="do not belong together"):
        BlipCaptioner.from_folder(copied)


def test_a_folder_by_its_name(blip: Path, captioner: BlipCaptioner) -> None:
    named = load_captioner(str(blip), threads=1)
    assert named.name == "tiny-blip"
    assert named.caption(PICTURES[0]) == captioner.caption(PICTURES[0])


def test_a_model_that_was_not_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="matinee models pull blip"):
        load_captioner("blip")


@pytest.mark.parametrize("name", ["clip", "all-MiniLM-L6-v2", "nowhere/to/be/found"])
def test_what_is_no_captioner(name: str) -> None:
    with pytest.raises(ModelError, match=r"no such captioner.*blip"):
        load_captioner(name)


class TestBlip(CaptionerContract):
    @pytest.fixture(autouse=True)
    def _folder(self, blip: Path) -> None:
        self.folder = blip

    def captioner(self) -> BlipCaptioner:
        return BlipCaptioner.from_folder(self.folder, threads=1)

"""Picture encoders and captioners by name or folder, and what is said when they are not here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from matinee.encode import blip
from matinee.encode.named_pictures import load_captioner, load_picture_encoder
from matinee.errors import MissingExtraError, ModelError
from matinee.models import hub
from matinee.models.card import TEXT, TOKENIZER, VISION, ModelFiles
from matinee.testing import CaptionerContract, FixedCaptioner, pattern_picture

FIXTURES = Path(__file__).parents[1] / "models/fixtures"


@pytest.fixture
def no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub cache with nothing in it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def test_a_folder_by_its_path() -> None:
    encoder = load_picture_encoder(str(FIXTURES / "clip"), threads=1)
    assert encoder.spec.name == "tiny-clip"
    assert encoder.encode_pictures([pattern_picture(9, 9)]).shape == (1, 16)


def test_a_model_of_the_hub_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files come from several repositories, where graphs bear the same name."""
    whole = ModelFiles.in_folder(FIXTURES / "clip")
    paths = {}
    for folder, role, name in (
        ("vision", VISION, "model.onnx"),
        ("text", TEXT, "model.onnx"),
        ("text", TOKENIZER, "tokenizer.json"),
    ):
        paths[role] = tmp_path / folder / name
        paths[role].parent.mkdir(exist_ok=True)
        paths[role].write_bytes(whole.path(role).read_bytes())
    monkeypatch.setattr(hub, "files_of", lambda _: ModelFiles(whole.card, paths))
    encoder = load_picture_encoder("clip", threads=1)
    assert encoder.spec == load_picture_encoder(str(FIXTURES / "clip"), threads=1).spec


@pytest.mark.parametrize("name", ["clip", "resnet50"])
def test_a_model_that_was_not_pulled(name: str, no_models: None) -> None:
    with pytest.raises(ModelError, match=f"matinee models pull {name}"):
        load_picture_encoder(name)


@pytest.mark.parametrize("name", ["blip", "all-MiniLM-L6-v2", "nowhere/to/be/found", ""])
def test_what_is_no_picture_encoder(name: str) -> None:
    with pytest.raises(ModelError, match="no such picture encoder") as caught:
        load_picture_encoder(name)
    assert "clip, resnet50" in str(caught.value)


def test_a_folder_with_a_model_of_another_kind() -> None:
    with pytest.raises(ModelError, match="not a picture encoder"):
        load_picture_encoder(str(FIXTURES / "bert"))


def test_a_folder_without_a_card(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model card"):
        load_picture_encoder(str(tmp_path))


@pytest.mark.parametrize("lacking", ["torch", "transformers"])
def test_captions_need_an_extra(
    lacking: str, monkeypatch: pytest.MonkeyPatch, no_models: None
) -> None:
    """It is named before the model is, for without it a gigabyte of weights is no use."""
    monkeypatch.setattr(blip, "find_spec", lambda name: None if name == lacking else object())
    with pytest.raises(MissingExtraError, match=r"matinee\[caption\]") as caught:
        load_captioner("blip")
    assert (caught.value.package, caught.value.extra) == (lacking, "caption")


def test_a_captioner_that_was_not_pulled(monkeypatch: pytest.MonkeyPatch, no_models: None) -> None:
    monkeypatch.setattr(blip, "find_spec", lambda _: object())
    with pytest.raises(ModelError, match="matinee models pull blip"):
        load_captioner("blip")


def test_what_is_no_captioner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blip, "find_spec", lambda _: object())
    with pytest.raises(ModelError, match="no such captioner"):
        load_captioner("clip")
    with pytest.raises(ModelError, match="not a captioner"):
        load_captioner(str(FIXTURES / "clip"))


def test_naming_a_model_loads_no_heavy_library() -> None:
    code = """
import sys
import matinee.encode.named_pictures
print(*sorted({"torch", "transformers", "onnxruntime", "PIL", "tokenizers"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []


class TestFixedCaptioner(CaptionerContract):
    def captioner(self) -> FixedCaptioner:
        return FixedCaptioner()

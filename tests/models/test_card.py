"""Model folders of every kind: what their cards must say, and which files they must hold."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from matinee.errors import ModelError
from matinee.models.card import CARD, ModelFiles, Preprocess, needed_files

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.models.card import Kind

PREPROCESS = {
    "size": 224,
    "resize": 256,
    "crop": True,
    "mean": [0.5, 0.5, 1],
    "std": [0.25, 0.25, 0.5],
    "resample": "bicubic",
}
FIELDS: dict[str, dict[str, Any]] = {
    "encoder": {"dimension": 4, "pooling": "mean", "query_prefix": "", "document_prefix": ""},
    "cross-encoder": {},
    "picture-encoder": {"dimension": 4, "preprocess": PREPROCESS},
    "captioner": {"preprocess": PREPROCESS},
}


def model(folder: Path, kind: Kind, /, *, reads_text: bool = True, **changes: Any) -> Path:
    """Write a model folder; a change to None takes a field away."""
    sha256 = {}
    for name in needed_files(kind, reads_text=reads_text):
        (folder / name).write_text(name)
        sha256[name] = hashlib.sha256(name.encode()).hexdigest()
    card = {"name": "mine", "kind": kind, "max_tokens": 9, "sha256": sha256, **FIELDS[kind]}
    kept = {name: value for name, value in (card | changes).items() if value is not None}
    (folder / CARD).write_text(json.dumps(kept))
    return folder


@pytest.mark.parametrize("kind", FIELDS)
def test_a_folder_of_every_kind(kind: Kind, tmp_path: Path) -> None:
    files = ModelFiles.in_folder(model(tmp_path, kind))
    files.check(full=True)
    assert files.card.kind == kind
    assert files.folder == tmp_path
    assert tuple(files.paths) == needed_files(kind)
    assert files.reads_text == (kind == "picture-encoder")
    assert (files.card.preprocess is not None) == (kind in {"picture-encoder", "captioner"})
    assert files.tokenizer == tmp_path / "tokenizer.json"


def test_a_picture_encoder_that_reads_no_text(tmp_path: Path) -> None:
    files = ModelFiles.in_folder(model(tmp_path, "picture-encoder", reads_text=False))
    assert list(files.paths) == ["vision.onnx"]
    assert not files.reads_text
    for name in ("tokenizer.json", "model.onnx"):
        with pytest.raises(ModelError, match=f"has no {name}"):
            files.path(name)


def test_what_the_card_says_of_pictures(tmp_path: Path) -> None:
    card = ModelFiles.in_folder(model(tmp_path, "captioner")).card
    assert card.preprocess == Preprocess(
        size=224,
        resize=256,
        crop=True,
        mean=(0.5, 0.5, 1.0),
        std=(0.25, 0.25, 0.5),
        resample="bicubic",
    )


@pytest.mark.parametrize("kind", FIELDS)
def test_every_file_must_be_there_and_be_the_one(kind: Kind, tmp_path: Path) -> None:
    for name in needed_files(kind):
        model(tmp_path, kind)
        files = ModelFiles.in_folder(tmp_path)
        (tmp_path / name).write_text(name.upper())
        files.check(full=False)
        with pytest.raises(ModelError, match=f"not the one its card describes .*{name}"):
            files.check(full=True)
        (tmp_path / name).unlink()
        with pytest.raises(ModelError, match=f"is missing .*{name}"):
            ModelFiles.in_folder(tmp_path)


def test_both_files_that_read_text_or_neither(tmp_path: Path) -> None:
    model(tmp_path, "picture-encoder", sha256={"vision.onnx": "0" * 64, "text.onnx": "0" * 64})
    with pytest.raises(ModelError, match=r"lacks the field tokenizer\.json"):
        ModelFiles.in_folder(tmp_path)


def test_no_file_outside_of_the_folder_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret").write_text("")
    sha256 = {"vision.onnx": "0" * 64, "../secret": "0" * 64}
    model(folder, "picture-encoder", reads_text=False, sha256=sha256)
    assert list(ModelFiles.in_folder(folder).paths) == ["vision.onnx"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "oracle"}, "kind 'oracle'"),
        ({"kind": None}, "field kind"),
        ({"dimension": None}, "field dimension"),
        ({"preprocess": None}, "field preprocess"),
        ({"preprocess": PREPROCESS | {"resample": "nearest"}}, "resample 'nearest'"),
        ({"preprocess": PREPROCESS | {"mean": [0.5, 0.5]}}, "three numbers as mean"),
        ({"preprocess": PREPROCESS | {"std": ["a", "b", "c"]}}, "three numbers as std"),
        ({"preprocess": PREPROCESS | {"std": [0.5, 0.0, 0.5]}}, "no model can see"),
        ({"preprocess": PREPROCESS | {"size": 0}}, "no model can see"),
        ({"preprocess": PREPROCESS | {"resize": 223}}, "no model can see"),
        ({"preprocess": PREPROCESS | {"crop": 1}}, "field crop"),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_cards_that_are_none(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        ModelFiles.in_folder(model(tmp_path, "picture-encoder", **changes))
    assert str(tmp_path / CARD) in str(caught.value)

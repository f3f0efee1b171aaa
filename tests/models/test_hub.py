"""Models from a hub on the loopback address: pulled, kept, checked, and used by a library."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from matinee.models.registry import ModelSpec

if TYPE_CHECKING:
    from pathlib import Path

FILMS = 'title,year,plot\nHeat,1995,A thief and a detective.\nMoon,2009,Alone on the "moon".\n'


def test_a_model_is_pulled_once_and_found_without_a_network(hub, matinee) -> None:
    assert not matinee.present()
    assert "is here and as pinned" in matinee("models", "pull", "tiny")
    assert matinee.present()
    assert "as they should be" in matinee("models", "verify", "tiny", HF_HUB_OFFLINE="1")
    asked = dict(hub.asked)
    matinee("models", "pull", "tiny")
    matinee("models", "pull", "tiny", HF_HUB_OFFLINE="1")
    assert dict(hub.asked) == asked


def test_a_broken_connection_is_taken_up_where_it_stopped(hub, matinee) -> None:
    # The client writes ten megabytes at a time; less than that is fetched again.
    hub.files["onnx/model.onnx"] = random.Random(1).randbytes(22 * 2**20)
    matinee.pin(hub.files)
    hub.breaks = 1
    matinee("models", "pull", "tiny")
    assert matinee.present()
    assert hub.ranges == [f"bytes={10 * 2**20}-"]


@pytest.mark.extra
def test_a_connection_that_breaks_again_and_again(hub, matinee) -> None:
    hub.breaks = 99
    assert "broke off" in matinee("models", "pull", "tiny", code=4)
    assert not matinee.contents()
    hub.breaks = 0
    matinee("models", "pull", "tiny")
    assert matinee.present()


def test_a_file_that_came_whole_is_not_fetched_again(hub, matinee) -> None:
    tokenizer = hub.files.pop("tokenizer.json")
    assert "refuses" in matinee("models", "pull", "tiny", code=4)
    assert not matinee.present()
    hub.files["tokenizer.json"] = tokenizer
    matinee("models", "pull", "tiny")
    assert hub.asked["GET /onnx/model.onnx"] == hub.asked["GET /tokenizer.json"] == 1


def test_something_else_than_the_pinned_file_is_not_kept(hub, matinee) -> None:
    sound = hub.files["onnx/model.onnx"]
    hub.files["onnx/model.onnx"] = sound[:-1] + bytes([sound[-1] ^ 1])
    message = matinee("models", "pull", "tiny", code=4)
    assert "something else than the pinned file" in message
    assert "somebody/tiny/onnx/model.onnx" in message
    assert not matinee.contents()
    hub.files["onnx/model.onnx"] = sound
    matinee("models", "pull", "tiny")
    assert matinee.present()


def test_a_token_is_sent(hub, matinee) -> None:
    matinee("models", "pull", "tiny")
    assert set(hub.tokens.values()) == {None}
    hub.tokens.clear()
    for path in matinee.contents():
        path.unlink()
    matinee("models", "pull", "tiny", HF_TOKEN="hf_secret")  # noqa: S106
    # The client also asks for things of its own, which need no token.
    sent = {token for asked, token in hub.tokens.items() if "/resolve/" in asked}
    assert sent == {"Bearer hf_secret"}


@pytest.fixture
def eyes(hub, matinee) -> None:
    """A picture encoder of two repositories."""
    hub.others = {
        "somebody/vision": {"model.onnx": b"sees" * 300},
        "somebody/text": {"model.onnx": b"reads" * 300, "tokenizer.json": b"{}" * 600},
    }
    names = {
        "somebody/vision": {"vision.onnx": "model.onnx"},
        "somebody/text": {"text.onnx": "model.onnx", "tokenizer.json": "tokenizer.json"},
    }
    sources = tuple(matinee.source(repo, hub.others[repo], names[repo]) for repo in names)
    matinee.know(
        ModelSpec(
            name="eyes",
            kind="picture-encoder",
            sources=sources,
            max_tokens=77,
            licence="MIT",
            languages="none",
            used_for="tests",
            dimension=8,
        )
    )


@pytest.mark.usefixtures("eyes")
def test_a_model_of_two_repositories(hub, matinee) -> None:
    tokenizer = hub.others["somebody/text"].pop("tokenizer.json")
    message = matinee("models", "pull", "eyes", code=4)
    assert "somebody/text/tokenizer.json" in message
    message = matinee("models", "verify", "eyes", code=4)
    assert "somebody/vision, somebody/text" in message
    assert "matinee models pull eyes" in message
    hub.others["somebody/text"]["tokenizer.json"] = tokenizer
    matinee("models", "pull", "eyes")
    assert matinee.present("eyes")
    assert hub.asked["GET /model.onnx"] == 2
    assert "eyes: 3 files are as they should be" in matinee("models", "verify", "eyes")
    row = matinee.row("eyes")
    assert row["bytes"] == 1200 + 1500 + 1200
    assert [one["repo"] for one in row["sources"]] == ["somebody/vision", "somebody/text"]
    # One of its three files is damaged.
    largest = max(matinee.contents(), key=lambda path: path.stat().st_size)
    largest.write_bytes(b"writes" * 250)
    assert "not the one its card describes" in matinee("models", "verify", "eyes", code=4)
    matinee("models", "pull", "eyes")
    matinee("models", "verify", "eyes")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_hub_that_refuses_is_quoted(hub, matinee, status: int) -> None:
    hub.status = status
    message = matinee("models", "pull", "tiny", code=4)
    assert str(status) in message
    assert "HF_TOKEN" in message


@pytest.mark.extra
def test_without_a_network_and_without_the_model(matinee) -> None:
    matinee.endpoint = "http://127.0.0.1:9"  # nothing listens there
    message = matinee("models", "pull", "tiny", code=4)
    assert "cannot be reached" in message
    assert "HF_HOME" in message


def test_offline_and_without_the_model(hub, matinee) -> None:
    message = matinee("models", "pull", "tiny", code=4, HF_HUB_OFFLINE="1")
    assert "HF_HUB_OFFLINE" in message
    assert "copy the folder HF_HOME" in message
    assert not hub.asked


def test_a_damaged_file_is_found_and_mended(hub, matinee) -> None:
    matinee("models", "pull", "tiny")
    largest = max(matinee.contents(), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[100] ^= 1
    largest.write_bytes(content)
    assert "not the one its card describes" in matinee("models", "verify", code=4)
    matinee("models", "pull", "tiny")
    matinee("models", "verify", "tiny")


def test_a_short_file_counts_as_absent(matinee) -> None:
    matinee("models", "pull", "tiny")
    largest = max(matinee.contents(), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-1])
    assert not matinee.present()
    matinee("models", "pull", "tiny")
    assert matinee.present()


@pytest.mark.extra
def test_a_library_remembers_its_encoder(hub, matinee, tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text(FILMS)
    folder = tmp_path / "library"
    build = ("build", tmp_path / "films.csv", "--library", folder)
    message = matinee(*build, "--encoder", "tiny", code=4)
    assert "matinee models pull tiny" in message
    assert not folder.exists()

    matinee("models", "pull", "tiny")
    matinee(*build, "--encoder", "tiny")
    status = matinee("status", "--library", folder)
    assert "tiny" in status
    assert "16" in status
    assert "Heat" in matinee("search", "thief", "--library", folder)
    matinee(*build)  # again, without saying which
    assert "tiny" in matinee("status", "--library", folder)

    for path in matinee.contents():
        path.unlink()
    message = matinee("search", "thief", "--library", folder, code=4)
    assert "matinee models pull tiny" in message
    matinee(*build, "--encoder", "all-MiniLM-L6-v2")
    assert "all-MiniLM-L6-v2" in matinee("status", "--library", folder)

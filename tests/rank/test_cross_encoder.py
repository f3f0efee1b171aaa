"""The cross-encoder on a tiny model of the real class: scores as torch has them, and the budget."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import ModelError
from matinee.models.card import ModelFiles
from matinee.models.runtime import TokenModel
from matinee.rank.cross_encoder import CrossEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

FIXTURES = Path(__file__).parents[1] / "models/fixtures"
GOLDEN = json.loads((FIXTURES / "golden.json").read_text(encoding="utf-8"))
QUERY, TEXTS = GOLDEN["query"], GOLDEN["texts"]


@pytest.fixture(scope="module")
def model() -> TokenModel:
    return TokenModel.load(ModelFiles.in_folder(FIXTURES / "cross"), threads=1)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURES / "cross", tmp_path / "model"))


def seconds_a_reading(step: float) -> Callable[[], float]:
    """Return a clock that a batch takes ``step`` seconds by."""
    ticks = count()
    return lambda: step * next(ticks)


def test_scores_are_those_of_torch() -> None:
    encoder = CrossEncoder.from_folder(FIXTURES / "cross", threads=1, verify=True)
    assert encoder.name == "tiny-cross"
    scored = encoder.score(QUERY, TEXTS)
    np.testing.assert_allclose(scored.scores, GOLDEN["scores"], atol=1e-5)
    assert scored.took_ms > 0


def test_the_query_is_told_from_the_document(model: TokenModel) -> None:
    """Swapped, the same two texts are another pair: their types and places differ."""
    encoder = CrossEncoder("tiny", model)
    one = encoder.score("a heist in Paris", ["alone"]).scores[0]
    other = encoder.score("alone", ["a heist in Paris"]).scores[0]
    assert abs(one - other) > 1e-3


@given(
    documents=st.integers(0, 20),
    batch=st.integers(1, 6),
    budget=st.none() | st.integers(0, 8),
)
def test_the_budget_is_kept(
    model: TokenModel, documents: int, batch: int, budget: int | None
) -> None:
    """A batch takes one second by this clock, so as many are done as there are seconds."""
    encoder = CrossEncoder("tiny", model, clock=seconds_a_reading(1.0))
    budget_ms = None if budget is None else budget * 1000.0
    scored = encoder.score("moon", ["film"] * documents, budget_ms=budget_ms, batch=batch)
    whole = -(-documents // batch)
    done = whole if budget is None else min(whole, max(1, budget))
    assert len(scored) == min(documents, done * batch)
    assert scored.took_ms == done * 1000.0 if documents else scored.took_ms == 0.0


def test_threads_share_one_model(model: TokenModel) -> None:
    encoder = CrossEncoder("tiny", model)
    queries = [f"{word} in Paris" for word in ("thief", "moon", "heart", "night")] * 10
    expected = [encoder.score(query, TEXTS, batch=2).scores for query in queries]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda query: encoder.score(query, TEXTS, batch=2).scores, queries))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "model.json"])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(ModelError, match=name):
        CrossEncoder.from_folder(copied)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "model.json"])
def test_a_damaged_file_is_named(copied: Path, name: str) -> None:
    (copied / name).write_bytes((copied / name).read_bytes()[:99])
    with pytest.raises(ModelError, match=name):
        CrossEncoder.from_folder(copied)


def test_a_changed_file_is_found_when_verifying(copied: Path) -> None:
    path = copied / "tokenizer.json"
    path.write_bytes(path.read_bytes() + b"\n")
    CrossEncoder.from_folder(copied)
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        CrossEncoder.from_folder(copied, verify=True)


def test_an_encoder_is_no_cross_encoder() -> None:
    with pytest.raises(ModelError, match="not a cross-encoder"):
        CrossEncoder.from_folder(FIXTURES / "bert")


def test_a_card_of_another_kind_is_refused(copied: Path) -> None:
    path = copied / "model.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(card | {"kind": "oracle"}), encoding="utf-8")
    with pytest.raises(ModelError, match="oracle"):
        CrossEncoder.from_folder(copied)

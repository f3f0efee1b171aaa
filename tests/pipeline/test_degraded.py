"""Search goes on, and says so, where the encoder or the index of vectors fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from matinee.assembly.library import Library
from matinee.errors import IndexUnavailableError, ModelError
from matinee.index.dense import DenseIndex

if TYPE_CHECKING:
    from matinee.pipeline.engine import Engine


class _BrokenEncoder:
    def __init__(self, whole: Any) -> None:
        self.spec = whole.spec

    def encode_query(self, text: str) -> Any:
        raise ModelError("The model failed")


class _BrokenIndex:
    def __init__(self, whole: Any) -> None:
        self._size = len(whole)

    def __len__(self) -> int:
        return self._size

    def search(self, vector: Any, k: int, *, allowed: Any = None) -> Any:
        raise IndexUnavailableError("The index of vectors does not answer")


def _broken(engine: Engine, part: str) -> Library:
    parts: dict[str, Any] = {
        "encoder": _BrokenEncoder(engine.encoder),
        "dense": _BrokenIndex(engine.dense),
    }
    return Library(Path(), replace(engine, **{part: parts[part]}))


@pytest.mark.parametrize("part", ["encoder", "dense"])
@pytest.mark.parametrize("method", ["hybrid", "retrieval", "blend", "mmr"])
def test_words_answer_where_meaning_fails(small: Library, part: str, method: str) -> None:
    whole = small.search("heist with a rope", method="lexical")
    found = _broken(small.engine, part).search("heist with a rope", method=method, explain=True)
    assert found[0].title.title == whole[0].title.title == "Topkapi"
    assert any("out of order" in note for note in found.degraded)
    assert all("dense" not in result.parts for result in found)
    assert not whole.degraded


def test_words_alone_need_no_meaning(small: Library) -> None:
    broken = _broken(small.engine, "dense")
    assert not broken.search("heist with a rope", method="lexical").degraded


def test_likeness_by_words_where_the_index_fails(small: Library) -> None:
    found = _broken(small.engine, "dense").search("like Rififi")
    assert found[0].title.title == "Topkapi"
    assert any("out of order" in note for note in found.degraded)


def test_a_failure_of_faiss_is_a_typed_error(small: Library) -> None:
    class Failing:
        ntotal = 6

        def search(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("Error in faiss")

    index = DenseIndex(Failing(), small.engine.dense._config)
    with pytest.raises(IndexUnavailableError, match="does not answer"):
        index.search(small.engine.encoder.encode_query("heist"), 3)

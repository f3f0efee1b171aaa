from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import JudgmentsError
from matinee.evaluate.slots import TaggedQuery, read_tagged, span_f1, split

if TYPE_CHECKING:
    from pathlib import Path

PLACES = st.sets(
    st.tuples(st.sampled_from(["Year", "Plot"]), st.integers(0, 5), st.integers(6, 9)), max_size=5
)


def _written(folder: Path, text: str) -> Path:
    path = folder / "queries.bio.gz"
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_queries_are_read(tmp_path: Path) -> None:
    text = "O\tby\nB-Actor\tann\nB-Actor\tbob\nI-Actor\tlee\n\n\nB-Year\t1999"
    first, second = read_tagged(_written(tmp_path, text))
    assert first.places == (("Actor", 1, 2), ("Actor", 2, 4))
    assert [first.text[start:end] for _, start, end in first.characters] == ["ann", "bob lee"]
    assert second.characters == (("Year", 0, 4),)


def test_a_line_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(JudgmentsError, match="line 2"):
        read_tagged(_written(tmp_path, "O\tby\nnonsense\n"))


@given(st.integers(0, 60), st.integers(0, 5))
def test_a_split_keeps_every_query_once(count: int, seed: int) -> None:
    queries = [TaggedQuery((str(i),), ("O",)) for i in range(count)]
    train, test = split(queries, seed)
    assert len(test) == count // 5
    assert sorted(train + test, key=queries.index) == queries
    assert split(queries, seed) == (train, test)


@given(st.lists(st.tuples(PLACES, PLACES), max_size=5))
def test_f1_lies_between_nothing_and_all(pairs: list[tuple[set, set]]) -> None:
    scores = span_f1([wanted for wanted, _ in pairs], [found for _, found in pairs])
    assert all(0 <= score <= 1 for score in scores.values())
    assert all(s == 1 for s in span_f1([w for w, _ in pairs], [w for w, _ in pairs]).values())
    assert scores == span_f1([found for _, found in pairs], [wanted for wanted, _ in pairs])

from __future__ import annotations

import gc
import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import ModelError
from matinee.evaluate.slots import read_tagged, span_f1, split
from matinee.query.request import MAX_QUERY
from matinee.query.slot_features import (
    OFFSETS,
    UNKNOWN,
    context_features,
    tokenise,
    word_features,
    word_key,
)
from matinee.query.tagger import MODEL, Tagger

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 3_000_000
"""Bytes the model may take in the package."""
BAND = (0.71, 0.73)
"""F1 of the bundled model on the test queries: a fall is a fault, a rise is a leak."""
SPOKEN = "what 1953 comedy directed by billy wilder stars marilyn monroe"


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


@pytest.fixture(scope="module")
def arrays() -> dict[str, Any]:
    with np.load(MODEL, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _read(tagger: Tagger, text: str) -> list[tuple[str, str]]:
    return [(slot.label, text[slot.start : slot.end]) for slot in tagger.tag(text)]


def test_a_spoken_query(tagger: Tagger) -> None:
    assert _read(tagger, SPOKEN) == [
        ("Year", "1953"),
        ("Genre", "comedy"),
        ("Director", "billy wilder"),
        ("Actor", "marilyn monroe"),
    ]


def test_spelling_as_people_type_it(tagger: Tagger) -> None:
    typed = "What 1953 comedy, directed by Billy Wilder, stars Marilyn Monroe?"
    assert [s.label for s in tagger.tag(typed)] == [s.label for s in tagger.tag(SPOKEN)]


@pytest.mark.parametrize("text", ["", " \n", "?!", "💥", "\ud800", "\x00", "_"])
def test_nothing_to_tag(tagger: Tagger, text: str) -> None:
    assert tagger.tag(text) == ()


@cache
def _shared() -> Tagger:
    """The tagger of all examples of a property; fixtures may not be used there."""
    return Tagger.load()


@given(st.text(max_size=300))
def test_slots_lie_in_the_text_in_order(text: str) -> None:
    slots = _shared().tag(text)
    assert all(0 <= s.start < s.end <= len(text) and 0 < s.weight <= 1 for s in slots)
    assert all(a.end <= b.start for a, b in itertools.pairwise(slots))
    assert all(tokenise(text[s.start : s.end]) for s in slots)
    assert slots == _shared().tag(text)


@given(st.lists(st.sampled_from((*SPOKEN.split(), "film", "about", "90s")), max_size=30))
def test_slots_of_spoken_words(words: list[str]) -> None:
    text = " ".join(words)
    slots = _shared().tag(text)
    starts = {token.start for token in tokenise(text)}
    ends = {token.end for token in tokenise(text)}
    assert all(s.start in starts and s.end in ends for s in slots)
    assert slots == _shared().tag(text.upper())


def test_what_was_tagged_before_changes_nothing(tagger: Tagger) -> None:
    texts = [f"{SPOKEN} {i} about a dog who saves town number {i}" for i in range(40)]
    alone = [Tagger.load().tag(text) for text in texts[:5]]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(tagger.tag, texts))
    assert together[:5] == alone


def test_time_grows_with_the_length(tagger: Tagger) -> None:
    def seconds(text: str) -> float:
        tagger.tag(text)
        gc.collect()
        times = []
        for _ in range(7):
            begun = time.process_time()
            tagger.tag(text)
            times.append(time.process_time() - begun)
        return min(times)

    words = itertools.cycle(SPOKEN.split() + "about a man who loses his dog in paris".split())
    long = ""
    while len(long) < MAX_QUERY - 12:
        long += next(words) + " "
    # Eight times the text may take sixteen times as long; were it quadratic, sixty-four.
    assert seconds(long) < 16 * seconds(long[: len(long) // 8])
    same = "the " * (MAX_QUERY // 4)
    assert seconds(same) < 16 * seconds(same[: len(same) // 8])


def test_features_count_from_the_word_that_is_tagged() -> None:
    around = dict(zip(OFFSETS, word_features("paris", UNKNOWN), strict=True))
    assert word_key("-1w=paris") in around[-1]
    assert word_key("s2=is") in around[0]
    assert word_key("s2=is") not in around[1]


def test_telling_words_reach_both_ways_and_count_once() -> None:
    first, *_, last = context_features(["movie", "x", "movie", "y"])
    assert word_key("R=movie") in first
    assert last.count(word_key("L=movie")) == 1


def test_the_model_is_small_and_holds_no_words(arrays: dict[str, Any]) -> None:
    assert MODEL.stat().st_size <= LARGEST
    assert {name for name, array in arrays.items() if array.dtype.kind not in "iuf"} == {"tags"}


def _without(arrays: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: array for key, array in arrays.items() if key != name}


def _changed(arrays: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    return arrays | {name: value}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (partial(_without, name="keys"), "lacks keys"),
        (partial(_changed, name="format", value=np.array(99)), "format 99"),
        (partial(_changed, name="first", value=np.zeros(3)), "first"),
        (partial(_changed, name="weights", value=np.zeros((2, 2))), "weights"),
        (partial(_without, name="tree_bounds"), "lacks tree_bounds"),
        (partial(_changed, name="tree_roots", value=np.array([1 << 30])), "tree_roots"),
        (partial(_changed, name="tree_values", value=np.zeros(1)), "tree_values"),
    ],
)
def test_arrays_that_do_not_fit(arrays: dict[str, Any], damage: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Tagger(damage(arrays))


def test_damaged_files(tmp_path: Path) -> None:
    whole = MODEL.read_bytes()
    damaged = {
        "cut.npz": whole[: len(whole) // 2],
        "empty.npz": b"",
        "text.npz": b"no model",
        "flipped.npz": whole[:5000] + bytes(200) + whole[5200:],
    }
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=name):
            Tagger.load(tmp_path / name)
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(ModelError, match=r"one\.npy"):
        Tagger.load(tmp_path / "one.npy")
    with pytest.raises(ModelError, match=r"missing\.npz"):
        Tagger.load(tmp_path / "missing.npz")


def test_a_pickle_is_never_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "objects.npz", format=np.array([{}], dtype=object))
    with pytest.raises(ModelError, match="objects"):
        Tagger.load(tmp_path / "objects.npz")


@pytest.mark.extra
def test_f1_on_queries_it_has_not_seen(tagger: Tagger, data: Path) -> None:
    _, test = split(read_tagged(data / "mit_movie_queries/trivia10k13train.bio.gz"), seed=0)
    assert len(test) == 1563
    found = [[(s.label, s.start, s.end) for s in tagger.tag(query.text)] for query in test]
    scores = span_f1([query.characters for query in test], found)
    assert BAND[0] <= scores["micro"] <= BAND[1]

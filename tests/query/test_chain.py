from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.query.chain import Chain, Reading, Span, best

TAGS = ("B-A", "B-B", "I-A", "O")  # B has no inner words
Scores = np.ndarray[Any, np.dtype[np.float64]]


def _legal(path: tuple[str, ...]) -> bool:
    before = ("O", *path)
    return all(not tag.startswith("I-") or before[i][2:] == tag[2:] for i, tag in enumerate(path))


def _spans(path: tuple[str, ...]) -> set[tuple[int, int, str]]:
    found, start = set(), -1
    for i, tag in enumerate((*path, "O")):
        if start >= 0 and not tag.startswith("I-"):
            found.add((start, i, path[start][2:]))
            start = -1
        if tag.startswith("B-"):
            start = i
    return found


def _by_hand(emissions: Scores, transitions: Scores, first: Scores, last: Scores) -> Any:
    """Return the probability of every legal path, by enumeration."""
    paths = {}
    for path in itertools.product(range(len(TAGS)), repeat=len(emissions)):
        if _legal(tuple(TAGS[i] for i in path)):
            score = first[path[0]] + last[path[-1]]
            score += sum(emissions[t, tag] for t, tag in enumerate(path))
            score += sum(transitions[a, b] for a, b in itertools.pairwise(path))
            paths[tuple(TAGS[i] for i in path)] = np.exp(score)
    total = sum(paths.values())
    return {path: value / total for path, value in paths.items()}


@given(words=st.integers(1, 5), seed=st.integers(0, 10_000), threshold=st.floats(0.05, 0.6))
def test_spans_are_those_of_every_path_summed(words: int, seed: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    emissions, transitions = rng.normal(0, 2, (words, 4)), rng.normal(0, 1, (4, 4))
    first, last = rng.normal(0, 1, 4), rng.normal(0, 1, 4)
    paths = _by_hand(emissions, transitions, first, last)
    chain = Chain(TAGS, transitions, first, last)
    spans, marginals = chain.read(emissions, threshold)
    for t, tag in itertools.product(range(words), range(4)):
        expected = sum(p for path, p in paths.items() if path[t] == TAGS[tag])
        assert marginals[t, tag] == pytest.approx(expected, abs=1e-9)
    exact: dict[tuple[int, int, str], float] = {}
    for path, p in paths.items():
        for span in _spans(path):
            exact[span] = exact.get(span, 0.0) + p
    found = best(list(spans), threshold)
    for span in spans:
        assert span.weight == pytest.approx(exact[span.start, span.end, span.label], abs=1e-9)
    # No set of spans that do not overlap is worth more: one of them is a path of its own.
    worth = max(sum(exact[s] - threshold for s in _spans(p) if exact[s] > threshold) for p in paths)
    assert sum(s.weight - threshold for s in found) == pytest.approx(worth, abs=1e-9)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4), st.floats(0.01, 1)), max_size=8),
    st.floats(0.01, 0.9),
)
def test_the_best_spans_do_not_overlap_and_are_best(
    places: list[tuple[int, int, float]], threshold: float
) -> None:
    spans = [Span(start, start + size, "A", weight) for start, size, weight in places]
    chosen = best(spans, threshold)
    assert all(a.end <= b.start for a, b in itertools.pairwise(chosen))
    worth = 0.0
    for size in range(len(spans) + 1):
        for some in itertools.combinations(sorted(spans), size):
            if all(a.end <= b.start for a, b in itertools.pairwise(some)):
                worth = max(worth, sum(s.weight - threshold for s in some))
    assert sum(s.weight - threshold for s in chosen) == pytest.approx(worth)


def test_long_texts_stay_within_floats() -> None:
    emissions = np.random.default_rng(0).normal(0, 20, (3_000, 4))
    chain = Chain(TAGS, np.zeros((4, 4)), np.zeros(4), np.zeros(4))
    found, marginals = chain.read(emissions, 0.3)
    assert np.allclose(marginals.sum(axis=1), 1)
    assert found
    assert all(0.3 < span.weight <= 1 for span in found)


def test_an_inner_tag_never_stands_alone() -> None:
    emissions = np.zeros((3, 4))
    emissions[:, TAGS.index("I-A")] = 50
    chain = Chain(TAGS, np.zeros((4, 4)), np.zeros(4), np.zeros(4))
    assert [(s.start, s.end, s.label) for s in chain.read(emissions, 0.3).spans] == [(0, 3, "A")]


def test_a_mirrored_reading_is_of_the_words_reversed() -> None:
    spans = (Span(0, 2, "A", 0.9), Span(3, 4, "B", 0.5))
    marginals = np.arange(16.0).reshape(4, 4)
    mirrored = Reading(spans, marginals).mirrored()
    assert set(mirrored.spans) == {Span(2, 4, "A", 0.9), Span(0, 1, "B", 0.5)}
    assert mirrored.marginals[0].tolist() == marginals[-1].tolist()

"""What can be seen of a whole span that a chain of tags cannot see.

A chain of tags (:mod:`matinee.query.chain`) looks at two tags at a time. How long a span is, how
near it comes to the end of the query, what else might stand in its place and how sure the words
just outside are of being outside can only be asked once spans are known. Here two chains, one that
reads forward and one that reads backward, name the spans that might be; :func:`candidates` gives
each of them numbers, by which :class:`matinee.query.trees.Trees` judges it anew. (Spans proposed by
one model and judged by another with a view of the whole: Collins, "Ranking algorithms for
named-entity extraction: boosting and the voted perceptron", ACL 2002.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from matinee.query.chain import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from matinee.query.chain import Reading

    Floats = npt.NDArray[np.floating[Any]]

FLOOR = 0.01
"""The least probability at which a chain names a span; below, it counts as :data:`UNNAMED`."""
UNNAMED = 0.003
LEAST = 0.03
"""The least mean probability of a candidate; not tuned: it bounds the work."""
_NONE = 0.001
"""Probability of the strongest rival of a span that has none."""
_SURE = 1e-4
"""Distance from 0 and 1 within which probabilities are taken as equal."""
_OUTSIDE = -1.0
"""Stands for a probability at a word before the first or after the last."""
DESCRIBING = ("Plot", "Opinion")
"""Labels of free text, which most doubts are about. Tags must have them."""

COLUMNS = 34
"""Numbers that a candidate has."""
_AS_ODDS = 11
"""The first of them, probabilities, are given as their log odds."""


class Candidates(NamedTuple):
    """Spans that might be, ``weight`` being the mean of the chains, and [spans, COLUMNS]."""

    spans: list[Span]
    rows: Floats


class _Rivals:
    """What stands in the way of a span, kept as the largest or summed probabilities."""

    def __init__(self) -> None:
        self.same = self.other = _NONE
        # Of the same label and begin or end, the other bound further out or further in.
        self.later_end = self.earlier_end = self.earlier_start = self.later_start = _NONE
        self.same_sum = self.other_sum = 0.0
        self.stronger = 0

    def add(self, own: Span, rival: Span) -> None:
        """Count a rival that shares a word with the span."""
        weight = rival.weight
        if rival.label != own.label:
            self.other = max(self.other, weight)
            self.other_sum += weight
            return
        self.same = max(self.same, weight)
        self.same_sum += weight
        self.stronger += int(weight >= own.weight)
        if rival.start == own.start:
            if rival.end > own.end:
                self.later_end = max(self.later_end, weight)
            else:
                self.earlier_end = max(self.earlier_end, weight)
        elif rival.end == own.end:
            if rival.start < own.start:
                self.earlier_start = max(self.earlier_start, weight)
            else:
                self.later_start = max(self.later_start, weight)


def candidates(readings: Sequence[Reading], tags: Sequence[str]) -> Candidates:
    """Return the spans that might be and their numbers.

    The time grows linearly with the number of words: spans that share a word exclude each other,
    so few of those above a probability hold any one word.

    Args:
        readings: of the two chains, at :data:`FLOOR`.
        tags: those of the marginals.
    """
    named = [
        {(span.start, span.end, span.label): span.weight for span in reading.spans}
        for reading in readings
    ]
    spans = [
        Span(*place, weight)
        for place in sorted(set().union(*named))
        if (weight := sum(one.get(place, 0.0) for one in named) / len(named)) > LEAST
    ]
    rivals = _rivals(spans)
    ends = _largest([(span.end, span.weight) for span in spans])
    starts = _largest([(span.start, span.weight) for span in spans])
    words = _Words(readings, tags)
    rows = []
    for span, against in zip(spans, rivals, strict=True):
        place = span.start, span.end, span.label
        rows.append(
            (
                *(one.get(place, UNNAMED) for one in named),
                span.weight,
                against.same,
                against.other,
                against.later_end,
                against.earlier_end,
                against.earlier_start,
                against.later_start,
                ends.get(span.start, _NONE),
                starts.get(span.end, _NONE),
                against.same_sum,
                against.other_sum,
                against.stronger,
                *words.numbers(span),
            )
        )
    table = np.array(rows, np.float64).reshape(-1, COLUMNS)
    chances = table[:, :_AS_ODDS].clip(_SURE, 1 - _SURE)
    table[:, :_AS_ODDS] = np.log(chances / (1 - chances))
    return Candidates(spans, table)


class _Words:
    """The probabilities of labels at the words, and what they say of a span."""

    def __init__(self, readings: Sequence[Reading], tags: Sequence[str]) -> None:
        self._number, begin, sums = _labels(tuple(tags))
        self._describing = [self._number[label] for label in DESCRIBING]
        mean = (readings[0].marginals + readings[1].marginals) / 2
        inside = mean @ sums
        begins = readings[0].marginals[:, begin]
        self._length = len(mean)
        self._expected: list[float] = begins.sum(axis=0).tolist()
        self._all_expected = sum(self._expected)
        self._strongest = float(inside[:, self._describing[0]].max())
        # By label and then by word, as lists: single numbers are read faster from them.
        self._inside: list[list[float]] = inside.T.tolist()
        self._begins: list[list[float]] = begins.T.tolist()
        self._sums: list[list[float]] = np.vstack(
            [np.zeros((1, inside.shape[1])), inside.cumsum(axis=0)]
        ).T.tolist()

    def numbers(self, span: Span) -> tuple[float, ...]:
        """Return the columns that tell of a span's words and those beside it."""
        start, end, length = span.start, span.end, self._length
        label = self._number[span.label]
        own, outside, begins = self._inside[label], self._inside[-1], self._begins[label]
        before, after = start > 0, end < length
        size = end - start
        return (
            size,
            length - end,
            start,
            length,
            label,
            self._mean(label, start, end),
            min(own[start:end]),
            own[start - 1] if before else _OUTSIDE,
            own[end] if after else _OUTSIDE,
            outside[start - 1] if before else _OUTSIDE,
            outside[end] if after else _OUTSIDE,
            self._mean(-1, start, end),
            *(self._mean(i, start, end) for i in self._describing),
            self._expected[label],
            self._all_expected,
            self._strongest,
            begins[start],
            begins[end] if after else _OUTSIDE,
            max(begins[start + 1 : end], default=0.0),
        )

    def _mean(self, label: int, start: int, end: int) -> float:
        sums = self._sums[label]
        return (sums[end] - sums[start]) / (end - start)


@lru_cache(1)
def _labels(tags: tuple[str, ...]) -> tuple[dict[str, int], list[int], Floats]:
    """Return the number of every label, the tag it begins with, and which tags are its own.

    The last is [tags, labels and none], 1 where a tag is of a label.
    """
    labels = sorted({tag[2:] for tag in tags if tag != "O"})
    number = {label: i for i, label in enumerate(labels)}
    own = np.zeros((len(tags), len(labels) + 1))
    for row, tag in zip(own, tags, strict=True):
        row[number.get(tag[2:], -1)] = 1
    return number, [tags.index(f"B-{label}") for label in labels], own


def _rivals(spans: Sequence[Span]) -> list[_Rivals]:
    """Return the rivals of spans sorted by their starts."""
    found = [_Rivals() for _ in spans]
    open_: list[int] = []
    for i, span in enumerate(spans):
        open_ = [j for j in open_ if spans[j].end > span.start]
        for j in open_:
            found[i].add(span, spans[j])
            found[j].add(spans[j], span)
        open_.append(i)
    return found


def _largest(weights: Sequence[tuple[int, float]]) -> dict[int, float]:
    """Return the largest weight at each word."""
    found: dict[int, float] = {}
    for word, weight in weights:
        found[word] = max(found.get(word, _NONE), weight)
    return found

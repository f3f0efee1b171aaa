"""A linear-chain conditional random field, and the spans it expects.

For words ``x`` and one tag per word ``y``, with emissions ``e`` and transitions ``a``::

    p(y | x) = exp(sum_t e[t, y_t] + sum_t a[y_{t-1}, y_t]) / Z(x)

Lafferty, McCallum and Pereira, "Conditional random fields: probabilistic models for segmenting and
labeling sequence data", ICML 2001. Tags are B-x for the first word of a span of label x, I-x for
its further words, O for words outside.

The most probable sequence of tags (Viterbi) is not what is wanted here. It prefers one long span
whose label is certain over the same words cut where people cut them, and it spends spans on doubts.
What counts is how many spans are exactly right, so spans get probabilities of their own:
forward-backward sums over every sequence in which a span stands. Of the spans more probable than a
threshold :func:`best` keeps those that do not overlap and exceed it by most in sum. That maximises
the expected number of right spans at a price per span, which for the right price is the expected
F1 (Jansche, "A maximum expected utility framework for binary sequence labeling", ACL 2007).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]

_NEVER = -1e4
"""Score of what may not follow: far below any learned score, and its exponential is zero."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Words of one label.

    Attributes:
        start: the first word.
        end: the word after the last.
        label: what they are.
        weight: the probability of exactly this span, in (0, 1].
    """

    start: int
    end: int
    label: str
    weight: float


class Reading(NamedTuple):
    """What a text may hold.

    Attributes:
        spans: those probable enough to be named.
        marginals: [words, tags], the probability of every tag at every word.
    """

    spans: tuple[Span, ...]
    marginals: Floats

    def mirrored(self) -> Reading:
        """Return the reading of the words in the opposite order."""
        length = len(self.marginals)
        spans = (Span(length - s.end, length - s.start, s.label, s.weight) for s in self.spans)
        return Reading(tuple(spans), self.marginals[::-1])


class Chain:
    """The scores of tags beside one another.

    Args:
        tags: "O", and "B-x" and perhaps "I-x" for every label x.
        transitions: [tags, tags], the score of a tag (column) after another (row).
        first: [tags], the score of a tag at the first word.
        last: [tags], the score of a tag at the last word.
    """

    def __init__(
        self, tags: Sequence[str], transitions: Floats, first: Floats, last: Floats
    ) -> None:
        self._inside = {tag[2:]: i for i, tag in enumerate(tags) if tag.startswith("I-")}
        self._begins = [
            (i, self._inside.get(tag[2:]), tag[2:])
            for i, tag in enumerate(tags)
            if tag.startswith("B-")
        ]
        legal = np.ones((len(tags), len(tags)), bool)
        for label, tag in self._inside.items():
            legal[:, tag] = [before in (f"B-{label}", f"I-{label}") for before in tags]
        self._follow = np.exp(np.where(legal, transitions, _NEVER).astype(np.float64))
        self._rates: list[list[float]] = self._follow.tolist()
        self._first = np.array(first, np.float64)
        self._first[list(self._inside.values())] = _NEVER
        self._last = np.array(last, np.float64)

    def read(self, emissions: Floats, floor: float) -> Reading:
        """Return what a text may hold.

        The time grows linearly with the number of words: spans that share a word exclude each
        other, so at most 1 / ``floor`` of those worth following hold any one word.

        Args:
            emissions: [words, tags], at least one word.
            floor: in (0, 1), the probability that spans must exceed.
        """
        factors, forward, backward = self._sums(emissions)
        marginals = forward * backward
        spans = tuple(self._probable(factors, forward, backward, floor))
        return Reading(spans, marginals)

    def _sums(self, emissions: Floats) -> tuple[Floats, Floats, Floats]:
        """Return what forward-backward needs and gives, each [words, tags].

        The factor of each tag at its word; the probability of a tag given the words up to it; and
        what the later words make of it, so that the product of the last two is the marginal.
        Factors are scaled at every word, so that no length of text leaves the range of floats.
        """
        scores = emissions.astype(np.float64)
        scores[0] += self._first
        scores[-1] += self._last
        factors = np.exp(scores - scores.max(axis=1, keepdims=True))
        forward = np.empty_like(factors)
        backward = np.ones_like(factors)
        follow, ahead = self._follow, self._follow.T
        # A product with ones is quicker than a sum.
        ones, scales = np.ones(factors.shape[1]), []
        row = factors[0]
        for t, factor in enumerate(factors):
            if t:
                row = row.dot(follow)
                row *= factor
            scale = float(row.dot(ones))
            scales.append(scale)
            row = np.multiply(row, 1 / scale, out=forward[t])
        factors /= np.array(scales)[:, None]
        row = backward[-1]
        for t in range(len(factors) - 1, 0, -1):
            row = np.dot(factors[t] * row, ahead, out=backward[t - 1])
        return factors, forward, backward

    def _probable(
        self, factors: Floats, forward: Floats, backward: Floats, threshold: float
    ) -> Iterator[Span]:
        """Yield every span whose probability exceeds the threshold."""
        columns = [begin for begin, _, _ in self._begins]
        starts, labels = np.nonzero((forward * backward)[:, columns] > threshold)
        # As lists: single numbers are read faster from them than from arrays.
        ahead, behind, factor = backward.tolist(), forward.tolist(), factors.tolist()
        words = len(factor)
        for start, place in zip(starts.tolist(), labels.tolist(), strict=True):
            begin, inside, label = self._begins[place]
            # The probability that a span of this label begins here and reaches ``end``, before
            # what comes later is counted.
            reach, tag = behind[start][begin], begin
            for end in range(start + 1, words + 1):
                whole = reach * ahead[end - 1][tag]
                longer = 0.0
                if end < words and inside is not None:
                    reach *= self._rates[tag][inside] * factor[end][inside]
                    longer = reach * ahead[end][inside]
                if whole - longer > threshold:
                    yield Span(start, end, label, min(1.0, whole - longer))
                if longer <= threshold or inside is None:
                    break
                tag = inside


def best(spans: list[Span], threshold: float) -> tuple[Span, ...]:
    """Return the spans that do not overlap and exceed the threshold by most in sum.

    >>> whole, first, second = Span(0, 3, "Plot", 0.5), Span(0, 1, "A", 0.4), Span(1, 3, "B", 0.45)
    >>> [span.label for span in best([whole, first, second], 0.3)]
    ['A', 'B']
    >>> [span.label for span in best([whole, first, second], 0.35)]
    ['Plot']
    """
    spans = sorted(spans, key=lambda span: (span.end, span.start, span.label))
    ends = [span.end for span in spans]
    # sums[i] is the best sum among the first i spans; taken[i] whether it holds span i - 1.
    sums = [0.0]
    before = [bisect_right(ends, span.start, hi=i) for i, span in enumerate(spans)]
    for i, span in enumerate(spans):
        sums.append(max(sums[i], sums[before[i]] + span.weight - threshold))
    chosen = []
    i = len(spans)
    while i:
        if sums[i] > sums[i - 1]:
            chosen.append(spans[i - 1])
            i = before[i - 1]
        else:
            i -= 1
    return tuple(reversed(chosen))

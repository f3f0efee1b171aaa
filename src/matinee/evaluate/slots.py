"""Slot-tagged queries and the measure of a tagger: how many spans it has exactly right."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import JudgmentsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

TEST_SHARE = 0.2
"""Share of the queries kept for the test."""

Place = tuple[str, int, int]
"""A label and its words, [start, end)."""


@dataclass(frozen=True, slots=True)
class TaggedQuery:
    """A query with its slots as people marked them.

    Attributes:
        words: its words.
        tags: one for each: "B-x", "I-x" or "O".
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the words with spaces between them."""
        return " ".join(self.words)

    @property
    def places(self) -> tuple[Place, ...]:
        """Return the slots by words.

        >>> TaggedQuery(("by", "mel", "brooks"), ("O", "B-Director", "I-Director")).places
        (('Director', 1, 3),)
        """
        found: list[Place] = []
        for i, tag in enumerate(self.tags):
            label = tag[2:]
            if tag[0] == "I" and found and found[-1][0] == label and found[-1][2] == i:
                found[-1] = (label, found[-1][1], i + 1)
            elif tag != "O":
                found.append((label, i, i + 1))
        return tuple(found)

    @property
    def characters(self) -> tuple[Place, ...]:
        """Return the slots by characters of :attr:`text`.

        >>> TaggedQuery(("by", "mel", "brooks"), ("O", "B-Director", "I-Director")).characters
        (('Director', 3, 13),)
        """
        starts, at = [], 0
        for word in self.words:
            starts.append(at)
            at += len(word) + 1
        return tuple(
            (label, starts[start], starts[end - 1] + len(self.words[end - 1]))
            for label, start, end in self.places
        )


def read_tagged(path: Path) -> list[TaggedQuery]:
    """Return the queries of a gzipped file: a tag, a tab and a word a line, a blank line between.

    Raises:
        JudgmentsError: a line is not so.
    """
    queries: list[TaggedQuery] = []
    pairs: list[tuple[str, str]] = []
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            tag, tab, word = line.strip().partition("\t")
            if tab:
                pairs.append((tag, word))
            elif tag:
                raise JudgmentsError(
                    "A line is not a tag, a tab and a word", where=f"{path}, line {number}"
                )
            elif pairs:
                queries.append(_query(pairs))
                pairs = []
    if pairs:
        queries.append(_query(pairs))
    return queries


def _query(pairs: Sequence[tuple[str, str]]) -> TaggedQuery:
    tags, words = zip(*pairs, strict=True)
    return TaggedQuery(words, tags)


def split(
    queries: Sequence[TaggedQuery], seed: int, share: float = TEST_SHARE
) -> tuple[list[TaggedQuery], list[TaggedQuery]]:
    """Return the queries as two parts in their own order, the second a random ``share`` of them."""
    order = list(range(len(queries)))
    random.Random(seed).shuffle(order)  # noqa: S311 - a split, not a secret
    second = set(order[: int(len(queries) * share)])
    return (
        [query for i, query in enumerate(queries) if i not in second],
        [query for i, query in enumerate(queries) if i in second],
    )


def span_f1(
    expected: Sequence[Iterable[Place]], found: Sequence[Iterable[Place]]
) -> dict[str, float]:
    """Return F1 of spans by label, and of all spans together under "micro".

    A span is right when its label and both ends are. With right, found and expected spans counted
    over all queries, ``F1 = 2 right / (found + expected)``.

    >>> span_f1([[("Year", 0, 1), ("Genre", 1, 3)]], [[("Year", 0, 1), ("Genre", 2, 3)]])
    {'Genre': 0.0, 'Year': 1.0, 'micro': 0.5}
    """
    right: Counter[str] = Counter()
    spans: Counter[str] = Counter()
    for one, other in zip(expected, found, strict=True):
        wanted, given = set(one), set(other)
        for places, counts in ((wanted, spans), (given, spans), (wanted & given, right)):
            for label, _, _ in places:
                counts[label] += 1
                counts["micro"] += 1
    return {label: 2 * right[label] / spans[label] for label in sorted(spans)}

"""BM25F: word search over weighted fields, every impact computed when the index is built.

For term t, document d and fields f with weight w_f and length normalisation b_f::

    tf~(t, d) = sum_f  w_f * tf(t, d, f) / (1 - b_f + b_f * len_f(d) / avglen_f)
    score(q, d) = sum_t  qtf~(t) * idf(t) * tf~ * (k1 + 1) / (k1 + tf~)
    qtf~(t) = qtf(t) * (k3 + 1) / (k3 + qtf(t))
    idf(t) = ln(1 + (N - df(t) + 0.5) / (df(t) + 0.5))

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009,
section 3.7 (the simple extension to weighted fields); qtf~ is that of Okapi at TREC-3, 1994; the
idf is Lucene's, which is never negative.
Engines were compared before this was written: docs/decisions/0006-lexical-engine.md.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.words import words
from matinee.index.analyze import terms
from matinee.index.postings import Postings, top

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from matinee.types import Ranked, Rows


@dataclass(frozen=True, slots=True)
class FieldWeight:
    """How much a match in a field counts, and how far its length is normalised (b in [0, 1])."""

    weight: float
    b: float


@dataclass(frozen=True, slots=True)
class BM25Config:
    """Parameters of the index, chosen on three judged sets at once; plain values near the best.

    Attributes:
        k1: saturation of term frequency, the more so with several weighted fields to add up;
            anything from .8 to 1.5 does as well within the error of the judged sets.
        k3: saturation of a word repeated in the query; a long description repeats its least telling
            words, so the second time counts a third. A query without repetition is unaffected.
        fields: weight and length normalisation by field name.
    """

    k1: float = 1.0
    k3: float = 1.0
    fields: Mapping[str, FieldWeight] = field(
        default_factory=lambda: {
            # Alone, this index finds names best with 2.5 to 4. Beside a list of names of its own it
            # serves descriptions, and "lonely" in a title must not beat a lonely story.
            "title": FieldWeight(1.5, 0.4),
            # The unit of weight; long overviews are wordy rather than richer.
            "overview": FieldWeight(1.0, 0.75),
            # An allusion more than a description, yet leaving it out costs long queries.
            "tagline": FieldWeight(0.5, 0.4),
            # A few fixed words, true of the whole film; the length of the list means little.
            "genres": FieldWeight(1.5, 0.2),
            # Chosen by people to say what a film is about: the field that vague queries need most.
            "keywords": FieldWeight(2.0, 0.2),
            # Names are rare, so idf is weight enough; a long cast must not count less per name.
            "people": FieldWeight(1.0, 0.2),
            # Known for part of a catalogue only; settles choices, must not decide them.
            "origin": FieldWeight(0.5, 0.2),
            # Always as long, so there is nothing to normalise; .5 to 2 do alike.
            "when": FieldWeight(1.0, 0.0),
        }
    )


class BM25Index:
    """A word index over documents given as ``{field: text}``; implements ``WordIndex``."""

    def __init__(self, postings: Postings, size: int, config: BM25Config | None = None) -> None:
        self._postings = postings
        self._size = size
        self._k3 = (config or BM25Config()).k3

    @classmethod
    def build(
        cls, documents: Iterable[Mapping[str, str]], config: BM25Config | None = None
    ) -> BM25Index:
        """Index documents, row i for document i.

        Args:
            documents: texts by field; a field that the config does not name is an error.
            config: parameters.

        Raises:
            KeyError: a document has a field without a weight.

        >>> index = BM25Index.build([{"title": "Heat"}, {"title": "Cold Heat"}])
        >>> index.search("heat", 5).rows.tolist()
        [0, 1]
        """
        config = config or BM25Config()
        vocabulary: dict[str, int] = {}
        columns = {name: _Column() for name in config.fields}
        size = 0
        for row, document in enumerate(documents):
            size += 1
            for name, text in document.items():
                ids = [vocabulary.setdefault(term, len(vocabulary)) for term in terms(text)]
                columns[name].add(row, ids)
        return cls(_postings(config, size, list(vocabulary), columns), size, config)

    def __len__(self) -> int:
        return self._size

    def search(self, text: str, k: int, *, allowed: npt.NDArray[np.bool_] | None = None) -> Ranked:
        """Return at most ``k`` rows with a word of ``text``, scores above 0, best first.

        ``allowed`` [n] restricts the answer to some rows.
        """
        scores = self.scores(text)
        if allowed is not None:
            scores[~allowed] = 0.0
        return top(scores, k)

    def scores(self, text: str) -> npt.NDArray[np.float32]:
        """Return the score of every row, float32 [n], 0 where it has no word of ``text``."""
        scores = np.zeros(self._size, np.float32)
        self._postings.add_to(scores, self._factors(text))
        return scores

    def containing(self, text: str) -> Rows:
        """Return the rows, ascending, that have every word of ``text`` in some field.

        None if the text has no word that is indexed.
        """
        found: Rows | None = None
        for term in dict.fromkeys(terms(text)):
            rows = self._postings.find(term)[0].astype(np.int64)
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        return np.empty(0, np.int64) if found is None else found

    def contributions(self, text: str, rows: Rows) -> list[dict[str, float]]:
        """Return, for each of rows [m], what each word of ``text`` gives to its score.

        Words are named as they stand in the text, the most telling first; they sum to the score
        that a search returns.
        """
        named: dict[str, str] = {}
        for word in words(text):
            for term in terms(word):
                named.setdefault(term, word)
        given: list[dict[str, float]] = [{} for _ in rows]
        for term, factor in self._factors(text).items():
            found, weights = self._postings.find(term)
            places = np.searchsorted(found, rows)
            for place, row, own in zip(places.tolist(), rows.tolist(), given, strict=True):
                if place < len(found) and found[place] == row:
                    word = named[term]
                    own[word] = own.get(word, 0.0) + factor * float(weights[place])
        return [dict(sorted(own.items(), key=lambda item: -item[1])) for own in given]

    def strongest(self, text: str, rows: Rows) -> npt.NDArray[np.float32]:
        """Return the most that any one word of ``text`` gives to each of rows [m], float32 [m].

        A word repeated in the text counts as if it stood there once.

        >>> index = BM25Index.build([{"title": "Heat"}, {"title": "Cold Heat"}, {"title": "Emma"}])
        >>> index.strongest("cold heat", np.array([1])) > index.strongest("heat", np.array([1]))
        array([ True])
        """
        best = np.zeros(self._size, np.float32)
        for term in set(terms(text)):
            found, weights = self._postings.find(term)
            np.maximum.at(best, found, weights)
        return best[rows]

    def _factors(self, text: str) -> dict[str, float]:
        k3 = self._k3
        return {term: n * (k3 + 1.0) / (k3 + n) for term, n in Counter(terms(text)).items()}

    def save(self, folder: Path) -> list[Path]:
        """Write the index into ``folder`` and return the files written."""
        return self._postings.save(folder)

    @classmethod
    def open(cls, folder: Path, size: int, config: BM25Config | None = None) -> BM25Index:
        """Map the index of ``size`` documents from ``folder`` into memory.

        Of the config only ``k3`` matters here; the rest was settled when the index was built.

        Raises:
            LibraryCorruptError: a file is missing or is not the array it should be.
        """
        return cls(Postings.open(folder), size, config)


class _Column:
    """The words of one field: their ids end to end, and how many belong to which row."""

    def __init__(self) -> None:
        self._ids = array("q")
        self._rows = array("q")
        self._lengths = array("q")

    def add(self, row: int, ids: list[int]) -> None:
        if ids:
            self._ids.extend(ids)
            self._rows.append(row)
            self._lengths.append(len(ids))

    def weighed(
        self, weight: FieldWeight, size: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return, for every (term, row) of the field, ``term * size + row`` and its part of tf~."""
        if not self._ids or not weight.weight:
            return np.empty(0, np.int64), np.empty(0)
        rows, lengths = np.array(self._rows), np.array(self._lengths)
        keys, counts = np.unique(
            np.array(self._ids) * size + np.repeat(rows, lengths), return_counts=True
        )
        norms = np.zeros(size)
        norms[rows] = weight.weight / (1.0 - weight.b + weight.b * lengths / lengths.mean())
        return keys, counts * norms[keys % size]


def _postings(
    config: BM25Config, size: int, vocabulary: list[str], columns: Mapping[str, _Column]
) -> Postings:
    parts = [columns[name].weighed(weight, size) for name, weight in config.fields.items()]
    keys, places = np.unique(np.concatenate([keys for keys, _ in parts]), return_inverse=True)
    tf = np.bincount(places, np.concatenate([values for _, values in parts]), len(keys))
    ids, rows = np.divmod(keys, max(size, 1))
    df = np.bincount(ids, minlength=len(vocabulary))
    idf = np.log(1.0 + (size - df + 0.5) / (df + 0.5))
    impacts = idf[ids] * tf * (config.k1 + 1.0) / (config.k1 + tf)
    return Postings.from_arrays(vocabulary, ids, rows, impacts)

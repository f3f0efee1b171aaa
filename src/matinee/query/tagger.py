"""Slots of a query by a statistical model: which of its words name an actor, a year, a plot.

A second opinion beside the rules of :mod:`matinee.query.parse`. The rules know names and
constructions; the model has seen some thousand spoken queries and knows how people string things
together ("a 1948 western a sheriff who fears horses").

Two linear-chain conditional random fields (:mod:`matinee.query.chain`) over features of the words
(:mod:`matinee.query.slot_features`), one reading forward and one backward, name the spans that
might be; boosted trees (:mod:`matinee.query.trees`) judge each by what is to be seen of it as a
whole (:mod:`matinee.query.span_features`). Trained by ``tools/train_tagger.py``. The model knows no
library, so it tags alike whatever titles are at hand. Measured in
``docs/decisions/0008-slot-tagger.md``.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matinee.errors import ModelError
from matinee.query.chain import Chain, Span, best
from matinee.query.slot_features import (
    CLASSES,
    OFFSETS,
    UNKNOWN,
    context_features,
    padded,
    tokenise,
    word_features,
    word_key,
)
from matinee.query.span_features import COLUMNS, DESCRIBING, FLOOR, Candidates, candidates
from matinee.query.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

FORMAT: Final = 2
"""Number of the file's format; the features are part of it."""
MODEL = Path(__file__).parent / "models" / "slots.npz"
"""The model that comes with the package."""
THRESHOLD = 0.35
"""The least probability a span is worth: half the F1 reached, as theory has it (Lipton, Elkan and
Narayanaswamy, "Thresholding classifiers to maximize F1 score", 2014); from .3 to .4 it hardly
matters in cross-validation."""
CHAINS = 2
"""One that reads forward, one that reads backward."""

_CACHED_WORDS = 8192
"""Words whose scores are remembered: 500 bytes each, and most queries are made of few words."""
_CURE = "Install the package again, or train the model again"
_SHAPES = {
    "format": 0,
    "tags": 1,
    "keys": 1,
    "weights": 2,
    "scale": 0,
    "transitions": 3,
    "first": 2,
    "last": 2,
    "word_keys": 1,
    "word_classes": 2,
    "tree_roots": 1,
    "tree_columns": 1,
    "tree_bounds": 1,
    "tree_children": 2,
    "tree_values": 1,
    "tree_base": 0,
    "tree_depth": 0,
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the query and what it names.

    Attributes:
        label: Actor, Award, Character_Name, Director, Genre, Opinion, Origin, Plot, Quote,
            Relationship, Soundtrack or Year.
        start: its first character.
        end: the character after its last.
        weight: in (0, 1], the probability of exactly this slot.
    """

    label: str
    start: int
    end: int
    weight: float


class Tagger:
    """Finds the slots of a query. Safe to share between threads.

    Args:
        arrays: the arrays of a model file, see :data:`MODEL`.

    Raises:
        ModelError: they are not those of a tagger.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        _check(arrays)
        tags = [str(tag) for tag in arrays["tags"]]
        self._tags = tags
        self._forward, self._backward = (
            Chain(tags, arrays["transitions"][i], arrays["first"][i], arrays["last"][i])
            for i in range(CHAINS)
        )
        self._trees = Trees(
            arrays["tree_roots"],
            arrays["tree_columns"],
            arrays["tree_bounds"],
            arrays["tree_children"],
            arrays["tree_values"],
            float(arrays["tree_base"]),
            int(arrays["tree_depth"]),
        )
        self._weights = arrays["weights"]
        self._scale = np.float32(arrays["scale"])
        self._rows = {key: row for row, key in enumerate(arrays["keys"].tolist())}
        self._classes = dict(
            zip(arrays["word_keys"].tolist(), arrays["word_classes"].tolist(), strict=True)
        )
        self._word_scores = lru_cache(_CACHED_WORDS)(self._score_word)

    @classmethod
    def load(cls, path: Path = MODEL) -> Tagger:
        """Return the tagger of a model file, the bundled one if none is named.

        Raises:
            ModelError: the file is missing, damaged or not a tagger's.
        """
        try:
            arrays = _read(path.read_bytes())
        except FileNotFoundError as error:
            raise ModelError("There is no slot tagger", where=str(path), cure=_CURE) from error
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ModelError(
                "The slot tagger cannot be read", where=str(path), cure=_CURE
            ) from error
        try:
            return cls(arrays)
        except ModelError as error:
            raise ModelError(error.what, where=str(path), cure=error.cure) from error

    def tag(self, text: str) -> tuple[Slot, ...]:
        """Return the slots of a query, in their order, none overlapping.

        >>> text = "1970s comedy directed by mel brooks"
        >>> [(slot.label, text[slot.start : slot.end]) for slot in Tagger.load().tag(text)]
        [('Year', '1970s'), ('Genre', 'comedy'), ('Director', 'mel brooks')]
        """
        tokens = tokenise(text)
        if not tokens:
            return ()
        spans, rows = self.candidates([token.word for token in tokens])
        judged = [
            Span(span.start, span.end, span.label, weight)
            for span, weight in zip(spans, self._trees.probabilities(rows).tolist(), strict=True)
            if weight > THRESHOLD
        ]
        return tuple(
            Slot(span.label, tokens[span.start].start, tokens[span.end - 1].end, span.weight)
            for span in best(judged, THRESHOLD)
        )

    def candidates(self, words: Sequence[str]) -> Candidates:
        """Return the spans that might be among folded words, and what the trees judge them by."""
        emissions = self._emissions(words)
        size = len(self._tags)
        forward = self._forward.read(emissions[:, :size], FLOOR)
        backward = self._backward.read(emissions[::-1, size:], FLOOR)
        return candidates((forward, backward.mirrored()), self._tags)

    def _emissions(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the score of every tag of both chains at every word, [words, 2 * tags]."""
        around = np.stack([self._word_scores(word) for word in padded(words)])
        scores = self._sum(context_features(words))
        for i in range(len(OFFSETS)):
            scores += around[i : i + len(words), i]
        return scores

    def _score_word(self, word: str) -> npt.NDArray[np.float32]:
        """Return what a word adds to the tags around it, [offsets, 2 * tags]."""
        return self._sum(word_features(word, self._classes.get(word_key(word), UNKNOWN)))

    def _sum(self, features: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        """Return the summed weights of each list of features, [lists, 2 * tags]."""
        find = self._rows.get
        known = [[row for key in keys if (row := find(key)) is not None] for keys in features]
        sums = np.zeros((len(known), self._weights.shape[1]), np.float32)
        counts = np.fromiter(map(len, known), np.int64, len(known))
        filled = np.flatnonzero(counts)
        if len(filled):
            rows = np.fromiter(chain.from_iterable(known), np.int64, int(counts.sum()))
            starts = (np.cumsum(counts) - counts)[filled]
            weights = self._weights[rows].astype(np.float32)
            sums[filled] = np.add.reduceat(weights, starts) * self._scale
        return sums


def _read(content: bytes) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an ``.npz`` file; anything else in it than numbers is refused."""
    # From memory, since numpy leaves a damaged file open.
    with io.BytesIO(content) as stream:
        if not zipfile.is_zipfile(stream):
            raise ValueError("not an archive")
        with np.load(stream, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}


def _check(arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Check that the arrays are there and fit each other.

    Raises:
        ModelError: they do not.
    """
    bad = [
        name for name, axes in _SHAPES.items() if name not in arrays or arrays[name].ndim != axes
    ]
    if bad:
        raise ModelError(f"The slot tagger lacks {', '.join(bad)}", cure=_CURE)
    if arrays["format"] != FORMAT:
        raise ModelError(
            f"The slot tagger has format {arrays['format']}, this version reads {FORMAT}",
            cure=_CURE,
        )
    tags, features = len(arrays["tags"]), len(arrays["keys"])
    words, nodes = len(arrays["word_keys"]), len(arrays["tree_columns"])
    wanted = {
        "weights": (features, CHAINS * tags),
        "transitions": (CHAINS, tags, tags),
        "first": (CHAINS, tags),
        "last": (CHAINS, tags),
        "word_classes": (words, CLASSES),
        "tree_bounds": (nodes,),
        "tree_children": (nodes, 2),
        "tree_values": (nodes,),
    }
    for name, shape in wanted.items():
        if arrays[name].shape != shape:
            raise ModelError(
                f"{name} of the slot tagger has the shape {arrays[name].shape}, not {shape}",
                cure=_CURE,
            )
    numbers = {
        "tree_roots": nodes,
        "tree_columns": COLUMNS,
        "tree_children": nodes,
    }
    for name, limit in numbers.items():
        if ((arrays[name] < 0) | (arrays[name] >= limit)).any():
            raise ModelError(
                f"{name} of the slot tagger has numbers not from 0 to {limit - 1}", cure=_CURE
            )
    lost = {f"B-{label}" for label in DESCRIBING} - set(arrays["tags"].tolist())
    if lost:
        raise ModelError(f"The tags of the slot tagger lack {min(lost)}", cure=_CURE)

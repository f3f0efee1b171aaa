"""Names so short that two edits change a good part of them, found letter by letter.

Trigrams do not find "Cube" by "Ccbe", and a bound on the share of edits that lets such a pair
through lets every longer name through as well. So the short names are scanned instead: an
edit brings at most one new letter and takes at most one away, and that bound, which is a few
operations on one machine word a name, leaves few enough to compare.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from matinee.arrays import load_array
from matinee.errors import LibraryCorruptError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

LONGEST_SHORT = 10
"""Characters; in longer names two edits leave trigrams enough."""
EDITS = 2
"""Further edits make any short name of any other."""
_DTYPES = {"letters": "<u8", "lengths": "|u1", "entries": "<i4"}
_ONE_EDIT = 0.66
_TWO_EDITS = 0.64
_STRAY = 0.05
"""Taken from the score for a stray letter, two at most. See :func:`judge_loosely`.

Where the three lie was chosen on misspelt names of 30,000 titles: high enough that the first ten
come before films that merely resemble a word which means nothing, and far enough apart that these
do not change their order.
"""


@dataclass(frozen=True, slots=True)
class ShortNames:
    """The short ones, s of them, of the names of an index.

    Attributes:
        letters: uint64 [s], bit c % 64 is set where the name has the character of code point c.
        lengths: uint8 [s], in characters.
        entries: int32 [s], which of the names it is.
    """

    letters: npt.NDArray[np.uint64]
    lengths: npt.NDArray[np.uint8]
    entries: npt.NDArray[np.int32]

    @classmethod
    def build(cls, names: Sequence[str]) -> ShortNames:
        """Collect the short ones of normalised names."""
        short = [entry for entry, name in enumerate(names) if len(name) <= LONGEST_SHORT]
        return cls(
            np.array([_letters(names[entry]) for entry in short], np.uint64),
            np.array([len(names[entry]) for entry in short], np.uint8),
            np.array(short, np.int32),
        )

    def near(self, query: str) -> npt.NDArray[np.int64]:
        """Return the entries that may be within two edits of ``query``, among a few others."""
        lengths = self.lengths.astype(np.int64)
        places = np.flatnonzero(np.abs(lengths - len(query)) <= EDITS)
        letters, asked = self.letters[places], np.uint64(_letters(query))
        near = _at_most_two(letters & ~asked) & _at_most_two(~letters & asked)
        return self.entries[places[near]].astype(np.int64)

    def save(self, folder: Path) -> list[Path]:
        """Write the arrays into ``folder`` and return the files written."""
        paths = [folder / f"short-{name}.npy" for name in _DTYPES]
        for name, path in zip(_DTYPES, paths, strict=True):
            np.save(path, getattr(self, name), allow_pickle=False)
        return paths

    @classmethod
    def open(cls, folder: Path) -> ShortNames:
        """Map the arrays of ``folder`` into memory.

        Raises:
            LibraryCorruptError: a file is missing or is not the array it should be.
        """
        letters, lengths, entries = (
            load_array(folder / f"short-{name}.npy", dtype) for name, dtype in _DTYPES.items()
        )
        if not len(letters) == len(lengths) == len(entries):
            raise LibraryCorruptError(
                "The arrays of the short names do not fit each other",
                where=str(folder),
                cure="Build the library again",
            )
        return cls(letters, lengths, entries)


def judge_loosely(query: str, names: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return how well each of the names [m] explains a badly misspelt query; 0 where it does not.

    At most two edits, which leave at least half of the letters; an edit is a letter more, less or
    other, or two that changed places (Damerau's four, each place edited once). One edit comes
    before two. Of two, those that need no stray letter come first: that somebody leaves a letter
    out or swaps two happens in few ways, that they hit just this wrong one in many, so each way is
    rarer (Kernighan, Church and Gale, "A Spelling Correction Program Based on a Noisy Channel
    Model", 1990). The scores lie in [.54, .66], below nearly every plainer
    match.

    >>> judge_loosely("ddio", ["dido", "daddio", "audio", "radium"]).round(3).tolist()
    [0.66, 0.64, 0.59, 0.0]
    """
    edits: npt.NDArray[np.int32] = cdist(
        [query], names, scorer=OSA.distance, score_cutoff=EDITS, dtype=np.int32
    )[0]
    scores = np.zeros(len(names))
    asked = Counter(query)
    for place in np.flatnonzero(edits <= EDITS).tolist():
        name, apart = names[place], int(edits[place])
        if 2 * apart > max(len(query), len(name)):
            continue
        stray = min(EDITS, (asked - Counter(name)).total())
        scores[place] = _ONE_EDIT if apart < EDITS else _TWO_EDITS - _STRAY * stray
    return scores


def _letters(name: str) -> int:
    bits = 0
    for character in name:
        bits |= 1 << (ord(character) % 64)
    return bits


def _at_most_two(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    # Each step clears the lowest bit that is set; numpy counts bits from version 2 only.
    one = np.uint64(1)
    bits = bits & (bits - one)
    none: npt.NDArray[np.bool_] = (bits & (bits - one)) == 0
    return none

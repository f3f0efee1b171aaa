"""Names by their letters, so that those within two edits of a misspelt one are found by a scan.

An edit is a letter more, less or other, or two neighbours that changed places. It brings and takes
one letter at most, and three pairs of neighbouring letters at most (where two change places). Each
name has 64 bits for either; two numbers of a name that differ in more bits than two edits can
change rule it out. Of 34,000 names of people a handful is left to be compared, in a tenth of the
time it would take to compare them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from matinee.arrays import load_array
from matinee.errors import LibraryCorruptError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

EDITS = 2
"""Edits a name is found with; three make many a name of another."""
LONGEST = 40
"""Characters of a name that is looked for misspelt; longer ones are lists of names."""
_PAIRS = 3 * EDITS
_DTYPES = {"entries": "<i4", "starts": "<i8", "letters": "<u8", "pairs": "<u8"}


@dataclass(frozen=True, slots=True)
class Spellings:
    """Those of some names, s of them, that are not too long, in the order of their lengths.

    Attributes:
        entries: int32 [s], which of the names it is.
        starts: int64 [LONGEST + 2]; those of n characters are ``starts[n]:starts[n + 1]``.
        letters: uint64 [s], a bit for each character.
        pairs: uint64 [s], a bit for each pair of neighbouring characters.
    """

    entries: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]
    letters: npt.NDArray[np.uint64]
    pairs: npt.NDArray[np.uint64]

    @classmethod
    def build(cls, names: Sequence[str]) -> Spellings:
        """Collect the letters of folded names; name i is entry i."""
        lengths = np.array([len(name) for name in names], np.int64)
        order = np.argsort(lengths, kind="stable")
        order = order[: np.count_nonzero(lengths <= LONGEST)]
        kept = [names[entry] for entry in order.tolist()]
        return cls(
            entries=order.astype(np.int32),
            starts=np.searchsorted(lengths[order], np.arange(LONGEST + 2)).astype(np.int64),
            letters=np.array([_letters(name) for name in kept], np.uint64),
            pairs=np.array([_pairs(name) for name in kept], np.uint64),
        )

    def near(self, name: str) -> npt.NDArray[np.int32]:
        """Return the entries that may be within two edits of ``name``, among a few others.

        >>> names = ["tom hanks", "tom hardy", "meryl streep"]
        >>> Spellings.build(names).near("tom hnaks").tolist()
        [0]
        """
        low = min(max(0, len(name) - EDITS), LONGEST + 1)
        high = min(len(name) + EDITS + 1, LONGEST + 1)
        places = slice(int(self.starts[low]), int(self.starts[high]))
        entries, pairs = self.entries[places], self.pairs[places]
        asked = np.uint64(_letters(name))
        letters = self.letters[places]
        # One after the other, since each leaves few to the next.
        kept = np.flatnonzero(_at_most(letters & ~asked, EDITS))
        kept = kept[_at_most(~letters[kept] & asked, EDITS)]
        asked = np.uint64(_pairs(name))
        kept = kept[_at_most(pairs[kept] & ~asked, _PAIRS)]
        return entries[kept[_at_most(~pairs[kept] & asked, _PAIRS)]]

    def save(self, folder: Path) -> list[Path]:
        """Write the arrays into ``folder`` and return the files written."""
        paths = [folder / f"spelling-{name}.npy" for name in _DTYPES]
        for name, path in zip(_DTYPES, paths, strict=True):
            np.save(path, getattr(self, name), allow_pickle=False)
        return paths

    @classmethod
    def open(cls, folder: Path) -> Spellings:
        """Map the arrays of ``folder`` into memory.

        Raises:
            LibraryCorruptError: a file is missing or is not the array it should be.
        """
        found = cls(
            **{
                name: load_array(folder / f"spelling-{name}.npy", dtype)
                for name, dtype in _DTYPES.items()
            }
        )
        count = len(found.entries)
        if (
            not len(found.letters) == len(found.pairs) == count
            or len(found.starts) != LONGEST + 2
            or (int(found.starts[0]), int(found.starts[-1])) != (0, count)
        ):
            raise LibraryCorruptError(
                "The arrays of the spellings do not fit each other",
                where=str(folder),
                cure="Build the library again",
            )
        return found


def _letters(name: str) -> int:
    bits = 0
    for character in name:
        bits |= 1 << (ord(character) % 64)
    return bits


def _pairs(name: str) -> int:
    bits = 0
    for first, second in pairwise(name):
        # An odd factor, so that "ab" and "ba" differ and letters spread over all the bits.
        bits |= 1 << ((31 * ord(first) + ord(second)) % 64)
    return bits


def _at_most(bits: npt.NDArray[np.uint64], most: int) -> npt.NDArray[np.bool_]:
    # Each step clears the lowest bit that is set; numpy counts bits from version 2 only.
    one = np.uint64(1)
    for _ in range(most):
        bits = bits & (bits - one)
    none: npt.NDArray[np.bool_] = bits == 0
    return none

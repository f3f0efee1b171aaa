"""A column as its different values: what must be read with care is read once for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


def distinct(column: pa.Array) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """Return the number [n] of each row's value, and the values in order of first appearance.

    >>> codes, values = distinct(pa.array(["b", "a", None, "b"]))
    >>> codes.tolist(), values
    ([0, 1, 2, 0], ['b', 'a', None])
    """
    found = pc.dictionary_encode(column, null_encoding="encode")
    codes = found.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, found.dictionary.to_pylist()


def compact(
    codes: npt.NDArray[np.int64], names: Sequence[str]
) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return positions [n] among the names that occur, and those in order of first appearance.

    Names that are equal become one.

    >>> positions, kept = compact(np.array([2, 0, 3]), ["a", "b", "c", "c"])
    >>> positions.tolist(), kept
    ([0, 1, 0], ['c', 'a'])
    """
    first = np.full(len(names), -1, np.int64)
    # Written from the last row to the first, so that the first stays.
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    seen = np.flatnonzero(first >= 0)
    kept: dict[str, int] = {}
    place = np.full(len(names), -1, np.int64)
    for code in seen[np.argsort(first[seen])].tolist():
        place[code] = kept.setdefault(names[code], len(kept))
    return place[codes], list(kept)

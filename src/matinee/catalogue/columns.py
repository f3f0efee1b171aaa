"""The facts of a catalogue by column, for filtering and counting many titles at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matinee.catalogue.certification import certificate_age

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.catalogue.table import TitleTable
    from matinee.types import Rows

ChoiceColumn: TypeAlias = Literal[
    "genres",
    "languages",
    "countries",
    "kind",
    "certification",
    "first_language",
    "first_country",
]
NumberColumn: TypeAlias = Literal["year", "runtime", "vote_count", "vote_average", "age"]


_SOURCE = {"first_language": "languages", "first_country": "countries"}
"""Columns that hold the first entry of a list."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of names, each written as a number.

    Attributes:
        names: the different values.
        codes: int32 [p], which value.
        rows: int64 [p], ascending, the title that has it; a title may have several or none.
    """

    names: tuple[str, ...]
    codes: npt.NDArray[np.int32]
    rows: Rows


_MASKS = 64
"""Masks kept, of a byte a title each."""


class Columns:
    """Columns of a catalogue of n titles, read when first asked for."""

    def __init__(self, titles: TitleTable) -> None:
        self._titles = titles
        self._coded: dict[str, Coded] = {}
        self._numbers: dict[str, npt.NDArray[np.float64]] = {}
        self._unknown: dict[str, float] = {}
        self._lock = Lock()
        # Genres and languages are asked for again and again.
        self._having = lru_cache(_MASKS)(self._read_having)

    def __len__(self) -> int:
        return len(self._titles)

    def coded(self, column: ChoiceColumn) -> Coded:
        """Return a column of names."""
        with self._lock:
            if column not in self._coded:
                self._coded[column] = self._encode(column)
            return self._coded[column]

    def numbers(self, column: NumberColumn) -> npt.NDArray[np.float64]:
        """Return a column of numbers, float64 [n], NaN where unknown."""
        with self._lock:
            if column not in self._numbers:
                values = self._ages if column == "age" else self._titles.numbers(column)
                self._numbers[column] = values
            return self._numbers[column]

    def having(self, column: ChoiceColumn, names: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        """Return which titles, bool [n], have one of the names, case aside; not to be changed."""
        return self._having(column, names)

    def _read_having(self, column: ChoiceColumn, names: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        coded = self.coded(column)
        wanted = {name.casefold() for name in names}
        codes = [i for i, name in enumerate(coded.names) if name.casefold() in wanted]
        mask = np.zeros(len(self), np.bool_)
        mask[coded.rows[np.isin(coded.codes, codes)]] = True
        mask.flags.writeable = False
        return mask

    def between(
        self, column: NumberColumn, low: float | None, high: float | None
    ) -> npt.NDArray[np.bool_]:
        """Return which titles, bool [n], have a known number within the bounds, both included."""
        values = self.numbers(column)
        # A comparison with NaN is false: what is unknown lies within no bounds.
        mask = np.isfinite(values)
        if low is not None:
            mask &= values >= low
        if high is not None:
            mask &= values <= high
        return mask

    def unknown(self, column: str) -> float:
        """Return the share of titles whose cell in a column of the catalogue is null or empty."""
        if column not in self._unknown:
            self._unknown[column] = self._count_unknown(column)
        return self._unknown[column]

    def _count_unknown(self, column: str) -> float:
        cells = self._titles.table.column(column)
        if pa.types.is_list(cells.type):
            empty = int(pc.sum(pc.equal(pc.list_value_length(cells), 0)).as_py() or 0)
        else:
            empty = cells.null_count
        return float(empty) / max(1, len(self))

    def count(self, column: ChoiceColumn, rows: Rows) -> dict[str, int]:
        """Return how many of the rows [m] have each name, the most frequent first.

        >>> from matinee.catalogue.schema import to_table
        >>> from matinee.catalogue.table import TitleTable
        >>> from matinee.catalogue.title import Title
        >>> films = [Title(id="a:1", title="x", genres=("Drama", "War")),
        ...     Title(id="a:2", title="y", genres=("Drama",))]
        >>> Columns(TitleTable(to_table(films))).count("genres", np.array([0, 1]))
        {'Drama': 2, 'War': 1}
        """
        coded = self.coded(column)
        wanted = np.zeros(len(self), np.bool_)
        wanted[rows] = True
        totals = np.bincount(coded.codes[wanted[coded.rows]], minlength=len(coded.names))
        order = sorted(np.flatnonzero(totals).tolist(), key=lambda i: (-totals[i], coded.names[i]))
        return {coded.names[i]: int(totals[i]) for i in order}

    @cached_property
    def _ages(self) -> npt.NDArray[np.float64]:
        coded = self._coded.get("certification") or self._encode("certification")
        ages = [certificate_age(name) for name in coded.names]
        values = np.full(len(self), np.nan)
        known = np.array([np.nan if age is None else age for age in ages], np.float64)
        values[coded.rows] = known[coded.codes] if len(known) else np.nan
        return values

    def _encode(self, column: ChoiceColumn) -> Coded:
        cells = self._titles.table.column(_SOURCE.get(column, column)).combine_chunks()
        if pa.types.is_list(cells.type):
            rows, flat = pc.list_parent_indices(cells).to_numpy(), cells.flatten()
            if column in _SOURCE:
                rows, first = np.unique(rows, return_index=True)
                flat = flat.take(first)
        else:
            rows = np.flatnonzero(cells.is_valid().to_numpy(zero_copy_only=False))
            flat = cells.drop_null()
        encoded = flat.dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.combine_chunks()
        return Coded(
            tuple(encoded.dictionary.to_pylist()),
            encoded.indices.to_numpy().astype(np.int32),
            np.asarray(rows, np.int64),
        )

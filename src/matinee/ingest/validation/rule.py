"""A rule over the rows of a catalogue, and the rows it looks at."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy.typing as npt

    from matinee.types import Rows

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Hit:
    """Rows of a part that break a rule in one column.

    Attributes:
        column: where, empty where the row as a whole is meant.
        rows: int64 [m], row numbers within the part; a row may stand there several times.
        values: what stands there, value i for row i; None where nothing does.
    """

    column: str
    rows: Rows
    values: pa.Array | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing a catalogue must or should hold.

    Attributes:
        name: short, of hyphenated words; programs go by it.
        severity: ``error`` where a table that breaks it is not what docs/datamodel.md says,
            ``warning`` where the data are likely at fault.
        demand: what it asks for, in one sentence.
        cure: what to do about a row that breaks it.
        find: yields the rows of a part that break it.
        least: rows there must be in all before anything is said.
    """

    name: str
    severity: Severity
    demand: str
    cure: str
    find: Callable[[Part], Iterable[Hit]]
    least: int = 1


class Entries:
    """What stands in a column, each different value once.

    Attributes:
        values: the values, without nulls; where they hardly repeat, repeats are left in.
        codes: int64 [m], which of them.
        rows: int64 [m], ascending, where it stands.
    """

    def __init__(self, values: pa.Array, codes: Rows, rows: Rows) -> None:
        self.values, self.codes, self.rows = values, codes, rows

    @cached_property
    def strange(self) -> Rows:
        """Texts with anything but ASCII, by number; only these can be misread or decomposed."""
        plain = pc.string_is_ascii(self.values).to_numpy(zero_copy_only=False)
        return np.flatnonzero(~plain)

    @cached_property
    def marked(self) -> Rows:
        """Texts with a sign HTML begins with, by number."""
        octets, ends = self._octets
        return self._at(np.flatnonzero((octets == ord("<")) | (octets == ord("&"))), ends)

    @cached_property
    def untidy(self) -> Rows:
        """Texts that may be untidy: with controls, two blanks, one at an end, or not ASCII."""
        octets, ends = self._octets
        blank = octets == ord(" ")
        double = np.flatnonzero(blank[1:] & blank[:-1])
        control = np.flatnonzero((octets < ord(" ")) | (octets == 127))
        starts = np.concatenate(([0], ends[:-1]))
        filled = np.flatnonzero(ends > starts)
        edge = blank[starts[filled]] | blank[ends[filled] - 1]
        found = (self._at(double, ends), self._at(control, ends), filled[edge], self.strange)
        return np.unique(np.concatenate(found))

    @property
    def _octets(self) -> tuple[npt.NDArray[np.uint8], Rows]:
        """The bytes of all texts on end, uint8 [b], and where each text ends, int64 [v].

        A scan over bytes takes a twentieth of what an expression takes over texts.
        """
        values = self.values
        _, offsets, data = values.buffers()
        if data is None:
            return np.empty(0, np.uint8), np.zeros(len(values), np.int64)
        size = len(values) + 1
        bounds = np.frombuffer(offsets, np.int32)[values.offset : values.offset + size]
        octets = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]
        return octets, (bounds[1:] - bounds[0]).astype(np.int64)

    @staticmethod
    def _at(places: Rows, ends: Rows) -> Rows:
        return np.unique(np.searchsorted(ends, places, side="right"))


_LONG = frozenset(("overview", "tagline", "id", "title", "release_date"))
"""Columns whose values hardly repeat: to gather equal ones would cost more than it saves."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a catalogue, n of them, and what all rules ask of their columns.

    Attributes:
        table: a table of :data:`matinee.catalogue.schema.SCHEMA`, without chunks.
        this_year: the year it is.
    """

    table: pa.Table
    this_year: int
    _entries: dict[str, Entries] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> pa.Array:
        """Return a column in one piece."""
        found = self.table.column(name).combine_chunks()
        if isinstance(found, pa.ChunkedArray):  # of a table without rows
            return pa.array([], found.type)
        return found

    def entries(self, name: str) -> Entries:
        """Return what stands in a column, of lists what stands in them."""
        if name not in self._entries:
            self._entries[name] = self._read(name)
        return self._entries[name]

    def _read(self, name: str) -> Entries:
        column = self.column(name)
        if pa.types.is_list(column.type):
            rows, flat = pc.list_parent_indices(column).to_numpy(), pc.list_flatten(column)
        else:
            rows = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
            flat = column.drop_null()
        if flat.null_count:
            there = flat.is_valid().to_numpy(zero_copy_only=False)
            rows, flat = rows[there], flat.drop_null()
        if name in _LONG or not pa.types.is_string(flat.type):
            return Entries(flat, np.arange(len(flat)), np.asarray(rows, np.int64))
        coded = flat.dictionary_encode()
        codes = coded.indices.to_numpy().astype(np.int64)
        return Entries(coded.dictionary, codes, np.asarray(rows, np.int64))

    def where(
        self,
        names: Iterable[str],
        test: Callable[[pa.Array], pa.Array],
        among: Callable[[Entries], Rows] | None = None,
    ) -> Iterator[Hit]:
        """Yield the rows whose value in one of the columns passes ``test``, values to booleans.

        ``among`` tells which of the values need be tested, by number, ascending.
        """
        for name in names:
            entries = self.entries(name)
            values, tested = entries.values, None
            if among is not None:
                tested = among(entries)
                values = values.take(pa.array(tested))
            if not len(values):
                continue
            passed = pc.fill_null(test(values), False).to_numpy(zero_copy_only=False)
            if not passed.any():
                continue
            if tested is not None:
                whole = np.zeros(len(entries.values), np.bool_)
                whole[tested[passed]] = True
                passed = whole
            found = np.flatnonzero(passed[entries.codes])
            yield Hit(
                name, entries.rows[found], entries.values.take(pa.array(entries.codes[found]))
            )

    def hits(
        self, name: str, broken: npt.NDArray[np.bool_], *, shown: bool = True
    ) -> Iterator[Hit]:
        """Yield the rows marked in ``broken``, bool [n], with what stands in a column there."""
        if broken.any():
            rows = np.flatnonzero(broken)
            values = self.column(name).take(pa.array(rows)) if shown else None
            yield Hit(name, rows, values)


def missing(name: str) -> Callable[[Part], Iterator[Hit]]:
    """Return what finds the rows whose column is null or an empty list."""

    def find(part: Part) -> Iterator[Hit]:
        column = part.column(name)
        if pa.types.is_list(column.type):
            there = pc.fill_null(pc.greater(pc.list_value_length(column), 0), False)
        else:
            there = column.is_valid()
        yield from part.hits(name, ~there.to_numpy(zero_copy_only=False), shown=False)

    return find


def matching(
    names: Iterable[str], pattern: str, among: Callable[[Entries], Rows] | None = None
) -> Callable[[Part], Iterator[Hit]]:
    """Return what finds the rows in whose columns a pattern (RE2) occurs."""
    listed = tuple(names)

    def find(part: Part) -> Iterator[Hit]:
        return part.where(listed, lambda values: pc.match_substring_regex(values, pattern), among)

    return find


def outside(name: str, low: float, high: float) -> Callable[[Part], Iterator[Hit]]:
    """Return what finds the rows whose number is below, above or none (NaN)."""

    def bad(values: pa.Array) -> pa.Array:
        # Asked this way round, for NaN is neither below nor above.
        return pc.invert(pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high)))

    return lambda part: part.where((name,), bad)


class Seen:
    """Which keys were met before; eight bytes each.

    Sorted runs, each at least twice as long as the next, so that a million keys that come in small
    parts are sorted some twenty times over and not once a part.
    """

    def __init__(self) -> None:
        self._runs: list[Rows] = []

    def again(self, keys: Rows) -> npt.NDArray[np.bool_]:
        """Return which of the keys, int64 [m], were given before, or stand before in ``keys``."""
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        met = np.zeros(len(keys), np.bool_)
        met[order[1:]] = ordered[1:] == ordered[:-1]
        for run in self._runs:
            place = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            met |= run[place] == keys
        new = np.sort(keys[~met])
        while len(self._runs) and len(new) * 2 > len(self._runs[-1]):
            new = np.sort(np.concatenate((self._runs.pop(), new)), kind="stable")
        if len(new):
            self._runs.append(new)
        return met


def keys_of(values: list[object]) -> Rows:
    """Return a number for each value, int64 [m], the same for equal ones within this process."""
    return np.fromiter(map(hash, values), np.int64, count=len(values))

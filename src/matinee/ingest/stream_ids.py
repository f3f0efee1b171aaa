"""Ids for rows that come without one, the same whatever the size of the catalogue."""

from __future__ import annotations

from ctypes import c_float
from hashlib import blake2b
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matinee.catalogue.identity import local_id, tell_apart
from matinee.catalogue.schema import SCHEMA, from_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from matinee.catalogue.title import Title
    from matinee.ingest.spill import Spill

    Numbers = npt.NDArray[np.int64]

TOGETHER = 16_384
"""Rows merged at a time, give or take the last group: some 60 MB as Python objects. Each such lot
is looked for in the whole spill, so that fewer rows at a time would be slower."""
_DIGEST = 16
"""Bytes; two rows of the same digest are taken to be alike, so it must not be met by chance."""
_FLOATS = tuple(f.name for f in SCHEMA if pa.types.is_floating(f.type))
_APART = ("id", "ids", "sources", *_FLOATS)
_facts = attrgetter(*(name for name in SCHEMA.names if name not in _APART))


def facts(title: Title) -> bytes:
    """Return a digest of all that a title says but its ids and sources, as it will be stored."""
    floats = [None if (v := getattr(title, f)) is None else c_float(v).value for f in _FLOATS]
    return blake2b(repr((_facts(title), floats)).encode(), digest_size=_DIGEST).digest()


class MadeUp:
    """The rows of a stream that have no id, and the ids they are given.

    Rows alike in every fact get the same id, and that of a row in the namespace if one is alike.

    Args:
        namespace: of the ids that are made up.
    """

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._rows: list[int] = []
        self._numbers: Numbers = np.zeros(0, np.int64)
        self._digests: list[bytes] = []
        self._ids = pa.array([], pa.string())
        self._given: Numbers = np.zeros(0, np.int64)

    def add(self, nameless: Sequence[tuple[int, bytes]], start: int) -> None:
        """Note which rows of a batch have no id; its first is the ``start``-th of all rows."""
        for i, digest in nameless:
            self._rows.append(start + i)
            self._digests.append(digest)

    def settle(self, rows: Spill, kept: npt.NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
        """Make up the ids; return the hash of each and the number of the row that got it.

        Args:
            rows: all rows, with the columns of :data:`SCHEMA`.
            kept: bool [n], false for rows that were set aside.
        """
        self._numbers, self._rows = np.array(self._rows, np.int64), []
        if not len(self._numbers):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        # The place of each digest among those that differ, these by first appearance.
        places: dict[bytes, int] = {}
        self._given = np.fromiter(
            (places.setdefault(digest, len(places)) for digest in self._digests), np.int64
        )
        self._digests = []
        used, ids = self._taken(rows, kept, places)
        _, first = np.unique(self._given, return_index=True)
        numbers = self._numbers[first]
        bases: dict[str, list[int]] = {}
        for place, (title, year) in enumerate(_names(rows, numbers)):
            if ids[place] is None:
                base = local_id(title, year, namespace=self._namespace)
                bases.setdefault(base, []).append(place)
        for base, places_of in bases.items():
            ids[places_of[0]] = base
        crowded = {b: at for b, at in bases.items() if len(at) > 1 or b in used}
        for lot in _lots(crowded):
            titles = _titles(rows, numbers, [place for base in lot for place in crowded[base]])
            for base in lot:
                among = [titles[place] for place in crowded[base]]
                told = tell_apart(base, among, taken=base in used)
                for place, own in zip(crowded[base], told, strict=True):
                    ids[place] = own
        self._ids = pa.array(ids, pa.string())
        hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
        return hashes[self._given], self._numbers

    def of(self, numbers: Numbers) -> list[str | None]:
        """Return the ids made up for rows, None for each that has its own."""
        if not len(self._numbers):
            return [None] * len(numbers)
        places = np.minimum(np.searchsorted(self._numbers, numbers), len(self._numbers) - 1)
        own = self._numbers[places] != numbers
        found: list[str | None] = self._ids.take(
            pa.array(self._given[places], mask=own)
        ).to_pylist()
        return found

    def named(self, batch: pa.RecordBatch, start: int) -> pa.RecordBatch:
        """Return a batch of rows with the ids made up; its first is the ``start``-th of all."""
        low, high = np.searchsorted(self._numbers, [start, start + batch.num_rows]).tolist()
        if low == high:
            return batch
        at = np.full(batch.num_rows, -1, np.int64)
        at[self._numbers[low:high] - start] = self._given[low:high]
        made_up = self._ids.take(pa.array(at, mask=at < 0))
        lists = pa.ListArray.from_arrays(
            pa.array(np.arange(len(at) + 1), pa.int32()), made_up.fill_null("")
        )
        mask = pa.array(at >= 0)
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        columns["id"] = pc.if_else(mask, made_up, columns["id"])
        kind = columns["ids"].type
        columns["ids"] = pc.if_else(mask, lists.cast(kind), columns["ids"])
        return pa.RecordBatch.from_arrays(list(columns.values()), schema=batch.schema)

    def _taken(
        self, rows: Spill, kept: npt.NDArray[np.bool_], places: dict[bytes, int]
    ) -> tuple[set[str], list[str | None]]:
        """Return the ids of the namespace that rows have, and those of rows alike, by place."""
        start_of = f"{self._namespace}:"
        used: set[str] = set()
        alike: list[str | None] = [None] * len(places)
        for start, batch in rows.batches(SCHEMA.names):
            here = batch.filter(pa.array(kept[start : start + batch.num_rows]))
            ids = here["ids"].flatten()
            used.update(ids.filter(pc.starts_with(ids, start_of)).to_pylist())
            # "local:..." as first id: the row has no id that is shared more widely.
            own = here.filter(pc.starts_with(here["id"], start_of))
            for row in own.to_pylist():
                place = places.get(facts(from_row(row)))
                if place is not None:
                    alike[place] = row["id"]
        return used, alike


def _names(rows: Spill, numbers: Numbers) -> Iterator[tuple[str, int | None]]:
    """Yield title and year of the rows of these numbers, which ascend."""
    low = 0
    for start, batch in rows.batches(("title", "year")):
        high = int(np.searchsorted(numbers, start + batch.num_rows))
        if low < high:
            found = batch.take(pa.array(numbers[low:high] - start))
            yield from zip(found["title"].to_pylist(), found["year"].to_pylist(), strict=True)
        low = high


def _lots(crowded: Mapping[str, Sequence[int]]) -> Iterator[list[str]]:
    """Yield the bases, so many at a time that their titles fit well into memory."""
    lot: list[str] = []
    rows = 0
    for base, places in crowded.items():
        lot.append(base)
        rows += len(places)
        if rows >= TOGETHER:
            yield lot
            lot, rows = [], 0
    if lot:
        yield lot


def _titles(rows: Spill, numbers: Numbers, places: Sequence[int]) -> dict[int, Title]:
    """Return the titles of the rows at some places of ``numbers``, which ascend."""
    order = sorted(places)
    found = rows.take(numbers[order]).select(SCHEMA.names).to_pylist()
    return dict(zip(order, map(from_row, found), strict=True))

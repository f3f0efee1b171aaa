"""Titles of any number of rows in bounded memory: what is read goes to a spill, ids decide.

In memory are a hash for every id, and where ids are made up the ids; the rows themselves only while
they are read, merged or written. See docs/decisions/0029-streamed-reading.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matinee.catalogue.schema import SCHEMA, from_row, to_table
from matinee.ingest.merge import Row, clashes, components, merge, private_ids
from matinee.ingest.spill import Spill
from matinee.ingest.stream_ids import TOGETHER, MadeUp, facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    import numpy.typing as npt

    from matinee.catalogue.title import Title
    from matinee.ingest.merge import Warned
    from matinee.types import Reject

    Numbers = npt.NDArray[np.int64]

BATCH = 4_096
"""Rows turned into Arrow at a time: some 15 MB as Python objects, 3 MB as Arrow."""
PACKED = pa.schema([*SCHEMA, pa.field("_line", pa.int64())])
"""Titles and the lines of their rows."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Titles as Arrow.

    Attributes:
        rows: a batch of :data:`PACKED`.
        nameless: place and :func:`matinee.ingest.stream_ids.facts` of titles without an id.
    """

    rows: pa.RecordBatch
    nameless: list[tuple[int, bytes]]


def pack(titles: Sequence[Title], lines: Sequence[int]) -> Packed:
    """Return titles and the lines of their rows as Arrow."""
    columns = to_table(titles).combine_chunks().columns
    arrays = [
        column.chunk(0) if column.num_chunks else pa.array([], column.type) for column in columns
    ]
    rows = pa.RecordBatch.from_arrays([*arrays, pa.array(lines, pa.int64())], schema=PACKED)
    return Packed(rows, [(i, facts(t)) for i, t in enumerate(titles) if not t.ids])


class Stream:
    """Rows on their way to titles: added one by one, merged once, given out in batches.

    Args:
        namespace: of the ids made up for rows that have none.
        folder: for temporary files; None keeps the rows in memory, as Arrow.
    """

    def __init__(self, namespace: str, folder: Path | None = None) -> None:
        self._rows = Spill(
            pa.schema([*PACKED, pa.field("_file", pa.int32())]),
            None if folder is None else folder / "rows.arrow",
        )
        self._merged = Spill(SCHEMA, None if folder is None else folder / "merged.arrow")
        self._files: list[str] = []
        self._waiting: list[Title] = []
        self._lines: list[int] = []
        self._path = ""
        self._made_up = MadeUp(namespace)
        self._hashes: list[Numbers] = []
        self._holders: list[Numbers] = []
        self._private: list[npt.NDArray[np.bool_]] = []
        self._alone = np.zeros(0, np.bool_)
        self._firsts = np.zeros(0, np.int64)

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._rows.__exit__(kind, error, trace)
        self._merged.__exit__(kind, error, trace)

    def __len__(self) -> int:
        """Return the number of titles, once they are merged."""
        return int(self._alone.sum()) + len(self._firsts)

    def add(self, title: Title, path: str, line: int) -> None:
        """Add the title of a row."""
        if path != self._path:
            self._flush()
            self._path = path
        self._waiting.append(title)
        self._lines.append(line)
        if len(self._waiting) == BATCH:
            self._flush()

    def _flush(self) -> None:
        titles, lines = self._waiting, self._lines
        self._waiting, self._lines = [], []
        if titles:
            self.add_packed(pack(titles, lines), self._path)

    def add_packed(self, packed: Packed, path: str) -> None:
        """Add titles of rows of one file that are Arrow already."""
        self._flush()
        batch, start = packed.rows, len(self._rows)
        if not batch.num_rows:
            return
        if not self._files or self._files[-1] != path:
            self._files.append(path)
        files = pa.array(np.full(batch.num_rows, len(self._files) - 1, np.int32))
        self._rows.add(
            pa.RecordBatch.from_arrays([*batch.columns, files], schema=self._rows.schema)
        )
        lists = batch.column("ids")
        counts = np.diff(lists.offsets.to_numpy())
        ids = lists.flatten().to_pylist()
        own = set(private_ids(ids))
        self._hashes.append(np.fromiter(map(hash, ids), np.int64, len(ids)))
        self._holders.append(np.repeat(np.arange(start, start + batch.num_rows), counts))
        self._private.append(np.fromiter((known in own for known in ids), np.bool_, len(ids)))
        self._made_up.add(packed.nameless, start)

    def merge(self) -> tuple[list[Reject], list[str]]:
        """Merge the rows that share ids; return rows that cannot be part of a title, and warnings.

        No row may be added afterwards.
        """
        self._flush()
        hashes, holders = _joined(self._hashes), _joined(self._holders)
        private = np.concatenate([np.zeros(0, np.bool_), *self._private])
        self._hashes, self._holders, self._private = [], [], []

        rejected: list[tuple[int, Reject]] = []
        for rows in self._linked(hashes[private], holders[private]):
            rejected += clashes(rows)
        kept = np.ones(len(self._rows), np.bool_)
        kept[[number for number, _ in rejected]] = False
        given, owners = self._made_up.settle(self._rows, kept)
        hashes = np.concatenate([hashes[kept[holders]], given])
        holders = np.concatenate([holders[kept[holders]], owners])

        homeless: list[tuple[int, Reject]] = []
        warned: list[Warned] = []
        firsts: list[int] = []
        alone = kept.copy()
        for rows in self._linked(hashes, holders):
            merged = merge(rows)
            alone[[row.number for row in rows]] = False
            homeless += merged.rejects
            warned += merged.warnings
            if merged.titles:
                firsts += [first for first, _ in merged.titles]
                (batch,) = to_table(t for _, t in merged.titles).combine_chunks().to_batches()
                self._merged.add(batch)
        self._alone, self._firsts = alone, np.array(firsts, np.int64)
        rejects = sorted(rejected, key=_number) + sorted(homeless, key=_number)
        texts = [w.text for w in sorted(warned, key=lambda w: w.place)]
        return [reject for _, reject in rejects], texts

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the titles as batches of :data:`SCHEMA`, in order of first appearance."""
        order = np.argsort(self._firsts, kind="stable")
        firsts = self._firsts[order]
        for start, batch in self._rows.batches(SCHEMA.names):
            end = start + batch.num_rows
            chosen = np.flatnonzero(self._alone[start:end])
            found = self._made_up.named(batch, start).filter(pa.array(self._alone[start:end]))
            found = pa.RecordBatch.from_arrays(found.columns, schema=SCHEMA)
            low, high = np.searchsorted(firsts, [start, end]).tolist()
            if low < high:
                # Nearly all lie one after the other, as lots are merged in order.
                lie = order[low:high]
                merged = self._merged.take(np.sort(lie)).take(pa.array(np.argsort(np.argsort(lie))))
                both = pa.concat_tables([pa.Table.from_batches([found]), merged])
                places = np.concatenate([chosen + start, firsts[low:high]])
                both = both.take(pa.array(np.argsort(places, kind="stable")))
                (found,) = both.combine_chunks().to_batches()
            if found.num_rows:
                yield found

    def _linked(self, hashes: Numbers, holders: Numbers) -> Iterator[list[Row]]:
        """Yield lots of rows, in order: of each, whoever shares an id with it is in the same lot.

        Two ids with one hash may bring rows together that share none. They are read and found to
        be strangers.
        """
        order = np.argsort(hashes, kind="stable")
        same = hashes[order][1:] == hashes[order][:-1]
        shared = np.zeros(len(order), np.bool_)
        shared[1:] |= same
        shared[:-1] |= same
        picked = order[shared]
        picked = picked[np.argsort(holders[picked], kind="stable")]
        numbers, starts = np.unique(holders[picked], return_index=True)
        sets = np.split(hashes[picked], starts[1:]) if len(numbers) else []
        lot: list[int] = []
        for component in components(part.tolist() for part in sets):
            lot += component
            if len(lot) >= TOGETHER:
                yield self._taken(np.sort(numbers[lot]))
                lot = []
        if lot:
            yield self._taken(np.sort(numbers[lot]))

    def _taken(self, numbers: Numbers) -> list[Row]:
        rows = self._rows.take(numbers).to_pylist()
        found = []
        for row, number, own in zip(rows, numbers.tolist(), self._made_up.of(numbers), strict=True):
            if own is not None:
                row["id"], row["ids"] = own, [own]
            found.append(Row(from_row(row), self._files[row["_file"]], row["_line"], number))
        return found


def _joined(parts: Sequence[Numbers]) -> Numbers:
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _number(numbered: tuple[int, Reject]) -> int:
    return numbered[0]

"""Rows that may be too many for memory: Arrow batches, in memory or in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    import numpy.typing as npt


class Spill:
    """Batches of one schema, written in order, then read in any.

    A file is read batch by batch, not mapped: mapped pages count as memory of the process.

    Args:
        schema: of the batches.
        path: the file to write; None keeps the batches in memory.
    """

    def __init__(self, schema: pa.Schema, path: Path | None = None) -> None:
        self.schema = schema
        self._path = path
        self._writer = None if path is None else pa.ipc.new_file(path, schema)
        self._file: pa.OSFile | None = None
        self._reader: pa.RecordBatchFileReader | None = None
        self._batches: list[pa.RecordBatch] = []
        self._starts = [0]
        self._held: tuple[int, pa.RecordBatch] | None = None

    def __enter__(self) -> Spill:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for stream in (self._writer, self._file):
            if stream is not None:
                stream.close()
        self._batches.clear()
        self._held = None

    def __len__(self) -> int:
        return self._starts[-1]

    def add(self, batch: pa.RecordBatch) -> None:
        """Append a batch; none may be added once one was read."""
        self._starts.append(self._starts[-1] + batch.num_rows)
        if self._writer is None:
            self._batches.append(batch)
        else:
            self._writer.write_batch(batch)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Yield (number of its first row, batch) in order, of some columns only if asked."""
        for i, start in enumerate(self._starts[:-1]):
            batch = self._read(i)
            yield start, batch if columns is None else batch.select(list(columns))

    def take(self, rows: npt.NDArray[np.int64]) -> pa.Table:
        """Return the rows of these numbers, which must ascend."""
        of = np.searchsorted(self._starts, rows, side="right") - 1
        found = []
        for i in np.unique(of).tolist():
            batch = self._read(i)
            found.append(batch.take(pa.array(rows[of == i] - self._starts[i])))
        return pa.Table.from_batches(found, schema=self.schema)

    def _read(self, i: int) -> pa.RecordBatch:
        if self._path is None:
            return self._batches[i]
        if self._reader is None:
            self._reader = self._turn(self._path)
        # Reading goes forward: what was asked for last is often asked for next.
        if self._held is None or self._held[0] != i:
            self._held = None
            self._held = (i, self._reader.get_batch(i))
        return self._held[1]

    def _turn(self, path: Path) -> pa.RecordBatchFileReader:
        """Finish the file and open it for reading."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._file = pa.OSFile(str(path))
        return pa.ipc.open_file(self._file)

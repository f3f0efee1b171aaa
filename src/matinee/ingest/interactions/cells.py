"""Cells of a file by column, as they stand there, with the line each row came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matinee.errors import SourceError
from matinee.ingest.interactions.columns import wanted
from matinee.ingest.interactions.objects import object_cells
from matinee.ingest.interactions.tables import dat_cells, table_cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from matinee.ingest.source import Sample
    from matinee.types import Reject


@dataclass(frozen=True, slots=True)
class Cells:
    """What a file holds.

    Attributes:
        columns: the columns that may hold a field, by name, each of n cells.
        lines: int64 [n], 1-based line or record of each row.
        rejects: rows that have not the form of the others.
    """

    columns: Mapping[str, pa.Array]
    lines: npt.NDArray[np.int64]
    rejects: list[Reject]


def read_cells(sample: Sample, mapping: Mapping[str, str]) -> Cells:
    """Return the cells of the columns that may hold a field.

    Raises:
        SourceError: the file cannot be read, or is in no known form.
    """
    if sample.fault is not None:
        raise sample.fault
    if sample.form == "parquet":
        return _parquet_cells(sample, mapping)
    if sample.form == "jsonl":
        return Cells(*object_cells(sample, lambda name: wanted(name, mapping)))
    if sample.form == "dat":
        return Cells(*dat_cells(sample))
    if sample.form == "table":
        return Cells(*table_cells(sample, lambda name: wanted(name, mapping)))
    raise SourceError(
        "the file is not a table of interactions",
        where=str(sample.path),
        cure="Give CSV with a header, RecBole's .inter, MovieLens' .dat, Parquet or JSON lines",
    )


def _parquet_cells(sample: Sample, mapping: Mapping[str, str]) -> Cells:
    names = list(dict.fromkeys(name for name in sample.columns if wanted(name, mapping)))
    try:
        with pq.ParquetFile(sample.path) as file:
            table = file.read(columns=names)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            "the Parquet file is damaged or cut short",
            where=f"{sample.path}: {str(error).splitlines()[0][:200]}",
            cure="Download or write it again",
        ) from error
    columns = {name: _plain(sample, name, table.column(name)) for name in table.column_names}
    return Cells(columns, np.arange(1, table.num_rows + 1, dtype=np.int64), [])


def _plain(sample: Sample, name: str, column: pa.ChunkedArray) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    elif pa.types.is_nested(kind):
        raise SourceError(
            f"a cell of the column {name!r} holds several values",
            where=str(sample.path),
            cure="Write one value a cell",
        )
    return column.combine_chunks()

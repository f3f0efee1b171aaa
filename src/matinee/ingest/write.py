"""Writing a catalogue: Parquet, a sample, its profile, what is wrong with it, what was left out."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from matinee.catalogue.schema import SCHEMA
from matinee.ingest.profile import Profile
from matinee.ingest.validation import Validator
from matinee.ingest.write_years import BY_YEAR, PART, Years

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from matinee.ingest.report import Catalogue, IngestReport
    from matinee.types import Reject

CATALOGUE = "catalogue.parquet"
SAMPLE = "sample.parquet"
PROFILE = "profile.json"
VALIDATION = "validation.json"
REJECTS = "rejects.jsonl"
SAMPLE_ROWS = 200
"""Enough to look at and to run a test on, small enough to send by mail."""
GROUP_ROWS = 32_768
"""Rows of a group of the Parquet file, which is what a writer and a reader hold in memory: some
30 MB. Larger groups make the file no smaller by more than a hundredth."""


def write_catalogue(folder: Path, catalogue: Catalogue, *, partitioned: bool = False) -> list[Path]:
    """Write a catalogue into ``folder`` and return the files written.

    The same catalogue gives the same bytes, with the same release of pyarrow. What an earlier
    catalogue left in the folder under these names is replaced or removed.

    Args:
        folder: made if it is not there.
        catalogue: what to write.
        partitioned: write ``catalogue_by_year/year=1999/`` as well, for engines that read by part.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for stale in (folder / REJECTS, *folder.glob(f"{BY_YEAR}/year=*/{PART}")):
        stale.unlink(missing_ok=True)
    batches = catalogue.table.to_batches(max_chunksize=GROUP_ROWS)
    files = write_titles(folder, batches, catalogue.report, partitioned=partitioned)
    if catalogue.rejects:
        files.insert(4, folder / REJECTS)
        with files[4].open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(map(reject_line, catalogue.rejects))
    return files


def write_titles(
    folder: Path,
    batches: Iterable[pa.RecordBatch],
    report: IngestReport,
    *,
    partitioned: bool = False,
) -> list[Path]:
    """Write titles that come in batches, and what is to be told of them; return the files.

    The size of the batches makes no difference to the files.
    """
    told, checked = Profile(), Validator()
    keys: list[pa.Table] = []
    years = Years(folder / BY_YEAR) if partitioned else None
    with (
        pq.ParquetWriter(folder / CATALOGUE, SCHEMA, compression="zstd") as writer,
        ThreadPoolExecutor(2) as pool,
    ):
        busy: list[Future[Any]] = []
        for group in _groups(batches):
            # Packing and counting leave Python alone most of the time, while the next is made.
            for task in busy:
                task.result()
            busy = [
                pool.submit(writer.write_table, group, GROUP_ROWS),
                pool.submit(told.add, group),
                pool.submit(checked.add, group),
            ]
            keys.append(group.select(["year", "id"]))
            if years is not None:
                years.add(group)
        for task in busy:
            task.result()
    rows = sample_rows(pa.concat_tables(keys) if keys else SCHEMA.empty_table())
    pq.write_table(_taken(folder / CATALOGUE, rows), folder / SAMPLE, compression="zstd")
    text = json.dumps(told.result(report), ensure_ascii=False, indent=2)
    (folder / PROFILE).write_text(text + "\n", encoding="utf-8")
    text = json.dumps(checked.report().to_dict(), ensure_ascii=False, indent=2)
    (folder / VALIDATION).write_text(text + "\n", encoding="utf-8")
    files = [folder / CATALOGUE, folder / SAMPLE, folder / PROFILE, folder / VALIDATION]
    return files + (years.close() if years is not None else [])


def reject_line(reject: Reject) -> str:
    """Return the line that tells of a row set aside or a value left out."""
    return json.dumps(asdict(reject), ensure_ascii=True) + "\n"


def sample_rows(keys: pa.Table, rows: int = SAMPLE_ROWS) -> list[int]:
    """Return the numbers of at most ``rows`` rows, ascending, spread evenly over the years.

    Args:
        keys: year and id of each row.
        rows: how many are wanted.
    """
    if keys.num_rows <= rows:
        return list(range(keys.num_rows))
    columns = {"year": pc.fill_null(keys["year"], 0), "id": keys["id"]}
    order = pc.sort_indices(
        pa.table(columns), sort_keys=[("year", "ascending"), ("id", "ascending")]
    )
    step = keys.num_rows / rows
    return sorted(order[int(k * step)].as_py() for k in range(rows))


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield the rows in tables of one group each, in one chunk; none is empty."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        while count >= GROUP_ROWS:
            table = pa.Table.from_batches(waiting, schema=SCHEMA)
            yield table.slice(0, GROUP_ROWS).combine_chunks()
            waiting = table.slice(GROUP_ROWS).to_batches()
            count -= GROUP_ROWS
    if count:
        yield pa.Table.from_batches(waiting, schema=SCHEMA).combine_chunks()


def _taken(path: Path, rows: list[int]) -> pa.Table:
    """Return rows of the Parquet file, which is read group by group."""
    found = [SCHEMA.empty_table()]
    numbers = np.array(rows, np.int64)
    with pq.ParquetFile(path) as file:
        for group in np.unique(numbers // GROUP_ROWS).tolist():
            here = numbers[numbers // GROUP_ROWS == group] - group * GROUP_ROWS
            found.append(file.read_row_group(group, use_threads=False).take(pa.array(here)))
    return pa.concat_tables(found).combine_chunks()

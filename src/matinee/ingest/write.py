"""Writing a catalogue: Parquet, a sample, its profile, and what could not be used."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from matinee.ingest.profile import profile

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.ingest.report import Catalogue

CATALOGUE = "catalogue.parquet"
SAMPLE = "sample.parquet"
PROFILE = "profile.json"
REJECTS = "rejects.jsonl"
BY_YEAR = "catalogue_by_year"
SAMPLE_ROWS = 200
"""Enough to look at and to run a test on, small enough to send by mail."""
_PART = "part-0.parquet"
_NO_YEAR = "__HIVE_DEFAULT_PARTITION__"  # what Hive, Spark and Arrow write for null


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
    for stale in (folder / REJECTS, *folder.glob(f"{BY_YEAR}/year=*/{_PART}")):
        stale.unlink(missing_ok=True)
    files = [
        _write_table(folder / CATALOGUE, catalogue.table),
        _write_table(folder / SAMPLE, sample(catalogue.table)),
        folder / PROFILE,
    ]
    text = json.dumps(profile(catalogue), ensure_ascii=False, indent=2)
    files[-1].write_text(text + "\n", encoding="utf-8")
    if catalogue.rejects:
        files.append(folder / REJECTS)
        with files[-1].open("w", encoding="utf-8", newline="\n") as stream:
            for reject in catalogue.rejects:
                stream.write(json.dumps(asdict(reject), ensure_ascii=True) + "\n")
    return files + (_write_years(folder / BY_YEAR, catalogue.table) if partitioned else [])


def sample(table: pa.Table, rows: int = SAMPLE_ROWS) -> pa.Table:
    """Return at most ``rows`` rows spread evenly over the years, in the order of the table."""
    if table.num_rows <= rows:
        return table
    keys = zip(table["year"].to_pylist(), table["id"].to_pylist(), strict=True)
    order = sorted((year or 0, own, i) for i, (year, own) in enumerate(keys))
    step = table.num_rows / rows
    return table.take(sorted(order[int(k * step)][2] for k in range(rows)))


def _write_table(path: Path, table: pa.Table) -> Path:
    pq.write_table(table, path, compression="zstd")
    return path


def _write_years(folder: Path, table: pa.Table) -> list[Path]:
    by_year: dict[int | None, list[int]] = {}
    for i, year in enumerate(table["year"].to_pylist()):
        by_year.setdefault(year, []).append(i)
    rest = table.drop_columns(["year"])
    files: list[Path] = []
    for year in sorted(by_year, key=lambda y: y or 0):
        part = folder / f"year={_NO_YEAR if year is None else year}"
        part.mkdir(parents=True, exist_ok=True)
        files.append(_write_table(part / _PART, rest.take(by_year[year])))
    return files

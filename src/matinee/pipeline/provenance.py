"""Where the values of titles came from: taken along by a build, told by an open library.

``matinee enrich`` writes it beside its titles. A build merges titles field by field, so that what a
file was given may not be what the merged title has: then its provenance is not taken along.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from matinee.catalogue.table import TitleTable
from matinee.errors import LibraryCorruptError
from matinee.ingest import read_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from matinee.ingest import Catalogue
    from matinee.ingest.enrich import Provenance
    from matinee.library.manifest import Manifest
    from matinee.pipeline.build import BuildOptions

NAME = "provenance.parquet"
SCHEMA = pa.schema(
    [
        pa.field(name, pa.int32() if name == "row" else pa.string(), nullable=False)
        for name in ("row", "field", "source", "url", "retrieved", "licence")
    ]
)
"""One row a title and field, by both; ``row`` is that of the catalogue."""
_VOTES = ("vote_average", "vote_count")


def take_along(folder: Path, catalogue: Catalogue, options: BuildOptions) -> None:
    """Write what is known of the titles of a build into its folder; no file where that is nothing.

    Args:
        folder: of the version.
        catalogue: as it was read: a build may give titles the ids they had before, and then an id
            made of name and year may be that of another film than the file means.
        options: how it was read.

    Raises:
        SourceError: a file of provenance is damaged.
    """
    from matinee.ingest.enrich.output import read_provenance

    titles = TitleTable(catalogue.table)
    files = [Path(f.path) for f in catalogue.report.files if f.source and not f.role]
    found: dict[tuple[int, str], Provenance] = {}
    for file in files:
        told = read_provenance([file])
        if not told:
            continue
        # Read again as it was read for the catalogue, so that values compare as they were merged.
        alone = titles
        if len(files) > 1:
            read = read_catalogue([file], mapping=options.mapping, namespace=options.namespace)
            alone = TitleTable(read.table)
        for key, each in true_of(titles, alone, told).items():
            found.setdefault(key, each)
    if found:
        keys = sorted(found)
        columns = {
            "row": [row for row, _ in keys],
            "field": [name for _, name in keys],
            **{name: [getattr(found[key], name) for key in keys] for name in SCHEMA.names[2:]},
        }
        pq.write_table(pa.table(columns, SCHEMA), folder / NAME, compression="zstd")


def true_of(
    merged: TitleTable, alone: TitleTable, told: Mapping[str, Mapping[str, Provenance]]
) -> dict[tuple[int, str], Provenance]:
    """Return what is true of merged titles, by row and field.

    A title is found by any of its ids. Of a field that holds is true whose value is that of the
    file: another one may have come first. Mean and count of votes are one value.

    Args:
        merged: the titles of the build.
        alone: those of the file that the provenance lies beside.
        told: id to field to where its value came from.
    """
    by_field: dict[str, list[tuple[int, int, Provenance]]] = {}
    for own, fields in told.items():
        row, at = merged.find(own), alone.find(own)
        if row is not None and at is not None:
            for name, each in fields.items():
                by_field.setdefault(name, []).append((row, at, each))
    found: dict[tuple[int, str], Provenance] = {}
    for name, entries in by_field.items():
        ours = _values(merged, name, [row for row, _, _ in entries])
        theirs = _values(alone, name, [at for _, at, _ in entries])
        for (row, _, each), one, other in zip(entries, ours, theirs, strict=True):
            if one == other and one[0] not in (None, []):
                found.setdefault((row, name), each)
    return found


def open_provenance(folder: Path, made: Manifest) -> KnownProvenance | None:
    """Return what a version knows of where its values came from, None where that is nothing.

    Raises:
        LibraryCorruptError: the file is missing or damaged, or does not fit the catalogue.
    """
    return KnownProvenance(folder / NAME, made.titles) if NAME in made.files else None


class KnownProvenance:
    """Where the values of titles came from; texts that stand in it often are held once.

    Args:
        path: the file.
        titles: how many there are in the catalogue.

    Raises:
        LibraryCorruptError: it cannot be read, or does not fit the catalogue.
    """

    def __init__(self, path: Path, titles: int) -> None:
        try:
            if not (stored := pq.read_schema(path)).equals(SCHEMA):
                raise pa.ArrowInvalid(f"the columns are {', '.join(stored.names)}")
            file = pq.ParquetFile(path, read_dictionary=SCHEMA.names[1:])
            table = file.read(use_threads=False)
            self._table = table.combine_chunks()
            rows: npt.NDArray[np.int32] = np.asarray(self._table.column("row"), np.int32)
            if not len(rows) or (np.diff(rows) < 0).any() or rows[0] < 0 or rows[-1] >= titles:
                raise pa.ArrowInvalid(f"the rows are not those of {titles} titles")
        except (OSError, pa.ArrowException) as error:
            raise LibraryCorruptError(
                f"The provenance cannot be read: {error}",
                where=str(path),
                cure="Build the library again, or restore the folder from a copy",
            ) from error
        self._rows = rows

    def of(self, row: int) -> dict[str, Provenance]:
        """Return where the values of the title in a row came from, by field; may be empty."""
        from matinee.ingest.enrich.outcome import Provenance

        first, last = np.searchsorted(self._rows, [row, row + 1])
        found: list[dict[str, Any]] = self._table.slice(first, last - first).to_pylist()
        return {
            each["field"]: Provenance(
                each["source"], each["url"], each["retrieved"], each["licence"]
            )
            for each in found
        }

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Names of the sources, in alphabetical order."""
        return tuple(sorted(pc.unique(self._table.column("source")).to_pylist()))


def _values(titles: TitleTable, name: str, rows: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    names = _VOTES if name in _VOTES else (name,)
    # The field itself first: what it lacks came from nowhere.
    ordered = sorted(names, key=lambda each: each != name)
    taken = titles.table.select(ordered).take(pa.array(rows, pa.int64()))
    return zip(*(taken.column(each).to_pylist() for each in ordered), strict=True)

"""Posters in a Parquet file: a column of bytes, and a column of ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from matinee.errors import SourceError
from matinee.ingest.posters.owners import Owners
from matinee.ingest.posters.tally import MAX_BYTES, Tally
from matinee.ingest.rows import parquet_schema
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from matinee.catalogue.title import Title

BATCH_ROWS = 16
"""Held in memory at once, of as many bytes each as they like; posters have some 30 kB."""
BUFFER_BYTES = 1 << 20
"""Read from the disk at once; without it, a whole row group would be."""

PICTURES = ("poster", "image", "picture", "webp", "jpg", "jpeg", "png", "bytes", "img", "data")
"""Names of columns of bytes, the likeliest first; where there is one such column, any name does."""
IDS = {
    "tmdb_id": "tmdb",
    "tmdbid": "tmdb",
    "tmdb": "tmdb",
    "tmdb_tv_id": "tmdb-tv",
    "imdb_id": "imdb",
    "imdbid": "imdb",
    "imdb": "imdb",
    "tconst": "imdb",
    "ml_id": "movielens",
    "movielens_id": "movielens",
    "movielens": "movielens",
    "movieid": "movielens",
}
"""Names of columns of ids, in lower case, to the namespace of what is in them."""
BARE_IDS = ("id", "movie_id", "title_id", "item_id")
"""Of columns whose ids have their namespace with them, or that of the source."""


class ParquetPosters:
    """A Parquet file with the bytes of a picture in each row, and an id of its title.

    The bytes are in a binary column, or in one of ``{bytes, path}`` as Hugging Face's ``datasets``
    writes them. Where rows have several ids, the first column that fits a title counts; of several
    rows for one title, the first row that can be used. It is read a few rows at a time.

    Args:
        path: the file.
        namespace: what a bare number is an id of, in a column whose name does not tell.
        limit: bytes of the largest picture that is taken.

    Attributes:
        tally: what the last reading found.

    Raises:
        SourceError: it is no Parquet file, or has no such columns.
    """

    def __init__(self, path: Path, *, namespace: str = "tmdb", limit: int = MAX_BYTES) -> None:
        self._path = path
        self._namespace = namespace
        self._limit = limit
        self.tally = Tally()
        schema = parquet_schema(path)
        self._picture = _picture_column(schema, path)
        self._ids = _id_columns(schema, path)
        for column in (self._picture, *self._ids):
            if schema.names.count(column) > 1:
                raise SourceError(
                    f"There is more than one column {column!r:.60}",
                    where=str(path),
                    cure="Give each column a name of its own",
                )

    @property
    def name(self) -> str:
        """The file, as the caller named it."""
        return str(self._path)

    @property
    def unused(self) -> int:
        """Pictures that fitted no title of those last asked for."""
        return self.tally.unused

    def posters(self, titles: Sequence[Title]) -> Iterator[tuple[int, bytes | Reject]]:
        """Yield posters in the order of the rows, rejects after all of them.

        Raises:
            SourceError: the file is damaged; what came before was given.
        """
        self.tally = tally = Tally()
        owners = Owners(titles, self._namespace)
        given: set[int] = set()
        rejects: dict[int, Reject] = {}
        for record, ids, cell in self._rows():
            owned = self._owned(owners, ids)
            tally.unused += not owned
            for position, _ in owned:
                if position in given:
                    tally.repeated += 1
                    continue
                got = self._bytes_of(cell, record)
                if isinstance(got, Reject):
                    rejects.setdefault(position, got)
                else:
                    given.add(position)
                    rejects.pop(position, None)
                    tally.found += 1
                    yield position, got
        tally.rejected = len(rejects)
        yield from rejects.items()

    def _rows(self) -> Iterator[tuple[int, list[Any], pa.Scalar]]:
        """Yield the number of each row, its ids and its picture."""
        record = 0
        columns = [self._picture, *self._ids]
        try:
            with pq.ParquetFile(self._path, buffer_size=BUFFER_BYTES, pre_buffer=False) as file:
                for batch in file.iter_batches(
                    batch_size=BATCH_ROWS, columns=columns, use_threads=False
                ):
                    ids = [batch.column(name).to_pylist() for name in self._ids]
                    for row, cell in enumerate(batch.column(self._picture)):
                        record += 1
                        yield record, [column[row] for column in ids], cell
        except (pa.ArrowException, OSError) as error:
            raise SourceError(
                "The Parquet file of posters is damaged or cut short",
                where=f"{self._path}, after row {record:,}: {str(error)[:200]}",
                cure="Download or copy it again",
            ) from error

    def _owned(self, owners: Owners, ids: list[Any]) -> list[tuple[int, int]]:
        for value, namespace in zip(ids, self._ids.values(), strict=True):
            if value is not None and (owned := owners.of_id(value, namespace)):
                return owned
        return []

    def _bytes_of(self, cell: pa.Scalar, record: int) -> bytes | Reject:
        if pa.types.is_struct(cell.type) and cell.is_valid:
            cell = cell["bytes"]
        if not cell.is_valid or not (data := cell.as_buffer()).size:
            reason, cure = "there are no bytes in the row", "Write the picture itself into the file"
        elif data.size > self._limit:
            reason = f"the picture has more than {self._limit:,} bytes"
            cure = "Make it smaller; 500 pixels across are plenty"
        else:
            return bytes(data)
        return Reject(str(self._path), record, self._picture, "", reason, cure)


def _picture_column(schema: pa.Schema, path: Path) -> str:
    """Return the name of the column with the pictures."""
    columns: list[str] = [field.name for field in schema if _holds_bytes(field.type)]
    named: dict[str, str] = {name.lower(): name for name in reversed(columns)}
    for name in PICTURES:
        if name in named:
            return named[name]
    if len(columns) == 1:
        return columns[0]
    raise SourceError(
        "There are several columns of bytes, and none is called a picture"
        if columns
        else "There is no column of bytes",
        where=f"{path}: {', '.join(columns or schema.names)[:200]}",
        cure="Put the bytes of the pictures into a binary column called poster",
    )


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        at = kind.get_field_index("bytes")
        return at >= 0 and _holds_bytes(kind.field(at).type)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _id_columns(schema: pa.Schema, path: Path) -> dict[str, str | None]:
    """Return the columns with ids, best first, each with the namespace that its name tells."""
    named = {name.lower(): name for name in reversed(schema.names)}
    found: dict[str, str | None] = {
        named[name]: namespace for name, namespace in IDS.items() if name in named
    }
    found |= {named[name]: None for name in BARE_IDS if name in named}
    if not found:
        raise SourceError(
            "There is no column of ids",
            where=f"{path}: {', '.join(schema.names)[:200]}",
            cure=f"Name it {', '.join(IDS)} or id",
        )
    return found

"""A folder of ratings as one value: who rated what, and what is known of titles and people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matinee.catalogue.identity import is_id
from matinee.errors import InputError
from matinee.ingest.files import lines_of, open_bytes
from matinee.ingest.interactions import load_interactions
from matinee.ingest.rows import csv_records
from matinee.interaction import ItemFeatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Interactions

_RATINGS = ("ratings.csv", "ratings.csv.gz", "ratings.dat", "ratings.dat.gz", "ratings.parquet")
_ITEMS = ("movies.csv", "movies.csv.gz", "movies.dat", "movies.dat.gz", "movies.parquet")
_USERS = ("users.dat", "users.dat.gz")
_YEAR = re.compile(r".*\((\d{4})(?:\s*[-–]\s*(?:\d{4})?)?\)\s*")
_NO_GENRES = frozenset(("", "(no genres listed)", "unknown"))
_AGES = (18, 25, 35, 45, 50, 56)
"""Where the groups of MovieLens 1M begin, by which ages in years are grouped as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Ratings to evaluate on.

    Attributes:
        name: of the folder.
        interactions: in the order of the file, by which protocols draw; u people, n titles.
        features: of the n titles; without a list of titles no year and no genre is known.
        titles: name of each of the n titles as the data set writes it, its id where there is none.
        user_features: bool [u, f], gender, age group and occupation; None where nothing is told.
        user_feature_names: name of each column of ``user_features``, such as ``gender=F``.
    """

    name: str
    interactions: Interactions
    features: ItemFeatures
    titles: Sequence[str]
    user_features: npt.NDArray[np.bool_] | None = None
    user_feature_names: Sequence[str] = ()


def read_dataset(folder: Path, *, namespace: str | None = None) -> Dataset:
    """Read a folder in the form of MovieLens or RecBole.

    Ratings are in ``ratings.csv``, ``ratings.dat``, ``ratings.parquet`` or ``*.inter``; titles in
    ``movies.*`` or ``*.item``, people in ``users.dat`` or ``*.user``, where there are any. Texts
    may be gzipped.

    Args:
        folder: holds the files.
        namespace: of the titles' ids, for a RecBole folder of another data set than MovieLens.

    Raises:
        InputError: the folder has no ratings, or a file of it cannot be read.
        RejectedRowsError: a rating is not usable: a data set with fewer ratings is another one.
    """
    if not folder.is_dir():
        raise InputError(
            "There is no such folder", where=str(folder), cure="Give the folder of a data set"
        )
    ratings = _only(folder, _RATINGS, ".inter")
    if ratings is None:
        raise InputError(
            "The folder has no ratings",
            where=str(folder),
            cure=f"It needs one of: {', '.join(_RATINGS)}, *.inter",
        )
    found = load_interactions(ratings, namespace=namespace, strict=True).interactions
    items = _only(folder, _ITEMS, ".item")
    users = _only(folder, _USERS, ".user")
    told = {} if items is None else dict(_titles(items, namespace or "movielens"))
    people = {} if users is None else dict(_people(users))
    rows = [told.get(key) for key in found.item_ids]
    table, columns = _one_hot([people.get(key, ()) for key in found.user_ids])
    return Dataset(
        name=folder.name,
        interactions=found,
        features=_features(rows),
        titles=[row.name if row else key for row, key in zip(rows, found.item_ids, strict=True)],
        user_features=table if columns else None,
        user_feature_names=columns,
    )


@dataclass(frozen=True, slots=True)
class _Title:
    name: str
    year: float
    genres: tuple[str, ...]


def _only(folder: Path, names: Iterable[str], ending: str) -> Path | None:
    """Return the file of one of these names or this ending, None if there is none."""
    wanted = set(names)
    found = sorted(
        path
        for path in folder.iterdir()
        if path.name in wanted or path.name.removesuffix(".gz").endswith(ending)
    )
    if len(found) > 1:
        raise InputError(
            "The folder has several files for the same",
            where=", ".join(str(path) for path in found),
            cure="Keep one of them",
        )
    return found[0] if found else None


def _titles(path: Path, namespace: str) -> Iterator[tuple[str, _Title]]:
    """Yield the id of each title and what is told of it; numbers are of ``namespace``."""
    for row in _records(path, ("movieId", "title", "genres")):
        number = row.get("movieId") or row.get("item_id") or ""
        name = row.get("title") or row.get("movie_title") or ""
        genres = row.get("genres", row.get("class")) or ""
        year = row.get("release_year") or ""
        if not year and (dated := _YEAR.fullmatch(name)):
            year = dated[1]
        parts = genres.split("|" if "genres" in row else " ")
        kept = tuple(dict.fromkeys(part for part in parts if part not in _NO_GENRES))
        key = number if is_id(number) else f"{namespace}:{number}"
        yield key, _Title(name, float(year) if year.isdecimal() else np.nan, kept)


def _people(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each person and the features told of them."""
    for row in _records(path, ("user_id", "gender", "age", "occupation", "zip_code")):
        told = [f"{name}={row[name]}" for name in ("gender", "occupation") if row.get(name)]
        if (age := row.get("age", "")).isdecimal():
            told.append(f"age={max((start for start in _AGES if int(age) >= start), default=0)}")
        yield row.get("user_id", ""), tuple(told)


def _records(path: Path, columns: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a list; ``columns`` are those of the layout that has no header."""
    plain = path.name.removesuffix(".gz")
    if plain.endswith(".parquet"):
        try:
            rows = pq.read_table(path).to_pylist()
        except (pa.ArrowException, OSError) as error:
            raise InputError(
                f"The Parquet file cannot be read: {error}", where=str(path), cure="Write it again"
            ) from error
        for row in rows:
            yield {name: "" if value is None else str(value) for name, value in row.items()}
        return
    with open_bytes(path) as stream:
        lines = (_text(raw) for raw in lines_of(path, stream))
        cells: Iterator[tuple[int, list[str]]]
        if plain.endswith(".dat"):
            cells = ((n, line.split("::")) for n, line in enumerate(lines, 1) if line)
        else:
            cells = csv_records(path, "," if plain.endswith(".csv") else "\t", lines)
            # RecBole writes the type behind a name: "item_id:token".
            columns = [name.partition(":")[0] for name in next(cells, (1, []))[1]]
        for number, row in cells:
            if len(row) != len(columns):
                raise InputError(
                    f"The row has {len(row)} parts, not {len(columns)}",
                    where=f"{path}, line {number}",
                    cure="Take the file as it was published",
                )
            yield dict(zip(columns, row, strict=True))


def _text(raw: bytes) -> str:
    """Return a line: UTF-8, or Latin-1 as in MovieLens 1M."""
    try:
        return raw.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        return raw.decode("latin-1").rstrip("\r\n")


def _features(rows: Sequence[_Title | None]) -> ItemFeatures:
    genres, names = _one_hot([row.genres if row else () for row in rows])
    years = np.array([row.year if row else np.nan for row in rows], np.float32)
    return ItemFeatures(years=years, genres=genres, genre_names=names)


def _one_hot(rows: Sequence[Sequence[str]]) -> tuple[npt.NDArray[np.bool_], list[str]]:
    """Return which row has which of the values, bool [n, f], and the values in order."""
    names = sorted({value for row in rows for value in row})
    place = {name: i for i, name in enumerate(names)}
    table = np.zeros((len(rows), len(names)), np.bool_)
    for i, row in enumerate(rows):
        table[i, [place[value] for value in row]] = True
    return table, names

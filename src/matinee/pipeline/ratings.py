"""The interactions a library was trained on: matched to its titles, and kept with it as Parquet."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matinee.errors import InputError, LibraryCorruptError
from matinee.interaction import Action, Interactions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from matinee.catalogue.table import TitleTable

NAME = "interactions.parquet"
_GROUP = 1 << 13
"""Rows read to find one person: a millisecond."""
_EXAMPLES = 5
"""Ids named of those that no title has."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Interactions with the titles of a catalogue.

    Attributes:
        interactions: ``item_ids`` are the catalogue's own ids, position i is its row i; people are
            in order of their names.
        unmatched: interactions with titles that the catalogue does not have.
        unknown: how many such titles there are.
        examples: some of them, those with the most interactions first.
        repeated: interactions left out because the same person did something with the same title
            later.
    """

    interactions: Interactions
    unmatched: int
    unknown: int
    examples: tuple[str, ...]
    repeated: int


def match(given: Interactions, titles: TitleTable) -> Matched:
    """Match interactions to the titles of a catalogue, by any id a title is known by.

    Where a person did several things with one title, what they said of it last counts: a rating or
    another opinion before that they watched it.

    Raises:
        InputError: not one of them is with a title of the catalogue.
    """
    found = [titles.find(identifier) for identifier in given.item_ids]
    row_of = np.array([-1 if row is None else row for row in found], np.int64)
    rows = row_of[given.items] if len(given) else np.empty(0, np.int64)
    lost = np.bincount(given.items[rows < 0], minlength=len(given.item_ids))
    worst = sorted(np.flatnonzero(lost).tolist(), key=lambda i: (-lost[i], given.item_ids[i]))
    examples = tuple(given.item_ids[i] for i in worst[:_EXAMPLES])
    if not (rows >= 0).any():
        raise InputError(
            "None of the interactions is with a title of the library",
            where=", ".join(examples) or "no interactions",
            cure="Build the library from a catalogue that has these ids, such as the films of the "
            "same MovieLens folder",
        )
    kept = np.flatnonzero(rows >= 0)
    there = np.unique(given.users[kept]).tolist()
    place = {name: i for i, name in enumerate(sorted(given.user_ids[i] for i in there))}
    users = np.array([place.get(name, -1) for name in given.user_ids], np.int64)[given.users]
    opinion = _is_opinion(given.actions)[kept]
    order = kept[np.lexsort((kept, given.times[kept], opinion, rows[kept], users[kept]))]
    last = np.ones(len(order), np.bool_)
    last[:-1] = (users[order[:-1]] != users[order[1:]]) | (rows[order[:-1]] != rows[order[1:]])
    order = order[last]
    # Within a person by time, as a history is read; those of one time as they were given.
    order = order[np.lexsort((order, given.times[order], users[order]))]
    ids = titles.table.column("id").to_pylist()
    return Matched(
        Interactions(
            users=users[order],
            items=rows[order],
            actions=given.actions[order],
            values=given.values[order],
            times=given.times[order],
            user_ids=list(place),
            item_ids=ids,
        ),
        unmatched=int(lost.sum()),
        unknown=len(worst),
        examples=examples,
        repeated=len(kept) - len(order),
    )


def join(files: Sequence[Interactions]) -> Interactions:
    """Return the interactions of several files as one; people of one name are one person."""
    if len(files) == 1:
        return files[0]
    users: dict[str, int] = {}
    items: dict[str, int] = {}
    people, titles = [], []
    for each in files:
        person = [users.setdefault(name, len(users)) for name in each.user_ids]
        title = [items.setdefault(name, len(items)) for name in each.item_ids]
        people.append(np.array(person, np.int64)[each.users])
        titles.append(np.array(title, np.int64)[each.items])
    return Interactions(
        users=np.concatenate(people),
        items=np.concatenate(titles),
        actions=np.concatenate([each.actions for each in files]),
        values=np.concatenate([each.values for each in files]),
        times=np.concatenate([each.times for each in files]),
        user_ids=list(users),
        item_ids=list(items),
    )


def _is_opinion(actions: npt.NDArray[np.int8]) -> npt.NDArray[np.bool_]:
    return ~np.isin(actions, (Action.WATCH, Action.REWATCH, Action.HIDE))


def write(folder: Path, did: Interactions) -> Path:
    """Write matched interactions, sorted by person, and return the file's path."""
    names = pa.array(list(did.user_ids), pa.string())
    table = pa.table(
        {
            "user": pa.DictionaryArray.from_arrays(pa.array(did.users, pa.int32()), names),
            "person": pa.array(did.users, pa.int32()),
            "item": pa.array(did.items, pa.int32()),
            "action": pa.array(did.actions, pa.int8()),
            "stars": pa.array(did.values, pa.float32()),
            "time": pa.array(did.times, pa.int64()),
        }
    )
    path = folder / NAME
    pq.write_table(table, path, compression="zstd", row_group_size=_GROUP)
    return path


def read(folder: Path, item_ids: Sequence[str]) -> Interactions:
    """Read all interactions, as :func:`write` wrote them.

    Raises:
        LibraryCorruptError: the file is missing or damaged.
    """
    try:
        table = pq.ParquetFile(folder / NAME).read().combine_chunks()
    except (OSError, pa.ArrowException) as error:
        raise _damaged(folder, error) from error
    names = table.column("user").cast(pa.string()).to_pylist()
    people = table.column("person").to_numpy().astype(np.int64)
    user_ids = [""] * (int(people.max(initial=-1)) + 1)
    for first in np.unique(people, return_index=True)[1].tolist():
        user_ids[people[first]] = names[first]
    return _interactions(table, people, user_ids, item_ids)


class People:
    """Finds what one of the people a library was trained on did.

    Args:
        folder: of the version's taste.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._groups: pq.FileMetaData | None = None
        self._first: list[str] = []

    def open(self) -> None:
        """Read where the people begin; the rows stay on disk.

        Raises:
            LibraryCorruptError: the file is missing or damaged.
        """
        try:
            groups = pq.read_metadata(self._folder / NAME)
            self._first = [
                groups.row_group(i).column(0).statistics.min for i in range(groups.num_row_groups)
            ]
            self._groups = groups
        except (OSError, pa.ArrowException, AttributeError) as error:
            raise _damaged(self._folder, error) from error

    def find(self, user: str) -> Interactions | None:
        """Return what somebody did, None where nobody has that name.

        ``users`` holds their position among the people trained on.
        """
        if self._groups is None:
            self.open()
        last = bisect_right(self._first, user)
        # A person with many rows begins in one group and goes on in the next ones.
        first = last - 1
        while first > 0 and self._first[first] == user:
            first -= 1
        groups = list(range(max(0, first), last))
        if not groups:
            return None
        try:
            # A file of its own for each call: one must not be read by two threads at once.
            with pq.ParquetFile(self._folder / NAME, metadata=self._groups) as file:
                table = file.read_row_groups(groups, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise _damaged(self._folder, error) from error
        table = table.filter(pa.compute.equal(table.column("user").cast(pa.string()), user))
        if not table.num_rows:
            return None
        people = table.column("person").to_numpy().astype(np.int64)
        return _interactions(table, people, (), ())


def _interactions(
    table: pa.Table,
    people: npt.NDArray[np.int64],
    user_ids: Sequence[str],
    item_ids: Sequence[str],
) -> Interactions:
    return Interactions(
        users=people,
        items=table.column("item").to_numpy().astype(np.int64),
        actions=table.column("action").to_numpy().astype(np.int8),
        values=table.column("stars").to_numpy().astype(np.float32),
        times=table.column("time").to_numpy().astype(np.int64),
        user_ids=user_ids,
        item_ids=item_ids,
    )


def _damaged(folder: Path, error: Exception) -> LibraryCorruptError:
    return LibraryCorruptError(
        f"The interactions of the library cannot be read: {error}",
        where=str(folder / NAME),
        cure="Train again with: matinee train taste",
    )

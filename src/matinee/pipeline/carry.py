"""What is taken along when the catalogue is built anew: what was learnt, and the titles' ids."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matinee.catalogue.identity import is_private, local_id, order_ids, pair, stem, tell_apart
from matinee.catalogue.table import TitleTable
from matinee.library.stages import link_file
from matinee.pipeline import taste

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from matinee.catalogue.title import Title


def carry(old: Path, before: TitleTable, folder: Path, after: TitleTable) -> int | None:
    """Take what was learnt along into the next version, whose catalogue has changed.

    The models and interactions stay as they are; only the rows of their titles are found again, by
    any id a title is known by.

    Args:
        old: taste folder of the version before.
        before: its catalogue.
        folder: taste folder of the next version, which is made.
        after: its catalogue.

    Returns:
        How many titles with interactions are no longer there; None where nothing was learnt.
    """
    if not (old / taste.CARD).is_file():
        return None
    shutil.copytree(old, folder, copy_function=link_file)
    known = taste.Taste(old, len(before))
    names = pq.ParquetFile(old / taste.NAMES).read().column("ids").to_pylist()
    rows = np.full(len(names), -1, np.int64)
    taken: set[int] = set()
    for item, ids in enumerate(names):
        found = next((row for each in ids if (row := after.find(each)) is not None), -1)
        # Two titles that were merged since are one row, which the better known of them keeps.
        if found >= 0 and found in taken:
            other = int(np.flatnonzero(rows == found)[0])
            if known.totals.people[other] >= known.totals.people[item]:
                continue
            rows[other] = -1
        rows[item] = found
        taken.add(found)
    (folder / taste.ITEMS).unlink()
    np.save(folder / taste.ITEMS, rows, allow_pickle=False)
    return int(((rows < 0) & (known.totals.people > 0)).sum())


def keep_ids(before: pa.Table, after: pa.Table) -> pa.Table:
    """Return the catalogue ``after`` with the ids that its titles had ``before``.

    Ids made of title and year alone need this: what a row is called also depends on whether others
    have its name and year, and on whether the source knew a shared id by then. A title keeps its
    id, an id never passes on to another title of that name and year, and what gained a shared id is
    still found by the one it had. Where names and years are unique, or titles have shared ids,
    nothing is changed. See docs/decisions/0032-incremental-builds.md.
    """
    old, new = _Made.of(before), _Made.of(after)
    if not old.rows:
        return after
    lost = old.rows.keys() - new.rows.keys()
    # A title that gained a shared id since may have left its name to another.
    changed = lost | (new.rows.keys() - old.rows.keys()) | (old.shared - new.shared)
    ids: dict[int, list[str]] = {}
    gained = _same_name(old, changed, new)
    for base in sorted({*changed, *map(stem, changed), *old.suffixed, *new.suffixed}):
        was, now = old.members(base), new.members(base) + gained.get(base, [])
        if was and now:
            _keep(base, was, now, old, new, ids)
    for known in sorted(lost):
        # Once found by a shared id, a title stays known by what it was called before.
        title = old.titles.title(old.rows[known])
        row = next((r for i in title.ids if (r := new.titles.find(i)) is not None), None)
        if row is not None and row not in ids and _is_made(known, title):
            ids[row] = [*new.titles.title(row).ids, known]
    return _with_ids(after, ids)


@dataclass(frozen=True, slots=True)
class _Made:
    """The titles of a catalogue whose ids may be made of title and year.

    Attributes:
        titles: all of the catalogue.
        rows: row by private id.
        suffixed: of these ids the ones that may have a suffix, by what they are without it.
        shared: of these ids the ones of titles that have a public id as well.
    """

    titles: TitleTable
    rows: dict[str, int]
    suffixed: dict[str, list[str]] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, table: pa.Table) -> _Made:
        made = cls(TitleTable(table), {})
        for row, known in enumerate(table.column("ids").to_pylist()):
            private = [each for each in known if is_private(each)]
            made.rows.update(dict.fromkeys(private, row))
            if len(private) < len(known):
                made.shared.update(private)
        for each in made.rows:
            if (base := stem(each)) != each:
                made.suffixed.setdefault(base, []).append(each)
        return made

    def members(self, base: str) -> list[int]:
        """Return the rows of all titles that are ``base`` by name and year."""
        ids = [i for i in (base, *self.suffixed.get(base, ())) if i in self.rows]
        rows = dict.fromkeys(self.rows[i] for i in ids)
        namespace = base.partition(":")[0]
        return [row for row in rows if _base(self.titles.title(row), namespace) == base]


def _keep(
    base: str,
    was: list[int],
    now: list[int],
    before: _Made,
    after: _Made,
    ids: dict[int, list[str]],
) -> None:
    """Note the ids of the titles of one name and year."""
    old, new = before.titles.titles(was), after.titles.titles(now)
    paired = pair(old, new)
    reserved = {i for title in old for i in _of(base, title.ids)}
    for place, (row, title) in enumerate(zip(now, new, strict=True)):
        own = [*_of(base, title.ids)]
        others = [i for i in title.ids if i not in own]
        if place in paired:
            # A file may by now give one of them to a title of another name.
            theirs = _of(base, old[paired[place]].ids)
            kept = [i for i in theirs if after.rows.get(i, row) in now] or own
        elif reserved.isdisjoint(own):
            continue
        else:
            # What it would be called belongs to another, which may be gone.
            kept = [*tell_apart(base, [title], taken=True)]
        if {*others, *kept} != {*title.ids}:
            ids[row] = [*others, *kept]


def _same_name(old: _Made, changed: Iterable[str], new: _Made) -> dict[str, list[int]]:
    """Return rows without a private id that have name and year of what changed, by its base."""
    names: dict[tuple[str, int | None], str] = {}
    for known in sorted(old.rows.keys() & changed):
        title = old.titles.title(old.rows[known])
        if _is_made(known, title):
            names[title.title, title.year] = _base(title, known.partition(":")[0])
    if not names:
        return {}
    private, called = set(new.rows.values()), set(old.rows.values())
    found: dict[str, list[int]] = {}
    columns = (new.titles.table.column(name).to_pylist() for name in ("title", "year"))
    for row, name in enumerate(zip(*columns, strict=True)):
        if name not in names or row in private:
            continue
        # One that was there under its shared id alone is no other title by now.
        held = (old.titles.find(each) for each in new.titles.title(row).ids)
        if all(was is None or was in called for was in held):
            found.setdefault(names[name], []).append(row)
    return found


def _with_ids(table: pa.Table, ids: dict[int, list[str]]) -> pa.Table:
    if not ids:
        return table
    every = table.column("ids").to_pylist()
    for row, known in ids.items():
        every[row] = order_ids(known)
    for name, values in (("ids", every), ("id", [known[0] for known in every])):
        place = table.schema.get_field_index(name)
        kind = table.schema.field(place)
        table = table.set_column(place, kind, pa.array(values, kind.type))
    return table


def _of(base: str, ids: Iterable[str]) -> Iterator[str]:
    return (i for i in ids if base in (i, stem(i)))


def _base(title: Title, namespace: str) -> str:
    return local_id(title.title, title.year, namespace=namespace)


def _is_made(identifier: str, title: Title) -> bool:
    return _base(title, identifier.partition(":")[0]) in (identifier, stem(identifier))

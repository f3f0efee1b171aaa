"""Rows of a table that are read together, changed in memory, and written together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, insert, select, update

from matinee.store.pairs import Lookup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Table

    Row = tuple[Any, ...]

_WHOLE = 200
"""Titles of one person beyond which all that the person has is read instead, which is as fast."""


class Sheet:
    """Rows of one table, by key; the first two columns of the key are person and title.

    Args:
        table: one that has them.
    """

    def __init__(self, table: Table) -> None:
        self._keys = tuple(column.name for column in table.primary_key)
        self._values = tuple(c.name for c in table.columns if not c.primary_key)
        at = and_(*(column == bindparam(f"at_{column.name}") for column in table.primary_key))
        columns = [table.c[name] for name in self._keys + self._values]
        self._some = Lookup(columns, table.c.person, table.c.title)
        self._all = select(*columns).where(table.c.person == bindparam("whose"))
        self._insert = insert(table)
        self._update = update(table).where(at)
        self._delete = delete(table).where(at)
        self.index = {name: place for place, name in enumerate(self._values)}

    def read(self, connection: Connection, pairs: Iterable[tuple[int, str]]) -> dict[Row, Row]:
        """Return the rows of people and titles, perhaps further ones of the same people."""
        titles: dict[int, list[tuple[int, str]]] = {}
        for pair in dict.fromkeys(pairs):
            titles.setdefault(pair[0], []).append(pair)
        rows: list[Any] = []
        few: list[tuple[int, str]] = []
        for person, theirs in titles.items():
            if len(theirs) > _WHOLE:
                rows += connection.execute(self._all, {"whose": person})
            else:
                few += theirs
        rows += self._some.rows(connection, few)
        count = len(self._keys)
        return {tuple(row[:count]): tuple(row[count:]) for row in rows}

    def write(
        self, connection: Connection, before: dict[Row, Row], after: dict[Row, Row | None]
    ) -> None:
        """Write rows that changed.

        Args:
            connection: in a transaction in which nobody else changes these people.
            before: rows that are there.
            after: by key, what is to be there; None for nothing.
        """
        added, changed, removed = [], [], []
        for key, row in after.items():
            held = before.get(key)
            if row is None:
                if held is not None:
                    removed.append(self._at(key))
            elif held is None:
                added.append(dict(zip(self._keys, key, strict=True)) | self._named(row))
            elif row != held:
                changed.append(self._at(key) | self._named(row))
        if removed:
            connection.execute(self._delete, removed)
        if added:
            connection.execute(self._insert, added)
        if changed:
            connection.execute(self._update, changed)

    def _at(self, key: Row) -> dict[str, Any]:
        return {f"at_{name}": value for name, value in zip(self._keys, key, strict=True)}

    def _named(self, row: Row) -> dict[str, Any]:
        return dict(zip(self._values, row, strict=True))

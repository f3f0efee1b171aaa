"""Rows by many pairs of a person and a text, in one statement that looks each of them up.

``(person, title) IN (...)`` would do, but SQLite reads the whole table for it. So the pairs are
made a table, SQLite's from JSON and PostgreSQL's from arrays, and joined; their number then does
not change the statement either.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Text, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, Connection, Row, Select


class Lookup:
    """A question for the rows of pairs.

    Args:
        columns: what to return.
        person: column of the person.
        text: column of the text, a title or a key.
    """

    def __init__(
        self, columns: Sequence[Column[Any]], person: Column[int], text: Column[str]
    ) -> None:
        each = func.json_each(bindparam("pairs", type_=Text)).table_valued("value", name="pair")
        of_json = and_(
            person == func.json_extract(each.c.value, "$[0]"),
            text == func.json_extract(each.c.value, "$[1]"),
        )
        pair = (
            func.unnest(
                bindparam("people", type_=ARRAY(BigInteger)), bindparam("texts", type_=ARRAY(Text))
            )
            .table_valued("person", "text", name="pair")
            .render_derived()
        )
        of_arrays = and_(person == pair.c.person, text == pair.c.text)
        self._sqlite: Select[Any] = select(*columns).select_from(each).where(of_json)
        self._postgresql: Select[Any] = select(*columns).select_from(pair).where(of_arrays)

    def rows(self, connection: Connection, pairs: Sequence[tuple[int, str]]) -> Sequence[Row[Any]]:
        """Return the rows that there are of some pairs, each of which is given once."""
        if not pairs:
            return []
        if connection.dialect.name == "sqlite":
            return connection.execute(self._sqlite, {"pairs": json.dumps(pairs)}).all()
        people, texts = map(list, zip(*pairs, strict=True))
        return connection.execute(self._postgresql, {"people": people, "texts": texts}).all()

from __future__ import annotations

import datetime as dt
from dataclasses import fields

from matinee.catalogue.schema import LIST_FIELDS, SCHEMA, from_row, to_table
from matinee.catalogue.title import Title


def test_schema_and_title_have_the_same_fields() -> None:
    assert {f.name for f in fields(Title)} == set(SCHEMA.names)
    assert "genres" in LIST_FIELDS


def test_a_title_survives_the_table() -> None:
    title = Title(
        id="tmdb:1",
        ids=("tmdb:1",),
        title="The Lamplighter",
        year=1931,
        release_date=dt.date(1931, 5, 2),
        genres=("Drama",),
        vote_average=7.5,
        sources=("table",),
    )
    table = to_table([title])
    assert table.schema == SCHEMA
    assert from_row(table.to_pylist()[0]) == title

"""Checking a catalogue against all rules, part by part."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matinee.catalogue.schema import CURE, conformed, differences
from matinee.errors import InputError
from matinee.ingest.validation.contract import contract
from matinee.ingest.validation.doubt import doubt
from matinee.ingest.validation.outcome import EXAMPLES, MAX_SHOWN, Example, Finding, Validation
from matinee.ingest.validation.rule import Part, Rule

if TYPE_CHECKING:
    from matinee.ingest.validation.rule import Hit

PART = 65_536
"""Rows looked at together: long enough for Arrow to be quick, some 100 MB with overviews."""


def _nothing(_: Part) -> tuple[Hit, ...]:
    return ()


SCHEMA_RULE = Rule(
    "schema",
    "error",
    "The table has the columns and types of docs/datamodel.md",
    CURE,
    _nothing,
)
"""What all other rules stand on; rows that cannot be read for it are looked at no further."""


def rules() -> tuple[Rule, ...]:
    """Return every rule; those that remember rows are new each time."""
    return (SCHEMA_RULE, *contract(), *doubt())


def validate(table: pa.Table) -> Validation:
    """Return what comes of a whole table."""
    return Validator().add(table).report()


class Validator:
    """Checks titles as they come; what it keeps is 8 bytes for each id and each name.

    Args:
        this_year: the year it is, for what lies in the future.
    """

    def __init__(self, *, this_year: int | None = None) -> None:
        self._this_year = this_year or dt.datetime.now(tz=dt.UTC).year
        self._rules = rules()
        self._counts = dict.fromkeys((rule.name for rule in self._rules), 0)
        self._examples: dict[str, list[Example]] = {rule.name: [] for rule in self._rules}
        self._rows = 0

    def add(self, rows: pa.Table | pa.RecordBatch) -> Validator:
        """Check some more rows, of :data:`matinee.catalogue.schema.SCHEMA`, and return itself."""
        table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
        self._rows += table.num_rows
        for start in range(0, table.num_rows, PART):
            piece = self._in_schema(table.slice(start, PART))
            if piece is not None:
                self._check(Part(piece, self._this_year))
        return self

    def report(self) -> Validation:
        """Return what was found so far."""
        found = []
        for rule in self._rules:
            count = self._counts[rule.name]
            if count < rule.least:
                count = 0
            shown = tuple(self._examples[rule.name]) if count else ()
            found.append(Finding(rule.name, rule.severity, rule.demand, count, shown, rule.cure))
        return Validation(self._rows, tuple(found))

    def _in_schema(self, table: pa.Table) -> pa.Table | None:
        """Return the rows in our schema, None if they do not go into it."""
        told = differences(table.schema)
        wrong = [f"has no column {name}" for name in told.missing]
        wrong += [f"the column {name} is not known" for name in told.unknown]
        wrong = [*told.faults, *told.changed, *wrong]
        piece = None
        if not told.faults:
            try:
                piece = conformed(table, nulls=True)
            except InputError as error:
                wrong.insert(0, error.what)
        if wrong:
            self._counts[SCHEMA_RULE.name] += table.num_rows
            shown = self._examples[SCHEMA_RULE.name]
            for said in wrong:
                example = Example(None, None, "", said[:MAX_SHOWN])
                if len(shown) < EXAMPLES and example not in shown:
                    shown.append(example)
        return piece

    def _check(self, part: Part) -> None:
        for rule in self._rules:
            hits = list(rule.find(part))
            if not hits:
                continue
            rows = hits[0].rows if len(hits) == 1 else np.concatenate([hit.rows for hit in hits])
            self._counts[rule.name] += len(np.unique(rows))
            shown = self._examples[rule.name]
            if len(shown) < EXAMPLES:
                shown += _first(part, hits, EXAMPLES - len(shown))


def _first(part: Part, hits: list[Hit], many: int) -> list[Example]:
    """Return an example of each of the first ``many`` rows, of its first column at fault."""
    first: dict[int, tuple[Hit, int]] = {}
    for hit in hits:
        rows, places = np.unique(hit.rows, return_index=True)
        for row, place in zip(rows[:many].tolist(), places[:many].tolist(), strict=True):
            first.setdefault(row, (hit, place))
    return [_example(part, *first[row], row) for row in sorted(first)[:many]]


def _example(part: Part, hit: Hit, place: int, row: int) -> Example:
    own, title = (part.table.column(name)[row].as_py() for name in ("id", "title"))
    value = None if hit.values is None else hit.values[place].as_py()
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    shown = None if value is None else str(value)[:MAX_SHOWN]
    return Example(own, None if title is None else title[:MAX_SHOWN], hit.column, shown)

"""Rules of contract: what docs/datamodel.md says every catalogue holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matinee.catalogue.countries import country_codes
from matinee.catalogue.identity import is_id
from matinee.catalogue.languages import language_codes
from matinee.catalogue.schema import LIST_FIELDS, SCHEMA
from matinee.ingest.validation.rule import Hit, Rule, Seen, keys_of, matching, missing, outside
from matinee.ingest.values import FIRST_YEAR, MAX_RUNTIME, YEARS_AHEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matinee.ingest.validation.rule import Part

TEXTS = tuple(f.name for f in SCHEMA if pa.types.is_string(f.type))
SAID = (*(n for n in TEXTS if n not in ("id", "kind")), *(n for n in LIST_FIELDS if n != "ids"))
"""Columns with words; ids have a form of their own."""

_KINDS = ("film", "series")
_UNSEEN = r"\x{ad}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}-\x{206f}\x{feff}"
"""Signs without a width; joiners, which some scripts need, are none of them."""
_PLAIN_ID = r"^[a-z][a-z0-9-]{0,30}:[A-Za-z0-9_-]{1,100}$"
_UNTIDY = rf"^\p{{Z}}|\p{{Z}}$|[ ]{{2}}|[\p{{Cc}}\p{{Co}}\p{{Zl}}\p{{Zp}}{_UNSEEN}]"


def _null(part: Part) -> Iterator[Hit]:
    for field in SCHEMA:
        if not field.nullable and part.table.column(field.name).null_count:
            null = part.table.column(field.name).is_null().combine_chunks()
            yield from part.hits(field.name, null.to_numpy(zero_copy_only=False), shown=False)
        if pa.types.is_list(field.type):
            column = part.column(field.name)
            inside = pc.list_flatten(column).is_null().to_numpy(zero_copy_only=False)
            if inside.any():
                yield Hit(field.name, pc.list_parent_indices(column).to_numpy()[inside])


def _blank(part: Part) -> Iterator[Hit]:
    return part.where(SAID, lambda values: pc.equal(pc.binary_length(values), 0))


def _first_id(part: Part) -> Iterator[Hit]:
    ids, own = part.column("ids"), part.column("id")
    lengths = pc.list_value_length(ids).to_numpy(zero_copy_only=False)
    filled = np.flatnonzero(np.nan_to_num(lengths) > 0)
    first = pc.list_element(ids.take(pa.array(filled)), 0)
    same = np.zeros(len(part), np.bool_)
    equal = pc.fill_null(pc.equal(first, own.take(pa.array(filled))), False)
    same[filled] = equal.to_numpy(zero_copy_only=False)
    yield from part.hits("ids", ~same)


def _form_of_ids(part: Part) -> Iterator[Hit]:
    def bad(values: pa.Array) -> pa.Array:
        # Python's own function decides; nearly all ids are so plain that it need not be asked.
        plain = pc.match_substring_regex(values, _PLAIN_ID).to_numpy(zero_copy_only=False)
        broken = np.zeros(len(values), np.bool_)
        others = np.flatnonzero(~plain)
        told = values.take(pa.array(others)).to_pylist()
        broken[others] = [not is_id(text) for text in told]
        return pa.array(broken)

    return part.where(("ids",), bad)


def ids_apart() -> Callable[[Part], Iterator[Hit]]:
    """Return what finds rows with an id that a row before them has."""
    seen = Seen()

    def find(part: Part) -> Iterator[Hit]:
        entries = part.entries("ids")
        if not len(entries.rows):
            return
        # Twice in one row is another fault, and another rule's.
        size = len(entries.values)
        pairs = np.unique(entries.rows * size + entries.codes)
        rows, codes = pairs // size, pairs % size
        met = seen.again(keys_of(entries.values.to_pylist())[codes])
        if met.any():
            yield Hit("ids", rows[met], entries.values.take(pa.array(codes[met])))

    return find


def _late(part: Part) -> Iterator[Hit]:
    return outside("year", FIRST_YEAR, part.this_year + YEARS_AHEAD)(part)


def _unknown(name: str, codes: tuple[str, ...]) -> Callable[[Part], Iterator[Hit]]:
    known = pa.array(codes)

    def find(part: Part) -> Iterator[Hit]:
        return part.where((name,), lambda values: pc.invert(pc.is_in(values, known)))

    return find


def _not_composed(part: Part) -> Iterator[Hit]:
    def bad(values: pa.Array) -> pa.Array:
        return pc.not_equal(pc.utf8_normalize(values, "NFC"), values)

    return part.where(SAID, bad, lambda entries: entries.strange)


def _twice(part: Part) -> Iterator[Hit]:
    for name in LIST_FIELDS:
        entries = part.entries(name)
        if len(entries.rows) < 2:
            continue
        keys = entries.rows * len(entries.values) + entries.codes
        ordered = np.sort(keys)
        if not (ordered[1:] == ordered[:-1]).any():
            continue
        order = np.argsort(keys, kind="stable")
        again = order[1:][keys[order][1:] == keys[order][:-1]]
        if len(again):
            again.sort()
            values = entries.values.take(pa.array(entries.codes[again]))
            yield Hit(name, entries.rows[again], values)


_BUILD = "Read the catalogue with Matinee, which sees to it: matinee build FILE"
_BOUNDS = "Correct the value in the source, or leave it empty"


def contract() -> tuple[Rule, ...]:
    """Return the rules of contract; those that remember rows are new each time."""

    def must(
        name: str, demand: str, find: Callable[[Part], Iterator[Hit]], cure: str = _BUILD
    ) -> Rule:
        return Rule(name, "error", demand, cure, find)

    return (
        must(
            "not-null",
            "id, kind and title are there in every row, and every list with its entries",
            _null,
        ),
        must("not-blank", "A text that is there is not empty", _blank),
        must("first-id", "id is the first of ids", _first_id),
        must("form-of-ids", "Every id has the form namespace:value", _form_of_ids),
        must(
            "ids-apart",
            "No id stands in two rows",
            ids_apart(),
            "Read both rows in one build, which makes one title of them, or correct the id",
        ),
        must("kind", "kind is film or series", _unknown("kind", _KINDS)),
        must("year", f"year lies between {FIRST_YEAR} and ten years from now", _late, _BOUNDS),
        must(
            "runtime",
            f"runtime lies between 1 and {MAX_RUNTIME:,} minutes",
            outside("runtime", 1, MAX_RUNTIME),
            _BOUNDS,
        ),
        must("vote-average", "vote_average lies between 0 and 10", outside("vote_average", 0, 10)),
        must("vote-count", "vote_count is at least 0", outside("vote_count", 0, np.inf), _BOUNDS),
        must("popularity", "popularity is at least 0", outside("popularity", 0, np.inf), _BOUNDS),
        must(
            "languages",
            "languages holds codes of ISO 639 that are known",
            _unknown("languages", language_codes()),
            "Use the code of ISO 639-1, of ISO 639-3 where there is none",
        ),
        must(
            "countries",
            "countries holds codes of ISO 3166-1 that are known",
            _unknown("countries", country_codes()),
            "Use the code of ISO 3166-1 alpha-2",
        ),
        must("composed", "Texts are in Unicode's form NFC", _not_composed),
        must(
            "tidy",
            "Texts are trimmed, on one line, with single blanks and without control characters",
            matching(SAID, _UNTIDY, lambda entries: entries.untidy),
        ),
        must("no-entry-twice", "No entry stands twice in a list", _twice),
        must("sources", "sources names a source", missing("sources")),
    )

"""What was set aside or left out as a catalogue was read, gathered by reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.ingest.source import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee.types import Reject

_NUMBER = re.compile(r"\d+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Reason:
    """Rows or values that were refused for one reason.

    Attributes:
        what: ``row`` for rows set aside, ``value`` for values left out of a row that was kept.
        column: the column at fault, empty where it was the whole row.
        reason: what is wrong, as it was said of the example.
        count: how many.
        example: the first of them, with file, line and value.
        cure: what to change.
    """

    what: str
    column: str
    reason: str
    count: int
    example: Reject
    cure: str


def reasons(rejects: Iterable[Reject]) -> tuple[Reason, ...]:
    """Return why rows and values were refused: rows first, then the most frequent.

    Reasons that differ in a number or a name alone are one: "has 3 columns where the header has 2".
    """
    first: dict[tuple[str, str, str], Reject] = {}
    counts: dict[tuple[str, str, str], int] = {}
    for reject in rejects:
        what = "value" if isinstance(reject, LeftOut) else "row"
        kind = _NUMBER.sub("#", _QUOTED.sub("*", reject.reason))
        key = (what, reject.column, kind)
        first.setdefault(key, reject)
        counts[key] = counts.get(key, 0) + 1
    found = [
        Reason(key[0], reject.column, reject.reason, counts[key], reject, reject.cure)
        for key, reject in first.items()
    ]
    return tuple(sorted(found, key=lambda reason: (reason.what != "row", -reason.count)))

"""The fields of rows, read a column at a time; a row with a fault in any field is set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.ingest.interactions.distinct import distinct
from matinee.ingest.interactions.ids import person, title
from matinee.ingest.interactions.scales import bounds, decide, to_stars, to_thumb
from matinee.ingest.interactions.times import parse_times
from matinee.ingest.source import MAX_VALUE
from matinee.ingest.text import absent
from matinee.interaction import NO_TIME, Action, Interactions
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from matinee.ingest.interactions.cells import Cells
    from matinee.ingest.interactions.columns import Fields
    from matinee.ingest.interactions.scales import Scale
    from matinee.ingest.source import Sample

_KINDS = {action.name.casefold(): action for action in Action}
_ACTIONS_CURE = f"Write one of: {', '.join(_KINDS)}"
_TIME_CURE = "Write seconds since 1970, or ISO 8601 such as 2021-03-31T20:15:00Z"


class Rows:
    """Rows of a file while their fields are read.

    Attributes:
        good: bool [n], whether no fault was found so far.
        rejects: the faults, the first of each row.
        scale: of the ratings, once they are read.
    """

    def __init__(self, sample: Sample, cells: Cells, fields: Fields) -> None:
        self._sample = sample
        self._cells = cells
        self._fields = fields
        total = len(cells.lines)
        self.good = np.ones(total, np.bool_)
        self.rejects: list[Reject] = []
        self.scale: Scale | None = None
        self._users = self._items = np.zeros(total, np.int64)
        self._user_ids: Sequence[str] = ()
        self._item_ids: Sequence[str] = ()
        self._actions = np.full(total, Action.RATING, np.int8)
        self._values = np.full(total, np.nan, np.float32)
        self._times = np.full(total, NO_TIME, np.int64)

    def read_users(self) -> None:
        """Read who did it."""
        self._users, values = distinct(self._column("user"))
        names = [person(value) for value in values]
        self._refuse("user", _none(names)[self._users], "is missing", "Say who did it")
        self._user_ids = [name or "" for name in names]

    def read_items(self, namespace: str | None) -> None:
        """Read with which title."""
        self._items, values = distinct(self._column("item"))
        column = self._fields.columns["item"]
        names = [title(value, namespace, self._sample, column) for value in values]
        empty = np.array([person(value) is None for value in values], np.bool_)
        self._refuse("item", empty[self._items], "is missing", "Say with which title")
        cure = "Write an id, such as tmdb:603, without blanks and slashes"
        self._refuse("item", _none(names)[self._items], "is no id of a title", cure)
        self._item_ids = [name or "" for name in names]

    def read_kinds(self) -> None:
        """Read what was done; without a kind a row with a rating is a rating."""
        plain = Action.RATING
        if "rating" not in self._fields.columns and self._fields.watches:
            plain = Action.WATCH
        self._actions[:] = plain
        if "kind" not in self._fields.columns:
            return
        codes, values = distinct(self._column("kind"))
        texts = ["" if _missing(value) else str(value).strip().casefold() for value in values]
        found = [plain if not text else _KINDS.get(text) for text in texts]
        unknown = _none(found)
        self._refuse("kind", unknown[codes], "is not a known kind", _ACTIONS_CURE)
        actions = [plain if action is None else action for action in found]
        self._actions = np.array(actions, np.int8)[codes]

    def read_ratings(self, scale: Scale | None) -> None:
        """Read the stars, or the likes and dislikes of a scale of thumbs."""
        rated = self._actions == Action.RATING
        if "rating" not in self._fields.columns:
            self._refuse("kind", rated, "is a rating, but there are none", _ACTIONS_CURE)
            return
        codes, values = distinct(self._column("rating"))
        missing = np.array([_missing(value) for value in values], np.bool_)
        numbers = [None if _missing(value) else _number(value) for value in values]
        if scale is None and not self._fields.stars:
            told = [number for number in numbers if number is not None]
            texts = [str(v) for v, n in zip(values, numbers, strict=True) if n is None]
            scale = decide(told, texts, where=str(self._sample.path))
        self.scale = scale = scale or "stars"
        if scale == "thumbs":
            found: list[Any] = [to_thumb(str(value)) for value in values]
        else:
            found = [None if number is None else to_stars(number, scale) for number in numbers]
        # A watch may go without a rating, a rating may not.
        self._refuse("rating", missing[codes] & rated, "is missing", "Give the rating")
        self._refuse(
            "rating",
            (_none(found) & ~missing)[codes],
            f"is not {bounds(scale)}",
            "Correct it, or say the scale with scale=",
        )
        filled = np.array([np.nan if one is None else one for one in found], np.float32)[codes]
        if scale == "thumbs":
            thumbs = rated & ~np.isnan(filled)
            self._actions = np.where(thumbs, filled, self._actions).astype(np.int8)
        else:
            self._values = filled

    def read_times(self) -> None:
        """Read when."""
        if "time" not in self._fields.columns:
            return
        self._times, bad = parse_times(self._column("time"))
        self._refuse("time", bad, "is not a possible time", _TIME_CURE)

    def interactions(self) -> Interactions:
        """Return the rows without a fault."""
        return Interactions(
            users=self._users,
            items=self._items,
            actions=self._actions,
            values=self._values,
            times=self._times,
            user_ids=self._user_ids,
            item_ids=self._item_ids,
        ).take(self.good)

    def _column(self, field: str) -> pa.Array:
        return self._cells.columns[self._fields.columns[field]]

    def _refuse(self, field: str, bad: npt.NDArray[np.bool_], reason: str, cure: str) -> None:
        fresh = np.flatnonzero(bad & self.good)
        if not len(fresh):
            return
        name = self._fields.columns.get(field, field)
        column = self._cells.columns[name]
        path = str(self._sample.path)
        self.rejects += [
            Reject(path, line, name, str(column[row].as_py())[:MAX_VALUE], reason, cure)
            for row, line in zip(fresh.tolist(), self._cells.lines[fresh].tolist(), strict=True)
        ]
        self.good[fresh] = False


def _none(values: Sequence[object]) -> npt.NDArray[np.bool_]:
    return np.array([value is None for value in values], np.bool_)


def _missing(value: object) -> bool:
    """Tell whether a cell is empty; data frames write an empty number as NaN."""
    return value is None or value != value or absent(str(value).strip())


def _number(value: object) -> float | None:
    try:
        found = float(str(value))
    except ValueError:
        return None
    return found if np.isfinite(found) else None
